"""What a program's own process does: give up all rights, load the program, run it or call its function.

Everything here runs as the program, with nothing in memory that the program may not have.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import atexit
import builtins
import gc
import os
import resource
import sys
import threading
import types
import weakref
from collections.abc import Sequence
from typing import Any, NoReturn

from . import folders, foreign, kernel, landlock, seccomp, template, values
from .root import DEVICES

CHANNEL = 3
"""To the caller: the source comes in, then calls; values go out. No child of the program inherits it."""

CONFINED, NOT_CONFINED = b"R", b"X"
LOADED, NOT_COMPILED, MISSING = b"L", b"C", b"N"
"""The first two bytes on the channel, both from before any line of the program has run."""
VALUE, ERROR, NO_MEMORY, TOO_LARGE, PEAK = b"V", b"E", b"M", b"O", b"P"
"""How the answer to a call begins."""
_HERE = __file__
TYPING = """Any Callable Deque DefaultDict Dict FrozenSet Generator Iterable Iterator List Literal Mapping Optional
Sequence Set Tuple Type TypeVar Union"""
"""What solutions use of `typing` without an import. Not all of it, for each name costs every program a page."""
_MOST_SAID = 1_000


def confine(job: dict[str, Any], descriptors: Sequence[int], user: int | None, paths: list[str]) -> None:
    """From a fork of the zygote to a process that may only compute. `descriptors`: channel, stdin, stdout, stderr."""
    for descriptor, number in zip(descriptors, (CHANNEL, 0, 1, 2), strict=True):
        os.dup2(descriptor, number, inheritable=number != CHANNEL)
    os.closerange(4, 256)
    try:
        _give_up_rights(job, user, paths)
    except (OSError, ValueError) as error:  # ours, and no verdict on the program
        os.write(CHANNEL, NOT_CONFINED + repr(error).encode()[:1000])
        os._exit(1)
    _signal.signal(_signal.SIGINT, _signal.default_int_handler)  # past the enums of `signal`, which touch much memory
    os.write(CHANNEL, CONFINED)


def _give_up_rights(job: dict[str, Any], user: int | None, paths: list[str]) -> None:
    os.setpgid(0, 0)  # no session of its own, whose leader may not ask for this again
    os.chdir(job["folder"])
    if job["tier"] != "A":  # not in the zygote: the C library keeps every value that a variable has had
        os.environ["TMPDIR"] = os.environ["HOME"] = job["folder"]
    for name, limit in job["rlimits"].items():
        number = getattr(resource, name)
        resource.setrlimit(number, (limit, limit))
    if job["tier"] == "B":
        shared = [folders.SHARED] if folders.shared_memory() else []
        rules = landlock.rules([*paths, *DEVICES, "/proc/self"], [job["folder"], "/dev/null", *shared])
    if job["mode"] != "runs":
        _become(user)
    else:
        kernel.set_dumpable(False)
    if job["tier"] == "B":
        landlock.restrict(rules)
        kernel.die_with_parent()  # what process 1 of a namespace does for tier A
        if user is None and landlock.version() < 6:
            kernel.install_filter(seccomp.signals_only_to(os.getpid()))


def _become(user: int | None) -> None:
    """Give up root's name, where the zygote has it: whoever has not may not look into who has."""
    if user is not None:
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def program(job: dict[str, Any], hooks: list[dict[str, Any]], user: int | None) -> NoReturn:
    """Load the source that the channel brings; run it as `__main__`, once or for each input, or answer calls."""
    mode = job["mode"]
    if mode in ("compile", "execute"):
        try:
            foreign_program(job)
        except foreign.Missing as error:
            os.write(CHANNEL, MISSING)
            os.write(2, str(error).encode())
            os._exit(1)
    loaded: list[Any] = list(_load(job["folder"], "solution" if mode == "calls" else "__main__"))

    def run() -> NoReturn:
        if mode == "runs":  # not before, for a program should not reach into the process that forks the next one
            _become(user)
            kernel.set_dumpable(True)
        for hook in hooks:
            os.register_at_fork(**hook)
        finish(_execute(loaded.pop(0), loaded.pop()))  # so that at the end nobody here holds the module

    if mode == "run":
        os.close(CHANNEL)
        run()
    if mode == "runs":
        template.serve(CHANNEL, job["folder"], run)
        os._exit(0)
    for hook in hooks:
        os.register_at_fork(**hook)
    module, code = loaded
    typing = sys.modules["typing"]
    module.__dict__.update({name: getattr(typing, name) for name in TYPING.split()})
    status = _execute(module, code)
    if status == 0:
        answer_calls(module, job["entry_point"], job["max_bytes"], job["limits"]["memory_mb"] << 10)
    finish(status)


def foreign_program(job: dict[str, Any]) -> NoReturn:
    """Compile the source and answer with what comes of it, or turn into the program."""
    content = read_message()
    if job["mode"] == "execute":
        foreign.become(job["folder"], job["file"], content, job["command"], lambda: os.write(CHANNEL, LOADED))
    made = foreign.compile_source(job["folder"], job["file"], content, job["command"], job["target"])
    os.write(CHANNEL, LOADED if made is not None else NOT_COMPILED)
    if made is not None:
        send_message(made)
    os._exit(0 if made is not None else 1)


