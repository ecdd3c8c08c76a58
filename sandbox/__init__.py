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
    image: str | None = None,
    url: str | None = None,
) -> Sandbox:
    """A sandbox of the kind asked for; "auto" is the embedded one in the best tier to be had.

    tier forces one tier of isolation; slots is how many programs run at once (default: one a core); packages are
    folders that programs may import from, and preload what to import early. image is for docker: any local image with
    Python 3. url is for remote: where a `python -m sandbox serve` listens.
    """
    if kind not in KINDS:
        near = difflib.get_close_matches(str(kind)[:40], KINDS, 1, 0)[0]
        raise ValueError(f"unknown sandbox {kind!r}: did you mean {near!r}? The kinds are {', '.join(KINDS)}")
    if kind == "remote":
        if not url:
            raise ValueError("sandbox 'remote' needs url=, the address of a `python -m sandbox serve`")
        from .remote import RemoteSandbox

        return RemoteSandbox(url)
    if kind == "docker":
        from .docker import DEFAULT_IMAGE, DockerSandbox

        return DockerSandbox(image=image or DEFAULT_IMAGE, slots=slots, packages=packages, preload=preload)
    from .embedded import EmbeddedSandbox

    if kind == "unsafe":
        tier = "C"
    return EmbeddedSandbox(tier=tier, slots=slots, packages=packages, preload=preload)
