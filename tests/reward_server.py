"""A reward server on a loopback port, and clients that send it whatever they like."""

from __future__ import annotations

import http.client
import json
import math
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import uvicorn

from tests.served_rewards import scripted
from verifiers import Reward, Verdict, registry
from verifiers.server.app import app

ROOT = Path(__file__).parents[1]
PATIENCE_S = 60.0
SCRIPTED = {"scripted": "tests.served_rewards:scripted"}


def wait_for(what: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not what():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.01)


@dataclass
class Serving:
    """A server, and how to talk to it without the client under test."""

    port: int
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(16))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def send(
        self, method: str, path: str, body: bytes | str = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, Any, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body if isinstance(body, bytes) else body.encode(), headers or {})
            answer = connection.getresponse()
            text = answer.read().decode()
            return answer.status, text if path == "/metrics" else json.loads(text), answer.headers
        finally:
            connection.close()

    def post(self, *items: tuple[str, Any]) -> Future[Any]:
        """The answer to a batch for the scripted function, to come."""
        body = {"verifier": "scripted", "items": [{"completion": a, "ground_truth": b} for a, b in items]}
        return self.threads.submit(self.send, "POST", "/score", json.dumps(body))

    def metrics(self) -> Counter[str]:
        """Each series by what follows `verifiers_`."""
        lines = self.send("GET", "/metrics")[1].splitlines()
        return Counter(
            {name[10:]: float(number) for name, number in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}
        )


