"""Programs run apart from us."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from .types import Execution, Limits, Program, Sandbox, Status

__all__ = ["Execution", "Limits", "Program", "Sandbox", "Status", "open_sandbox"]

KINDS = ("auto", "embedded", "docker", "remote", "unsafe")


def open_sandbox(
    kind: str = "auto",
    *,
    tier: str | None = None,
    slots: int | None = None,
    packages: Sequence[str] = (),
    preload: Sequence[str] = (),
) -> Sandbox:
    """A sandbox of the kind asked for. `tier` forces one tier of isolation; `slots` is how many programs run at once
    (default: one a core); `packages` are folders that programs may import from, and `preload` what to import early."""
    if kind not in KINDS:
        near = difflib.get_close_matches(str(kind)[:40], KINDS, 1, 0)[0]
        raise ValueError(f"unknown sandbox {kind!r}: did you mean {near!r}? The kinds are {', '.join(KINDS)}")
    if kind in ("docker", "remote"):
        raise NotImplementedError(f"sandbox {kind!r} has no backend in this version: use 'embedded'")
    from .embedded import EmbeddedSandbox

    if kind == "unsafe":
        tier = "C"
    return EmbeddedSandbox(tier=tier, slots=slots, packages=packages, preload=preload)
