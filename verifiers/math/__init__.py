"""Mathematical answers: the same value, however it is written."""

from __future__ import annotations

from .equivalence import equivalent, verify_math

__all__ = ["equivalent", "verify_math"]
