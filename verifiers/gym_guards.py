"""What reasoning-gym's scorers (0.1.25) do not ask of an answer and should, a guard a dataset.

Some run the answer or the entry as Python (`eval`, `parse_expr`): what `safe` and `sound` refuse never reaches them.
Others give the full score to more than the answer: an answer of full score that `strict` refuses is wrong.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from .countdown import verify_countdown
from .logic import verify_logic
from .math.equivalence import equivalent

Guard = Callable[[str, Mapping[str, Any]], bool]
_FORMULA = re.compile(
    r"(?:(?:sin|cos|tan|sec|csc|cot|a?sinh?|a?cosh?|a?tanh?|exp|log|ln|sqrt|Abs|erf|pi)(?![A-Za-z0-9_])"
    r"|[A-Za-z](?![A-Za-z0-9_]| *\()|[0-9]{1,40}(?:\.[0-9]{1,40})?(?![A-Za-z0-9_.])|\*{1,2}(?!\*)|[-+/() ^])*"
)
"""Numbers, letters and functions of sympy that compute what they look like: no `Integral`, no `expand`, no `or`."""
_BIG_POWER = re.compile(r"(?:\*\*|\^)[ (]*-?[0-9]{3}|(?:\*\*|\^) *[\w.]+ *(?:\*\*|\^)")
_PLAIN = re.compile(r"[\w\s|-]*")
_MOST_POWERS = 60


def safe(dataset: str, answer: str) -> bool:
    """Whether the dataset's scorer may see the answer: it is text and numbers, and no program."""
    return dataset not in _SAFE or _SAFE[dataset](answer)


def sound(dataset: str, entry: Mapping[str, Any]) -> bool:
    """Whether what the scorer runs of the entry is numbers and formulas, as the dataset writes them."""
    if dataset not in _RUN_OF_ENTRY:
        return True
    place, shape = _RUN_OF_ENTRY[dataset]
    text = entry.get("metadata", {}).get(place, "") if place else entry["answer"]
    return isinstance(text, str) and bool(shape.fullmatch(text))


def strict(dataset: str, answer: str, entry: Mapping[str, Any]) -> bool:
    """Whether an answer of full score is the answer and nothing else."""
    return dataset not in _STRICT or _STRICT[dataset](answer.strip(), entry)


def _literal_or_plain(answer: str) -> bool:
    if _PLAIN.fullmatch(answer):
        return not answer.isidentifier() or answer.isupper()  # a name of the scorer's own would be its value
    try:
        ast.literal_eval(answer)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
    return True


def _formula(answer: str) -> bool:
    powers = answer.count("**") + answer.count("^")
    return bool(_FORMULA.fullmatch(answer)) and powers <= _MOST_POWERS and not _BIG_POWER.search(answer)


def _arithmetic(answer: str) -> bool:
    return bool(re.fullmatch(r"[0-9+*/() .-]{1,2000}", answer)) and "**" not in answer and "//" not in answer


_SAFE: dict[str, Callable[[str], bool]] = {
    **dict.fromkeys(["binary_matrix", "spiral_matrix", "string_insertion", "n_queens"], _literal_or_plain),
    **dict.fromkeys(["polynomial_multiplication", "simple_integration", "intermediate_integration"], _formula),
    **dict.fromkeys(["countdown", "puzzle24"], _arithmetic),
}


_RUN_OF_ENTRY = {
    "bitwise_arithmetic": ("problem", re.compile(r"(?:0x[0-9a-f]+|[0-9]+|[-+*/%&|^~<>() ])*")),
    "intermediate_integration": ("integrand", _FORMULA),
    "number_sorting": ("", re.compile(r"[-+0-9e.,'\"\[\] \n]*")),
    "polynomial_multiplication": ("", _FORMULA),
    "simple_integration": ("integrand", _FORMULA),
}
"""Where in the entry (in its metadata, or its answer) it stands, and what it may be."""


