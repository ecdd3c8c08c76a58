"""Assertions read from the syntax tree: which call they make and what must hold of its value, judged here.

What is not read here (loops, helpers, several calls in one assertion) is run by `relay.py`.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from .calls import Call

_MOST_ITEMS = 1_000_000
_MOST_BITS = 100_000
_MOST_OF_ONE_HASH = 100
_NUMBERS = (int, float, complex, bool)
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}
_ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_SIGNS: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.Not: operator.not_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}


class _Unreadable(Exception):
    """Something that this module does not read."""


def _distinct(values: Iterable[Any] = ()) -> set[Any]:
    """set(values), unless they were made to collide: hashing such values may take for ever."""
    same_hash: dict[int, list[Any]] = {}
    for value in values:
        seen = same_hash.setdefault(hash(value), [])
        if value not in seen:
            seen.append(value)
            if len(seen) > _MOST_OF_ONE_HASH:
                raise _Unreadable
    return {value for seen in same_hash.values() for value in seen}


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "all": all,
    "any": any,
    "float": float,
    "len": len,
    "list": list,
    "max": max,
    "min": min,
    "round": round,
    "set": _distinct,
    "sorted": sorted,
    "sum": sum,
    "tuple": tuple,
    "math.fabs": math.fabs,
    "math.isclose": math.isclose,
}
"""What an assertion may wrap its call in."""
_OF_LITERALS: dict[str, Callable[..., Any]] = {**_FUNCTIONS, "range": range}
_THROUGH = {**dict.fromkeys("all any list max min set sorted sum tuple".split(), "__iter__"), "len": "__len__"}
"""What may be done with a value that is no list, such as a generator's."""


@dataclass(frozen=True)
class Assertion:
    """One call of the entry point, and what must hold of the value that it returns."""

    call: Call
    holds: Callable[[Any], bool]
    test: ast.expr


def read_asserts(test: str, entry_point: str) -> list[Assertion] | None:
    """Every assertion of the test code, or None where one of its statements is not read.

    >>> [found] = read_asserts("assert double(2) == 4", "double")
    >>> found.call.args, found.holds(4), found.holds(5)
    ([2], True, False)
    """
    subjects = {entry_point}
    statements = ast.parse(test).body
    checks = [node for node in statements if isinstance(node, ast.FunctionDef) and node.name == "check"]
    if checks:
        if len(checks) > 1 or any(isinstance(node, ast.Assert) for node in statements):
            return None
        parameters = checks[0].args
        if ast.dump(parameters) != ast.dump(_one_parameter(parameters)) or checks[0].decorator_list:
            return None
        subjects.add(parameters.args[0].arg)
        at = statements.index(checks[0])
        statements[at : at + 1] = checks[0].body
        statements = [node for node in statements if not _calls_check(node)]
    names: dict[str, Any] = {}
    found: list[Assertion] = []
    try:
        for node in statements:
            _read(node, subjects, names, found)
    except _Unreadable:
        return None
    except (TypeError, ValueError, ArithmeticError, LookupError, RecursionError):  # a literal that has no value
        return None
    return found or None


def _one_parameter(parameters: ast.arguments) -> ast.arguments:
    """The parameters cut down to the first, without an annotation."""
    first = [ast.arg(arg=parameters.args[0].arg)] if parameters.args else []
    return ast.arguments(posonlyargs=[], args=first, kwonlyargs=[], kw_defaults=[], defaults=[])


def _calls_check(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "check"
    )


def _read(node: ast.stmt, subjects: set[str], names: dict[str, Any], found: list[Assertion]) -> None:
    if isinstance(node, ast.Assert):
        if not isinstance(node.test, ast.Constant):
            found.append(_assertion(node.test, subjects, dict(names)))
        elif not node.test.value:
            raise _Unreadable
    elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        if node.targets[0].id in subjects:
            raise _Unreadable
        names[node.targets[0].id] = _literal(node.value, names)
    elif isinstance(node, ast.Expr) and isinstance(node.value, (ast.Constant, ast.Name)):
        pass  # a docstring, or a name that does nothing
    elif isinstance(node, ast.Import) and [(alias.name, alias.asname) for alias in node.names] == [("math", None)]:
        pass
    elif not isinstance(node, ast.Pass):
        raise _Unreadable


def _assertion(test: ast.expr, subjects: set[str], names: dict[str, Any]) -> Assertion:
    calls = [node for node in ast.walk(test) if isinstance(node, ast.Call) and _name(node.func) in subjects]
    if len(calls) != 1 or subjects & names.keys():
        raise _Unreadable
    made = _call(calls[0], test, names)
    condition = _fold(test, calls[0], names)

    def holds(value: Any) -> bool:
        try:
            return bool(_value(condition, {}, calls[0], value))
        except (_Unreadable, TypeError, ValueError, ArithmeticError, LookupError, RecursionError):
            return False

    return Assertion(made, holds, test)


def _call(node: ast.Call, test: ast.expr, names: dict[str, Any]) -> Call:
    args = [_literal(arg, names) for arg in node.args]
    keywords: dict[str, Any] = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            raise _Unreadable
        keywords[keyword.arg] = _literal(keyword.value, names)
    around = [part for part in ast.walk(test) if isinstance(part, ast.Call) and part.args == [node]]
    return Call(args, keywords, _THROUGH.get(_name(around[0].func), "") if around else "")


