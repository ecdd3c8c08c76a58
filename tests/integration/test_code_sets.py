"""Public sets: every published program is right by its own tests, and a changed one is wrong."""

import ast
import copy
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from verifiers import verify_code

SETS = Path(__file__).parents[1] / "cases" / "code_sets.jsonl"
ROWS = [json.loads(line) for line in SETS.read_text(encoding="utf-8").splitlines()]
QUICK = {"cpu_s": 1, "wall_s": 4}  # a change may make an endless loop
MOST = 1
"""Changed programs of each kind a task."""


def completed(program: str) -> str:
    return f"<think>so</think><answer>\n```python\n{program}\n```\n</answer>"


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in ROWS])
def test_the_published_program_is_right(row):
    verdict = verify_code(completed(row["program"]), row["ground_truth"])
    assert verdict.correct, verdict.note
    assert {test["status"] for test in verdict.details["tests"]} == {"AC"}


OTHER = {
    ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


def changed(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """The node otherwise: the name of each kind of change, with what it makes of the node."""
    if isinstance(node, ast.Compare) and type(node.ops[0]) in OTHER:
        yield "comparison turned", ast.Compare(node.left, [OTHER[type(node.ops[0])](), *node.ops[1:]], node.comparators)
    if isinstance(node, ast.BinOp) and type(node.op) in OTHER:
        yield "operator changed", ast.BinOp(node.left, OTHER[type(node.op)](), node.right)
    if isinstance(node, ast.BoolOp):
        yield "and for or", ast.BoolOp(OTHER[type(node.op)](), node.values)
    if isinstance(node, ast.Constant) and type(node.value) is int:
        yield "number one more", ast.Constant(node.value + 1)
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        yield "True for False", ast.Constant(not node.value)
    if isinstance(node, ast.Constant) and type(node.value) is str and node.value:
        yield "text longer", ast.Constant(node.value + "x")
    if isinstance(node, ast.If):
        yield "condition negated", ast.If(ast.UnaryOp(ast.Not(), node.test), node.body, node.orelse)
    if isinstance(node, ast.Return) and node.value:
        yield "nothing returned", ast.Return(ast.Constant(None))
        yield "text returned", ast.Return(ast.Call(ast.Name("str"), [ast.List([node.value])], []))
        yield "one too many", ast.Return(ast.Tuple([node.value, node.value]))
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)):
        yield "statement left out", ast.Pass()


def mutants(row: dict) -> Iterator[tuple[str, str]]:
    """Programs that differ from the row's in one place of the function under test."""
    tree = ast.parse(row["program"])
    name = row["ground_truth"].get("entry_point")
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef) and name in (None, node.name)]
    seen: Counter[str] = Counter()
    said = {part for node in ast.walk(tree) if _is_docstring(node) for part in (node, node.value)}
    for place, node in enumerate(ast.walk(functions[-1])):
        if node in said:
            continue
        for kind, _ in changed(node):
            if seen[kind] == MOST:
                continue
            seen[kind] += 1
            yield kind, ast.unparse(ast.fix_missing_locations(_changed_at(functions[-1], place, kind, tree)))


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _changed_at(function: ast.FunctionDef, place: int, kind: str, tree: ast.Module) -> ast.Module:
    index = tree.body.index(function)
    whole = copy.deepcopy(tree)
    target = list(ast.walk(whole.body[index]))[place]
    new = dict(changed(target))[kind]

    class Change(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            return new if node is target else self.generic_visit(node)

    return Change().visit(whole)


CERTAIN = {"nothing returned", "text returned", "one too many"}
"""Changes of the return value's type: where the only return has one, no test may be passed."""


@pytest.mark.parametrize("part", range(8))
def test_a_changed_program_is_wrong(part):
    made: Counter[str] = Counter()
    accepted: Counter[str] = Counter()
    for row in ROWS[part::8]:
        tree = ast.parse(row["program"])
        returns = sum(isinstance(node, ast.Return) for node in ast.walk(tree))
        for kind, program in mutants(row):
            verdict = verify_code(completed(program), row["ground_truth"] | {"limits": QUICK})
            assert verdict.score in (0.0, 1.0), (row["id"], program, verdict)
            made[kind] += 1
            if verdict.correct:
                accepted[kind] += 1
                assert not (kind in CERTAIN and returns == 1), (row["id"], program)
    print(*(f"{kind}: {accepted[kind]} of {made[kind]} accepted" for kind in made), sep="\n")
    # Some changes change nothing that the tests look at: equivalent programs, cases without a test.
    assert sum(accepted.values()) < 0.08 * sum(made.values()), accepted
