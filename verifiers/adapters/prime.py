"""A reward of PrimeIntellect's verifiers 0.4, whose import name is ours: it loads this file by its path.

Our package and theirs cannot share an environment. So ours runs `python -m verifiers serve` in one of its own, and
theirs loads this file, which imports nothing but the standard library and asks that server:

    --env.taskset.task.rewards.math.fn="$(OURS/bin/python -m verifiers.adapters.prime):math"

The name behind the colon is one of NAMES; what else the server serves is had by `reward(name)`. The environment
variable VERIFIERS_SERVER is its address, VERIFIERS_TOKEN its token if it has one, VERIFIERS_TIMEOUT how many seconds it
may be busy or down (120).
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import random
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

SERVER = "http://127.0.0.1:8643"
PATH = "/score"
TIMEOUT_S = 120.0
COLUMNS = ("ground_truth", "answer", "solution", "target", "label")
"""Where a task's ground truth is looked for, in this order, if the user names no field."""
NAMES = (
    "accuracy",
    "math",
    "code",
    "format",
    "summary_format",
    "choice",
    "countdown",
    "language",
    "logic",
    "reasoning_gym",
    "r1_zero",
    "r1_reasoning",
)
"""What stands for itself behind the colon of the path."""
_BUSY = (429, 503, 504)
_threads: ThreadPoolExecutor
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy is for the world outside


class NoVerdict(RuntimeError):
    """There is none: the verdict is undecided, or the server does not answer. verifiers notes it as the trace's error,
    so that the rollout is no success, no failure and not trained on."""


def reward(
    verifier: str, *, ground_truth: str | None = None, server: str | None = None, timeout: float | None = None
) -> Callable[[Any, Any], Awaitable[float]]:
    """`async (task, trace) -> float` for a name that the server serves. ground_truth is the field of the task's data.

    The whole verdict, with its parts, is in `trace.info["rewards"]`.
    """

    async def score(task: Any, trace: Any) -> float:
        loop = asyncio.get_running_loop()
        truth = _truth_of(task, ground_truth)
        asked = (verifier, _completion_of(trace), truth, server, timeout)
        verdict = await loop.run_in_executor(_threads, ask, *asked)
        trace.info.setdefault("rewards", {})[verifier] = verdict
        if verdict["score"] is None:
            raise NoVerdict(f"{verifier} is undecided: {verdict['reason']} {verdict['note']}")
        return float(verdict["score"])

    score.__name__ = score.__qualname__ = verifier
    return score


def _new_threads() -> None:
    """They wait for the server, no more. A forked child needs its own: the parent's do not run in it."""
    global _threads
    _threads = ThreadPoolExecutor(64, thread_name_prefix="r1-reward")


_new_threads()
os.register_at_fork(after_in_child=_new_threads)


def _truth_of(task: Any, field: str | None) -> Any:
    for name in COLUMNS if field is None else (field,):
        found = getattr(task, name, None)
        if found is not None:
            return found
    wanted = f"field {field!r}" if field else f"field of {', '.join(COLUMNS)}"
    raise ValueError(f"{type(task).__name__} has no {wanted} with the ground truth: name it, as ground_truth=…")


def _completion_of(trace: Any) -> str:
    """The last thing that the policy wrote, its reasoning in <think> before it."""
    if trace.root_reply is not None:
        return str(trace.root_reply)
    if not trace.assistant_messages:
        return ""
    message = trace.assistant_messages[-1]
    thinking = f"<think>{message.reasoning_content}</think>" if message.reasoning_content else ""
    return thinking + (message.content or "")


def ask(verifier: str, completion: str, ground_truth: Any, server: str | None, timeout: float | None) -> dict[str, Any]:
    """The server's verdict; NoVerdict once it has not answered for timeout seconds, or refuses what it is asked."""
    server = server or os.environ.get("VERIFIERS_SERVER") or SERVER
    timeout = timeout or float(os.environ.get("VERIFIERS_TIMEOUT") or TIMEOUT_S)
    body = {"verifier": verifier, "items": [{"completion": completion, "ground_truth": ground_truth}]}
    headers = {"Content-Type": "application/json"}
    if token := os.environ.get("VERIFIERS_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(server.rstrip("/") + PATH, json.dumps(body).encode(), headers)
    until = time.monotonic() + timeout
    pause = 0.1
    while True:
        try:
            with _direct.open(request, timeout=max(0.1, until - time.monotonic())) as answer:
                return json.load(answer)["verdicts"][0]  # type: ignore[no-any-return]
        except urllib.error.HTTPError as error:
            with error:  # it holds the connection
                said = error.read(1000).decode(errors="replace")
            if error.code not in _BUSY:
                raise NoVerdict(f"the reward server at {server} refuses: {error.code} {said}") from error
            why = f"is busy: {error.code} {said}"
        except (OSError, ValueError, http.client.HTTPException) as error:  # no connection, or one that broke
            why = f"does not answer ({error}): start it with `python -m verifiers serve`, or set VERIFIERS_SERVER"
        if time.monotonic() + pause > until:
            raise NoVerdict(f"the reward server at {server} {why}")
        time.sleep(pause * random.uniform(0.5, 1))
        pause = min(2 * pause, 5.0)


def __getattr__(name: str) -> Callable[[Any, Any], Awaitable[float]]:
    if name not in NAMES:
        raise AttributeError(f"no reward {name!r}: it is one of {', '.join(NAMES)}, or what reward({name!r}) returns")
    return reward(name)


if __name__ == "__main__":
    print(__file__)
