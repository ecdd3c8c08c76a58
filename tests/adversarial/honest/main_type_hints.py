"""Resolves type hints of its own names.

task: total
status: AC
"""

from __future__ import annotations

import typing
from dataclasses import dataclass, field


@dataclass
class Tree:
    value: int = 0
    children: list[Tree] = field(default_factory=list)


assert typing.get_type_hints(Tree)["children"] == list[Tree]
input()
print(Tree(sum(map(int, input().split()))).value)
