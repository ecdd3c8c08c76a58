"""The read-only file system that programs see: the system's libraries, this Python, a few devices, nothing of ours."""

from __future__ import annotations

import glob
import os
import sys

from . import kernel

SYSTEM = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc/ld.so.cache", "/etc/alternatives"]
PARTS = """bin sbin lib lib32 lib64 libx32 libexec include share/zoneinfo share/terminfo share/locale
share/nodejs"""
"""Of /usr and of whatever else Python is installed below. The rest is anybody's: applications lie in /usr/src/app."""
_INSTALLED = ["/site-packages", "/dist-packages", "/python*/site-packages", "/python*/dist-packages"]
DEVICES = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"]


def readable(packages: list[str]) -> list[str]:
    """Folders and files that a program needs to read: no tests, no home, no /etc. Packages come last."""
    inside = [path for path in SYSTEM if os.path.lexists(path)]
    prefixes = ["/usr", "/usr/local", *map(os.path.realpath, (sys.base_prefix, sys.base_exec_prefix))]
    wanted = [os.path.join(prefix, part) for prefix in prefixes for part in PARTS.split()]
    wanted += [os.path.dirname(os.__file__), sys.executable, *_mapped_folders()]
    for path in sorted({os.path.realpath(path) for path in wanted if os.path.exists(path)}):
        if not _within(path, inside):
            inside.append(path)
    return inside + [path for path in sorted(set(map(os.path.realpath, packages))) if path not in inside]


def hidden(paths: list[str], packages: list[str]) -> list[str]:
    """What lies in `paths` and is no program's business: whatever else has been installed for this Python, which may
    be tests with their answers; but not what the caller has named."""
    named = list(map(os.path.realpath, packages))
    libraries = [path for path in paths if not os.path.islink(path)]
    places = {os.path.realpath(place) for path in libraries for name in _INSTALLED for place in glob.glob(path + name)}
    return sorted(place for place in places if _within(place, libraries) and not _within(place, named))


def apart(paths: list[str], hidden: list[str]) -> tuple[list[str], list[str]]:
    """`paths` without what is hidden: what may be read with all that is below it; and the folders above a hidden one,
    of which only the names may be read."""
    whole: list[str] = []
    names: list[str] = []
    for path in set(map(os.path.realpath, paths)) - set(hidden):
        if any(_within(place, [path]) for place in hidden):
            below = apart([entry.path for entry in os.scandir(path) if not entry.is_symlink()], hidden)
            whole, names = whole + below[0], [*names, path, *below[1]]
        else:
            whole.append(path)
    return whole, names


def _within(path: str, folders: list[str]) -> bool:
    return any(path == folder or path.startswith(folder + "/") for folder in folders)


def _mapped_folders() -> list[str]:
    """Where this Python's own libraries lie, on systems that keep them outside /usr."""
    with open("/proc/self/maps") as maps:
        files = {line.split(None, 5)[5].strip() for line in maps if line.count("/") and ".so" in line}
    return [os.path.dirname(path) for path in files if path.startswith("/") and os.path.isfile(path)]


def build(paths: list[str], hidden: list[str]) -> None:
    """Become a process whose root holds `paths` but what is hidden, devices, /proc, and an empty /tmp. Needs its own
    mount namespace."""
    kernel.mount("", "/", flags=kernel.MS_REC | kernel.MS_PRIVATE)
    new = "/sys" if os.path.isdir("/sys") else "/mnt"  # a place that holds nothing of what is wanted inside
    kernel.mount("sandbox", new, "tmpfs", kernel.MS_NOSUID, "mode=755,size=1m")
    late = [path for path in paths if _within(path, hidden)]
    for path in [path for path in paths if path not in late] + DEVICES:
        _show(path, new + path)
    for path in hidden:
        kernel.mount("hidden", new + path, "tmpfs", kernel.MS_NOSUID, "mode=755,size=64k")
    for path in late:
        _show(path, new + path)
    for path in hidden:
        kernel.mount("", new + path, flags=kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY | kernel.MS_NOSUID)
    for folder in ("/proc", "/tmp", "/etc", "/dev"):
        os.makedirs(new + folder, exist_ok=True)
    os.symlink("/tmp", new + "/dev/shm")  # one private file system, and one limit, for both
    for name, target in {"fd": "", "stdin": "/0", "stdout": "/1", "stderr": "/2"}.items():
        os.symlink(f"/proc/self/fd{target}", f"{new}/dev/{name}")
    _mount_proc(new + "/proc")
    kernel.change_root(new)
    kernel.mount("", "/", flags=kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY | kernel.MS_NOSUID)


def _show(source: str, target: str) -> None:
    if os.path.islink(source):  # /bin is a link to usr/bin on most systems
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.symlink(os.readlink(source), target)
        return
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    elif not os.path.exists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    if source.startswith("/dev/"):
        kernel.mount(source, target, flags=kernel.MS_BIND)
    else:
        kernel.bind_read_only(source, target)


def _mount_proc(target: str) -> None:
    """The processes of this pid namespace: all are one program's, but for process 1, which is covered. Nobody writes
    there, least of all whom the kernel should kill first where memory runs out."""
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC | kernel.MS_RDONLY
    try:
        kernel.mount("proc", target, "proc", flags, "subset=pid")
    except OSError:  # before Linux 5.8
        kernel.mount("proc", target, "proc", flags)
    kernel.mount("covered", target + "/1", "tmpfs", flags, "size=4k,mode=0")


def fresh_tmp(disk_mb: int) -> None:
    """An empty /tmp, in memory, limited in bytes and in files. Only mount it over one that is gone."""
    flags = kernel.MS_NOSUID | kernel.MS_NODEV
    kernel.mount("tmp", "/tmp", "tmpfs", flags, f"size={disk_mb}m,nr_inodes={1000 + 100 * disk_mb},mode=1777")


def drop_tmp() -> None:
    kernel.unmount("/tmp")
