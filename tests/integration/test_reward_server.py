"""A real reward server on a loopback port: whatever is sent, and whatever dies, an answer has the verdicts or says why
not. No failure of ours is a score."""

from __future__ import annotations

import asyncio
import errno
import http.client
import json
import os
import re
import resource
import signal
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any

import psutil
import pytest
import uvicorn

from tests.reward_server import (
    BODY_MB,
    HANG_S,
    PATIENCE_S,
    SCRIPTED,
    Client,
    Serving,
    body_of,
    process,
    serving,
    wait_for,
    workers_of,
)
from verifiers.metrics import Metrics
from verifiers.remote import RemoteReward
from verifiers.server.app import app
from verifiers.server.command import _Server, allow_files
from verifiers.server.command import main as command
from verifiers.server.crew import Crew, Late, Request
from verifiers.server.scoring import Task
from verifiers.worker import Worker, WorkerFailed


def test_64_clients_get_what_they_would_get_without_a_server_or_are_told_why_not():
    options = ("--timeout", str(HANG_S), "--queue", "64", "--body-mb", str(BODY_MB))
    with process(*options) as (server, there), ThreadPoolExecutor(64) as pool:
        clients = [pool.submit(Client(there, seed).run) for seed in range(64)]
        for worker in workers_of(server):
            with suppress(psutil.NoSuchProcess):
                worker.kill()  # of whatever: its completion is scored once more
            time.sleep(0.2)
        seen = sum((client.result() for client in clients), Counter())
        for name in ("unanswered", "held_bytes", "completions_waiting", "completions_running"):
            wait_for(lambda name=name: there.metrics()[f"server_{name}"] == 0)
        found = there.metrics()
        answers = {code: found[f'server_answers_total{{code="{code}"}}'] for code in (200, 413, 422, 429, 499)}
        assert sum(answers.values()) == sum(v for k, v in found.items() if k.startswith("server_answers_total"))
        for code in ("413", "422"):
            assert answers[int(code)] == seen[code] == 64
        # Who went away may have been answered into the void, or told to come back, before that was seen.
        assert answers[200] >= seen["200"] == 64 * 6
        assert answers[429] >= seen["429"]
        assert answers[200] + answers[429] + answers[499] == seen["200"] + seen["429"] + seen["gone"]
        assert seen["200"] <= found["server_accepted_total"] <= answers[200] + answers[499]
        assert found["server_worker_deaths_total"] >= 2  # one that hung, one that died, twice
        workers = workers_of(server)
        assert len(workers) == 2
        server.send_signal(signal.SIGTERM)
        assert server.wait(PATIENCE_S) == 0
        assert psutil.wait_procs(workers, PATIENCE_S)[1] == []


# One thing at a time.


async def crew_says(
    completion: str, *, count: int = 2, timeout: float = PATIENCE_S, deadline_s: float = PATIENCE_S
) -> list[str]:
    """The reasons of some of the same, from one worker without a server."""
    crew = Crew(SCRIPTED, workers=1, timeout=timeout, metrics=Metrics())
    answer = asyncio.get_running_loop().create_future()
    crew.put(Request([Task("scripted", completion, "4")] * count, time.monotonic() + deadline_s, answer))
    crew.start()
    try:
        return [one.reason for one in await asyncio.wait_for(answer, PATIENCE_S)]
    finally:
        await asyncio.to_thread(crew.close)


def test_a_stopping_server_answers_what_it_accepted_takes_nothing_more_and_exits_with_0(tmp_path):
    with process("--otel") as (server, there):
        gate = tmp_path / "gate"
        items = [(f"wait {gate}", "4"), *[("4", "4")] * 9]
        due = [there.post(*items) for _ in range(3)]
        wait_for(lambda: there.metrics()["server_accepted_total"] == 3 and list(tmp_path.glob("*.waits")))
        kept = http.client.HTTPConnection("127.0.0.1", there.port, timeout=PATIENCE_S)
        kept.connect()
        with kept.sock:
            held = there.metrics()["server_held_bytes"]
            kept.putrequest("POST", "/score")
            kept.putheader("Content-Length", "13")
            kept.endheaders(b"{")
            wait_for(lambda: there.metrics()["server_held_bytes"] == held + 1)
            server.send_signal(signal.SIGTERM)

            def refused() -> bool:
                try:
                    socket.create_connection(("127.0.0.1", there.port)).close()
                except ConnectionError:
                    return True
                return False

            wait_for(refused)
            kept.send(b'"items": []}')
            answer = kept.getresponse()
            assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
            answer.close()
        gate.touch()
        for future in due:
            status, answer, _ = future.result()
            assert status == 200
            assert [one["score"] for one in answer["verdicts"]] == [0.0] + [1.0] * 9
        assert server.wait(PATIENCE_S) == 0