def _shape(pattern: str) -> Guard:
    shape = re.compile(pattern)
    return lambda answer, entry: bool(shape.fullmatch(answer))


def _same_text(answer: str, entry: Mapping[str, Any]) -> bool:
    return "".join(answer.split()).casefold() == "".join(str(entry["answer"]).split()).casefold()


def _same_value(answer: str, entry: Mapping[str, Any]) -> bool:
    return equivalent(answer, str(entry["answer"]), fallback=False).correct


def _same_json(answer: str, entry: Mapping[str, Any]) -> bool:
    return bool(json.dumps(json.loads(answer)) == json.dumps(json.loads(entry["answer"])))


def _same_numbers(answer: str, entry: Mapping[str, Any]) -> bool:
    said, wanted = (
        [Decimal(str(number)) for number in json.loads(text.replace("'", '"'))] for text in (answer, entry["answer"])
    )
    return said == wanted


def _countdown(answer: str, entry: Mapping[str, Any]) -> bool:
    puzzle = entry["metadata"]
    numbers = [int(number) for number in puzzle["numbers"]]
    return verify_countdown(
        f"<answer>{answer}</answer>", {"numbers": numbers, "target": int(puzzle.get("target", 24))}
    ).correct


def _same_probability(answer: str, entry: Mapping[str, Any]) -> bool:
    said, wanted = (Fraction(text.replace(",", "")) for text in (answer, entry["answer"]))
    return abs(said - wanted) <= wanted / 1000


def _knights(answer: str, entry: Mapping[str, Any]) -> bool:
    puzzle = entry["metadata"]
    roles = [str(puzzle["knight_knave_terms"]["knight" if told else "knave"]) for told in puzzle["solution"]]
    names = [str(name) for name in puzzle["names"]]
    return verify_logic(f"<answer>{answer}</answer>", dict(zip(names, roles, strict=True))).correct


def _each_letter_once(answer: str, entry: Mapping[str, Any]) -> bool:
    letters = re.findall(r"(\w+)\s*=", answer)
    return len(letters) == len(set(letters))


_NUMBER = r"[-+]?[0-9]*\.?[0-9]+(?:e[-+]?[0-9]+)?"
_STRICT: dict[str, Guard] = {
    "advanced_geometry": _shape(rf"{_NUMBER} ?°?|\(? ?{_NUMBER} ?, ?{_NUMBER} ?\)?"),
    "coin_flip": _same_probability,
    "countdown": _countdown,
    "cryptarithm": _each_letter_once,
    "fraction_simplification": _shape(r"\$?(?:\\d?frac ?\{?[0-9]+\}? ?\{?[0-9]+\}?|[0-9]+ ?/ ?[0-9]+)\$?"),
    "game_of_life": _same_json,
    "game_of_life_halting": _same_text,
    "gsm_symbolic": _same_value,
    "kakurasu": _shape(r"[01\s,\[\]]*"),
    "knights_knaves": _knights,
    "number_sorting": _same_numbers,
    "polynomial_equations": _shape(rf"\[?{_NUMBER}(?:\s*,\s*{_NUMBER})*\]?"),
    "propositional_logic": _shape(r"[A-Z\s()¬∧∨→↔]*"),
    "puzzle24": _countdown,
    "quantum_lock": _shape(r"[A-C](?:\s*(?:→|->|,|\s)\s*[A-C])*"),
    "rush_hour": _shape(r"[A-Z][+-][0-9]+(?:[\s,]+[A-Z][+-][0-9]+)*"),
    "sokoban": _shape(r"[UDLR\s]*"),
    "survo": _shape(r"[0-9\s]*"),
    "time_intervals": _shape(r"[0-9]+(?: days?)?(?:, *[0-9:.]+)?|[0-9:.]+"),
    **dict.fromkeys(["figlet_font", "letter_jumble", "word_sorting"], _same_text),
}
"""Not named: the datasets whose scorers give the full score to their own answer, or to what they check to the end."""
