"""A real server on a loopback port: nothing lost, nothing doubled, whatever dies on the way.

Run as a script, this file is such a server, to be killed.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest
import uvicorn

from sandbox import Execution, Limits, Program, Status, wire
from sandbox.remote import RemoteSandbox
from sandbox.server import Jobs, app, serve
from sandbox.server import main as command

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60.0
CALM = Limits(wall_s=60)


@dataclass
class FakeBox:
    """A sandbox of scripts: a program's source says what comes of it. What it ran, and what it waits for, are files."""

    folder: Path
    isolation: str = "B"

    @property
    def ran(self) -> list[str]:
        log = self.folder / "ran"
        return log.read_text().split() if log.exists() else []

    def _one(self, source: str, given: Any) -> Execution:
        with (self.folder / "ran").open("a") as log:
            log.write(f"{given!r}".replace(" ", "") + "\n")
        if source == "raise":
            raise RuntimeError("no more descriptors")
        if source == "wait":
            wait_for((self.folder / "gate").exists)
        if given == b"fail":
            return Execution(Status.RE, b"half", b"ZeroDivisionError", 1, 0.1, 0.2, 3.0, "B", "exit status 1")
        stdout, value = (given, None) if isinstance(given, bytes) else (b"", tuple(given))
        return Execution(Status.OK, stdout, source.encode(), 0, 0.25, 0.5, 7.5, "B", "", value)

    def run(self, program: Program, *, stdin: bytes = b"", limits: Limits = CALM) -> Execution:
        return self._one(program.source, stdin)

    def run_each(self, program: Program, stdins: Iterable[bytes], *, limits: Limits = CALM) -> Iterator[Execution]:
        return (self._one(program.source, stdin) for stdin in stdins)

    def call_each(
        self, program: Program, entry_point: str, calls: Iterable[Sequence[Any]], *, limits: Limits = CALM
    ) -> Iterator[Execution]:
        return (self._one(program.source, list(arguments)) for arguments in calls)

    def close(self) -> None:
        return

    def __enter__(self) -> FakeBox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return


def wait_for(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.005)


@dataclass
class Serving:
    """A server, and how to talk to it without the client under test."""

    box: FakeBox
    port: int
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(16))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open_gate(self) -> None:
        (self.box.folder / "gate").touch()

    def send(
        self, method: str, path: str, body: bytes | Iterable[bytes] = b"", token: str = ""
    ) -> tuple[int, Any, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, {"Authorization": f"Bearer {token}"} if token else {})
            answer = connection.getresponse()
            text = answer.read().decode()
            return answer.status, json.loads(text) if text.startswith("{") else text, answer.headers
        finally:
            connection.close()

    def post(self, id: str, source: str = "echo", stdin: bytes = b"", deadline_s: float | None = None) -> Future[Any]:
        job = wire.Job(Program(source), CALM, [wire.write_stdin(stdin)])
        return self.threads.submit(self.send, "POST", "/v1/jobs", wire.write_job(id, job, deadline_s))

    def metric(self, name: str) -> float:
        lines = self.send("GET", "/metrics")[1].splitlines()
        return sum(float(line.split()[1]) for line in lines if line.startswith(f"sandbox_{name} "))

    def busy(self) -> Future[Any]:
        """Occupy the only worker, until the gate is open."""
        answer = self.post("busy", "wait", b"busy")
        wait_for(lambda: self.metric("jobs_running") == 1)
        return answer


@contextmanager
def serving(folder: Path, **options: Any) -> Iterator[Serving]:
    box = FakeBox(folder)
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    port = listener.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app(box, **options), log_level="warning", ws="none", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    wait_for(lambda: server.started)
    serving = Serving(box, port)
    try:
        yield serving
    finally:
        serving.open_gate()
        serving.threads.shutdown()
        server.should_exit = True
        thread.join()


def test_a_remote_sandbox_gives_what_its_servers_sandbox_gives(tmp_path):
    with serving(tmp_path) as there, RemoteSandbox(there.url) as box:
        program, stdins = Program("some source\0é"), [b"", b"\xff\0", b"fail", b"x" * 100_000]
        assert box.isolation == "B"
        assert list(box.run_each(program, stdins)) == list(there.box.run_each(program, stdins))
        calls = [[1, (2.5, {"a": {3}})], [b"", None], [-(10**40)]]
        assert list(box.call_each(program, "f", calls)) == list(there.box.call_each(program, "f", calls))
        assert box.run(program, stdin=b"one") == there.box.run(program, stdin=b"one")


