"""What the zygote's reports and the program's answers come to: executions."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from . import template, values
from .inside import ERROR, MISSING, NO_MEMORY, NOT_COMPILED, NOT_CONFINED, PEAK, TOO_LARGE, VALUE
from .job import Job
from .types import Execution, Limits, Status

_STOPPED_BY = {"cpu": Status.TLE, "wall": Status.TLE, "memory": Status.MLE, "output": Status.OLE, "value": Status.OLE}
_STOPPED_BY |= {"disk": Status.RE, "process": Status.RE, "unasked": Status.RE}
_COARSE_S = 0.03


def failed(error: Exception, isolation: str) -> Execution:
    """Our own fault."""
    return Execution(Status.FAILED, b"", b"", None, 0.0, 0.0, 0.0, isolation, f"sandbox: {error}")


def of_end(job: Job, report: dict[str, Any], isolation: str) -> Execution:
    """Of a program that has ended, or been ended. An exit status can only count against it."""
    stdout, stderr = job.stdout.take(), job.stderr.take()
    cap = job.limits.output_kb << 10
    ended_by = job.cut_off if report["ended_by"] in ("caller", "") and job.cut_off else report["ended_by"]
    note = ""
    if job.told[:1] == NOT_CONFINED or (not job.told and not ended_by):
        status = Status.FAILED
        note = f"the box could not be closed: {job.told[1:].decode(errors='replace') or report}"
    elif ended_by:
        status = _STOPPED_BY.get(ended_by, Status.FAILED)
        note = f"stopped: {ended_by} limit"
    elif len(stdout) > cap:
        status = Status.OLE
    elif job.told[1:] == MISSING:
        status, note = Status.FAILED, f"sandbox: {stderr.decode()}"
    elif job.told[1:] == NOT_COMPILED:
        status = Status.CE
    elif report["exit_code"] == 0:
        status = Status.OK
    elif report["exit_code"] == 1 and stderr.rstrip().rpartition(b"\n")[2].startswith(b"MemoryError"):
        status = Status.MLE
    else:
        status = Status.RE
        note = f"signal {report['signal']}" if report["signal"] else f"exit status {report['exit_code']}"
    figures = report["cpu_s"], report["wall_s"], report["memory_mb"]
    return Execution(status, stdout[:cap], stderr, report["exit_code"], *figures, isolation, note)


def of_run(job: Job, stdin: bytes, isolation: str) -> Execution:
    """Of one more run by a template."""
    answer = job.run_again(stdin)
    if answer is None:
        execution = of_end(job, job.finish(), isolation)
        if execution.status is Status.OK:  # the template's exit, not the program's
            return replace(execution, status=Status.RE, exit_code=None, note="it ended its parent")
        return execution
    used = job.used()
    if len(answer) != template.ANSWER.size:  # forged
        answer = template.ANSWER.pack(1 << 8, 0, 0.0, True)
    status, peak_kb, cpu_s, job.spent = template.ANSWER.unpack(answer)
    used["memory_mb"] = max(peak_kb / 1024, used["memory_mb"])
    if abs(used["cpu_s"] - cpu_s) < _COARSE_S:  # what /proc says of collected children comes in hundredths
        used["cpu_s"] = cpu_s
    used |= {"exit_code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None}
    used |= {"signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0, "ended_by": ""}
    if used["cpu_s"] > job.limits.cpu_s:
        used["ended_by"] = "cpu"
    elif used["memory_mb"] > job.limits.memory_mb:
        used["ended_by"] = "memory"
    return of_end(job, used, isolation)


def of_call(job: Job, arguments: bytes, isolation: str) -> Execution:
    """Of one call of a loaded program's function."""
    answer = job.call(arguments)
    if answer is None:
        execution = of_end(job, job.finish(), isolation)
        if execution.status is Status.OK:  # it ended, which is no return
            return replace(execution, status=Status.RE, note="the program ended during the call")
        return execution
    used = job.used()
    if job.cut_off:
        return of_end(job, job.finish(), isolation)
    status, value, note = _read(answer, job.limits)
    if used["cpu_s"] > job.limits.cpu_s:
        status, value = Status.TLE, None
    elif used["memory_mb"] > job.limits.memory_mb or answer[:1] == PEAK:
        status, value, note = Status.MLE, None, "stopped: memory limit"
        job.spent = True  # the next call should not answer for this one's peak
    figures = used["cpu_s"], used["wall_s"], used["memory_mb"]
    return Execution(status, job.stdout.take(), job.stderr.take(), None, *figures, isolation, note, value)


def _read(answer: bytes, limits: Limits) -> tuple[Status, Any, str]:
    kind, body = answer[:1], answer[1:]
    if kind == VALUE:
        try:
            return Status.OK, values.decode(body, max_bytes=limits.output_kb << 10), ""
        except values.Refused as error:
            return Status.RE, None, f"returned {error}"
    if kind == TOO_LARGE:
        return Status.OLE, None, body[:300].decode(errors="replace")
    if kind == NO_MEMORY:
        return Status.MLE, None, "MemoryError"
    return Status.RE, None, body[:5000].decode(errors="replace") if kind == ERROR else "an answer of no known kind"
