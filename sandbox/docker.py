"""The Docker sandbox: the same zygotes, each in a hardened container of its own, over a socket in a shared folder."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .embedded import EmbeddedSandbox
from .slot import SHELL, CannotStart, Settings, Slot

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

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
LABEL = "r1-verifiers.sandbox"
_USERS = range(20_000, 60_000)
"""Nobody on most machines, and within what a rootless engine has."""
_MEMORY_MB = 4096
"""What a container may use in all. A program's own limit is kept within, by its zygote."""


class DockerSlot(Slot):
    """One zygote in one container, replaced after so many jobs."""

    def __init__(self, settings: Settings, client: DockerClient, image: str, jobs: int) -> None:
        super().__init__(settings)
        self._client, self._image, self._jobs = client, image, jobs
        self._left = jobs
        self._container: Container | None = None

    def start(self) -> None:
        """Start the container if it is not there or has served its time, and wait until it can take jobs."""
        if self.control is not None and self._left <= 0:
            self.stop()
        self._left -= 1
        if self.control is not None:
            return
        self._left = self._jobs - 1
        folder = tempfile.mkdtemp(prefix="r1-sandbox-")
        try:
            os.chmod(folder, 0o733)  # the container is another user, who may leave word why it cannot start
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
                listener.bind(f"{folder}/control")
                os.chmod(f"{folder}/control", 0o666)
                listener.listen(1)
                self._container = self._run(folder)
                self.control = self._first_word(listener, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        self.greet(_START_S)

    def _run(self, folder: str) -> Container:
        import docker

        settings: dict[str, Any] = {"home": _HOME, "tier": "B", "packages": list(self.settings.packages)}
        settings |= {"preload": list(self.settings.preload), "alone": True}
        # The kernel counts a user's processes on the whole machine: each container's user is its own.
        user = secrets.choice(_USERS)
        package = os.path.dirname(os.path.abspath(__file__))
        try:
            return self._client.containers.run(
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
                pids_limit=100,  # a program has its own limit; this one stops a bomb that outruns the watch
                mem_limit=f"{_MEMORY_MB}m",
                memswap_limit=f"{_MEMORY_MB}m",
                nano_cpus=1_000_000_000,
                tmpfs={"/tmp": "rw,nosuid,nodev,size=512m,nr_inodes=64k,mode=1777"},
                volumes={
                    folder: {"bind": os.path.dirname(_SOCKET), "mode": "rw"},
                    package: {"bind": f"{_HOME}/sandbox", "mode": "ro"},
                },
                environment={"LANG": "C.UTF-8", "PYTHONHASHSEED": "0"},
                working_dir="/",
                hostname="sandbox",
                labels={LABEL: str(os.getpid())},
            )
        except docker.errors.DockerException as error:
            raise CannotStart(f"docker: {error}") from None

    def _first_word(self, listener: socket.socket, folder: str) -> socket.socket:
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
                self._client.containers.get(self._container.id if self._container else "")
            except docker.errors.DockerException:
                break
        why = "does the image have /bin/sh and python3?"
        if os.path.exists(f"{folder}/error"):
            with open(f"{folder}/error") as file:
                why = file.read()[-500:]
        raise CannotStart(f"the container of {self._image!r} says nothing: {why}")

    def stop(self) -> None:
        """End the container and all that it runs."""
        container, self._container = self._container, None
        super().stop()
        if container is None:
            return
        import docker

        try:
            container.remove(force=True)
        except docker.errors.DockerException:
            return  # it has removed itself, for its zygote ends when the socket closes

    def forget(self) -> None:
        super().forget()
        self._container = None


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
        try:
            import docker
        except ImportError:
            raise CannotStart("the docker package is missing: pip install 'r1-verifiers[docker]'") from None
        try:
            self._client = docker.from_env()
            self._client.ping()
        except docker.errors.DockerException as error:
            raise CannotStart(f"no Docker engine answers: start one, or use 'embedded' ({error})") from None
        self._image, self._jobs = image, jobs
        try:
            self._client.images.get(image)
        except docker.errors.ImageNotFound:
            raise CannotStart(f"no image {image!r} here: `python -m sandbox image` builds {DEFAULT_IMAGE!r}") from None
        self._open([Settings("B", tuple(packages), tuple(preload))], slots)

    def _new_slot(self, settings: Settings) -> Slot:
        return DockerSlot(settings, self._client, self._image, self._jobs)
