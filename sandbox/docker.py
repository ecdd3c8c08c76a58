"""The Docker sandbox: the same zygotes, each in a hardened container of its own, over a socket in a shared folder."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from . import outcomes
from .embedded import EmbeddedSandbox
from .job import Job
from .slot import SHELL, CannotStart, Settings, Slot
from .types import Execution, Limits

if TYPE_CHECKING:
    from docker import DockerClient

DEFAULT_IMAGE = "r1-sandbox"
_HOME = "/opt/sandbox"
_SOCKET = "/run/sandbox/control"
_START_S = 60.0
_BOOT = f"""
import json, socket, sys, traceback
try:
    control = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    control.connect({_SOCKET!r})
    sys.path.insert(0, {_HOME!r})
    settings = json.loads(sys.argv[1])
    settings["control"] = control.detach()
    sys.argv[1] = json.dumps(settings)
    from sandbox.launch import main
    main()
except Exception:
    with open({_SOCKET!r}.replace("control", "error"), "w") as file:
        file.write(traceback.format_exc())
"""
LABEL, PACKAGES = "r1-verifiers.sandbox", "r1-verifiers.packages"
"""Of containers, with their caller; of images, with the folders that programs may import from."""
_USERS = range(20_000, 60_000)
"""Nobody on most machines, and within what a rootless engine has."""
_MEMORY_MB, _DISK_MB, _SHARED_MB, _PROCESSES = 4096, 512, 64, 1000
"""What a container may use in all. A program's own limits are kept within: on processes by the kernel, else by its
zygote."""
_MOST = {"memory_mb": _MEMORY_MB - _DISK_MB - _SHARED_MB, "disk_mb": _DISK_MB, "processes": _PROCESSES - 10}
"""What a program may be allowed, so that its own limits strike before the container's."""
_STALE = timedelta(minutes=10)


@contextmanager
def connected() -> Iterator[DockerClient]:
    """A client for one errand, so that no connection is left open for forks to share. It fails with `CannotStart`."""
    try:
        import docker
        from requests.exceptions import RequestException
    except ImportError:
        raise CannotStart("the docker package is missing: pip install 'r1-verifiers[docker]'") from None
    try:
        _knock(os.environ.get("DOCKER_HOST") or docker.constants.DEFAULT_UNIX_SOCKET)
        client = docker.from_env()
    except (docker.errors.DockerException, OSError) as error:
        raise CannotStart(f"no Docker engine answers: start one, or use 'embedded' ({error})") from None
    try:
        yield client
    except (docker.errors.DockerException, RequestException) as error:
        raise CannotStart(f"docker: {error}") from None
    finally:
        client.close()


def _knock(address: str) -> None:
    """Fail where nobody listens: docker-py would leave a socket open."""
    kind, _, path = address.partition("://")
    if "unix" in kind:
        with socket.socket(socket.AF_UNIX) as knock:
            knock.connect(path)


