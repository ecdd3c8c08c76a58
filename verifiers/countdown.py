"""Does the expression reach the target with each number used once?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from .arithmetic import Arithmetic, NotArithmetic, TooBig, evaluate
from .extract import extract_answer
from .mapping import plain, read_mapping, shown, unknown_key
from .types import Reason, Verdict, need_text

_KEYS = ("numbers", "target", "operators", "ordered")
_SPELLINGS = str.maketrans(
    {"×": "*", "·": "*", "⋅": "*", "∙": "*", "∗": "*", "÷": "/", "∕": "/", "−": "-", "–": "-", "$": " "}
    | dict(zip("（）［］＋－＊／＝．。", "()[]+-*/=..", strict=True))
)
_MACROS = {"\\times": "*", "\\cdot": "*", "\\div": "/", "\\left": " ", "\\right": " "} | dict.fromkeys(
    ["\\(", "\\)", "\\[", "\\]", "\\,", "\\;", "\\:", "\\!", "\\ "], " "
)
_WRAPPED = re.compile(r"```\w*\n(.*)\n\s*```|(`{1,2}|\*\*|__)(.*)\2", re.DOTALL)
"""A fence, code or bold around it all."""
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_PAIRS = {")": "(", "]": "[", "}": "{"}
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
    and ordered (true: the numbers must stand in the order given). Whole numbers in, exact fractions on the way; nothing
    of the answer is run.

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


def reading(answer: str) -> tuple[frozenset[Fraction], tuple[str, ...]] | None:
    """What a bare answer comes to, and the numbers that it uses, in their order; None where it is no arithmetic.

    >>> reading("(6 - 2) * 3") == reading("(6-2) × 3 = 12"), reading("x")
    (True, None)
    """
    if len(answer) > _MAX_CHARS:
        return None
    try:
        read = [evaluate(step) for step in _bare(answer).split("=")]
    except (NotArithmetic, TooBig, ZeroDivisionError):
        return None
    return frozenset(one.value for one in read), max((one.numbers for one in read), key=len)


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
    numbers, target = plain(found["numbers"]), plain(found["target"])
    operators, ordered = found.get("operators", "+-*/"), plain(found.get("ordered", False))
    if not isinstance(numbers, (list, tuple)) or not 1 <= len(numbers) <= 100:
        return f"numbers {shown(numbers)} is not a list of 1 to 100 whole numbers"
    numbers = [plain(number) for number in numbers]
    for number in numbers:
        if type(number) is not int or not 0 <= number < 10**12:
            return f"{shown(number)} in numbers is not a whole number from 0 to 10^12"
    if type(target) is not int or abs(target) >= 10**15:
        return f"target {shown(target)} is not a whole number below 10^15"
    if not isinstance(operators, str) or not operators or set(operators) - set("+-*/"):
        return f"operators {shown(operators)!r} is not made of + - * /"
    if not isinstance(ordered, bool):
        return f"ordered {shown(ordered)!r} is neither true nor false"
    return _Puzzle(numbers, target, operators, ordered)


def _fault(answer: str, puzzle: _Puzzle) -> str:
    """What keeps the answer from being right, or nothing."""
    if len(answer) > _MAX_CHARS:
        return f"the answer has {len(answer)} characters, more than {_MAX_CHARS}"
    try:
        steps = [step.strip() for step in _bare(answer).split("=")]
        read = [_read(step, puzzle) for step in steps]
    except (NotArithmetic, TooBig, ZeroDivisionError) as error:
        return str(error)
    result = str(puzzle.target)
    if len(steps) > 1 and result not in steps:
        return f"what stands beside '=' is not the target {result}"
    whole = [one for step, one in zip(steps, read, strict=True) if step != result] or read[:1]
    using = [one for one in whole if Counter(map(int, one.numbers)) == Counter(puzzle.numbers)]
    if not using:
        return f"the numbers used are {_listed(whole[0].numbers)}, not each of {_listed(puzzle.numbers)} once"
    if puzzle.ordered and [int(number) for number in using[0].numbers] != puzzle.numbers:
        return f"the numbers stand in the order {_listed(using[0].numbers)}, not {_listed(puzzle.numbers)}"
    if using[0].value != puzzle.target:
        return f"the expression is {shown(using[0].value)}, not {puzzle.target}"
    if any(one.value != puzzle.target for one in read):
        return f"what stands beside '=' is not the target {puzzle.target}"
    others = [one for one in whole if one is not using[0]]
    if any(len(one.numbers) >= len(puzzle.numbers) for one in others):  # another expression, maybe
        return "a step has as many numbers as the expression"
    return ""


def _bare(answer: str) -> str:
    """The arithmetic in plain signs, without what stands around it; raises NotArithmetic."""
    text = answer.translate(_SPELLINGS).strip()
    for _ in range(3):
        text = _unstopped(text)
        inner = _WRAPPED.fullmatch(text)
        if not inner or "**" in (inner[3] or ""):
            break
        text = (inner[1] or inner[3] or "").strip()
    for macro, spelling in _MACROS.items():
        text = text.replace(macro, spelling)
    opened: list[str] = []
    for sign in text:
        if sign in "([{":
            opened.append(sign)
        elif sign in _PAIRS and (not opened or opened.pop() != _PAIRS[sign]):
            raise NotArithmetic(f"{sign!r} closes no {_PAIRS[sign]!r}")
    more = 1
    while more:
        text, more = _FRACTION.subn(r"((\1)/(\2))", text)
    return _unstopped(text.replace("[", "(").replace("]", ")").strip())


def _unstopped(text: str) -> str:
    """Without the full stop behind it; behind a result any number of them."""
    if "=" in text:
        return text.rstrip(". ")
    return text if text.endswith("..") else text.removesuffix(".").rstrip()


def _read(step: str, puzzle: _Puzzle) -> Arithmetic:
    """One side of an equality; raises what `evaluate` does."""
    if any(pair in "".join(step.split()) for pair in _TWO_SIGNS):
        raise NotArithmetic("two operators stand side by side")
    found = evaluate(step)
    if alien := found.operators - set(puzzle.operators):
        raise NotArithmetic(f"the operator {min(alien)} is not one of {puzzle.operators}")
    for number in found.numbers:
        if not number.isdecimal() or (number[0] == "0" and number != "0"):
            raise NotArithmetic(f"{number[:40]} is not written as a whole number")
    return found


_TWO_SIGNS = [first + second for first in "+-*/" for second in "+-*/"]


def _listed(numbers: Sequence[int | str]) -> str:
    return ", ".join(map(str, numbers[:20])) + (" …" if len(numbers) > 20 else "")