def test_no_more_is_run_than_was_asked_for(tmp_path):
    with serving(tmp_path) as there, RemoteSandbox(there.url) as box:
        executions = box.run_each(Program("echo"), (b"%d" % i for i in range(9)))
        assert there.box.ran == []
        assert [next(executions).stdout for _ in range(2)] == [b"0", b"1"]
        assert there.box.ran == ["b'0'", "b'1'"]


def test_a_part_ends_at_its_first_failure(tmp_path):
    with serving(tmp_path) as there, RemoteSandbox(there.url) as box:
        executions = box.run_each(Program("echo"), [b"0", b"1", b"2", b"fail", b"4", b"5"])
        assert [next(executions).status for _ in range(4)] == [Status.OK] * 3 + [Status.RE]
        assert there.box.ran == ["b'0'", "b'1'", "b'2'", "b'fail'"]
        assert [e.stdout for e in executions] == [b"4", b"5"]


def test_an_id_is_run_once(tmp_path):
    with serving(tmp_path, workers=1) as there:
        first = there.busy()
        again = [there.post("busy", "wait", b"busy", deadline_s=50) for _ in range(3)]
        assert there.post("busy", "wait", b"other").result()[0] == 409
        there.open_gate()
        answers = [future.result()[:2] for future in [first, *again]]
        assert answers[0][0] == 200
        assert answers == answers[:1] * 4
        assert there.post("busy", "wait", b"busy").result()[:2] == answers[0]
        assert there.post("busy", "wait", b"other").result()[0] == 409
        assert there.box.ran == ["b'busy'"]


def test_who_comes_when_the_queue_is_full_is_told_to_come_back(tmp_path):
    with serving(tmp_path, workers=1, queue=1) as there:
        futures = [there.busy(), there.post("waits")]
        wait_for(lambda: there.metric("jobs_waiting") == 1)
        status, body, headers = there.post("too much").result()
        assert (status, headers["Retry-After"]) == (429, "1")
        assert "1 jobs are waiting" in body["detail"]
        futures.append(there.post("waits"))  # an id that is known takes no place
        there.open_gate()
        assert [future.result()[0] for future in futures] == [200, 200, 200]
        assert there.post("too much").result()[0] == 200


def test_a_job_that_comes_too_late_is_never_run(tmp_path):
    with serving(tmp_path, workers=1) as there:
        busy, late = there.busy(), there.post("late", stdin=b"late", deadline_s=0.0)
        wait_for(lambda: there.metric("jobs_waiting") == 1)
        there.open_gate()
        assert [busy.result()[0], late.result()[0]] == [200, 504]
        assert there.box.ran == ["b'busy'"]
        assert there.post("late", stdin=b"late", deadline_s=60.0).result()[0] == 200


GARBAGE = [
    b"",
    b"\xff\xfe",
    b"null",
    b"[" * 100_000,
    b'{"id": "x"}',
    b'{"id": "", "kind": "run", "source": "", "inputs": [""]}',
    b'{"id": "x", "kind": "run", "source": "", "inputs": ["*"]}',
    b'{"id": "x", "kind": "run", "source": "", "inputs": []}',
    b'{"id": "x", "kind": "run", "source": "", "inputs": [""], "limits": {"cpu": 1}}',
    b'{"id": "x", "kind": "run", "source": "", "inputs": [""], "limits": {"cpu_s": -1}}',
    b'{"id": "x", "kind": "run", "source": "", "inputs": [""], "deadline_s": "soon"}',
    b'{"id": "x", "kind": "run", "source": "", "inputs": [""], "expected": ""}',
    b'{"id": "x", "kind": "call", "source": "", "inputs": ["[]"]}',
    b'{"id": "x", "kind": "call", "source": "", "entry_point": "f", "inputs": ["{\\"eval\\":[1]}"]}',
]


