"""The sandbox server: another machine's programs, run in a sandbox of this one.

A handler puts its job into a bounded queue and waits for its answer; a few workers take jobs out, and each blocks a
thread for as long as the sandbox needs. All but those threads is on one event loop, so nothing is locked. Nothing is
kept but recent answers, for callers who ask again because a connection broke: any number of servers may stand behind a
load balancer, and killing one costs no more than its jobs' time.
"""

from __future__ import annotations

import argparse
import asyncio
import hmac
import json
import math
import os
import signal
import socket
import sys
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from fastapi import FastAPI, HTTPException, Request, Response
from starlette.requests import ClientDisconnect

from . import open_sandbox, wire
from .types import Execution, Sandbox, Status

PORT = 8642
QUEUE = 1024
BODY_MB = 32
TOKEN_VARIABLE = "SANDBOX_TOKEN"
_KEPT_BYTES = 64 << 20
"""Of answers, for callers who ask again."""
_OVERHEAD_BYTES = 1000  # of memory, for each kept answer besides its text
_RETRY_AFTER_S = "1"


@dataclass(frozen=True)
class Answer:
    """A status code of HTTP with its body."""

    status_code: int
    body: bytes


@dataclass(frozen=True)
class _Waiting:
    """A job that is waiting for a worker, or running."""

    sent: wire.Sent
    start_by: float
    answer: asyncio.Future[Answer]


class Jobs:
    """The jobs that wait, those that run, and the answers to the last ones."""

    def __init__(self, box: Sandbox, *, workers: int, queue: int) -> None:
        self.box = box
        self.workers = workers
        self.running = 0
        self.stopping = False
        self.run_s = 0.0
        self.executions: Counter[Status] = Counter()
        self.answers: Counter[int] = Counter()
        self._queue: asyncio.Queue[_Waiting] = asyncio.Queue(queue)
        self._unanswered: dict[str, _Waiting] = {}
        self._answered: OrderedDict[str, tuple[bytes, Answer]] = OrderedDict()
        self._kept_bytes = 0
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="sandbox")

    @property
    def waiting(self) -> int:
        return self._queue.qsize()

    async def answer(self, sent: wire.Sent) -> Answer:
        """The answer to a job; one that was sent before, and is the same, is not run again."""
        if sent.id in self._answered:
            self._answered.move_to_end(sent.id)
            digest, answer = self._answered[sent.id]
            return answer if digest == sent.digest else _refusal(409, "this id is another job's")
        waiting = self._unanswered.get(sent.id)
        if waiting is None:
            if self.stopping:
                return _refusal(503, "the server is stopping")
            if self._queue.full():
                return _refusal(429, f"{self.waiting} jobs are waiting")
            start_by = math.inf if sent.deadline_s is None else time.monotonic() + sent.deadline_s
            waiting = _Waiting(sent, start_by, asyncio.get_running_loop().create_future())
            self._unanswered[sent.id] = waiting
            self._queue.put_nowait(waiting)
        elif waiting.sent.digest != sent.digest:
            return _refusal(409, "this id is another job's")
        return await asyncio.shield(waiting.answer)

    async def work(self) -> None:
        """Run one job after the other, for ever."""
        while True:
            waiting = await self._queue.get()
            if time.monotonic() > waiting.start_by:
                self._finish(waiting, _refusal(504, "no worker was free before the job's deadline"))
                continue
            begin = time.monotonic()
            self.running += 1
            running = asyncio.get_running_loop().run_in_executor(self._threads, _run, self.box, waiting.sent)
            answer, statuses = await running
            self.running -= 1
            self.run_s += time.monotonic() - begin
            self.executions.update(statuses)
            self._finish(waiting, answer)

    def _finish(self, waiting: _Waiting, answer: Answer) -> None:
        id = waiting.sent.id
        del self._unanswered[id]
        waiting.answer.set_result(answer)
        if answer.status_code != 200:
            return  # whoever asks again has it tried again
        self._answered[id] = (waiting.sent.digest, answer)
        self._kept_bytes += len(answer.body) + _OVERHEAD_BYTES
        while self._kept_bytes > _KEPT_BYTES:
            _, (_, oldest) = self._answered.popitem(last=False)
            self._kept_bytes -= len(oldest.body) + _OVERHEAD_BYTES

    def stop(self) -> None:
        """Take no more jobs, and send those that wait elsewhere. What runs is finished."""
        self.stopping = True
        while not self._queue.empty():
            self._finish(self._queue.get_nowait(), _refusal(503, "the server is stopping"))

    def close(self) -> None:
        self._threads.shutdown()


def _refusal(status_code: int, detail: str) -> Answer:
    return Answer(status_code, json.dumps({"detail": detail}).encode())


def _run(box: Sandbox, sent: wire.Sent) -> tuple[Answer, list[Status]]:
    """In a worker's thread: the answer to a job, and the statuses in it."""
    begin = time.monotonic()
    statuses: list[Status] = []
    done: list[bytes] = []
    size = 0
    try:
        for execution in _executions(box, sent):
            statuses.append(execution.status)
            done.append(wire.write_execution(execution))
            size += len(done[-1])
            late = time.monotonic() - begin > wire.LONGEST_S
            if execution.status is not Status.OK or size > wire.ANSWER_BYTES or late:
                break  # a caller who stops after the first failure shall not have paid for more
        return Answer(200, wire.write_answer(sent.id, done)), statuses
    except Exception as error:  # whatever the sandbox raises is this job's alone: the worker lives on
        return _refusal(500, f"the sandbox raised {type(error).__name__}: {error}"[:1000]), statuses


