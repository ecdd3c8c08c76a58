"""The HTTP of the reward server.

A handler reads its body, has its completions scored by the crew, and waits. A request gets all its verdicts or a status
that says why not: 429 and 503 mean ask again, 504 that the deadline came first. A score is never made up.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, HTTPException, Response
from fastapi import Request as HttpRequest
from starlette.requests import ClientDisconnect

from ..metrics import Metrics
from ..pool import LONGEST_S, TIMEOUT_S
from ..types import Reason
from . import payloads
from .crew import Crew, Late, Request
from .payloads import Malformed, Scored, Undecided
from .scoring import Task

QUEUE = 16_384
BODY_MB = 32.0
DEADLINE_S = 110.0
"""For a request; slime waits for 120 s, OpenRLHF for 180."""
BODIES = 8
"""So many bodies of the largest size may be held at once, in any sizes."""
_INLINE_BYTES = 1 << 16  # a larger body is read in a thread
_RETRY_AFTER_S = "1"
_GONE = 499  # what proxies log for a caller who went away

Read = Callable[[bytes], Sequence[Task | str]]
Write = Callable[[Sequence[Scored]], bytes]


@dataclass(frozen=True)
class Answer:
    """A status code of HTTP with its body."""

    status_code: int
    body: bytes


def _refusal(status_code: int, detail: str) -> Answer:
    return Answer(status_code, json.dumps({"detail": detail}).encode())


class Desk:
    """Takes requests, as many as there is room for, and answers each of them."""

    def __init__(self, crew: Crew, *, queue: int, body_mb: float, deadline_s: float) -> None:
        self.crew = crew
        self.queue = queue
        self.deadline_s = min(deadline_s, LONGEST_S)
        self.most_bytes = int(body_mb * (1 << 20))
        self.stopping = False
        self.held_bytes = 0
        """Of the bodies of all requests that are not answered yet."""
        self.accepted = 0
        self.unanswered = 0
        """Of those that were accepted."""
        self.answers: Counter[int] = Counter()

    def stop(self) -> None:
        """Accept no more; what was accepted is answered."""
        self.stopping = True

    async def answer(self, http: HttpRequest, read: Read, write: Write) -> Answer:
        until = time.monotonic() + self.deadline_s
        if self.stopping:
            return _refusal(503, "the server is stopping")
        body = bytearray()
        try:
            refused = await asyncio.wait_for(self._receive(http, body), self.deadline_s)
            return refused or await self._read_and_score(http, bytes(body), read, write, until)
        except asyncio.TimeoutError:
            return _refusal(408, f"the body did not arrive within {self.deadline_s:g} s")
        except ClientDisconnect:
            return _refusal(_GONE, "the body did not arrive")
        finally:
            self.held_bytes -= len(body)

    async def _receive(self, http: HttpRequest, body: bytearray) -> Answer | None:
        announced = http.headers.get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > self.most_bytes:
            return self._too_large()
        async for part in http.stream():
            if len(body) + len(part) > self.most_bytes:
                return self._too_large()
            if self.held_bytes + len(part) > BODIES * self.most_bytes:
                return _refusal(429, f"the requests that wait hold {self.held_bytes} bytes")
            body += part
            self.held_bytes += len(part)
        return None

    def _too_large(self) -> Answer:
        return _refusal(413, f"the body is larger than {self.most_bytes} bytes: send fewer completions at once")

    async def _read_and_score(self, http: HttpRequest, body: bytes, read: Read, write: Write, until: float) -> Answer:
        try:
            tasks = read(body) if len(body) <= _INLINE_BYTES else await asyncio.to_thread(read, body)
        except Malformed as error:
            return _refusal(422, str(error))
        if len(tasks) > self.queue:
            return _refusal(413, f"{len(tasks)} completions are more than the queue holds: send {self.queue} at most")
        if self.stopping:
            return _refusal(503, "the server is stopping")
        if self.crew.waiting + len(tasks) > self.queue:
            return _refusal(429, f"{self.crew.waiting} completions are waiting")
        self.accepted += 1
        self.unanswered += 1
        try:
            return await self._score(http, tasks, write, until)
        finally:
            self.unanswered -= 1

    async def _score(self, http: HttpRequest, tasks: Sequence[Task | str], write: Write, until: float) -> Answer:
        answer: asyncio.Future[list[Scored]] = asyncio.get_running_loop().create_future()
        request = Request([task for task in tasks if isinstance(task, Task)], until, answer)
        self.crew.put(request)
        gone = asyncio.ensure_future(_gone(http))
        either: set[asyncio.Future[Any]] = {answer, gone}
        try:
            await asyncio.wait(either, timeout=until - time.monotonic(), return_when=asyncio.FIRST_COMPLETED)
            if not answer.done():
                if gone.done():
                    return _refusal(_GONE, "the caller went away")
                raise Late
            scored = iter(answer.result())
            all_scored = [next(scored) if isinstance(task, Task) else _unread(task) for task in tasks]
            if len(tasks) * 200 > _INLINE_BYTES:
                return Answer(200, await asyncio.to_thread(write, all_scored))
            return Answer(200, write(all_scored))
        except Late:
            return _refusal(504, f"not all was scored within {self.deadline_s:g} s: send fewer completions at once")
        except Undecided as error:
            return _refusal(500, str(error))
        finally:
            self.crew.drop(request)
            answer.cancel()
            gone.cancel()

    def metrics(self) -> str:
        """In the text format of Prometheus."""
        crew = self.crew
        families: dict[str, dict[str, float]] = {
            "workers gauge": {"": crew.workers},
            "workers_ready gauge": {"": crew.ready},
            "worker_deaths_total counter": {"": crew.deaths},
            "completions_waiting gauge": {"": crew.waiting},
            "completions_running gauge": {"": crew.running},
            "held_bytes gauge": {"": self.held_bytes},
            "accepted_total counter": {"": self.accepted},
            "unanswered gauge": {"": self.unanswered},
            "answers_total counter": {f'{{code="{code}"}}': count for code, count in sorted(self.answers.items())},
        }
        lines = []
        for family, series in families.items():
            lines.append(f"# TYPE verifiers_server_{family}")
            lines += [f"verifiers_server_{family.split()[0]}{labels} {number}" for labels, number in series.items()]
        return "\n".join([*lines, crew.metrics.prometheus()])


def _unread(why: str) -> Scored:
    line = {"score": None, "reason": "VERIFIER_FAILED", "answer": None, "note": why, "parts": None}
    return Scored(json.dumps(line), None, str(Reason.VERIFIER_FAILED), why)


async def _gone(http: HttpRequest) -> None:
    """Waits until the caller, whose body has been read, has gone away."""
    while (await http.receive())["type"] != "http.disconnect":
        pass


def _cores() -> int:
    """Those that this process may use, where the system says so."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def app(
    specs: Mapping[str, str],
    *,
    workers: int | None = None,
    queue: int = QUEUE,
    timeout: float = TIMEOUT_S,
    deadline_s: float = DEADLINE_S,
    body_mb: float = BODY_MB,
    memory_mb: int | None = None,
    token: str | None = None,
    metrics: Metrics | None = None,
) -> FastAPI:
    """The server of some reward functions: the name that a request says → what `registry.find` knows it by.

    `queue` is how many completions may wait, `timeout` the seconds for one of them, `deadline_s` those for a request.
    """
    crew = Crew(
        specs,
        workers=workers or _cores(),
        timeout=min(timeout, LONGEST_S),
        metrics=metrics or Metrics(),
        memory_mb=memory_mb,
    )
    desk = Desk(crew, queue=queue, body_mb=body_mb, deadline_s=deadline_s)
    served = payloads.Served(list(specs))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        crew.start()
        yield
        desk.stop()
        await asyncio.to_thread(crew.close)

    application = FastAPI(title="Rewards", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    application.state.desk = desk

    def check_token(http: HttpRequest) -> None:
        if not _authorized(http, token):
            raise HTTPException(401, "a bearer token is needed, and it is not this one", {"WWW-Authenticate": "Bearer"})

    async def respond(http: HttpRequest, read: Read, write: Write) -> Response:
        answer = await desk.answer(http, read, write)
        desk.answers[answer.status_code] += 1
        headers = {"Retry-After": _RETRY_AFTER_S} if answer.status_code in (429, 503) else None
        return Response(answer.body, answer.status_code, headers, "application/json")

    async def respond_in_numbers(http: HttpRequest, verifier: str, read: Any, write: Any, *, null: bool) -> Response:
        try:
            name = served.check(verifier)
            policy = payloads.read_policy(http.query_params.get("undecided"), null=null)
        except Malformed as error:
            raise HTTPException(422, str(error)) from None
        return await respond(http, lambda body: read(body, name), lambda scored: write(scored, policy))

    @application.post("/score")
    async def post_score(http: HttpRequest) -> Response:
        """Our own batches; an undecided completion has the score null."""
        check_token(http)
        return await respond(http, lambda body: payloads.read_score(body, served), payloads.write_verdicts)

    @application.post("/openrlhf/{verifier:path}")
    async def post_openrlhf(http: HttpRequest, verifier: str) -> Response:
        """For OpenRLHF's --reward.remote_url; ?undecided=NUMBER is what an undecided completion counts as."""
        check_token(http)
        return await respond_in_numbers(http, verifier, payloads.read_openrlhf, payloads.write_openrlhf, null=False)

    @application.post("/slime/{verifier:path}")
    async def post_slime(http: HttpRequest, verifier: str) -> Response:
        """For slime's --rm-url; ?undecided=null where a filter of yours takes out samples without a reward."""
        check_token(http)
        return await respond_in_numbers(http, verifier, payloads.read_slime, payloads.write_slime, null=True)

    @application.get("/health")
    async def get_health(http: HttpRequest, response: Response) -> dict[str, Any]:
        """For load balancers, and for callers to learn what they have."""
        status = "stopping" if desk.stopping else "ok" if crew.ready else "starting"
        response.status_code = 200 if status == "ok" else 503
        return {"status": status, "verifiers": list(specs), "authorized": _authorized(http, token)}

    @application.get("/metrics")
    async def get_metrics(http: HttpRequest) -> Response:
        check_token(http)
        return Response(desk.metrics(), media_type="text/plain; version=0.0.4")

    return application


def _authorized(http: HttpRequest, token: str | None) -> bool:
    """Whether the caller has the token: as a bearer's, or as the password of a URL, which is all that some stacks
    can send."""
    if token is None:
        return True
    kind, _, given = http.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            given = base64.b64decode(given).decode("utf-8", "replace").partition(":")[2]
        except ValueError:
            return False
    return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())
