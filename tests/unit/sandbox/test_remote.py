"""The remote sandbox against servers that fail, lie or talk nonsense; and the text that both ends read."""

from __future__ import annotations

import json
import pickle
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sandbox import Execution, Limits, Program, Status, remote, wire
from sandbox.remote import RemoteSandbox

ECHO = Program("echo")
FINE = Execution(Status.OK, b"\xff\n", b"err", 0, 0.5, 0.75, 12.5, "A", "note", (1, {2}, b"x", float("inf"), "\ud83d"))
Script = Callable[[dict[str, object]], "bytes | None"]


def http(status: int, body: bytes, headers: str = "") -> bytes:
    return f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


def echo(job: dict[str, object]) -> bytes:
    """An honest server's answer: one execution for each input, which it holds."""
    inputs = job["inputs"]
    assert isinstance(inputs, list)
    done = [wire.write_execution(Execution(Status.OK, b"", b"", 0, 0, 0, 0, "A", text)) for text in inputs]
    return http(200, wire.write_answer(str(job["id"]), done))


@contextmanager
def scripted(script: Script, *, authorized: bool = True, timeout: float = 20.0) -> Iterator[RemoteSandbox]:
    """A client of a server that answers a job with the bytes that the script returns; None closes the connection."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.wfile.write(http(200, json.dumps({"isolation": "A", "authorized": authorized}).encode()))

        def do_POST(self) -> None:
            answer = script(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.wfile.write(answer or b"")
            self.close_connection = answer is None or b"Connection: close" in answer

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            with RemoteSandbox(f"http://127.0.0.1:{server.server_port}", timeout=timeout) as box:
                yield box
        finally:
            server.shutdown()
            thread.join()


def execution(**changes: object) -> Script:
    """A script that answers with one execution that is right but for the changes."""

    def script(job: dict[str, object]) -> bytes:
        right = json.loads(wire.write_execution(FINE)) | changes
        return http(200, json.dumps({"id": job["id"], "executions": [right]}).encode())

    return script


def test_all_of_an_execution_arrives():
    with scripted(lambda job: http(200, wire.write_answer(str(job["id"]), [wire.write_execution(FINE)]))) as box:
        assert box.isolation == "A"
        assert box.run(ECHO) == FINE


BROKEN: dict[str, Script] = {
    "no HTTP": lambda _: b"hello\r\n\r\n",
    "no JSON": lambda _: http(200, b"<html>"),
    "no object": lambda _: http(200, b"[]"),
    "not UTF-8": lambda _: http(200, b"\xff\xfe\xff"),
    "deep": lambda _: http(200, b"[" * 100_000),
    "another job's": lambda _: http(200, wire.write_answer("other", [wire.write_execution(FINE)])),
    "no executions": lambda job: http(200, wire.write_answer(str(job["id"]), [])),
    "too many": lambda job: http(200, wire.write_answer(str(job["id"]), [wire.write_execution(FINE)] * 2)),
    "no list": lambda job: http(200, wire.write_answer(str(job["id"]), [b"1"])),
    "a verdict": execution(status="AC"),
    "a status that is no text": execution(status=["OK"]),
    "no base64": execution(stdout="*"),
    "exit code": execution(exit_code=True),
    "negative time": execution(cpu_s=-1),
    "endless time": execution(wall_s=1e999),
    "a long number": execution(memory_mb=10**400),
    "a bool for a number": execution(cpu_s=False),
    "no value": execution(value=None),
    "an unknown tag": execution(value='{"pickle":["gASVAAAA"]}'),
    "value not ASCII": execution(value='"é"'),
    "isolation": execution(isolation=1),
    "too large": lambda _: http(200, b" " * (wire.longest_answer(Limits(output_kb=1)) + 1)),
    "boasts of its size": lambda _: b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n",
    "headers": lambda _: b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 1000 + b"\r\n",
    "elsewhere": lambda _: http(302, b"", "Location: http://127.0.0.1:1/\r\n"),
    "no content": lambda _: b"HTTP/1.1 204 No Content\r\n\r\n",
    "not found": lambda _: http(404, b"\x00" * 1000),
    "conflict": lambda _: http(409, b'{"detail": {}}'),
    "its sandbox raised": lambda _: http(500, b'{"detail": "the sandbox raised RuntimeError: no"}'),
}


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_answer_is_a_failure_of_ours_and_no_exception(script, monkeypatch):
    monkeypatch.setattr(remote, "_GRACE_S", 0.2)
    monkeypatch.setattr(wire, "LONGEST_S", 0.0)
    with scripted(script, timeout=0.5) as box:
        done = box.run(ECHO, limits=Limits(output_kb=1, wall_s=0.01))
    assert done.status is Status.FAILED
    assert done.value is None
    assert done.note.startswith("sandbox: ")


@pytest.mark.parametrize("dripped", ["headers", "continue", "body"])
def test_a_server_that_never_ends_is_left_when_time_is_up(dripped, monkeypatch):
    monkeypatch.setattr(remote, "_GRACE_S", 0.2)
    monkeypatch.setattr(wire, "LONGEST_S", 0.0)
    over = threading.Event()
    start = {"headers": b"HTTP/1.1 200 OK\r\nX: ", "continue": b"", "body": b"HTTP/1.1 200 OK\r\n\r\n"}[dripped]
    drip = b"HTTP/1.1 100 Continue\r\n\r\n" if dripped == "continue" else b"x"

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.wfile.write(http(200, b'{"isolation": "A", "authorized": true}'))

        def do_POST(self) -> None:
            try:
                self.wfile.write(start)
                while not over.wait(0.02):
                    self.wfile.write(drip)
            except OSError:
                return

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        with RemoteSandbox(f"http://127.0.0.1:{server.server_port}", timeout=0.3) as box:
            done = box.run(ECHO, limits=Limits(wall_s=0.01))
        over.set()
        server.shutdown()
        thread.join()
    assert done.status is Status.FAILED


def test_what_may_pass_is_tried_again_under_the_same_id():
    seen: list[object] = []
    hitches = [
        None,
        http(503, b""),
        http(502, b"<html>"),
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{",
        http(429, b"", "Retry-After: -1\r\n"),
        http(504, b"", "Retry-After: soon\r\n"),
    ]

    def script(job: dict[str, object]) -> bytes | None:
        seen.append((job["id"], job["inputs"]))
        return hitches.pop(0) if hitches else echo(job)

    with scripted(script) as box:
        assert box.run(ECHO).status is Status.OK
        assert len(seen) == 7
        assert len({str(sent) for sent in seen}) == 1
        box.run(ECHO)
    assert seen[-1] != seen[0]  # another job, another id


def test_the_server_says_when_to_come_back_within_reason():
    assert [remote._seconds(text) for text in ("", "7", "99999", "-1", "٣", "1e9", "9" * 5000)] == [
        0,
        7,
        30,
        0,
        0,
        0,
        0,
    ]


def test_who_gets_no_answer_in_time_gets_a_failure_for_each_input_and_need_not_wait_for_each():
    tried: list[object] = []

    def script(job: dict[str, object]) -> None:
        tried.append(job["id"])

    with scripted(script, timeout=0.3) as box:
        done = list(box.run_each(ECHO, [b"1", b"2", b"3"]))
    assert [e.status for e in done] == [Status.FAILED] * 3
    assert "0.3 s" in done[0].note
    assert len(set(tried)) == 1


def test_an_iterator_is_asked_for_one_input_at_a_time():
    asked: list[int] = []

    def stdins() -> Iterator[bytes]:
        for i in range(9):
            asked.append(i)
            yield b"%d" % i

    with scripted(echo) as box:
        executions = box.run_each(ECHO, stdins())
        assert asked == []
        for i in range(5):
            assert next(executions).note == wire.write_stdin(b"%d" % i)
            assert asked == list(range(i + 1))


def sizes_of(box_calls: Callable[[RemoteSandbox], Iterator[Execution]], answer: Script) -> tuple[list[int], list[str]]:
    sizes: list[int] = []

    def script(job: dict[str, object]) -> bytes | None:
        sizes.append(len(job["inputs"]))  # type: ignore[arg-type]
        return answer(job)

    with scripted(script) as box:
        return sizes, [e.note for e in box_calls(box)]


def test_a_list_is_sent_in_growing_parts():
    arguments = [[i] for i in range(200)]
    sizes, notes = sizes_of(lambda box: box.call_each(ECHO, "f", arguments), echo)
    assert sizes == [1, 2, 4, 8, 16, 32, 64, 64, 9]
    assert notes == [wire.write_arguments(one) for one in arguments]


def test_a_part_of_large_inputs_is_small():
    stdins = [bytes(600_000)] * 6
    sizes, notes = sizes_of(lambda box: box.run_each(ECHO, stdins), echo)
    assert sizes == [1, 2, 2, 1]
    assert len(notes) == 6


def test_a_server_may_answer_the_first_inputs_only():
    def one(job: dict[str, object]) -> bytes | None:
        return echo(job | {"inputs": job["inputs"][:1]})  # type: ignore[index]

    stdins = [b"%d" % i for i in range(9)]
    _, notes = sizes_of(lambda box: box.run_each(ECHO, stdins), one)
    assert notes == [wire.write_stdin(stdin) for stdin in stdins]


def test_after_a_failure_parts_are_small_again():
    def failing(job: dict[str, object]) -> bytes:
        inputs: list[str] = job["inputs"]  # type: ignore[assignment]
        done = [Execution(Status.OK, b"", b"", 0, 0, 0, 0, "A", text) for text in inputs]
        if wire.write_stdin(b"4") in inputs:
            at = inputs.index(wire.write_stdin(b"4"))
            done = [*done[:at], Execution(Status.RE, b"", b"", 1, 0, 0, 0, "A", inputs[at])]
        return http(200, wire.write_answer(str(job["id"]), [wire.write_execution(e) for e in done]))

    stdins = [b"%d" % i for i in range(9)]
    sizes, notes = sizes_of(lambda box: box.run_each(ECHO, stdins), failing)
    assert sizes == [1, 2, 4, 1, 2, 1]  # 0, 12, 3456 of which 34 are answered, 5, 67, 8
    assert notes == [wire.write_stdin(stdin) for stdin in stdins]


def test_a_callers_mistake_is_raised_at_once():
    for url in ("localhost:8642", "ftp://localhost", "http://"):
        with pytest.raises(ValueError, match="is not like http"):
            RemoteSandbox(url)
    with pytest.raises(ValueError, match="printable"):
        RemoteSandbox("http://127.0.0.1:1", token="a\r\nX: y")
    with pytest.raises(ValueError, match="timeout 0"):
        RemoteSandbox("http://127.0.0.1:1", timeout=0)
    with pytest.raises(ConnectionError, match="python -m sandbox serve"):
        RemoteSandbox("http://127.0.0.1:1", timeout=0.1)
    with pytest.raises(PermissionError, match="token"), scripted(echo, authorized=False):
        raise AssertionError("opened")
    with scripted(echo) as box:
        with pytest.raises(ValueError, match="no plain value"):
            next(box.call_each(ECHO, "f", [[object()]]))
        with pytest.raises(ValueError, match="cannot be called"):
            box.call_each(Program("", "cpp"), "f", [[1]])
        box.close()
        with pytest.raises(ValueError, match="closed"):
            box.run(ECHO)


def test_it_can_be_sent_to_a_worker_process():
    with scripted(echo) as box, pickle.loads(pickle.dumps(box)) as same:
        assert same.run(ECHO, stdin=b"1") == box.run(ECHO, stdin=b"1")


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()) | st.binary(),
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
any_text = st.text(st.characters())


# JSON's escapes would join these two lone surrogates into one character.
@example(source="\ud83d\ude00", entry_point="f", calls=[["\ud83d\ude00"]])
@given(source=any_text, entry_point=any_text, calls=st.lists(st.lists(plain), min_size=1, max_size=3))
def test_a_job_arrives_as_it_was_sent(source, entry_point, calls):
    job = wire.Job(Program(source), Limits(cpu_s=1.5), [wire.write_arguments(c) for c in calls], entry_point)
    sent = wire.read_job(wire.write_job("id", job, 1.5))
    assert (sent.id, sent.job, sent.deadline_s) == ("id", job, 1.5)
    assert repr(sent.inputs) == repr(calls)
    later = wire.read_job(wire.write_job("id", job, 0.5))
    assert later.digest == sent.digest  # the deadline is not part of it


def test_jobs_differ_in_whatever_is_in_them():
    job = wire.Job(Program("a"), Limits(), ["MQ=="])
    others = [
        wire.Job(Program("b"), Limits(), ["MQ=="]),
        wire.Job(Program("a", "cpp"), Limits(), ["MQ=="]),
        wire.Job(Program("a"), Limits(cpu_s=1), ["MQ=="]),
        wire.Job(Program("a"), Limits(), ["MQ==", "MQ=="]),
        wire.Job(Program("a"), Limits(), ["[1]"], "f"),
        wire.Job(Program("a"), Limits(), ["[1]"], "g"),
    ]
    assert len({wire.read_job(wire.write_job("id", each)).digest for each in [job, *others]}) == 7


@given(
    status=st.sampled_from(Status),
    stdout=st.binary(),
    exit_code=st.none() | st.integers(-255, 255),
    note=any_text,
    value=plain,
)
def test_an_execution_arrives_as_it_was(status, stdout, exit_code, note, value):
    one = Execution(status, stdout, stdout[::-1], exit_code, 0.1, 2.0, 3.0, "B", note, value)
    (arrived,) = wire.read_answer(wire.write_answer("id", [wire.write_execution(one)]), "id", 1)
    assert repr(arrived) == repr(one)


RIGHT = json.loads(wire.write_job("id", wire.Job(Program("x"), Limits(), ["[1]"], "f"), 1.0))
scraps = st.sampled_from(
    [*RIGHT.values(), "", "*", 10**400, -1, True, None, float("nan"), [], ["MQ=="], {}, {"cpu_s": "x"}]
)


@given(
    st.binary() | st.dictionaries(st.sampled_from([*RIGHT, "x"]), scraps).map(lambda d: json.dumps(RIGHT | d).encode())
)
def test_any_body_is_a_job_or_malformed(body):
    try:
        sent = wire.read_job(body)
    except wire.Malformed:
        return
    assert wire.read_job(wire.write_job(sent.id, sent.job, sent.deadline_s)) == sent
