"""What a comparison says."""

from __future__ import annotations

from typing import NamedTuple

from .tree import VALUES, Node


class Said(NamedTuple):
    """equal: None where it is not decided; proof: exact or numeric; why: one sentence for a person."""

    equal: bool | None
    proof: str
    why: str


def kind_of(node: Node) -> str:
    names = {"rel": "a relation", "list": "a list of answers", "tuple": "a tuple or interval", "named": "an assignment"}
    return names.get(node.kind, "a value" if node.kind in VALUES else f"a {node.kind}")