@contextmanager
def serving(specs: dict[str, str] = SCRIPTED, **options: Any) -> Iterator[Serving]:
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    application = app(specs, **options)
    server = uvicorn.Server(uvicorn.Config(application, log_level="warning", ws="none", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    there = Serving(listener.getsockname()[1])
    try:
        wait_for(lambda: server.started and application.state.desk.crew.ready)
        yield there
    finally:
        there.threads.shutdown()
        server.should_exit = True
        thread.join()


@contextmanager
def process(*options: str, before: tuple[str, ...] = ()) -> Iterator[tuple[subprocess.Popen[str], Serving]]:
    """The command, with the scripted function beside all others."""
    given = ["--port", "0", "--workers", "2", "--verifier", f"scripted={SCRIPTED['scripted']}", *options]
    server = subprocess.Popen(
        [*before, sys.executable, "-m", "verifiers", "serve", *given], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    with server:
        try:
            assert server.stdout is not None
            there = Serving(int(server.stdout.readline().split()[-1]))
            wait_for(lambda: there.send("GET", "/health")[0] == 200)
            yield server, there
        finally:
            server.kill()
    there.threads.shutdown()


def undecided(reason: str, note: str) -> dict[str, Any]:
    return {"score": None, "reason": reason, "answer": None, "note": note}


def plain(said: Verdict | Reward) -> dict[str, Any]:
    """A verdict, or a sum, as it is to come over the line."""
    if isinstance(said, Verdict):
        return {"score": said.score, "reason": said.reason.value, "answer": said.answer, "note": said.note}
    parts = {name: plain(verdict) for name, verdict in said.verdicts.items()}
    ours = next((part for part in parts.values() if part["score"] is None), {"reason": None, "note": ""})
    return {**ours, "score": said.value, "answer": None, "parts": parts}


# Any number of clients, whatever they send.

BODY_MB = 0.5
HANG_S = 5
LOCAL = {
    "hang": undecided("UNDECIDED", f"no verdict after {HANG_S} s"),
    "die": undecided("VERIFIER_FAILED", "the worker process died (exit status -9)"),
    "raise": undecided("VERIFIER_FAILED", "the verifier raised LookupError: scripted"),
    "nan": undecided("VERIFIER_FAILED", "the reward's value is nan, not a finite number"),
    "number": undecided("VERIFIER_FAILED", "the verifier said 1.0, which is neither a Verdict nor a Reward"),
}
GOOD = [
    ("math", r"\boxed{\frac12}", "0.5"),
    ("math", r"\boxed{7}", "8"),
    ("math", r"\boxed{7}", math.nan),
    ("math", r"\boxed{7}", None),
    ("math", "The answer is \ud800", "7"),
    ("math", r"\boxed{\text{\ud83d\ude00}}", "7"),
    ("choice", "<answer>(B)</answer>", "B"),
    ("countdown", "<answer>(6 - 2) * 3</answer>", {"numbers": [2, 3, 6], "target": 12}),
    ("format", "<think>a</think><answer>\x00</answer>", None),
    ("r1_zero", "<think>a</think><answer>4</answer>", "4"),
    ("r1_zero", "<think>a</think><answer>4</answer>", {"verifier": "maths"}),
    ("scripted", "\ud83d\ude00", "\U0001f600"),  # two lone surrogates are not the character that they would make
    ("scripted", "x" * 20_000, "x" * 20_000),
    ("scripted", "1", float("inf")),
    *(("scripted", word, "4") for word in ("raise", "nan", "number")),
]
MALFORMED = [
    b"",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"verifier": "math", "items": ' + b"[" * 100_000,
    b'{"verifier": "math", "items": [{"completion": "1", "ground_truth": ' + b"[" * 80 + b"]" * 80 + b"}]}",
    b'{"verifier": "math", "items": [{"completion": "1", "ground_truth": ' + b"9" * 5000 + b"}]}",
    b'{"verifier": "math", "items": {}}',
    b'{"verifier": "math", "items": [null]}',
    b'{"verifier": "math", "items": [{"completion": 4, "ground_truth": "4"}]}',
    b'{"verifier": "math", "items": [{"ground_truth": "4"}]}',
    b'{"verifier": "math", "items": [{"completion": "4", "ground_truth": "4", "weight": 2}]}',
    b'{"verifier": "os:system", "items": [{"completion": "true", "ground_truth": "4"}]}',
    b'{"verifier": ["math"], "items": []}',
    b'{"items": [{"completion": "4", "ground_truth": "4"}]}',
]


def line_of(verifier: str, completion: str, ground_truth: Any) -> Any:
    """What the function says here."""
    if completion in LOCAL:
        return {"parts": None, **LOCAL[completion]}
    function = scripted if verifier == "scripted" else registry.find(verifier)
    # In what comes back two lone surrogates are one character, for it is ASCII, which every client reads.
    return json.loads(json.dumps({"parts": None, **plain(function(completion, ground_truth))}))


def body_of(items: list[tuple[str, str, Any]]) -> bytes:
    keys = ("verifier", "completion", "ground_truth")
    text = json.dumps({"items": [dict(zip(keys, item, strict=True)) for item in items]}, ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass")


class Client:
    """One of many: a list of things to send, drawn from its seed."""

    def __init__(self, there: Serving, seed: int) -> None:
        self.there = there
        self.rng = random.Random(seed)
        self.seed = seed
        self.seen: Counter[str] = Counter()
        """Statuses of answers, and who went away."""

    def run(self) -> Counter[str]:
        kinds = [self.good] * 5 + [
            self.malformed,
            self.huge,
            self.leave_early,
            self.leave_late,
            self.no_http,
            self.slime,
        ]
        self.rng.shuffle(kinds)
        for send in kinds:
            send()
        return self.seen

    def good(self) -> None:
        items = self.rng.choices(GOOD, k=self.rng.randrange(1, 17))
        if self.seed in (0, 1):  # each costs a worker some seconds, or its life
            items.append(("scripted", ("hang", "die")[self.seed], "4"))
            self.seed = -1
        verdicts = self.ask("/score", body_of(items))["verdicts"]
        assert verdicts == [line_of(*item) for item in items]

    def slime(self) -> None:
        right = self.rng.random() < 0.5
        sent = {"prompt": "2 + 2?", "response": r"\boxed{4}", "label": "4" if right else "5"}
        assert self.ask("/slime/math", json.dumps(sent).encode()) == float(right)

    def ask(self, path: str, body: bytes) -> Any:
        while True:
            status, answer, headers = self.there.send("POST", path, body)
            self.seen[str(status)] += 1
            if status == 200:
                return answer
            assert (status, headers["Retry-After"]) == (429, "1"), answer
            time.sleep(self.rng.uniform(0.05, 0.2))

    def malformed(self) -> None:
        status, answer, _ = self.there.send("POST", "/score", self.rng.choice(MALFORMED))
        self.seen[str(status)] += 1
        assert status == 422
        assert 0 < len(answer["detail"]) < 400

    def huge(self) -> None:
        self.seen["413"] += 1
        try:
            assert self.there.send("POST", "/score", b" " * int(BODY_MB * (1 << 20) + 1))[0] == 413
        except ConnectionError:
            return  # it was not read to its end, so the answer may be lost

    def leave_early(self) -> None:
        self.seen["gone"] += 1
        with socket.create_connection(("127.0.0.1", self.there.port)) as sock:
            sock.sendall(b"POST /score HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{")

    def leave_late(self) -> None:
        self.seen["gone"] += 1
        body = body_of(self.rng.choices(GOOD, k=4))
        with socket.create_connection(("127.0.0.1", self.there.port)) as sock:
            sock.sendall(b"POST /score HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    def no_http(self) -> None:
        with socket.create_connection(("127.0.0.1", self.there.port), timeout=PATIENCE_S) as sock:
            sock.sendall(self.rng.randbytes(100) + b"\r\n\r\n")
            sock.recv(100)


def workers_of(server: subprocess.Popen[str]) -> list[psutil.Process]:
    found = []
    for child in psutil.Process(server.pid).children():
        with suppress(psutil.NoSuchProcess):  # it has just ended
            found += [child] * ("verifiers.worker" in " ".join(child.cmdline()))
    return found
