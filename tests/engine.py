"""A Docker engine for the tests: the one that runs, else one of our own; and an image of this very Python and numpy."""

import io
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import docker
import pytest

from sandbox.docker import connected
from sandbox.slot import CannotStart

IMAGE = "r1-sandbox-test"
_SHELL = "/bin/sh"


class NoEngine(RuntimeError):
    """There is no engine here and none can be started; the message says why."""


@contextmanager
def engine_or_skip() -> Iterator[docker.DockerClient]:
    """A client of an engine that has the test image; CI fails where a user's machine skips."""
    with ExitStack() as stack:
        try:
            client = stack.enter_context(engine())
        except NoEngine as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(f"NO DOCKER ENGINE HERE, and so its tests prove nothing: {error}")
        yield client


@contextmanager
def engine() -> Iterator[docker.DockerClient]:
    """A client of an engine that has the test image."""
    with _running() as client:
        with tempfile.TemporaryDirectory() as folder:
            archive = Path(folder) / "image.tar"
            pack_python(archive)
            before = client.images.list(IMAGE)
            client.api.import_image_from_file(str(archive), repository=IMAGE, tag="latest")
        for image in before:
            try:
                client.images.remove(image.id)
            except docker.errors.APIError:
                continue  # another process of the tests still uses it
        yield client


@contextmanager
def _running() -> Iterator[docker.DockerClient]:
    with ExitStack() as stack:
        try:
            client = stack.enter_context(connected())
        except CannotStart as error:
            reason = str(error)
        else:
            yield client
            return
    if os.geteuid() != 0 or not shutil.which("dockerd"):
        raise NoEngine(f"none can be started: apt-get install docker.io ({reason})")
    folder = tempfile.mkdtemp(prefix="r1-dockerd-")
    socket = f"unix://{folder}/docker.sock"
    command = ["dockerd", "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec", "--host", socket]
    command += ["--pidfile", f"{folder}/pid", "--iptables=false", "--ip6tables=false", "--bridge=none"]
    command += ["--storage-driver", "overlay2", "--exec-opt", "native.cgroupdriver=cgroupfs"]
    with open(f"{folder}/log", "wb") as log:
        daemon = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
    before = os.environ.get("DOCKER_HOST")
    os.environ["DOCKER_HOST"] = socket
    try:
        _wait_for(daemon, Path(folder) / "log")
        with connected() as client:
            yield client
    finally:
        if before is None:
            del os.environ["DOCKER_HOST"]
        else:
            os.environ["DOCKER_HOST"] = before
        daemon.terminate()
        daemon.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(daemon: subprocess.Popen, log: Path) -> None:
    for _ in range(300):
        try:
            with connected():
                return
        except CannotStart:
            if daemon.poll() is not None:
                break
            time.sleep(0.2)
    raise NoEngine(f"dockerd does not {'answer' if daemon.poll() is None else 'start'}: {log.read_text()[-400:]}")


def pack_python(archive: Path) -> None:
    """This Python with its standard library, numpy, what they link to, and a shell, as the file system of an image."""
    python = Path(sys._base_executable).resolve()
    library = Path(sysconfig.get_path("stdlib", vars={"installed_base": sys.base_prefix, "base": sys.base_prefix}))
    left_out = {"test", "tests", "idlelib", "tkinter", "site-packages", "dist-packages", "__pycache__", "ensurepip"}
    files = {python, *_linked(python), *_linked(Path(_SHELL).resolve())}
    for path in library.rglob("*"):
        if path.is_file() and not left_out & set(path.relative_to(library).parts):
            files.add(path)
    for package in ("numpy", "numpy.libs"):
        found = (Path(sysconfig.get_path("platlib")) / package).rglob("*")
        files |= {path for path in found if path.is_file() and not {"tests", "__pycache__"} & set(path.parts)}
    for path in [path for path in files if path.suffix == ".so"]:
        files |= _linked(path)
    with tarfile.open(archive, "w", dereference=True) as tar:
        for path in sorted(files):
            tar.add(path, arcname=str(path), filter=_plain)
        tar.add(Path(_SHELL).resolve(), arcname="/bin/sh", filter=_plain)
        link = tarfile.TarInfo("/usr/bin/python3")
        link.type, link.linkname = tarfile.SYMTYPE, str(python)
        if Path(link.name) not in files:
            tar.addfile(link)
        for folder in ("/tmp", "/proc", "/dev", "/etc", "/run"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "/tmp" else 0o755
            tar.addfile(entry, io.BytesIO())


def _plain(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """A file where it is a link, owned by root."""
    entry.uid = entry.gid = 0
    return entry


def _linked(path: Path) -> set[Path]:
    lines = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout.split()
    return {Path(os.path.normpath(word)) for word in lines if word.startswith("/") and Path(word).is_file()}
