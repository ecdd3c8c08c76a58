"""Do two bare answers name the same value? Text first, exact arithmetic next, Math-Verify last."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from ..arithmetic import TooBig
from ..extract import extract_answer
from ..types import Reason, Verdict, need_text
from .fallback import ask_math_verify
from .normal import key, plain
from .number import Quantity, quantity
from .shape import MAX_ITEMS, Shape, shape, told_apart, unsure, without_names, words_only

MAX_CHARS = 10_000
_EXACT = {"proof": "exact"}
_NEVER = {"nan", ".*", "\\nan"}
_SAME = {
    **{"+\\infty": "\\infty", "infinity": "\\infty", "\\{\\}": "\\emptyset", "emptyset": "\\emptyset"},
    **{"dne": "doesnotexist", "notdefined": "undefined", "nosolution": "\\emptyset"},
}
_CHOICE = re.compile(r"(?:(?:option|choice|answer) )?\(?([A-Ja-j])\)?[.:]?", re.IGNORECASE)
_UNITS = {
    **{"centimeter": "cm", "centimetre": "cm", "meter": "m", "metre": "m", "kilometer": "km", "kilometre": "km"},
    **{"millimeter": "mm", "millimetre": "mm", "kilogram": "kg", "gram": "g", "milligram": "mg"},
    **{"in": "inch", "ft": "foot", "feet": "foot", "yd": "yard", "mi": "mile", "dollar": "$"},
    **{"s": "second", "sec": "second", "min": "minute", "h": "hour", "hr": "hour"},
}
_INCH = Fraction(254, 10_000)
_SIZES: dict[str, tuple[str, Fraction | int]] = {
    **{"mm": ("m", Fraction(1, 1000)), "cm": ("m", Fraction(1, 100)), "m": ("m", Fraction(1)), "km": ("m", 1000)},
    **{"inch": ("m", _INCH), "foot": ("m", 12 * _INCH), "yard": ("m", 36 * _INCH), "mile": ("m", 63_360 * _INCH)},
    **{"mg": ("g", Fraction(1, 1000)), "g": ("g", Fraction(1)), "kg": ("g", Fraction(1000))},
    **{"oz": ("oz", 1), "ounce": ("oz", 1), "lb": ("oz", 16), "pound": ("oz", 16)},
    **{"ml": ("l", 1), "l": ("l", 1000), "liter": ("l", 1000), "litre": ("l", 1000)},
    **{"cent": ("cent", 1), "¢": ("cent", 1), "$": ("cent", 100)},
    **{"second": ("s", 1), "minute": ("s", 60), "hour": ("s", 3600), "day": ("s", 86_400), "week": ("s", 604_800)},
}
"""What a unit measures, and how many of the base unit it is."""
_MEASURE = re.compile(
    r"^(?:[a-z]{1,3}|inch|foot|yard|mile|second|minute|hour)(?:\^|/| per |$)|^(?:square|cubic) |gallon|acre"
)
"""A unit of measurement, such as km/h or square feet, rather than the name of a thing."""


def verify_math(completion: str, ground_truth: str | int | float) -> Verdict:
    r"""Score 1 where the completion's answer equals the ground truth.

    >>> verify_math(r"<think>1/2 + 1/4</think> so \boxed{\frac34}", "0.75").score
    1.0
    """
    completion = need_text(completion, "verify_math")
    wanted, fault = _wanted(ground_truth)
    if fault:
        return Verdict(None, Reason.BAD_GROUND_TRUTH, note=fault)
    found = extract_answer(completion)
    if found.answer is None:
        return Verdict(0.0, Reason.NO_ANSWER, note=found.note)
    return equivalent(found.answer, wanted)


def equivalent(answer: str, ground_truth: str | int | float, *, fallback: bool = True) -> Verdict:
    r"""Score 1 where two bare answers are equal; details["proof"] names the level that decided, exact or fallback.

    With fallback=False what needs Math-Verify is UNDECIDED.

    >>> equivalent(r"\frac{50}{100}", "1/2").score, equivalent("0.333", "1/3").score
    (1.0, 0.0)
    """
    answer = need_text(answer, "equivalent")
    wanted, fault = _wanted(ground_truth)
    if fault:
        return Verdict(None, Reason.BAD_GROUND_TRUTH, answer, fault)
    if len(answer) > MAX_CHARS:
        return _wrong(answer, f"the answer has {len(answer)} characters, more than {MAX_CHARS}")
    if not _readable(answer):
        return _wrong(answer, "the answer holds nothing to compare")
    return replace(_compare(answer, wanted, fallback, depth=0), answer=answer)


def _wanted(ground_truth: object) -> tuple[str, str]:
    """The ground truth as text, and what is wrong with it."""
    if isinstance(ground_truth, bool) or not isinstance(ground_truth, (str, int, float)):
        return "", f"the ground truth is {type(ground_truth).__name__}, neither text nor a number"
    if isinstance(ground_truth, int) and ground_truth.bit_length() > MAX_CHARS:
        return "", f"the ground truth has more than {MAX_CHARS} bits"
    wanted = str(ground_truth)
    if len(wanted) > MAX_CHARS:
        return "", f"the ground truth has {len(wanted)} characters, more than {MAX_CHARS}"
    return wanted, "" if _readable(wanted) else f"the ground truth {wanted[:40]!r} holds no answer"


def _readable(text: str) -> bool:
    normal = key(text)
    return (any(map(str.isalnum, normal)) or normal == "\\{\\}") and normal.casefold() not in _NEVER


def _compare(answer: str, wanted: str, fallback: bool, depth: int) -> Verdict:
    """Text, then shape, then exact arithmetic, then Math-Verify."""
    if _same_text(answer, wanted):
        return Verdict(1.0, Reason.CORRECT, details=_EXACT)
    have_shape, want_shape = shape(answer), shape(wanted)
    if depth < 4 and have_shape.kind != "item" and want_shape.kind != "item":
        return _compare_items(have_shape, want_shape, fallback, depth)
    sides = without_names(answer, wanted)
    if sides is None:
        return _wrong("", "the two name different variables")
    if sides != (answer, wanted) and depth < 4:
        return _compare(*sides, fallback, depth + 1)
    if "\\pm" not in answer + wanted and "\\mp" not in answer:
        if (
            want_shape.kind == "item"
            and have_shape.kind in ("list", "set")
            and not re.search(r"[<>=]|\\[lg]eq|\\cup", wanted)
        ):
            return _wrong("", "several answers where the ground truth is one")
        if have_shape.kind == "item" and want_shape.kind in ("list", "set") and not re.search(r"[<>]|\\[lg]eq", wanted):
            return _wrong("", "one answer where the ground truth is several")
    return _compare_values(answer, wanted, fallback)


def _compare_values(answer: str, wanted: str, fallback: bool) -> Verdict:
    try:
        want = quantity(wanted)
    except ZeroDivisionError:
        return Verdict(None, Reason.BAD_GROUND_TRUTH, note="the ground truth divides by zero")
    except TooBig as error:
        return Verdict(None, Reason.UNDECIDED, note=f"the ground truth is out of reach: {error}", details=_EXACT)
    if want is None and words_only(wanted):
        return _wrong("", "not the same words")
    try:
        have = quantity(answer)
    except (ZeroDivisionError, TooBig) as error:
        return _wrong("", f"no honest answer needs this: {error}")
    if want and have:
        return _compare_quantities(have, want)
    apart = told_apart(answer, wanted, want is not None)
    if apart:
        return _wrong("", apart)
    doubt = unsure(answer, wanted)
    if doubt or not fallback:
        return Verdict(None, Reason.UNDECIDED, note=doubt or "exact arithmetic does not decide", details=_EXACT)
    exact = (have.value if have else None, want.value if want else None)
    return ask_math_verify(plain(answer), plain(wanted), exact)


def _compare_items(have: Shape, want: Shape, fallback: bool, depth: int) -> Verdict:
    """Sets and lists match in any order and in full; tuples and intervals one by one."""
    if have.ordered != want.ordered or (have.ordered and have.kind != want.kind):
        return _wrong("", f"{have.kind} is not {want.kind}")
    if len(have.items) != len(want.items) and (have.ordered or "set" not in (have.kind, want.kind)):
        return _wrong("", f"{len(have.items)} parts where the ground truth has {len(want.items)}")
    if len(have.items) > MAX_ITEMS >= len(want.items):
        return _wrong("", f"{len(have.items)} parts, of which most stand more than once")
    if len(want.items) > MAX_ITEMS:
        return Verdict(None, Reason.UNDECIDED, note=f"more than {MAX_ITEMS} parts", details=_EXACT)
    if have.ordered:
        pairs = [[(a, w)] for a, w in zip(have.items, want.items, strict=True)]
    else:
        pairs = [[(a, w) for w in want.items] for a in have.items] + [[(a, w) for a in have.items] for w in want.items]
    known: dict[tuple[str, str, bool], Verdict] = {}

    def said(pair: tuple[str, str], ask: bool) -> Verdict:
        place = (*pair, ask)
        if place not in known:
            decided = ask and said(pair, False).score is not None
            known[place] = known[(*pair, False)] if decided else _compare(*pair, ask, depth + 1)
        return known[place]

    proof = "exact"
    for ask in (False, True) if fallback else (False,):  # what is wrong for sure needs no slow question
        for choices in pairs:
            verdicts: list[Verdict] = []
            for pair in choices:
                verdicts.append(said(pair, ask))
                if verdicts[-1].correct:
                    break
            undecided = [verdict for verdict in verdicts if verdict.score is None]
            if verdicts[-1].correct:
                proof = "fallback" if verdicts[-1].details.get("proof") == "fallback" else proof
            elif not undecided:
                return _wrong("", f"a part is missing or wrong: {choices[0][0][:40]}")
            elif ask or not fallback:
                return Verdict(None, Reason.UNDECIDED, note=undecided[0].note, details={"proof": "fallback"})
    return Verdict(1.0, Reason.CORRECT, details={"proof": proof})


def _same_text(answer: str, wanted: str) -> bool:
    have, want = key(answer), key(wanted)
    if have == want:
        return True
    choice, wanted_choice = _CHOICE.fullmatch(plain(answer)), _CHOICE.fullmatch(plain(wanted))
    if choice and wanted_choice and words_only(wanted):
        return choice[1].upper() == wanted_choice[1].upper()
    if words_only(wanted) or "\\text" in wanted:
        have, want = have.casefold(), want.casefold()
    have, want = (
        have.replace(" ", "") if words_only(wanted) else have,
        want.replace(" ", "") if words_only(wanted) else want,
    )
    have, want = (_SAME.get(text.casefold().replace(" ", ""), text) for text in (have, want))
    return have == want


def _compare_quantities(have: Quantity, want: Quantity) -> Verdict:
    mine, theirs = _unit(have.unit), _unit(want.unit)
    if ("base" in (mine, theirs)) and mine != theirs:
        return _wrong("", "a base is written on one side alone")
    if mine and theirs and mine != theirs:
        (kind, size), (wanted_kind, wanted_size) = _SIZES.get(mine, (mine, 1)), _SIZES.get(theirs, (theirs, 1))
        if kind == wanted_kind and have.value * size == want.value * wanted_size:
            return Verdict(1.0, Reason.CORRECT, details=_EXACT)
        if _MEASURE.search(mine) and _MEASURE.search(theirs) and not {mine, theirs} <= _SIZES.keys():
            note = f"{mine} and {theirs} are not converted"
            return Verdict(None, Reason.UNDECIDED, note=note, details=_EXACT)
        return _wrong("", f"another value in {mine} than in {theirs}")
    values = [have.value]
    if theirs == "%" and not mine:
        values.append(have.value * 100)  # 50% may be answered as 50, 0.5 or 1/2
    if any(value == want.value or _rounds_to(value, have.decimals, want) for value in values):
        return Verdict(1.0, Reason.CORRECT, details=_EXACT)
    return _wrong("", "another value")


def _rounds_to(value: Fraction, decimals: int | None, want: Quantity) -> bool:
    """Whether an exact or longer value rounds to the decimal that the ground truth writes.

    One significant digit is no rounding: 0.0999 is not 0.1.
    """
    if not want.decimals or want.digits < 2 or (decimals is not None and decimals <= want.decimals):
        return False
    half = Fraction(1, 2 * 10**want.decimals)
    away = abs(value) - abs(want.value)
    return value * want.value > 0 and -half <= away < half


def _unit(name: str) -> str:
    name = " ".join(name.split()).replace(" ^", "^").replace("{", "").replace("}", "")
    if len(name) > 3 and name.endswith(("xes", "ches", "shes", "sses")):
        name = name[:-2]
    elif len(name) > 3 and name.endswith("s") and not name.endswith("ss"):
        name = name[:-1]
    return _UNITS.get(name, name)


def _wrong(answer: str, note: str) -> Verdict:
    return Verdict(0.0, Reason.WRONG, answer, note, _EXACT)
