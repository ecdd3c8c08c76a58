"""Programs run apart from us: the types and the protocol, without a backend."""

from __future__ import annotations

import difflib

from .types import Execution, Limits, Program, Sandbox, Status

__all__ = ["Execution", "Limits", "Program", "Sandbox", "Status", "open_sandbox"]

KINDS = ("auto", "embedded", "docker", "remote")


def open_sandbox(kind: str = "auto") -> Sandbox:
    """A sandbox of the kind asked for; this version has no backend yet, and says so."""
    if kind not in KINDS:
        near = difflib.get_close_matches(str(kind)[:40], KINDS, 1, 0)[0]
        raise ValueError(f"unknown sandbox {kind!r}: did you mean {near!r}? The kinds are {', '.join(KINDS)}")
    raise NotImplementedError(f"sandbox {kind!r} has no backend in this version: programs cannot be run yet")
