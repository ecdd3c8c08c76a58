"""Programs: run in a sandbox, judged outside it."""

from __future__ import annotations

from .judge import verify_code

__all__ = ["verify_code"]
