"""Jobs and their executions as JSON text, for the way between a caller and a sandbox server.

Both ends take what the other sent for hostile: its size is bounded before it is read, types and ranges are checked
after, and nothing in it is code.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from . import values
from .types import Execution, Limits, Program, Status

LONGEST_S = 10.0
"""After that long no further input of a job is started: the answer holds what is done, and the caller asks again."""
ANSWER_BYTES = 4 << 20
"""Nor is one started when the answer has this size."""
MOST_INPUTS = 64
"""In one job."""
_LARGEST = 1e15
_ANY_SIZE = 1 << 62  # of a value within a text that is bounded itself


class Malformed(ValueError):
    """Not a job, or not an answer; the message says what is wrong with it."""


@dataclass(frozen=True)
class Job:
    """A program to run on each of some inputs, or with an entry point to call with each of some lists of arguments."""

    program: Program
    limits: Limits
    inputs: Sequence[str]
    """As text: see `write_stdin` and `write_arguments`."""
    entry_point: str | None = None


@dataclass(frozen=True)
class Sent:
    """A job as it arrived."""

    id: str
    """Chosen by the caller, for retries: one id is one job."""
    job: Job
    inputs: list[Any]
    """The job's, read: bytes for stdin, or lists of arguments."""
    deadline_s: float | None
    """Not to be started later than so many seconds from now."""
    digest: bytes
    """Equal for equal jobs."""


def write_stdin(stdin: bytes) -> str:
    return base64.b64encode(stdin).decode()


def _read_stdin(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def write_arguments(arguments: Sequence[Any]) -> str:
    return values.encode(list(arguments), max_bytes=_ANY_SIZE).decode()


def _read_arguments(text: str) -> list[Any]:
    arguments = values.decode(text.encode(), max_bytes=_ANY_SIZE)
    if type(arguments) is not list:
        raise Malformed("arguments that are no list")
    return arguments


def write_job(id: str, job: Job, deadline_s: float | None = None) -> bytes:
    return _json({"id": id, "deadline_s": deadline_s} | _plain(job))


def _json(data: Any) -> bytes:
    """Not escaped to ASCII, for that would join two lone surrogates into one character."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False).encode("utf-8", "surrogatepass")


def _plain(job: Job) -> dict[str, Any]:
    return {
        "source": job.program.source,
        "language": job.program.language,
        "limits": asdict(job.limits),
        "inputs": list(job.inputs),
        **({"kind": "run"} if job.entry_point is None else {"kind": "call", "entry_point": job.entry_point}),
    }


def read_job(body: bytes) -> Sent:
    """The job in a request; Malformed for anything else."""
    data = _object(body)
    known = ["id", "kind", "source", "language", "limits", "inputs", "entry_point", "deadline_s"]
    for name in data:
        if name not in known:
            raise Malformed(f"{name[:40]!r} is no key of a job: those are {', '.join(known)}")
    entry_point = None
    if _text(data, "kind") == "call":
        entry_point = _text(data, "entry_point")
    elif data["kind"] != "run" or "entry_point" in data:
        raise Malformed("kind is neither 'call', with an entry_point, nor 'run', without")
    texts, limits = data.get("inputs"), data.get("limits", {})
    if type(texts) is not list or not 1 <= len(texts) <= MOST_INPUTS or any(type(text) is not str for text in texts):
        raise Malformed(f"inputs is not a list of 1 to {MOST_INPUTS} texts")
    if type(limits) is not dict:
        raise Malformed("limits is not an object")
    program = Program(_text(data, "source"), _text({"language": "python"} | data, "language"))
    read = _read_stdin if entry_point is None else _read_arguments
    try:
        job = Job(program, Limits(**limits), texts, entry_point)
        inputs = [read(text) for text in texts]
    except (TypeError, ValueError, OverflowError) as error:
        raise Malformed(str(error)[:300]) from None
    deadline_s = None if data.get("deadline_s") is None else _number(data, "deadline_s")
    return Sent(_text(data, "id", 1, 100), job, inputs, deadline_s, hashlib.sha256(_json(_plain(job))).digest())


def write_execution(execution: Execution) -> bytes:
    data = {
        "status": str(execution.status),
        "stdout": base64.b64encode(execution.stdout).decode(),
        "stderr": base64.b64encode(execution.stderr).decode(),
        "exit_code": execution.exit_code,
        "cpu_s": execution.cpu_s,
        "wall_s": execution.wall_s,
        "memory_mb": execution.memory_mb,
        "isolation": execution.isolation,
        "note": execution.note,
        "value": values.encode(execution.value, max_bytes=_ANY_SIZE).decode(),
    }
    return _json(data)


def write_answer(id: str, executions: Sequence[bytes]) -> bytes:
    """The answer to a job: executions, as `write_execution` wrote them, of its first inputs."""
    return b'{"id":%s,"executions":[%s]}' % (_json(id), b",".join(executions))


def longest_answer(limits: Limits) -> int:
    """More bytes than any answer has: the last execution may begin when the others fill ANSWER_BYTES."""
    return 2 * ANSWER_BYTES + 10 * (limits.output_kb << 10)


def read_answer(body: bytes, id: str, inputs: int) -> list[Execution]:
    """The executions, of at least one and at most so many inputs; Malformed for anything else."""
    data = _object(body)
    if data.get("id") != id:
        raise Malformed("the answer to another job")
    executions = data.get("executions")
    if type(executions) is not list or not 1 <= len(executions) <= inputs:
        raise Malformed(f"executions is not a list of 1 to {inputs}")
    return [_execution(item) for item in executions]


def read_health(body: bytes) -> tuple[str, bool]:
    """The tier of isolation that a server gives, and whether it accepts the caller's token."""
    data = _object(body)
    return _text(data, "isolation", 1, 100), data.get("authorized") is True


def read_detail(body: bytes) -> str:
    """What a server says of a job that it did not do."""
    try:
        return _text(_object(body), "detail")[:300]
    except Malformed:
        return repr(body[:100])


def _execution(data: Any) -> Execution:
    if type(data) is not dict:
        raise Malformed("an execution that is no object")
    exit_code = data.get("exit_code")
    if exit_code is not None and type(exit_code) is not int:
        raise Malformed("exit_code is not a whole number")
    try:
        return Execution(
            Status(_text(data, "status")),
            base64.b64decode(_text(data, "stdout"), validate=True),
            base64.b64decode(_text(data, "stderr"), validate=True),
            exit_code,
            _number(data, "cpu_s"),
            _number(data, "wall_s"),
            _number(data, "memory_mb"),
            _text(data, "isolation"),
            _text(data, "note"),
            values.decode(_text(data, "value").encode(), max_bytes=_ANY_SIZE),
        )
    except Malformed:
        raise
    except ValueError as error:
        raise Malformed(str(error)[:300]) from None


def _object(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"no JSON: {str(error)[:200]}") from None
    if type(data) is not dict:
        raise Malformed("no JSON object")
    return data


def _text(data: dict[str, Any], name: str, shortest: int = 0, longest: int | None = None) -> str:
    text = data.get(name)
    if type(text) is not str:
        raise Malformed(f"{name} is no text")
    if len(text) < shortest or (longest is not None and len(text) > longest):
        raise Malformed(f"{name} is not of {shortest} to {longest} characters")
    return text


def _number(data: dict[str, Any], name: str) -> float:
    number = data.get(name)
    if not isinstance(number, (int, float)) or isinstance(number, bool) or not 0 <= number <= _LARGEST:
        raise Malformed(f"{name} is no number from 0 to {_LARGEST:g}")
    return float(number)