def _fold(node: ast.expr, call: ast.Call, names: dict[str, Any]) -> ast.expr:
    """The same expression with values for its parts without the call; _Unreadable where `_value` would not know it."""
    if node is call:
        return node
    if not any(part is call for part in ast.walk(node)):
        return _constant(_literal(node, names))
    if isinstance(node, ast.UnaryOp) and type(node.op) in _SIGNS:
        return ast.UnaryOp(node.op, _fold(node.operand, call, names))
    if isinstance(node, ast.BinOp) and type(node.op) in (ast.Add, ast.Sub, ast.Mult, ast.Div):
        return ast.BinOp(_fold(node.left, call, names), node.op, _fold(node.right, call, names))
    if isinstance(node, ast.Compare) and all(map(_comparable, node.ops, node.comparators)):
        sides = [_fold(side, call, names) for side in node.comparators]
        return ast.Compare(_fold(node.left, call, names), node.ops, sides)
    if isinstance(node, ast.Call) and _known(node, names, _FUNCTIONS):
        if node.keywords and _name(node.func) != "math.isclose":
            raise _Unreadable
        keywords = [ast.keyword(part.arg, _fold(part.value, call, names)) for part in node.keywords]
        return ast.Call(node.func, [_fold(arg, call, names) for arg in node.args], keywords)
    raise _Unreadable


def _constant(value: Any) -> ast.Constant:
    return ast.Constant(value)


def _comparable(op: ast.cmpop, right: ast.expr) -> bool:
    """`is` is read before None, True and False alone: other plain values have no identity on this side."""
    named = isinstance(right, ast.Constant) and (right.value is None or isinstance(right.value, bool))
    return named or not isinstance(op, (ast.Is, ast.IsNot))


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _literal(node: ast.expr, names: dict[str, Any]) -> Any:
    return _value(node, names, None, None)


def _value(node: ast.expr, names: dict[str, Any], call: ast.Call | None, answer: Any) -> Any:
    """What the expression is worth, with these names and that answer to the call."""

    def value(part: ast.expr) -> Any:
        return _value(part, names, call, answer)

    if isinstance(node, ast.Constant) and node.value is not Ellipsis:
        return node.value
    if isinstance(node, ast.Name) and node.id in names:
        return names[node.id]
    if isinstance(node, ast.Tuple):
        return tuple(map(value, node.elts))
    if isinstance(node, ast.List):
        return list(map(value, node.elts))
    if isinstance(node, ast.Set):
        return set(map(value, node.elts))
    if isinstance(node, ast.Dict) and None not in node.keys:
        return {value(key): value(part) for key, part in zip(node.keys, node.values, strict=True) if key}
    if isinstance(node, ast.UnaryOp) and type(node.op) in _SIGNS:
        return _SIGNS[type(node.op)](value(node.operand))
    if isinstance(node, ast.BinOp) and type(node.op) in _ARITHMETIC:
        return _combine(type(node.op), value(node.left), value(node.right))
    if isinstance(node, ast.Compare):
        sides = [value(side) for side in (node.left, *node.comparators)]
        return all(_COMPARISONS[type(op)](*pair) for op, pair in zip(node.ops, pairwise(sides), strict=True))
    if isinstance(node, ast.Call):
        return answer if node is call else _called(node, names, value, _FUNCTIONS if call else _OF_LITERALS)
    raise _Unreadable


def _known(node: ast.Call, names: dict[str, Any], functions: dict[str, Callable[..., Any]]) -> bool:
    """Whether it is called as it is known; a sum of lists is not, for it takes the square of their length."""
    name = _name(node.func)
    return name in functions and name not in names and (name != "sum" or len(node.args) == 1)


def _called(
    node: ast.Call,
    names: dict[str, Any],
    value: Callable[[ast.expr], Any],
    functions: dict[str, Callable[..., Any]],
) -> Any:
    if not _known(node, names, functions):
        raise _Unreadable
    args = [value(arg) for arg in node.args]
    made = functions[_name(node.func)](*args, **{part.arg: value(part.value) for part in node.keywords if part.arg})
    if isinstance(made, range) and abs(made.stop - made.start) > _MOST_ITEMS * abs(made.step):
        raise _Unreadable  # what is no integer is sought in it one by one
    return made


def _combine(op: type[ast.operator], left: Any, right: Any) -> Any:
    """left op right, where what comes out is no larger than somebody meant it to be."""
    if isinstance(left, _NUMBERS) and isinstance(right, _NUMBERS):
        bits = left.bit_length() if isinstance(left, int) else 1
        if op is ast.Pow and bits * abs(right) > _MOST_BITS:
            raise _Unreadable
        return _ARITHMETIC[op](left, right)
    if op is ast.Add and type(left) is type(right) and type(left) in (str, bytes, list, tuple):
        return left + right
    if op is ast.Mult and isinstance(left, int) and not isinstance(right, _NUMBERS):
        left, right = right, left
    if op is ast.Mult and isinstance(left, (str, bytes, list, tuple)) and isinstance(right, int):
        if len(left) * right > _MOST_ITEMS:
            raise _Unreadable
        return left * right
    raise _Unreadable
