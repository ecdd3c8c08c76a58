"""`python -m verifiers serve`."""

from __future__ import annotations

import argparse
import math
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import uvicorn
from fastapi import FastAPI

from .. import registry
from ..metrics import Metrics
from ..pool import TIMEOUT_S
from .app import BODY_MB, DEADLINE_S, QUEUE, app

PORT = 8643
TOKEN_VARIABLE = "VERIFIERS_TOKEN"
_READ_S = 5
_FILES = 65_536
_HEAD_S = 90.0  # longer than a connection is kept between requests


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_stop: Callable[[], None], head_s: float = _HEAD_S) -> None:
        super().__init__(config)
        self._on_stop = on_stop
        self._head_s = head_s
        self._seen: dict[Any, tuple[Any, float]] = {}

    async def on_tick(self, counter: int) -> bool:
        if counter % 10 == 0:  # once a second
            self._close_slow()
        return await super().on_tick(counter)

    def _close_slow(self) -> None:
        """Close what has begun no request for so long: uvicorn waits without end for a head that comes in pieces."""
        now = time.monotonic()
        seen = {}
        for connection in list(self.server_state.connections):
            cycle = getattr(connection, "cycle", None)
            last, since = self._seen.get(connection, (cycle, now))
            if last is not cycle or (cycle is not None and not cycle.response_complete):
                since = now
            seen[connection] = cycle, since
            if now - since > self._head_s:
                connection.transport.close()
        self._seen = seen

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_stop()  # before uvicorn waits for the answers that are due
        await super().shutdown(sockets)


def serve(application: FastAPI, listener: socket.socket) -> None:
    """Serve until SIGTERM or Ctrl-C; what was accepted then is answered."""
    desk = application.state.desk
    config = uvicorn.Config(
        application,
        timeout_keep_alive=60,
        # Later than any answer, for a caller who does not read his.
        timeout_graceful_shutdown=math.ceil(desk.deadline_s) + _READ_S,
        log_level="warning",
        ws="none",
        lifespan="on",
    )
    _Server(config, desk.stop).run(sockets=[listener])


def named(choices: Sequence[str]) -> dict[str, str]:
    """Name → what `registry.find` knows it by: all that are ours or another package's, and the user's `NAME=WHERE`.

    >>> named(["mine=verifiers:verify_math"])["mine"]
    'verifiers:verify_math'
    """
    from ..reward import VERIFIERS

    specs = {name: name for name in (*VERIFIERS, *registry.SUMS, *registry.others_by_name())}
    for choice in choices:
        name, given, spec = choice.partition("=")
        registry.find(spec if given else choice)
        specs[name] = spec if given else choice
    return specs


def allow_files() -> None:
    """A connection is a file, and so are a worker's pipes: a shell's usual 1,024 may be fewer than the rollouts."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _FILES if hard == resource.RLIM_INFINITY else min(hard, _FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(ValueError, OSError):  # macOS has a limit besides
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser("python -m verifiers serve", description="Score completions that arrive by HTTP.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=PORT, help="default: %(default)s; 0 takes a free one and prints it")
    parser.add_argument("--workers", type=int, help="processes that score (default: one a core)")
    parser.add_argument("--queue", type=int, default=QUEUE, help="completions that may wait (default: %(default)s)")
    parser.add_argument("--timeout", type=float, default=TIMEOUT_S, help="seconds a completion (default: %(default)g)")
    parser.add_argument("--deadline", type=float, default=DEADLINE_S, help="seconds a request (default: %(default)g)")
    parser.add_argument("--body-mb", type=float, default=BODY_MB, help="the largest body (default: %(default)g MiB)")
    parser.add_argument("--memory-mb", type=int, help="MiB that one completion may take (default: no limit)")
    parser.add_argument("--token", help=f"what callers must send; {TOKEN_VARIABLE} keeps it out of the process list")
    parser.add_argument(
        "--verifier",
        action="append",
        default=[],
        metavar="[NAME=]WHERE",
        help="serve module:function or file.py:function too, beside all that have a name; may be repeated",
    )
    parser.add_argument("--otel", action="store_true", help="give the metrics to OpenTelemetry's global provider too")
    options = parser.parse_args(arguments)
    for name in ("workers", "queue", "memory_mb"):
        if getattr(options, name) is not None and getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')} is 1 or more")
    for name in ("timeout", "deadline", "body_mb"):
        if not getattr(options, name) > 0:
            parser.error(f"--{name.replace('_', '-')} is above 0")
    token = options.token or os.environ.get(TOKEN_VARIABLE)
    os.environ.pop(TOKEN_VARIABLE, None)  # no worker inherits it
    if not token and options.host not in ("127.0.0.1", "::1", "localhost"):
        parser.error(f"--host {options.host} lets whoever reaches it run programs: put a token into {TOKEN_VARIABLE}")
    try:
        specs = named(options.verifier)
    except registry.Unknown as error:
        parser.error(str(error))
    metrics = Metrics()
    if options.otel:
        try:
            from ..telemetry import observe

            observe(metrics)
        except ModuleNotFoundError as error:
            parser.error(f"{error.name} is missing: pip install 'r1-verifiers[otel]'")
    try:
        family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
        listener = socket.create_server((options.host, options.port), family=family, backlog=2048)
        # asyncio does so for sockets that it opens itself; else small answers wait 40 ms for an acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError as error:
        print(f"cannot listen on {options.host} port {options.port}: {error}", file=sys.stderr)
        return 1
    allow_files()
    # uvicorn sends itself the signal again when it has stopped: then be done.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: sys.exit(0))
    application = app(
        specs,
        workers=options.workers,
        queue=options.queue,
        timeout=options.timeout,
        deadline_s=options.deadline,
        body_mb=options.body_mb,
        memory_mb=options.memory_mb,
        token=token or None,
        metrics=metrics,
    )
    print(f"verifiers: {', '.join(specs)} on {options.host} port {listener.getsockname()[1]}", flush=True)
    serve(application, listener)
    return 0