def _executions(box: Sandbox, sent: wire.Sent) -> Iterator[Execution]:
    job = sent.job
    if job.entry_point is None:
        return box.run_each(job.program, sent.inputs, limits=job.limits)
    return box.call_each(job.program, job.entry_point, sent.inputs, limits=job.limits)


def app(
    box: Sandbox, *, workers: int | None = None, queue: int = QUEUE, body_mb: float = BODY_MB, token: str | None = None
) -> FastAPI:
    """The server of a sandbox, which it leaves open.

    `workers` is how many jobs run at once (default: one a core), `queue` how many may wait. With a token, only callers
    who send it may run programs.
    """
    jobs = Jobs(box, workers=workers or len(os.sched_getaffinity(0)), queue=queue)
    most_bytes = int(body_mb * (1 << 20))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        working = [asyncio.create_task(jobs.work()) for _ in range(jobs.workers)]
        yield
        jobs.stop()
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        await asyncio.to_thread(jobs.close)

    application = FastAPI(title="Sandbox", lifespan=lifespan)
    application.state.jobs = jobs

    def authorized(request: Request) -> bool:
        given = request.headers.get("authorization", "").encode("latin-1")
        return token is None or hmac.compare_digest(given, f"Bearer {token}".encode())

    def check_token(request: Request) -> None:
        if not authorized(request):
            raise HTTPException(401, "a bearer token is needed, and it is not this one", {"WWW-Authenticate": "Bearer"})

    @application.post("/v1/jobs")
    async def post_job(request: Request) -> Response:
        """Run a program on some inputs: `sandbox/wire.py` says how both are written."""
        check_token(request)
        answer = await _post(jobs, request, most_bytes)
        jobs.answers[answer.status_code] += 1
        headers = {"Retry-After": _RETRY_AFTER_S} if answer.status_code in (429, 503) else None
        return Response(answer.body, answer.status_code, headers, "application/json")

    @application.get("/health")
    async def get_health(request: Request, response: Response) -> dict[str, Any]:
        """For load balancers, and for callers to learn what they have."""
        response.status_code = 503 if jobs.stopping else 200
        status = "stopping" if jobs.stopping else "ok"
        return {"status": status, "isolation": box.isolation, "authorized": authorized(request)}

    @application.get("/metrics")
    async def get_metrics(request: Request) -> Response:
        check_token(request)
        return Response(_metrics(jobs), media_type="text/plain; version=0.0.4")

    return application


async def _post(jobs: Jobs, request: Request, most_bytes: int) -> Answer:
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > most_bytes:
                return _refusal(413, f"the body is larger than {most_bytes} bytes")
    except ClientDisconnect:
        return _refusal(400, "the body did not arrive")
    try:
        sent = await asyncio.to_thread(wire.read_job, bytes(body))
    except wire.Malformed as error:
        return _refusal(422, str(error))
    return await jobs.answer(sent)


def _metrics(jobs: Jobs) -> str:
    """In the text format of Prometheus."""
    families: dict[str, dict[str, float]] = {
        "workers gauge": {"": jobs.workers},
        "jobs_running gauge": {"": jobs.running},
        "jobs_waiting gauge": {"": jobs.waiting},
        "run_seconds_total counter": {"": jobs.run_s},
        "executions_total counter": {f'{{status="{status}"}}': n for status, n in sorted(jobs.executions.items())},
        "answers_total counter": {f'{{code="{code}"}}': n for code, n in sorted(jobs.answers.items())},
    }
    lines = []
    for family, series in families.items():
        lines.append(f"# TYPE sandbox_{family}")
        lines += [f"sandbox_{family.split()[0]}{labels} {number}" for labels, number in series.items()]
    return "\n".join([*lines, ""])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_stop()  # before uvicorn waits for the answers that are due
        await super().shutdown(sockets)


def serve(application: FastAPI, *, host: str = "127.0.0.1", port: int = PORT) -> None:
    """Serve until SIGTERM or Ctrl-C; what runs then is finished. Callers may keep a connection from step to step."""
    config = uvicorn.Config(
        application, host=host, port=port, timeout_keep_alive=60, log_level="warning", ws="none", lifespan="on"
    )
    _Server(config, application.state.jobs.stop).run()


def main(arguments: list[str]) -> int:
    """`python -m sandbox serve`."""
    parser = argparse.ArgumentParser("python -m sandbox serve", description="Run programs that arrive by HTTP.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=PORT, help="default: %(default)s")
    parser.add_argument("--workers", type=int, help="programs that run at once (default: one a core)")
    parser.add_argument("--queue", type=int, default=QUEUE, help="jobs that may wait (default: %(default)s)")
    parser.add_argument("--sandbox", default="auto", help="kind of sandbox to run them in (default: %(default)s)")
    parser.epilog = f"The environment variable {TOKEN_VARIABLE} holds the token that callers must send."
    options = parser.parse_args(arguments)
    if options.queue < 1 or (options.workers is not None and options.workers < 1):
        parser.error("--workers and --queue are 1 or more")
    token = os.environ.pop(TOKEN_VARIABLE, None)  # no process of the sandbox inherits it
    if not token and options.host not in ("127.0.0.1", "::1", "localhost"):
        parser.error(f"--host {options.host} lets whoever reaches it run programs: put a token into {TOKEN_VARIABLE}")
    # uvicorn sends itself the signal again when it has stopped: then close the sandbox and be done.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    with open_sandbox(options.sandbox, slots=options.workers) as box:
        print(f"sandbox: isolation {box.isolation}, on {options.host} port {options.port}", flush=True)
        application = app(box, workers=options.workers, queue=options.queue, token=token or None)
        serve(application, host=options.host, port=options.port)
    return 0
