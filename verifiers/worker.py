"""A process that calls one function at a time, and is killed by its caller's clock."""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

_BOOT = "import sys; sys.path[:] = sys.argv[3:]; from verifiers.worker import serve; serve(*map(int, sys.argv[1:3]))"
START_S = 60.0  # to start an interpreter on a busy machine


class WorkerFailed(RuntimeError):
    """The worker could not start or died; status is its exit status, negative for a signal."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class CallFailed(RuntimeError):
    """The function raised; the message is its exception."""


class CallTimeout(TimeoutError):
    """The clock ran out, so the worker was killed."""


class NotSendable(TypeError):
    """The worker cannot be given this function; the message says what to do."""


def pack(function: Any) -> tuple[bytes, str | None]:
    """A function as bytes, with the script to load first where it was defined in one."""
    name = getattr(function, "__qualname__", repr(function))
    try:
        packed = pickle.dumps(function)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise NotSendable(
            f"{name} cannot be sent to a worker process ({error}): "
            "define it with def at the top of a module, and bind options with functools.partial"
        ) from error
    if b"__main__" not in packed:
        return packed, None
    script = getattr(sys.modules["__main__"], "__file__", None)
    if script is None or not Path(script).is_file():
        raise NotSendable(f"{name} is defined where no worker can load it: move it to a module that can be imported")
    return packed, os.path.abspath(script)


class Worker:
    """One process started with subprocess: no fork of a threaded parent, no re-import of its script."""

    def __init__(self) -> None:
        import socket
        from multiprocessing.connection import Connection

        try:
            ours, theirs = socket.socketpair()
            try:
                ends, self._lifeline = os.pipe()
            except OSError:
                ours.close()
                theirs.close()
                raise
        except OSError as error:  # too many open files
            raise WorkerFailed(f"no worker process could be started: {error}") from error
        with theirs:
            home = str(Path(__file__).resolve().parent.parent)
            path = [os.path.abspath(entry) for entry in sys.path]
            given = theirs.fileno(), ends
            command = [sys.executable, "-c", _BOOT, *map(str, given), *path, *([] if home in path else [home])]
            self.connection: Connection = Connection(ours.detach())
            try:
                # Its own session: Ctrl-C reaches the caller alone, who then stops the worker.
                self.process = subprocess.Popen(
                    command, pass_fds=given, stdin=subprocess.DEVNULL, start_new_session=True
                )
            except OSError as error:
                self.connection.close()
                self._let_go()
                raise WorkerFailed(f"no worker process could be started: {error}") from error
            finally:
                os.close(ends)
        self.loaded: tuple[bytes, str | None] | None = None
        _alive.add(self)
        self._ready("start")

    def call(self, function: tuple[bytes, str | None], arguments: tuple[Any, ...], timeout: float) -> Any:
        """function(*arguments), in the worker."""
        self.send(function, arguments)
        return self._receive(timeout)

    def send(self, function: tuple[bytes, str | None], arguments: tuple[Any, ...]) -> None:
        """Start a call whose result `receive` will hand over; loading the function is not on the call's clock."""
        try:
            packed = pickle.dumps(arguments)
        except (pickle.PicklingError, AttributeError, TypeError, RecursionError) as error:
            raise NotSendable(f"the arguments cannot be sent to a worker process: {error}") from error
        if self.loaded != function:
            self._write((*function, None))
            self._ready("load the function")
            self.loaded = function
        self._write((*function, packed))

    def _write(self, message: tuple[Any, ...]) -> None:
        try:
            self.connection.send(message)
        except OSError as error:
            raise self._died() from error

    def _ready(self, to: str) -> None:
        try:
            self._receive(START_S)
        except CallTimeout as error:
            raise WorkerFailed(f"the worker process did not {to} within {START_S:g} s") from error

    def receive(self) -> Any:
        """The result of the call, which has come or is about to."""
        try:
            kind, content = self.connection.recv()
        except (EOFError, OSError) as error:
            raise self._died() from error
        if kind == "raised":
            raise CallFailed(content)
        if kind == "unusable":
            raise NotSendable(content)
        return content

    def _receive(self, timeout: float) -> Any:
        if not self.connection.poll(timeout):
            self.stop()
            raise CallTimeout(f"no verdict after {timeout:g} s")
        return self.receive()

    def _died(self) -> WorkerFailed:
        self.stop(grace=1.0)
        status = self.process.returncode
        return WorkerFailed(f"the worker process died (exit status {status})", status)

    @property
    def alive(self) -> bool:
        """False once stopped; a process that died by itself shows at the next call."""
        return self in _alive

    def stop(self, grace: float = 0.0) -> None:
        """Kill the process and wait for its end; harmless when repeated."""
        self.connection.close()
        try:
            self.process.wait(grace)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._let_go()
        _alive.discard(self)

    def _let_go(self) -> None:
        lifeline, self._lifeline = self._lifeline, -1
        if lifeline >= 0:
            os.close(lifeline)


