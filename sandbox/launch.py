"""The launcher: a fresh Python that makes the namespaces, forks the zygote into them, and keeps house for it.

Run by `slot.py` as `python -c`, with one socket to the caller, which the zygote inherits. The launcher alone keeps
privileges: it gives each program its folder, and when the zygote has ended, however it did, removes all that is left.
"""

from __future__ import annotations

import _socket
import functools
import json
import os
import resource
import sys
import traceback
from typing import Any

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


def _launch(settings: dict[str, Any]) -> None:
    tier = settings["tier"]
    user = box_user() if tier != "C" else None
    group = cgroup.create(f"{os.getpid()}") if tier != "C" else cgroup.Group()
    if tier == "B":
        user = _check_tier_b(group, user)
    paths = root.readable(settings["packages"])
    if tier == "A":
        _enter_namespaces(user)
        parent = ""
    else:
        kernel.adopt_orphans()
        parent = folders.shelf()
    orders, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    zygote = os.fork()
    if zygote == 0:
        try:
            os.close(orders.fileno())
            _become_zygote(settings, group, user, paths, parent, theirs)
        except BaseException:  # a bug of ours; the caller will say so
            _tell({"failure": traceback.format_exc()[-2000:]})
        finally:
            os._exit(1)
    os.close(theirs.fileno())
    os.close(CONTROL)
    for descriptor in group.files.values():
        os.close(descriptor)
    folders.keep(orders, parent, user)
    if tier != "A":  # nobody else ends what the zygote was running
        kill = functools.partial(processes.kill_others_of, user) if user is not None else processes.kill_descendants
        processes.end_all(kill)
        folders.remove("/tmp", parent)
    else:
        os.waitpid(zygote, 0)
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


def _enter_namespaces(user: int | None) -> None:
    """Those that the zygote will be born into. Root needs no user namespace, which some kernels forbid."""
    apart = kernel.NEW_PIDS | kernel.NEW_MOUNTS | kernel.NEW_NETWORK | kernel.NEW_IPC | kernel.NEW_HOSTNAME
    if user is not None:
        kernel.unshare(apart)
        return
    uid, gid = os.geteuid(), os.getegid()
    kernel.unshare(apart | kernel.NEW_USERS)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _become_zygote(
    settings: dict[str, Any], group: cgroup.Group, user: int | None, paths: list[str], parent: str, orders: Any
) -> None:
    try:
        hooks: list[dict[str, Any]] = []
        register, os.register_at_fork = os.register_at_fork, lambda **hook: hooks.append(hook)  # see zygote.Slot
        from . import zygote  # late, for the launcher needs none of it

        tier = settings["tier"]
        hidden = root.hidden(paths, settings["packages"])
        cgroup.join(group)
        score = os.open("/proc/self/oom_score_adj", os.O_RDWR | os.O_CLOEXEC)
        if tier == "A":
            kernel.set_hostname("sandbox")
            root.build(paths, hidden)
        elif tier == "B":
            kernel.adopt_orphans()
        slot = zygote.prepare(
            settings, zygote.Slot(tier, user, group, paths, hooks, orders, settings.get("alone", False), score)
        )
        os.register_at_fork = register
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if tier != "C":
            _give_up_privileges(user)
            if user is None and not slot.alone:
                kernel.install_filter(seccomp.not_at_the_users_cost())
        if tier == "B":
            _hide(paths, hidden, parent)
            owns = user is None and not settings.get("alone", False)  # a container's user owns nothing there
            kernel.install_filter(seccomp.no_metadata(owns=owns))
        if tier != "C" and "memory" not in group.files:
            kernel.install_filter(seccomp.no_uncounted_memory())
        kernel.die_with_parent()  # last, for a change of user clears it
        _tell({"ready": tier, "groups": [name for name in ("memory", "pids") if name in group.files]})
    except (OSError, RuntimeError, ImportError) as error:
        _tell({"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()})
        os._exit(1)
    zygote.serve(slot)


def _hide(paths: list[str], hidden: list[str], parent: str) -> None:
    """What is hidden in `paths`: once for all programs, whose own rules then need not name all that lies beside it."""
    if hidden:
        whole, names = root.apart(paths, hidden)
        shared = [folders.SHARED] if folders.shared_memory() else []
        landlock.restrict(landlock.rules_of_reading([*whole, *root.DEVICES, "/proc"], names, [parent, *shared]))


def _give_up_privileges(user: int | None) -> None:
    """All of them, though the zygote is none of the programs: it has as little use for them.

    With a user for the box, the zygote takes on that user's rights, and keeps root as the name behind them. That is
    enough for a program, which does without the name, to be refused every look into the zygote.
    """
    kernel.forget_bounding_set()
    if user is not None:
        os.setgroups([])
        os.setresgid(0, user, 0)
        os.setresuid(0, user, 0)
    kernel.drop_capabilities()
    kernel.set_dumpable(True)  # programs inherit it, and want to see themselves in /proc
    kernel.no_new_privileges()
    kernel.install_filter(seccomp.everyone())


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