class DockerSlot(Slot):
    """One zygote in one container, replaced after so many jobs."""

    def __init__(self, settings: Settings, image: str, jobs: int) -> None:
        super().__init__(settings)
        self._image, self._jobs = image, jobs
        self._left = jobs
        self.container = ""
        """Its id, while it is there."""

    def start(self) -> None:
        """Start the container if it is not there or has served its time, and wait until it can take jobs."""
        if self.control is not None and self._left <= 0:
            self.stop()
        self._left -= 1
        if self.control is not None:
            return
        self._left = self._jobs - 1
        try:
            self._start()
        except CannotStart:
            self.stop()
            raise

    def _start(self) -> None:
        folder = tempfile.mkdtemp(prefix="r1-docker-")  # no folder of locks.PREFIX, which a launcher sweeps
        try:
            os.chmod(folder, 0o733)  # the container is another user, who may leave word why it cannot start
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener, connected() as client:
                listener.bind(f"{folder}/control")
                os.chmod(f"{folder}/control", 0o666)
                listener.listen(1)
                self.container = self._run(client, folder)
                self.control = self._first_word(client, listener, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self.greet(_START_S)

    def _run(self, client: DockerClient, folder: str) -> str:
        settings: dict[str, Any] = {"home": _HOME, "tier": "B", "packages": list(self.settings.packages)}
        settings |= {"preload": list(self.settings.preload), "alone": True}
        # The kernel counts a user's processes on the whole machine: each container's user is its own.
        user = secrets.choice(_USERS)
        package = os.path.dirname(os.path.abspath(__file__))
        container = client.containers.run(
            self._image,
            ["/bin/sh", "-c", SHELL, "sandbox", "python3", "-s", "-S", "-B", "-c", _BOOT, json.dumps(settings)],
            entrypoint=[],
            detach=True,
            auto_remove=True,
            network_mode="none",
            ipc_mode="none",
            read_only=True,
            user=f"{user}:{user}",
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            pids_limit=_PROCESSES,
            mem_limit=f"{_MEMORY_MB}m",
            memswap_limit=f"{_MEMORY_MB}m",
            nano_cpus=1_000_000_000,
            tmpfs={
                # As in tier A a program may execute what it makes; compiled ones are run so.
                "/tmp": f"rw,exec,nosuid,nodev,size={_DISK_MB}m,nr_inodes=64k,mode=1777",
                "/dev/shm": f"rw,noexec,nosuid,nodev,size={_SHARED_MB}m,nr_inodes=4k,mode=700,uid={user},gid={user}",
            },
            volumes={
                folder: {"bind": os.path.dirname(_SOCKET), "mode": "rw"},
                package: {"bind": f"{_HOME}/sandbox", "mode": "ro"},
            },
            environment={"LANG": "C.UTF-8", "PYTHONHASHSEED": "0"},
            working_dir="/",
            hostname="sandbox",
            labels={LABEL: str(os.getpid())},
        )
        return str(container.id)

    def _first_word(self, client: DockerClient, listener: socket.socket, folder: str) -> socket.socket:
        """The container's connection; one that ends without it is told of at once."""
        import docker

        listener.settimeout(0.5)
        deadline = time.monotonic() + _START_S
        while time.monotonic() < deadline:
            try:
                return listener.accept()[0]
            except TimeoutError:
                pass
            try:
                client.containers.get(self.container)
            except docker.errors.NotFound:
                break
        why = "does the image have /bin/sh and python3?"
        if os.path.exists(f"{folder}/error"):
            with open(f"{folder}/error") as file:
                why = file.read()[-500:]
        raise CannotStart(f"the container of {self._image!r} says nothing: {why}")

    def stop(self) -> None:
        """End the container and all that it runs."""
        container, self.container = self.container, ""
        super().stop()
        if not container:
            return
        try:
            with connected() as client:
                client.containers.get(container).remove(force=True)
        except CannotStart:
            return  # it has removed itself, for its zygote ends when the socket closes

    def forget(self) -> None:
        super().forget()
        self.container = ""


class DockerSandbox(EmbeddedSandbox):
    """Programs in a warm pool of containers: no network, read-only, no capabilities, limits on all of it."""

    def __init__(
        self,
        *,
        image: str = DEFAULT_IMAGE,
        slots: int | None = None,
        jobs: int = 1000,
        packages: Sequence[str] = (),
        preload: Sequence[str] = (),
    ) -> None:
        self._image, self._jobs = image, jobs
        with connected() as client:
            packages = packages or _packages(client, image)
            _sweep(client)
        self._open([Settings("B", tuple(packages), tuple(preload))], slots)

    def _new_slot(self, settings: Settings) -> Slot:
        return DockerSlot(settings, self._image, self._jobs)

    def _run(self, content: bytes, stdin: bytes, limits: Limits, extra: dict[str, Any]) -> Execution:
        return self._refusal(limits) or super()._run(content, stdin, limits, extra)

    def _each(
        self,
        source: bytes,
        inputs: Iterator[bytes],
        limits: Limits,
        extra: dict[str, Any],
        once: Callable[[Job, bytes, str], Execution],
    ) -> Iterator[Execution]:
        refusal = self._refusal(limits)
        return (refusal for _ in inputs) if refusal else super()._each(source, inputs, limits, extra, once)

    def _refusal(self, limits: Limits) -> Execution | None:
        for name, most in _MOST.items():
            if getattr(limits, name) > most:
                wish = CannotStart(f"{name} {getattr(limits, name)} is more than the {most} that a container can give")
                return outcomes.failed(wish, self.isolation)
        return None

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopen, (self._settings, self._image, self._jobs, self._count)


def _reopen(settings: Settings, image: str, jobs: int, slots: int) -> DockerSandbox:
    packages, preload = settings.packages, settings.preload
    return DockerSandbox(image=image, slots=slots, jobs=jobs, packages=packages, preload=preload)


def _packages(client: DockerClient, image: str) -> list[str]:
    """The folders from which programs in this image may import, as its label says."""
    import docker

    try:
        labels = client.images.get(image).labels
    except docker.errors.ImageNotFound:
        help_ = f"`python -m sandbox image --tag {image}` builds one"
        raise CannotStart(f"no image {image!r} here: {help_}") from None
    return labels[PACKAGES].split(":") if PACKAGES in labels else []


def _sweep(client: DockerClient) -> None:
    """Remove containers of callers who were killed before they had started them: all others end, and with that remove
    themselves, when their caller's socket closes."""
    import docker

    for container in client.containers.list(
        all=True, filters={"label": LABEL, "status": ["created", "exited", "dead"]}, ignore_removed=True
    ):
        made = datetime.strptime(container.attrs["Created"][:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
        if datetime.now(timezone.utc) - made > _STALE:
            try:
                container.remove(force=True)
            except docker.errors.APIError:
                continue  # another caller was quicker