def test_garbage_is_refused_and_the_server_lives(tmp_path):
    with serving(tmp_path, body_mb=1) as there:
        for body in GARBAGE:
            status, answer, _ = there.send("POST", "/v1/jobs", body)
            assert (status, list(answer)) == (422, ["detail"]), body[:100]
        assert there.send("POST", "/v1/jobs", bytes(1_100_000))[0] == 413
        assert there.send("POST", "/v1/jobs", iter([bytes(100_000)] * 11))[0] == 413
        with socket.create_connection(("127.0.0.1", there.port)) as plain:
            plain.sendall(b"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
        assert there.post("id").result()[0] == 200
        assert there.box.ran == ["b''"]
        assert there.send("GET", "/metrics")[1].count('sandbox_answers_total{code="422"} 14\n') == 1


def test_what_the_sandbox_raises_costs_its_own_job(tmp_path):
    with serving(tmp_path, workers=1) as there, RemoteSandbox(there.url) as box:
        done = box.run(Program("raise"))
        assert (done.status, done.value) == (Status.FAILED, None)
        assert "RuntimeError: no more descriptors" in done.note
        assert box.run(Program("echo"), stdin=b"1").stdout == b"1"


def test_who_has_not_the_token_runs_nothing(tmp_path):
    with serving(tmp_path, token="secret") as there:
        for token in ("", "secre", "secrets", "\xe9"):
            assert there.send("POST", "/v1/jobs", b"", token)[0] == 401
            assert there.send("GET", "/metrics", b"", token)[0] == 401
            with pytest.raises(PermissionError) if token != "\xe9" else pytest.raises(ValueError, match="ASCII"):
                RemoteSandbox(there.url, token=token)
        assert there.send("GET", "/health")[1] == {"status": "ok", "isolation": "B", "authorized": False}
        with RemoteSandbox(there.url, token="secret") as box:
            assert box.run(Program("echo"), stdin=b"1").stdout == b"1"
        assert there.box.ran == ["b'1'"]


@contextmanager
def flaky(port: int) -> Iterator[str]:
    """The URL of a way to a server that breaks: of three connections, the last is cut when its first answer comes."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)

    def pump(source: socket.socket, drain: socket.socket, cut: bool) -> None:
        try:
            while (data := source.recv(1 << 16)) and not cut:
                drain.sendall(data)
        except OSError:
            return  # the other direction was cut
        finally:
            for end in (source, drain):
                with_no_complaint(lambda end=end: end.shutdown(socket.SHUT_RDWR))

    def accept() -> None:
        number = 0
        with ThreadPoolExecutor(512) as pumps:
            while True:
                near = listener.accept()[0]
                number += 1
                if closing.is_set():
                    near.close()
                    return
                far = socket.create_connection(("127.0.0.1", port))
                ends.extend((near, far))
                pumps.submit(pump, near, far, False)
                pumps.submit(pump, far, near, number % 3 == 0)

    ends: list[socket.socket] = []
    closing = threading.Event()
    thread = threading.Thread(target=accept)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        closing.set()
        socket.create_connection(listener.getsockname()).close()
        for end in ends:
            with_no_complaint(lambda end=end: end.shutdown(socket.SHUT_RDWR))
        thread.join()
        for end in [*ends, listener]:
            end.close()


def with_no_complaint(action: Callable[[], object]) -> None:
    try:
        action()
    except OSError:
        return


def test_64_callers_on_broken_connections_lose_nothing_and_double_nothing(tmp_path):
    program = Program("echo")

    def caller(number: int) -> list[bytes]:
        with RemoteSandbox(url) as box:
            one = box.run(program, stdin=b"%d:one" % number)
            more = box.run_each(program, [b"%d:%d" % (number, i) for i in range(6)])
            return [e.stdout for e in (one, *more)]

    with serving(tmp_path, workers=4, queue=48) as there, flaky(there.port) as url, ThreadPoolExecutor(64) as callers:
        outputs = list(callers.map(caller, range(64)))
    right = [[b"%d:one" % n, *(b"%d:%d" % (n, i) for i in range(6))] for n in range(64)]
    assert outputs == right
    assert sorted(there.box.ran) == sorted(repr(stdin) for stdins in right for stdin in stdins)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def process(*command: str | Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server in a process of its own, that takes connections."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, *command], env=environment) as child:
        try:
            wait_for(lambda: child.poll() is not None or answers(port))
            assert child.poll() is None
            yield child
        finally:
            child.kill()


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


def test_a_server_killed_in_mid_job_costs_a_retry_or_the_job_and_the_next_one_works(tmp_path):
    port = free_port()
    there = Serving(FakeBox(tmp_path), port)
    script = (__file__, str(port), "2", tmp_path)
    with ThreadPoolExecutor(2) as callers:
        with process(*script, port=port) as child:
            box, hurried = RemoteSandbox(there.url, timeout=PATIENCE_S), RemoteSandbox(there.url, timeout=2.0)
            retried = callers.submit(box.run, Program("wait"), stdin=b"1", limits=CALM)
            lost = callers.submit(hurried.run, Program("wait"), stdin=b"2", limits=CALM)
            wait_for(lambda: sorted(there.box.ran) == ["b'1'", "b'2'"])
            child.send_signal(signal.SIGKILL)
            child.wait()
        assert (lost.result().status, lost.result().stdout) == (Status.FAILED, b"")
        with process(*script, port=port):
            there.open_gate()
            assert (retried.result().status, retried.result().stdout) == (Status.OK, b"1")
            for client in (box, hurried):
                assert client.run(Program("echo"), stdin=b"3").stdout == b"3"
                client.close()
    assert sorted(there.box.ran) == ["b'1'", "b'1'", "b'2'", "b'3'", "b'3'"]


def test_a_server_told_to_stop_finishes_what_runs_and_sends_the_rest_elsewhere(tmp_path):
    port = free_port()
    there = Serving(FakeBox(tmp_path), port)
    with process(__file__, str(port), "1", tmp_path, port=port) as child:
        running = there.busy()
        waiting = there.post("waits")
        wait_for(lambda: there.metric("jobs_waiting") == 1)
        child.terminate()
        status, _, headers = waiting.result()
        assert (status, headers["Retry-After"]) == (503, "1")
        assert not running.done()
        there.open_gate()
        assert running.result()[0] == 200
        child.wait(PATIENCE_S)
    there.threads.shutdown()
    assert there.box.ran == ["b'busy'"]


def test_a_stopping_server_takes_no_job_but_answers_for_those_it_has_done(tmp_path):
    def sent(id: str) -> wire.Sent:
        return wire.read_job(wire.write_job(id, wire.Job(Program("echo"), CALM, [""])))

    async def story() -> list[int]:
        jobs = Jobs(FakeBox(tmp_path), workers=1, queue=9)
        worker = asyncio.create_task(jobs.work())
        before = await jobs.answer(sent("old"))
        jobs.stop()
        after = [await jobs.answer(sent(id)) for id in ("old", "new")]
        worker.cancel()
        jobs.close()
        return [answer.status_code for answer in (before, *after)]

    assert asyncio.run(story()) == [200, 200, 503]


def test_answers_are_kept_within_bounds(tmp_path, monkeypatch):
    monkeypatch.setattr("sandbox.server._KEPT_BYTES", 10_000)
    with serving(tmp_path, workers=1) as there:
        for i in range(20):
            there.post(str(i), stdin=b"%d" % i).result()
        there.post("19", stdin=b"19").result()
        assert there.box.ran == [f"b'{i}'" for i in range(20)]
        there.post("0", stdin=b"0").result()  # forgotten, so run again
        assert there.box.ran[20:] == ["b'0'"]


def test_the_command_serves_this_machines_own_sandbox_and_ends_well():
    port = free_port()
    script = "import sys; from sandbox.server import main; sys.exit(main(sys.argv[1:]))"
    with process("-c", script, "--port", str(port), "--workers", "1", port=port) as child:
        with RemoteSandbox(f"http://127.0.0.1:{port}") as box:
            assert box.isolation in ("A", "B")
            done = box.run(Program("print(input()[::-1])"), stdin=b"abc", limits=CALM)
            assert (done.status, done.note, done.stdout) == (Status.OK, "", b"cba\n")
            calls = box.call_each(Program("def f(x): return {x: (x,)}"), "f", [[1], ["a"], [[]]], limits=CALM)
            assert [e.value for e in calls] == [{1: (1,)}, {"a": ("a",)}, None]
        child.terminate()
        assert child.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("arguments", [["--host", "0.0.0.0"], ["--queue", "0"], ["--workers", "0"], ["--prot", "1"]])
def test_the_command_refuses_what_cannot_be_meant(arguments, monkeypatch, capsys):
    monkeypatch.delenv("SANDBOX_TOKEN", raising=False)
    with pytest.raises(SystemExit, match="2"):
        command(arguments)
    assert "error: " in capsys.readouterr().err


def main() -> None:
    port, workers, folder = sys.argv[1:]
    serve(app(FakeBox(Path(folder)), workers=int(workers)), port=int(port))


if __name__ == "__main__":
    main()
