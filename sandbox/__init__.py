"""Programs run apart from us: `open_sandbox()` gives a place to run them, and an `Execution` says what each did.

>>> with open_sandbox() as box:
...     box.run(Program("print(input()[::-1])"), stdin=b"abc").stdout
b'cba\\n'

**Processes.** A sandbox has as many slots as programs may run at once. A slot is

    caller (a trainer's thread)
    └── launcher      fresh Python, started by exec; makes the namespaces; alone keeps privileges
        └── zygote    process 1 of its pid namespace; the standard library in memory; no rights left
            └── program   a fork: as little trusted as what it runs

The launcher gives each program its folder (tier A: a file system in memory that is mounted on /tmp and gone with the
program) and removes what is left when the zygote has ended. The zygote forks a process for each program, holds it to
its limits, kills whatever it has started (`kill(-1)` from process 1 reaches all and escapes none) and collects it. So
the pid namespace is the slot's, and empty again after each program: a namespace for each would cost a second fork.

**What crosses.** The caller opens a file in memory that holds the input, sealed, two pipes and a socket pair (the
channel) for each program, and hands the far ends to the zygote with the limits. Sources, inputs, outputs, arguments and
values go straight between caller and program; no zygote ever holds any. On the channel our own code in the program's
process says two bytes before any line of the program runs: whether the box is closed, whether the source compiles.
After that whatever comes is the program's word: for `run` the channel is closed, for `call_each` it carries one value a
call (`values.py`), which the program may forge as it may return what it likes. Nothing expected is in any process that
a program can reach.

**Who waits for whom.** The caller waits (one `poll`) for output, for answers and for the zygote's report. The zygote
waits (one `poll`) for the program's end and for the caller, and looks every 20 ms at what the program and all its
descendants have used. The program waits for nobody. Limits on CPU, memory, disk and sleep are the zygote's; on output,
values and sleep the caller's, which then asks the zygote to kill. The report comes when every process is dead, so that
what is then in the pipes is all there is.

**Deaths.** Caller dies: the zygote sees its socket close and exits, and with process 1 the kernel kills the rest.
Zygote dies: the caller sees its socket close, starts another and tries once more; twice is `Status.FAILED`, and no
verdict. Launcher dies: the zygote dies with it, and the next launcher removes what is left, but for the
processes of tier B without control groups. A fork of the caller drops all sockets and opens slots of its own.

**Several inputs.** `run_each` keeps one process that has compiled the program and forks it for each input
(`template.py`); `call_each` loads the program once and calls it. A process that is killed is replaced for the next.

**Tiers**, named in every execution. A: namespaces, a read-only root, seccomp, no privileges, limits; as root or not.
B, where namespaces are refused, as in a default container: Landlock for files, the rest as in A, orphans adopted by the
zygote. C: limits alone, for those who ask with `open_sandbox("unsafe")`.

**Time.** CPU time decides, of all descendants together. The wall clock is for sleepers: while the program is ready to
run and has no processor, it stands still, up to ten times its limit. It is the caller's, and stands still too while
that is held up, for then the program may be waiting for it.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from .types import Execution, Limits, Program, Sandbox, Status

__all__ = ["Execution", "Limits", "Program", "Sandbox", "Status", "open_sandbox"]

KINDS = ("auto", "embedded", "docker", "remote", "unsafe")


def open_sandbox(
    kind: str = "auto",
    *,
    tier: str | None = None,
    slots: int | None = None,
    packages: Sequence[str] = (),
    preload: Sequence[str] = (),
    image: str | None = None,
    url: str | None = None,
    token: str | None = None,
) -> Sandbox:
    """A sandbox of the kind asked for; "auto" is the embedded one in the best tier to be had.

    tier forces one tier of isolation; slots is how many programs run at once (default: one a core); packages are
    folders that programs may import from (not in /tmp, which programs have for themselves), and preload what to import
    early. image is for docker: any local image with Python 3, best one that `python -m sandbox image` has built;
    packages are then folders of that image. url and token are for remote: where a `python -m sandbox serve` listens,
    and its SANDBOX_TOKEN.
    """
    if kind not in KINDS:
        near = difflib.get_close_matches(str(kind)[:40], KINDS, 1, 0)[0]
        raise ValueError(f"unknown sandbox {kind!r}: did you mean {near!r}? The kinds are {', '.join(KINDS)}")
    if kind == "remote":
        if not url:
            raise ValueError("sandbox 'remote' needs url=, the address of a `python -m sandbox serve`")
        from .remote import RemoteSandbox

        return RemoteSandbox(url, token=token)
    if kind == "docker":
        from .docker import DEFAULT_IMAGE, DockerSandbox

        return DockerSandbox(image=image or DEFAULT_IMAGE, slots=slots, packages=packages, preload=preload)
    from .embedded import EmbeddedSandbox

    if kind == "unsafe":
        tier = "C"
    return EmbeddedSandbox(tier=tier, slots=slots, packages=packages, preload=preload)
