"""The launcher: a fresh Python that makes the namespaces, forks the zygote into them and waits for it.

Run by `slot.py` as `python -c`, with one socket to the caller. It outlives the zygote, so that somebody removes the
slot's control groups and collects the zygote however either of them dies.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import traceback

from . import cgroup, folders, kernel, landlock, processes, root, seccomp

CONTROL = 3
"""The descriptor of the socket to the caller."""


def main() -> None:
    settings = json.loads(sys.argv[1])
    if settings["control"] != CONTROL:
        os.dup2(settings["control"], CONTROL, inheritable=False)
        os.close(settings["control"])
    try:
        _launch(settings)
    except (OSError, RuntimeError) as error:
        _tell({"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()})
        os._exit(1)


def _tell(message: dict[str, object]) -> None:
    os.write(CONTROL, json.dumps(message).encode())


def _launch(settings: dict[str, object]) -> None:
    tier = settings["tier"]
    user = box_user() if tier != "C" else None
    group = cgroup.create(f"{os.getpid()}") if tier != "C" else cgroup.Group()
    if tier != "A":
        settings["folder"] = tempfile.mkdtemp(prefix="r1-sandbox-")
        os.chmod(str(settings["folder"]), 0o711)
    if tier == "A":
        _own_namespaces(user)
    zygote = os.fork()
    if zygote == 0:
        try:
            _become_zygote(settings, group, user)
        finally:
            os._exit(1)
    os.close(CONTROL)
    for descriptor in group.files.values():
        os.close(descriptor)
    if tier != "A":
        kernel.adopt_orphans()
    os.waitpid(zygote, 0)
    if tier != "A":  # nobody else ends what the zygote was running
        processes.end_all(processes.kill_descendants)
        folders.remove("/tmp", str(settings["folder"]))
    cgroup.remove(group)
    os._exit(0)


def box_user() -> int | None:
    """Root gives each slot a user of its own, who owns nothing; anybody else stays who he is."""
    if os.geteuid() != 0:
        return None
    with open("/proc/self/uid_map") as lines:
        mapped = [tuple(map(int, line.split())) for line in lines]
    wanted = 2_000_000_000 + os.getpid()
    if any(first <= wanted < first + count for first, _, count in mapped):
        return wanted
    return 20_000 + os.getpid() % 40_000  # inside a container with the usual 65,536 users


def _own_namespaces(user: int | None) -> None:
    """What the zygote will be born into. Root needs no user namespace, which some kernels forbid."""
    if user is not None:
        kernel.unshare(kernel.NEW_PIDS)
        return
    uid, gid = os.geteuid(), os.getegid()
    kernel.unshare(kernel.NEW_USERS | kernel.NEW_PIDS)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _become_zygote(settings: dict[str, object], group: cgroup.Group, user: int | None) -> None:
    try:
        hooks: list[dict[str, object]] = []
        register, os.register_at_fork = os.register_at_fork, lambda **hook: hooks.append(hook)  # see zygote.Slot
        from . import zygote  # late, for the launcher needs none of it

        tier, packages = str(settings["tier"]), list(settings["packages"])  # type: ignore[call-overload]
        cgroup.join(group)
        paths = root.readable(packages)
        if tier == "A":
            rest = kernel.NEW_MOUNTS | kernel.NEW_NETWORK | kernel.NEW_IPC | kernel.NEW_HOSTNAME
            kernel.unshare(rest)
            kernel.set_hostname("sandbox")
            root.build(paths)
        else:
            kernel.adopt_orphans()
        if tier == "B":
            user = _check_tier_b(group, user)
        kernel.die_with_parent()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        ready = zygote.prepare(settings, group, user, paths, hooks)
        os.register_at_fork = register
        if tier != "C":
            kernel.forget_bounding_set()
            kernel.no_new_privileges()
            kernel.install_filter(seccomp.everyone())
        kernel.set_dumpable(False)
        _tell({"ready": tier, "groups": sorted(group.files)})
    except (OSError, RuntimeError, ImportError) as error:
        _tell({"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()})
        os._exit(1)
    zygote.serve(ready)


def _check_tier_b(group: cgroup.Group, user: int | None) -> int | None:
    """The user that programs run as, or why this tier cannot be had."""
    if not landlock.version():
        raise RuntimeError("this kernel has no Landlock, which tier B needs")
    closed = [folder for folder in _and_above(sys.base_prefix) if not os.stat(folder).st_mode & 1]
    if user is None or not closed:
        return user
    if "pids" not in group.files:  # root's processes are not counted by rlimits
        raise RuntimeError(f"other users may not enter {closed[0]}, where Python lies: chmod o+x it, or move Python")
    return None


def _and_above(folder: str) -> list[str]:
    parts = os.path.realpath(folder).split("/")
    return ["/".join(parts[: i + 1]) or "/" for i in range(len(parts))]
