"""Programs with tests of their own: HumanEval, HumanEval+, MBPP."""

import ast
import json
import re
from collections.abc import Mapping

from .drafts import Draft, Refused, Row, fenced, texts

LONGEST_TEST = 100_000
ASKED = "Complete this Python function, and write the whole program:"
PASS = "Your program must pass tests like this one:"


def humaneval(row: Row) -> Draft:
    """The task of a HumanEval row: a function to complete, and `check(candidate)`."""
    prompt, solution, test, entry_point = texts(row, "prompt", "canonical_solution", "test", "entry_point")
    ground_truth = {"kind": "assert", "entry_point": entry_point, "test": test}
    if len(re.findall(r"^def ", prompt, re.MULTILINE)) > 1:
        ground_truth["setup"] = prompt  # a helper that the test calls too must not be the answer's own
    return Draft(to_complete(prompt), ground_truth, "code", fenced(prompt + solution))


def humaneval_plus(row: Row) -> Draft:
    """The task of a HumanEval+ row (EvalPlus): inputs, expected of which is what the canonical solution returns."""
    prompt, solution, entry_point = texts(row, "prompt", "canonical_solution", "entry_point")
    groups = [row.get("base_input"), row.get("plus_input")]
    inputs = [args for group in groups if isinstance(group, list) for args in group if isinstance(args, list)]
    if not inputs or not all(isinstance(group, list) for group in groups):
        raise Refused('expected lists of arguments under "base_input" and "plus_input"')
    made = zip(inputs, returned(prompt + solution, entry_point, inputs), strict=True)
    tests = [test for args, expected in made if short(test := {"args": args, "expected": expected})]
    ground_truth: dict[str, object] = {"kind": "function", "entry_point": entry_point, "tests": tests}
    tolerance = row.get("atol")
    if entry_point == "find_zero":  # any root will do, as in EvalPlus
        ground_truth["compare"] = {"mode": "checker", "program": ROOT_CHECKER.replace("TOLERANCE", repr(tolerance))}
    elif tolerance:
        ground_truth["compare"] = {"mode": "float", "abs": tolerance}
    left_out = len(inputs) - len(tests)
    note = f"left out {left_out} of {len(inputs)} tests, of more than {LONGEST_TEST:,} characters" if left_out else ""
    return Draft(to_complete(prompt), ground_truth, "code", fenced(prompt + solution), note)


def short(test: object) -> bool:
    """Whether JSON text can hold the test, and a file of tasks should."""
    try:
        return len(json.dumps(test)) <= LONGEST_TEST
    except ValueError:  # an integer of more digits than Python writes or reads
        return False


ROOT_CHECKER = """import json
question = json.load(open(0))
[coefficients], x = question["input"], question["actual"]
value = sum(c * x**i for i, c in enumerate(coefficients)) if type(x) in (int, float) else 1
print("AC" if abs(value) <= TOLERANCE else "WA")
"""


def returned(program: str, entry_point: str, inputs: list[list[object]]) -> list[object]:
    """What the program's function returns for each of the inputs."""
    from sandbox import Limits, Program, Status
    from verifiers.code.boxes import shared_sandbox
    from verifiers.code.values import json_fault

    values: list[object] = []
    limits = Limits(cpu_s=10, wall_s=60, output_kb=16_384)
    for execution in shared_sandbox().call_each(Program(program), entry_point, inputs, limits=limits):
        fault = str(execution.status) if execution.status is not Status.OK else json_fault(execution.value)
        if fault:
            raise Refused(f"the canonical solution answers input {len(values) + 1} with {fault} {execution.note}")
        values.append(execution.value)
    return values


def mbpp(row: Row) -> Draft:
    """The task of an MBPP row, as google-research publishes it or as SandboxFusion does.

    One assertion of the first list goes into the question, for the names; the others, and the challenges, judge.
    """
    names = ("content", "canonical_solution") if "content" in row else ("text", "code")
    question, solution = texts(row, *names)
    labels = row.get("labels", row)
    rest = labels if isinstance(labels, Mapping) else {}
    first, challenges = row.get("test_list"), rest.get("challenge_test_list")
    if not isinstance(first, list) or not isinstance(challenges, list):
        raise Refused('expected lists of texts under "test_list" and "challenge_test_list"')
    tests = [test for test in first + challenges if isinstance(test, str)]
    if len(tests) < len(first) + len(challenges):
        raise Refused('expected lists of texts under "test_list" and "challenge_test_list"')
    if not tests:
        raise Refused('expected an assertion under "test_list"')
    ground_truth = {"kind": "assert", "test": "\n".join(tests), **under_test(solution, tests)}
    if rest.get("test_setup_code"):
        ground_truth["setup"] = rest["test_setup_code"]
    asked = f"{question.strip()}\n\n{PASS}\n\n{fenced(tests[0].strip())}"
    return Draft(asked, ground_truth, "code", fenced(solution))


def under_test(solution: str, tests: list[str]) -> dict[str, str]:
    """The function of the solution that the tests call, where there is one: it may be called `sum`."""
    try:
        defined = {node.name for node in ast.parse(solution).body if isinstance(node, ast.FunctionDef)}
        nodes = [node for test in tests for node in ast.walk(ast.parse(test))]
    except SyntaxError:  # the check will say so
        return {}
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return {"entry_point": min(called & defined)} if len(called & defined) == 1 else {}


def to_complete(prompt: str) -> str:
    """The question of a function that is begun."""
    return f"{ASKED}\n\n{fenced(prompt.strip())}"