def _load(folder: str, name: str) -> tuple[types.ModuleType, types.CodeType]:
    """The program as a module of that name, compiled and about to run."""
    path = f"{folder}/{'main' if name == '__main__' else name}.py"
    source = read_message()
    foreign.write(path, source, 0o600)
    module = types.ModuleType(name)
    module.__dict__.update(__file__=path, __builtins__=builtins)
    sys.modules[name] = module
    sys.argv[:] = [path]
    sys.path.insert(0, folder)
    try:
        code = compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, MemoryError, RecursionError, OverflowError) as error:
        os.write(CHANNEL, NOT_COMPILED)
        finish(complain(error))
    os.write(CHANNEL, LOADED)
    return module, code


def _execute(module: types.ModuleType, code: types.CodeType) -> int:
    """Run the program's own lines; its exit status."""
    frame, ours = sys._getframe(), 1
    while frame.f_back:
        frame, ours = frame.f_back, ours + 1
    sys.setrecursionlimit(sys.getrecursionlimit() + ours)  # the program has as many levels as anywhere
    try:
        exec(code, module.__dict__)
    except BaseException as error:  # whatever a program may raise is the end of the program
        return complain(error)
    return 0


def complain(error: BaseException) -> int:
    """Say what ended the program as Python does, less our own frames; the exit status."""
    if isinstance(error, SystemExit):
        if error.code is None:
            return 0
        if isinstance(error.code, int):
            return error.code & 0xFF if -(2**63) <= error.code < 2**63 else 0xFF
        print(error.code, file=sys.stderr)
        return 1
    trace = error.__traceback__
    while trace and trace.tb_frame.f_code.co_filename == _HERE:
        trace = trace.tb_next
    try:
        sys.excepthook(type(error), error.with_traceback(trace), trace)
    except BaseException as second:  # the program's own hook
        sys.__excepthook__(type(second), second, second.__traceback__)
    return 1


def finish(status: int) -> NoReturn:
    """End as Python does: wait for threads, call exit handlers, finalise what `__main__` holds, flush; but take no
    interpreter apart, for that would touch every page of memory that this process shares with the zygote."""
    try:
        if len(threading._active) > 1 or threading._threading_atexits:  # type: ignore[attr-defined]
            threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
    except BaseException as error:
        status = complain(error) or status
    status = _flushed() or status  # before its globals go, which a stream of the program's own may need
    try:
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        module = weakref.ref(sys.modules.pop("__main__", atexit))
        gc.collect()  # which finalises what it holds while its names are there
        left = module()
        if left and left is not atexit:
            names = left.__dict__
            names.update((name, None) for name in list(names) if name != "__builtins__")
            gc.collect()
    except BaseException as error:
        status = complain(error) or status
    for stream in filter(None, (sys.__stdout__, sys.__stderr__)):
        try:
            stream.flush()
        except Exception:  # closed or detached: whoever did that has what was in it
            continue
    os._exit(status)


def _flushed() -> int:
    """Flush what is now standard output and error, unless closed; Python's exit status, 120 where it cannot be."""
    status = 0
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not getattr(stream, "closed", False):
                stream.flush()
        except BaseException:  # whatever the program has put in their place
            status = 120
    return status


def answer_calls(module: types.ModuleType, entry_point: str, max_bytes: int, max_kb: int) -> None:
    """One message a call, until the caller hangs up. A peak too high for the zygote's looks is told of here: no honest
    program's verdict should hang on when it was looked at."""
    while True:
        try:
            arguments = values.decode(read_message())
        except EOFError:
            return
        try:
            value = find(module, entry_point)(*arguments)
            answer = VALUE + values.encode(value, max_bytes=max_bytes)
        except MemoryError as error:
            complain(error)
            answer = NO_MEMORY
        except values.TooLarge as error:
            answer = TOO_LARGE + str(error).encode()
        except BaseException as error:  # SystemExit too: a call that ends the program has returned nothing
            complain(error)
            answer = ERROR + reason(error)
        if _flushed():
            answer = ERROR + b"its output could not be flushed"
        if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > max_kb:
            answer = PEAK
        send_message(answer)


def reason(error: BaseException) -> bytes:
    """What it is, of which built-in kind, and what it says."""
    kind = type(error)
    try:
        said = str(error)
    except BaseException:  # of the program's own making
        said = ""
    name = kind.__name__
    if kind is not values.Refused and kind is not EntryPointMissing:
        known = next(base.__name__ for base in kind.__mro__ if base.__module__ == "builtins")
        name = f"raised {name}" if known == name else f"raised {name}, a {known}"
    return f"{name[:200]}: {said[:_MOST_SAID]}".encode("utf-8", "replace")


class EntryPointMissing(Exception):
    """The program defines no function of that name."""


def find(module: types.ModuleType, entry_point: str) -> Any:
    """The function, or the method of a fresh Solution."""
    function = module.__dict__.get(entry_point)
    solution = module.__dict__.get("Solution")
    if isinstance(solution, type) and hasattr(solution, entry_point):
        imported = getattr(function, "__module__", module.__name__) != module.__name__  # `from heapq import *`: merge
        if imported or not callable(function):
            return getattr(solution(), entry_point)
    if callable(function):
        return function
    raise EntryPointMissing(f"no function {entry_point} and no Solution.{entry_point}")


def read_message() -> bytes:
    size = int.from_bytes(_read(4), "little")
    return _read(size)


def _read(size: int) -> bytes:
    parts = []
    while size:
        part = os.read(CHANNEL, min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def send_message(message: bytes) -> None:
    rest = memoryview(len(message).to_bytes(4, "little") + message)
    while rest:
        rest = rest[os.write(CHANNEL, rest) :]