_alive: set[Worker] = set()
_idle: list[Worker] = []


def borrow() -> Worker:
    """A worker that waits for work, or a new one."""
    while True:
        try:
            worker = _idle.pop()
        except IndexError:
            return Worker()
        if worker.process.poll() is None:
            return worker
        worker.stop()


def give_back(worker: Worker) -> None:
    """Keep the worker for the next call, unless it was stopped or there are enough."""
    if not worker.alive:
        return
    if len(_idle) < (os.cpu_count() or 1):
        _idle.append(worker)
    else:
        worker.stop()


def stop_all() -> None:
    """Stop every worker of this process."""
    _idle.clear()
    for worker in list(_alive):
        worker.stop()


def _forget() -> None:
    """In a forked child the workers are the parent's: leave them alone."""
    for worker in _alive:
        worker.connection.close()
        worker._let_go()
        worker.process.returncode = 0  # keeps Popen from waiting for, or warning of, another's child
    _alive.clear()
    _idle.clear()


atexit.register(stop_all)
os.register_at_fork(after_in_child=_forget)


# In the worker process.


def serve(descriptor: int, lifeline: int) -> None:
    """Answer calls until the caller is gone; a thread watches for that even while a call hangs."""
    import queue
    from multiprocessing.connection import Connection

    connection = Connection(descriptor)
    _die_with(lifeline)
    calls: queue.SimpleQueue[tuple[bytes, str | None, bytes | None]] = queue.SimpleQueue()

    def read() -> None:
        while True:
            try:
                calls.put(connection.recv())
            except (EOFError, OSError):
                os._exit(0)

    connection.send(("done", None))
    threading.Thread(target=read, daemon=True).start()
    functions: dict[tuple[bytes, str | None], Any] = {}
    while True:
        packed, script, arguments = calls.get()
        reply = _reply(functions, (packed, script), arguments)
        try:
            connection.send(reply)
        except OSError:
            os._exit(0)
        except Exception as error:  # pickling runs the result's own code
            connection.send(("raised", f"the result cannot be sent back: {type(error).__name__}: {error}"))


def _die_with(lifeline: int) -> None:
    """Have the kernel kill this process once the pipe's other end is gone: no thread runs while a call holds the
    interpreter's lock, as a regular expression does."""
    import fcntl
    import signal

    if hasattr(fcntl, "F_SETSIG"):  # Linux; elsewhere the thread is all there is
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
        fcntl.fcntl(lifeline, fcntl.F_SETFL, os.O_ASYNC)


def _reply(
    functions: dict[tuple[bytes, str | None], Any], packed: tuple[bytes, str | None], arguments: bytes | None
) -> Any:
    try:
        if packed not in functions:
            if packed[1] is not None:
                _load_script(packed[1])
            functions.clear()
            functions[packed] = pickle.loads(packed[0])
        if arguments is None:
            return "done", None
        unpacked = pickle.loads(arguments)
    except Exception as error:  # loading runs the caller's modules
        return "unusable", f"the worker process could not load its work: {type(error).__name__}: {error}"
    try:
        return "done", functions[packed](*unpacked)
    except Exception as error:  # the caller's function: report whatever it raises
        return "raised", f"{type(error).__name__}: {error}"[:1000]


def _load_script(script: str) -> None:
    """Run the caller's script, but not what stands under `if __name__ == "__main__"`."""
    import runpy
    import types

    if getattr(sys.modules["__main__"], "__file__", None) == script:
        return
    loaded = types.ModuleType("__mp_main__")
    loaded.__file__ = script
    _loading.append(script)
    loaded.__dict__.update(runpy.run_path(script, run_name="__mp_main__"))
    _loading.clear()
    sys.modules["__main__"] = sys.modules["__mp_main__"] = loaded


_loading: list[str] = []


def refuse_while_loading() -> None:
    """A script without a main guard would start workers from within each of its workers, without end."""
    if _loading:
        raise RuntimeError(f'{_loading[0]} starts work when loaded: put that under if __name__ == "__main__":')
