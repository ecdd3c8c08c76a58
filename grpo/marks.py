"""Marks as tokens of their own."""

from collections.abc import Sequence

from .policy import Policy


def add_marks(policy: Policy, marks: Sequence[str]) -> Policy:
    """The policy."""
    return policy
