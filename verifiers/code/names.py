"""What test code uses without defining it: functions, modules, and what cannot be had of a program in another box."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TypeGuard

_PLAIN = (str, bytes, int, float, complex, list, tuple, dict, set, frozenset, Iterator, Generator)
_ATTRIBUTES = frozenset(name for kind in _PLAIN for name in dir(kind))
_NO_FUNCTION = (
    ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript, ast.Attribute, ast.AugAssign, ast.For, ast.comprehension,
    ast.Starred, ast.FormattedValue, ast.ExceptHandler, ast.ClassDef,
)  # fmt: skip
"""Where a name stands for something that is not called and not passed on to be called."""


@dataclass(frozen=True)
class Names:
    """What test code uses without defining it."""

    functions: tuple[str, ...]
    modules: tuple[str, ...]


def undefined_names(test: str, setup: str = "") -> Names:
    """The functions that test code expects of the program, and the standard modules that it expects to be there.

    >>> undefined_names("for x in range(3):\\n    assert math.floor(poly(x)) == 0")
    Names(functions=('poly',), modules=('math',))
    """
    used: dict[str, bool] = {}
    defined: set[str] = set()
    for node in (*ast.walk(ast.parse(setup)), *ast.walk(ast.parse(test))):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            used[node.id] = used.get(node.id, False)
        elif isinstance(node, ast.Name):
            defined.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            used[node.value.id] = True
        elif isinstance(node, ast.arg):
            defined.add(node.arg)
        elif isinstance(node, ast.alias):
            defined.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)):
            defined.add(node.name or "")
    free = [name for name in used if name not in defined and not hasattr(builtins, name)]
    modules = tuple(name for name in free if used[name] and name in sys.stdlib_module_names)
    return Names(tuple(name for name in free if name not in modules), modules)


def unmet(test: str, names: Names, entry_point: str) -> str:
    """What test code needs of the program and cannot have, as a sentence: only functions of plain values are called.

    No program could pass such a test, and so the fault is the test's; what one program returns has no part in it.

    >>> unmet("assert add(1)(2) == 3", Names(("add",), ()), "add")
    'the test code calls what add returns'
    >>> unmet("assert f(9) == 9 % MOD", Names(("f", "MOD"), ()), "f")
    'the test code uses MOD, which neither it nor its setup defines'
    """
    tree = ast.parse(test)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    subjects = {*names.functions, entry_point} - {"Solution"}
    candidates = {arg.arg: entry_point for node in tree.body if _is_check(node) for arg in node.args.args[:1]}
    uses: dict[str, list[ast.Name]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            uses.setdefault(node.id, []).append(node)
    for name in names.functions:
        found = uses.get(name, [])
        if name in subjects - {entry_point} and found and all(_no_function(node, parents[node]) for node in found):
            return f"the test code uses {name}, which neither it nor its setup defines"
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        name = candidates.get(node.func.id, node.func.id)
        if name not in subjects:
            continue
        for value in (node, *_held(node, parents[node], uses)):
            around = parents[value]
            if isinstance(around, ast.Call) and around.func is value:
                return f"the test code calls what {name} returns"
            if isinstance(around, ast.Attribute) and (name[:1].isupper() or around.attr not in _ATTRIBUTES):
                return f"the test code takes {around.attr} of what {name} returns, which is no plain value"
    return ""


def _is_check(node: ast.stmt) -> TypeGuard[ast.FunctionDef]:
    return isinstance(node, ast.FunctionDef) and node.name == "check"


def _no_function(node: ast.Name, parent: ast.AST) -> bool:
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Name):
        return parent.func.id == "isinstance" and node in parent.args[1:]
    return isinstance(parent, _NO_FUNCTION)


def _held(call: ast.Call, parent: ast.AST, uses: dict[str, list[ast.Name]]) -> list[ast.Name]:
    """The uses of a name that is given the value of that call, and no other."""
    if not (isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name)):
        return []
    found = uses[parent.targets[0].id]
    if sum(isinstance(node.ctx, ast.Store) for node in found) > 1:
        return []
    return [node for node in found if isinstance(node.ctx, ast.Load)]
