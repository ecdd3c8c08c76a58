"""Laws that any reward function must keep, whatever its stack: `check_reward` says which ones yours breaks.

Needs the extra `laws` (hypothesis, rich); nothing of it is loaded before the first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .audit import check_reward
    from .report import Report
    from .signature import NotUnderstood

_HOMES = {"check_reward": "audit", "Report": "report", "NotUnderstood": "signature"}

__all__ = ["NotUnderstood", "Report", "check_reward"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value