def test_a_caller_who_does_not_read_his_answer_does_not_keep_a_stopping_server():
    with process("--deadline", "2") as (server, there), socket.socket() as caller:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        caller.connect(("127.0.0.1", there.port))
        items = [{"completion": "x" * 16_000_000, "ground_truth": "4"}]
        body = json.dumps({"verifier": "scripted", "items": items}).encode()
        caller.sendall(b"POST /score HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        wait_for(lambda: there.metrics()['server_answers_total{code="200"}'])
        server.terminate()
        assert server.wait(PATIENCE_S) == 0


def test_a_full_queue_says_come_back_and_a_deadline_is_no_score(tmp_path):
    gate = tmp_path / "gate"
    with serving(workers=1, queue=2, deadline_s=3) as there:
        busy = there.post((f"wait {gate}", "4"))
        wait_for(lambda: there.metrics()["server_completions_running"] == 1)
        late = there.post(("4", "4"), ("4", "4"))
        wait_for(lambda: there.metrics()["server_completions_waiting"] == 2)
        status, answer, headers = there.post(("4", "4")).result()
        assert (status, headers["Retry-After"], answer["detail"]) == (429, "1", "2 completions are waiting")
        status, answer, _ = there.post(*[("4", "4")] * 3).result()
        assert (status, answer["detail"]) == (413, "3 completions are more than the queue holds: send 2 at most")
        assert [busy.result()[0], late.result()[0]] == [504, 504]
        assert there.metrics()["server_completions_waiting"] == 0
        assert there.post(("4", "4")).result()[1]["verdicts"][0]["score"] == 1.0  # the worker that waited was killed
        assert there.metrics()["server_worker_deaths_total"] == 1


def test_what_a_deadline_cuts_off_is_late_and_what_the_clock_cuts_off_is_undecided():
    for count in (1, 2):
        with pytest.raises(Late):
            asyncio.run(crew_says("hang", count=count, deadline_s=1))
    assert asyncio.run(crew_says("hang", timeout=0.2)) == ["UNDECIDED"] * 2


def test_nothing_more_is_scored_for_a_caller_who_went_away(tmp_path):
    gate = tmp_path / "gate"
    with serving(workers=1) as there:
        busy = there.post((f"wait {gate}", "4"))
        wait_for(lambda: there.metrics()["server_completions_running"] == 1)
        body = body_of([("scripted", "4", "4")] * 5)
        with socket.create_connection(("127.0.0.1", there.port)) as sock:
            sock.sendall(b"POST /score HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            wait_for(lambda: there.metrics()["server_completions_waiting"] == 5)
        wait_for(lambda: there.metrics()["server_completions_waiting"] == 0)
        gate.touch()
        assert busy.result()[0] == 200
        assert there.metrics()['scored_total{verifier="scripted"}'] == 1


def test_requests_take_turns(tmp_path):
    gate = tmp_path / "gate"
    with serving(workers=1) as there:
        busy = there.post((f"wait {gate}", "4"))
        wait_for(lambda: there.metrics()["server_completions_running"] == 1)
        large = there.post(*[("4", "4")] * 50, (f"wait {tmp_path / 'second'}", "4"))
        wait_for(lambda: there.metrics()["server_completions_waiting"] == 51)
        small = there.post(("4", "4"), ("5", "4"))
        wait_for(lambda: there.metrics()["server_completions_waiting"] == 53)
        gate.touch()
        assert [one["score"] for one in small.result()[1]["verdicts"]] == [1.0, 0.0]
        assert not large.done()
        (tmp_path / "second").touch()
        assert [busy.result()[0], large.result()[0]] == [200, 200]


def test_a_worker_that_is_killed_from_outside_costs_nobody_a_verdict(tmp_path):
    gate = tmp_path / "gate"
    with serving(workers=1) as there:
        busy = there.post((f"wait {gate}", f"wait {gate}"))
        wait_for(lambda: list(tmp_path.glob("*.waits")))
        (waits,) = tmp_path.glob("*.waits")
        os.kill(int(waits.stem), signal.SIGKILL)
        gate.touch()
        assert busy.result()[1]["verdicts"][0]["score"] == 1.0
        assert there.metrics()["server_worker_deaths_total"] == 1


@pytest.mark.parametrize("kind", [WorkerFailed, RuntimeError])
def test_a_worker_that_cannot_be_started_is_tried_again(kind, monkeypatch):
    failures = iter(range(2))

    def start() -> Worker:
        for _ in failures:
            raise kind("no processes left")
        return Worker()

    monkeypatch.setattr("verifiers.server.crew.Worker", start)
    assert asyncio.run(crew_says("4")) == ["CORRECT"] * 2
    failures = iter(range(4))
    with serving(workers=1) as there:  # waits until it is ready, without a task
        assert there.send("GET", "/health")[0] == 200
    assert next(failures, None) is None


def test_whatever_a_worker_raises_costs_one_completion_and_ends_no_thread(monkeypatch):
    failures = iter([ZeroDivisionError("in a result's own code")])

    class Failing(Worker):
        def call(self, function: Any, arguments: tuple[Any, ...], timeout: float) -> Any:
            for failure in failures if len(arguments) == 4 else ():
                raise failure
            return super().call(function, arguments, timeout)

    monkeypatch.setattr("verifiers.server.crew.Worker", Failing)
    assert asyncio.run(crew_says("4")) == ["VERIFIER_FAILED", "CORRECT"]


@pytest.mark.parametrize("of", ["socket.socketpair", "os.pipe"])
def test_a_worker_for_which_no_file_is_left_cannot_be_started(of, monkeypatch):
    def full(*_: Any) -> Any:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(of, full)
    with pytest.raises(WorkerFailed, match="Too many open files"):
        Worker()


def test_a_shells_limit_of_open_files_is_none_of_connections():
    with process(before=("sh", "-c", 'ulimit -Sn 64; exec "$@"', "sh")) as (_, there), ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(socket.create_connection(("127.0.0.1", there.port)))
        assert there.post(("4", "4")).result()[0] == 200


def test_there_are_workers_where_the_system_knows_of_no_affinity_and_files_where_it_allows_no_more(monkeypatch):
    def refuse(*_: Any) -> None:
        raise ValueError("current limit exceeds maximum limit")

    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr("resource.getrlimit", lambda _: (256, resource.RLIM_INFINITY))
    monkeypatch.setattr("resource.setrlimit", refuse)
    assert app(SCRIPTED).state.desk.crew.workers == os.cpu_count()
    allow_files()


def test_the_body_is_bounded_however_it_comes():
    with serving(body_mb=0.001) as there:
        assert there.send("POST", "/score", b" " * 1100)[0] == 413
        connection = http.client.HTTPConnection("127.0.0.1", there.port, timeout=PATIENCE_S)
        connection.request(
            "POST", "/score", iter([b" " * 600] * 2), {"Transfer-Encoding": "chunked"}, encode_chunked=True
        )
        assert connection.getresponse().status == 413
        connection.close()
        assert there.post(("x" * 900, "4")).result()[0] == 200


def test_a_head_that_comes_in_pieces_is_not_waited_for_and_a_connection_in_use_is_kept(tmp_path):
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app(SCRIPTED, workers=1), log_level="warning", ws="none", lifespan="on")
    server = _Server(config, lambda: None, head_s=1.0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    there = Serving(listener.getsockname()[1])
    try:
        busy = there.post((f"wait {tmp_path / 'gate'}", "4"))
        used = http.client.HTTPConnection("127.0.0.1", there.port, timeout=PATIENCE_S)
        used.connect()
        mine = used.sock
        here = "127.0.0.1", there.port
        with socket.create_connection(here, PATIENCE_S) as new, socket.create_connection(here, PATIENCE_S) as old:
            old.sendall(b"GET /health HTTP/1.1\r\nHost: here\r\n\r\nGET")
            new.sendall(b"GET /health HTTP")
            ended = threading.Thread(target=lambda: [new.recv(1), *iter(lambda: old.recv(999), b"")])
            ended.start()
            while ended.is_alive():
                used.request("GET", "/health")
                used.getresponse().read()
                ended.join(0.1)
        used.request("GET", "/health")  # had it been closed as well, nobody would have noticed yet
        assert used.getresponse().read()
        assert used.sock is mine
        used.close()
        assert not busy.done()
        (tmp_path / "gate").touch()
        assert busy.result()[0] == 200
    finally:
        there.threads.shutdown()
        server.should_exit = True
        thread.join()


def test_only_who_has_the_token_is_served_be_it_in_the_url():
    with serving(token="secret") as there:
        body = json.dumps({"prompt": "", "response": "4", "label": "4"})
        for given in ("", "Bearer", "Bearer secre", "Basic !", "Basic YTpi"):
            assert there.send("POST", "/slime/scripted", body, {"Authorization": given})[0] == 401
        for given in ("Bearer secret", "Basic YTpzZWNyZXQ="):  # a:secret
            assert there.send("POST", "/slime/scripted", body, {"Authorization": given})[:2] == (200, 1.0)
        assert there.send("GET", "/metrics", b"")[0] == 401
        assert there.send("GET", "/health")[1]["authorized"] is False
        with RemoteReward(there.url, "scripted", token="secret") as reward:
            assert reward("4", "4").score == 1.0
        with RemoteReward(there.url, "scripted") as reward, pytest.raises(PermissionError, match="token"):
            reward("4", "4")


def test_stacks_that_take_numbers_alone_get_an_error_for_what_is_undecided_or_the_number_that_they_chose():
    with serving() as there:
        query = {"query": ["1+1?4</s>", "1+1?raise</s>"], "prompts": ["1+1?"] * 2, "labels": ["4", "4"]}
        status, answer, _ = there.send("POST", "/openrlhf/scripted", json.dumps(query))
        assert status == 500
        assert "VERIFIER_FAILED: the verifier raised LookupError: scripted" in answer["detail"]
        status, answer, _ = there.send("POST", "/openrlhf/scripted?undecided=-0.5", json.dumps(query))
        assert (status, answer) == (
            200,
            {"rewards": [1.0, -0.5], "scores": [1.0, -0.5], "extra_logs": {"undecided": [0.0, 1.0]}},
        )
        sent = json.dumps({"prompt": "1+1?", "response": "nan", "label": "4"})
        assert there.send("POST", "/slime/scripted", sent)[0] == 500
        assert there.send("POST", "/slime/scripted?undecided=null", sent)[:2] == (200, None)
        assert there.send("POST", "/slime/scripted?undecided=2", sent)[:2] == (200, 2.0)
        for policy in ("nan", "inf", "zero", ""):
            assert there.send("POST", f"/slime/scripted?undecided={policy}", sent)[0] == 422
        assert there.send("POST", "/openrlhf/scripted?undecided=null", json.dumps(query))[0] == 422
        found = there.metrics()
        assert found['verdicts_total{verifier="scripted",reason="VERIFIER_FAILED"}'] == 5
        assert found['undecided_total{verifier="scripted"}'] == 5


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--verifier", "maths"], "did you mean 'math'"),
        (["--host", "0.0.0.0"], "put a token into VERIFIERS_TOKEN"),
        (["--workers", "0"], "--workers is 1 or more"),
        (["--timeout", "nan"], "--timeout is above 0"),
    ],
)
def test_the_command_says_what_is_wrong(arguments, told, capsys, monkeypatch):
    monkeypatch.delenv("VERIFIERS_TOKEN", raising=False)
    with pytest.raises(SystemExit) as ended:
        command(arguments)
    assert ended.value.code == 2
    assert re.search(re.escape(told), capsys.readouterr().err)


def test_a_port_that_is_taken_is_said(capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert command(["--port", str(taken.getsockname()[1])]) == 1
    assert "cannot listen on 127.0.0.1" in capsys.readouterr().err
