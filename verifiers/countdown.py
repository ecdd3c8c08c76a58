"""Does the expression reach the target with each number used once?"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from .arithmetic import NotArithmetic, TooBig, evaluate
from .extract import extract_answer
from .mapping import read_mapping, shown, unknown_key
from .types import Reason, Verdict, need_text

_KEYS = ("numbers", "target", "operators", "ordered")
_SPELLINGS = str.maketrans(
    {"×": "*", "·": "*", "⋅": "*", "∙": "*", "∗": "*", "÷": "/", "∕": "/", "−": "-", "–": "-", "$": " "}
)
_MACROS = {"\\times": "*", "\\cdot": "*", "\\div": "/", "\\left(": "(", "\\right)": ")", "\\(": " ", "\\)": " "}
_MAX_CHARS = 2_000


@dataclass(frozen=True)
class _Puzzle:
    numbers: list[int]
    target: int
    operators: str
    ordered: bool


def verify_countdown(completion: str, ground_truth: object) -> Verdict:
    """Score 1 for an expression that makes the target out of the numbers, each used exactly once.

    The ground truth is a mapping or its JSON text: numbers, target, and optionally operators ("+-*/" unless given)
    and ordered (true: the numbers must stand in the order given).

    >>> verify_countdown("<answer>(6 - 2) * 3</answer>", {"numbers": [2, 3, 6], "target": 12}).score
    1.0
    """
    completion = need_text(completion, "verify_countdown")
    puzzle = _puzzle(ground_truth)
    if isinstance(puzzle, str):
        return Verdict(None, Reason.BAD_GROUND_TRUTH, note=puzzle)
    found = extract_answer(completion)
    if found.answer is None:
        return Verdict(0.0, Reason.NO_ANSWER, note=found.note)
    fault = _fault(found.answer, puzzle)
    if fault:
        return Verdict(0.0, Reason.WRONG, answer=found.answer, note=fault)
    return Verdict(1.0, Reason.CORRECT, answer=found.answer)


def _puzzle(ground_truth: object) -> _Puzzle | str:
    """The puzzle, or a sentence that says what is wrong with it."""
    found = read_mapping(ground_truth, "with numbers and target")
    if isinstance(found, str):
        return found
    if fault := unknown_key(found, _KEYS):
        return fault
    for key in ("numbers", "target"):
        if key not in found:
            return f"the ground truth has no {key!r}"
    numbers, target = found["numbers"], found["target"]
    operators, ordered = found.get("operators", "+-*/"), found.get("ordered", False)
    if not isinstance(numbers, (list, tuple)) or not 1 <= len(numbers) <= 100:
        return f"numbers {shown(numbers)} is not a list of 1 to 100 whole numbers"
    for number in numbers:
        if type(number) is not int or not 0 <= number < 10**12:
            return f"{shown(number)} in numbers is not a whole number from 0 to 10^12"
    if type(target) is not int or abs(target) >= 10**15:
        return f"target {shown(target)} is not a whole number below 10^15"
    if not isinstance(operators, str) or not operators or set(operators) - set("+-*/"):
        return f"operators {shown(operators)!r} is not made of + - * /"
    if not isinstance(ordered, bool):
        return f"ordered {shown(ordered)!r} is neither true nor false"
    return _Puzzle(list(numbers), target, operators, ordered)


def _fault(answer: str, puzzle: _Puzzle) -> str:
    """What keeps the answer from being right, or nothing."""
    if len(answer) > _MAX_CHARS:
        return f"the answer has {len(answer)} characters, more than {_MAX_CHARS}"
    text = answer.translate(_SPELLINGS)
    for macro, spelling in _MACROS.items():
        text = text.replace(macro, spelling)
    text, equals, tail = text.partition("=")
    if equals and tail.strip().rstrip(".").strip() != str(puzzle.target):
        return f"what stands after '=' is not the target {puzzle.target}"
    if any(pair in "".join(text.split()) for pair in _TWO_SIGNS):
        return "two operators stand side by side"
    try:
        found = evaluate(text)
    except (NotArithmetic, TooBig, ZeroDivisionError) as error:
        return str(error)
    alien = found.operators - set(puzzle.operators)
    if alien:
        return f"the operator {min(alien)} is not one of {puzzle.operators}"
    for number in found.numbers:
        if not number.isdecimal() or (number[0] == "0" and number != "0"):
            return f"{number[:40]} is not written as a whole number"
    used = [int(number) for number in found.numbers]
    if Counter(used) != Counter(puzzle.numbers):
        return f"the numbers used are {_listed(used)}, not each of {_listed(puzzle.numbers)} once"
    if puzzle.ordered and used != puzzle.numbers:
        return f"the numbers stand in the order {_listed(used)}, not {_listed(puzzle.numbers)}"
    if found.value != puzzle.target:
        return f"the expression is {shown(found.value)}, not {puzzle.target}"
    return ""


_TWO_SIGNS = [first + second for first in "+-*/" for second in "+-*/"]


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:20])) + (" …" if len(numbers) > 20 else "")
