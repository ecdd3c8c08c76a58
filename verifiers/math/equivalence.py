"""Texts to a verdict: the same text, the same choice, the same value; Math-Verify last."""

from __future__ import annotations

import functools
import re
from dataclasses import replace
from fractions import Fraction

from ..extract import extract_answer
from ..types import Reason, Verdict, need_text
from .answer import read
from .choices import is_letter, same_letters, wanted_letter
from .compare import compare
from .evaluate import TooBig, Unknown
from .fallback import ask_math_verify
from .functions import has_value
from .phrases import bare
from .said import Said
from .tree import INFINITY, VALUES, Node, Unreadable, nodes, symbols
from .values import MAX_HEIGHT, exact, exactly, height
from .words import fold, without_article

MAX_CHARS = 10_000
_NEVER = {"nan", ".*", "\\nan", "x=x", "null"}
_WHOLE = re.compile(r"-?[0-9]{1,18}")
"""What most answers and ground truths are."""
_PLAIN = re.compile(
    r"(-?)(?:(?:[0-9]{1,18}|[1-9][0-9]{0,2}(?:(?:,|\{,\}|,\\!)[0-9]{3}){1,5})((?:\.[0-9]{1,18})?)"
    r"|\\[dt]?frac\{([0-9]{1,9})\}\{([0-9]{1,9})\})"
)
"""A number written out in digits, or a fraction of two."""
_THREE = re.compile(r"\d,\d{3}(?!\d)")
"""What may be one number, or two."""
_COMPARABLE = VALUES | {"tuple", "list", "set"}
_EXACT = {"proof": "exact"}
_EMPTY_SET = re.compile(r"[\s$]*(?:\\left\s*)?\\?\{\s*(?:\\right\s*)?\\?\}[\s$.]*")


class BadGroundTruth(ValueError):
    """The ground truth has no value."""


def verify_math(completion: str, ground_truth: str | int | float) -> Verdict:
    r"""Score 1 where the completion's answer equals the ground truth.

    The ground truth is TeX, plain mathematics or a number, or a solution of GSM8K's, which ends with one: `#### 72`.
    Score None where it has no value or nothing decides.
    details["proof"] is exact, numeric or fallback. Raises TypeError where the completion is no text.

    >>> verify_math(r"<think>1/2 + 1/4</think> so \boxed{\frac34}", "0.75").score
    1.0
    """
    completion = need_text(completion, "verify_math")
    if not (isinstance(ground_truth, str) and _WHOLE.fullmatch(ground_truth)):
        ground_truth, fault = _wanted(_ending(ground_truth))
        if fault:
            return Verdict(None, Reason.BAD_GROUND_TRUTH, note=fault)
    found = extract_answer(completion)
    if found.answer is None:
        return Verdict(0.0, Reason.NO_ANSWER, note=found.note)
    return equivalent(found.answer, ground_truth)


def equivalent(answer: str, ground_truth: str | int | float, *, fallback: bool = True) -> Verdict:
    r"""Score 1 where two bare answers are equal; details["proof"] says what decided: exact, numeric or fallback.

    With fallback=False what only Math-Verify could decide is UNDECIDED. Score None where the ground truth has no value
    or nothing decides. Raises TypeError where the answer is no text.

    >>> equivalent(r"\frac{50}{100}", "1/2").score, equivalent("0.333", "1/3").score
    (1.0, 0.0)
    """
    answer = need_text(answer, "equivalent")
    if isinstance(ground_truth, str) and _WHOLE.fullmatch(answer) and _WHOLE.fullmatch(ground_truth):
        return _right(answer) if int(answer) == int(ground_truth) else _wrong(answer, "another value")
    if isinstance(ground_truth, str) and (both := _both_plain(answer, ground_truth)):
        return _right(answer) if both[0] == both[1] else _wrong(answer, "another value")
    wanted, fault = _wanted(ground_truth)
    if fault:
        return Verdict(None, Reason.BAD_GROUND_TRUTH, answer, fault)
    if len(answer) > MAX_CHARS:
        return _wrong(answer, f"the answer has {len(answer)} characters, more than {MAX_CHARS}")
    if answer == wanted:
        return _right(answer)
    if not _readable(answer):
        return _wrong(answer, "the answer holds nothing to compare")
    try:
        said = judge(answer, wanted)
    except BadGroundTruth as error:
        return Verdict(None, Reason.BAD_GROUND_TRUTH, answer, str(error))
    except (LookupError, TypeError, AttributeError, MemoryError) as error:  # a fault of this package
        return Verdict(None, Reason.VERIFIER_FAILED, answer, f"{type(error).__name__}: {error}")
    if said.equal is not None:
        score, reason = (1.0, Reason.CORRECT) if said.equal else (0.0, Reason.WRONG)
        return Verdict(score, reason, answer, said.why, {"proof": said.proof})
    if not fallback or not _for_the_fallback(answer, wanted):
        return Verdict(None, Reason.UNDECIDED, answer, said.why, {"proof": "exact"})
    return replace(ask_math_verify(answer, wanted, (_rational(answer), _rational(wanted))), answer=answer)


def _both_plain(answer: str, wanted: str) -> tuple[Fraction, Fraction] | None:
    """The two numbers, where both are just that; None where more than their values may count."""
    have, want = _plain(answer.removesuffix("%").removesuffix("\\")), _plain(wanted)
    if have is None or want is None or "." in wanted or ("," in answer and "," in wanted):
        return None  # a decimal ground truth takes what rounds to it, and 1,000 may be a list
    return have, want


@functools.lru_cache(maxsize=4096)
def _plain(text: str) -> Fraction | None:
    found = _PLAIN.fullmatch(text)
    if found is None:
        return None
    if found[3]:
        return Fraction(int(found[1] + found[3]), int(found[4])) if int(found[4]) else None
    return Fraction(re.sub("[^0-9.-]", "", text))


def _for_the_fallback(answer: str, wanted: str) -> bool:
    """Whether both are values in the same variables: of what we cannot read, Math-Verify compares a piece."""
    try:
        have, want = read(bare(answer)), read(bare(wanted))
    except Unreadable:
        return False
    plain = all(part.kind in _COMPARABLE for node in (have, want) for part in (node, *node.args))
    return plain and symbols(have) == symbols(want)


def judge(answer: str, wanted: str) -> Said:
    """What we say without the fallback. Raises BadGroundTruth."""
    answer, wanted = bare(answer), bare(wanted)
    if answer == wanted:
        return Said(True, "exact", "the same text")
    if letter := wanted_letter(wanted):
        return Said(is_letter(answer, letter), "exact", "choices are compared by their letter")
    if (same := same_letters(answer, wanted)) is not None:
        return Said(same, "exact", "choices are compared by their letters")
    words = _only_words(wanted)
    if words and without_article(fold(answer), answer) == words:
        return Said(True, "exact", "the same words")
    if len(words) > 2 and wanted.isalpha() and answer.isalpha():
        return Said(False, "exact", "words are compared as words")
    try:
        want = read(wanted)
    except Unreadable as error:
        return Said(None, "exact", f"the ground truth cannot be read: {error}")
    try:
        have = read(answer)
    except Unreadable as error:
        if _undefined(want):
            raise BadGroundTruth("the ground truth divides by zero") from error
        return Said(False, "exact", f"the answer cannot be read: {error}")
    said_first = _safely(have, want)
    if have.kind == "text" and _undefined(want):
        raise BadGroundTruth("the ground truth divides by zero")
    short = len(answer) + len(wanted) < 400
    if said_first.equal or not (short and "," in answer and "," in wanted and _THREE.search(answer + " " + wanted)):
        return said_first
    for one, other in ((False, True), (True, False)):  # 1,000 may be a list to one of the two, and then in its order
        try:
            have, want = read(answer, one), read(wanted, other)
        except Unreadable:
            continue
        if have.kind == want.kind == "list":
            said_again = _safely(have._replace(kind="tuple", value="()"), want._replace(kind="tuple", value="()"))
            if said_again.equal:
                return said_again
    return said_first


@functools.lru_cache(maxsize=1024)
def _only_words(wanted: str) -> str:
    """The words of the ground truth if it is nothing but letters."""
    folded = without_article(fold(wanted), wanted)
    return folded if folded.isalpha() and len(folded) > 1 else ""


def _safely(have: Node, want: Node) -> Said:
    try:
        return compare(have, want)
    except TooBig as error:
        if _too_big(want) or any(part.kind == "big" for part in nodes(want)):
            return Said(None, "exact", f"the ground truth is out of reach: {error}")
        return Said(False, "exact", f"no honest answer needs this: {error}")
    except RecursionError:
        return Said(None, "exact", "nested too deeply")
    except (Unknown, ZeroDivisionError, OverflowError, ValueError) as error:
        if _undefined(want):
            raise BadGroundTruth("the ground truth divides by zero") from error
        integrals = [part for part in nodes(have) if part.kind == "big" and part.value == "int"]
        if any(INFINITY not in part.args for part in integrals) and exactly(want) is not None:
            return Said(False, "exact", "an integral that does not settle")
        if _undefined(have):
            return Said(False, "exact", "the answer divides by zero")
        if not symbols(want) and _valueless(want):
            raise BadGroundTruth("the ground truth has no value") from error
        if _valueless(have):
            return Said(False, "exact", "the answer has no value")
        return Said(None, "exact", f"no arithmetic decides: {error}")


def _too_big(node: Node) -> bool:
    for part in nodes(node):
        if part.kind in VALUES and not symbols(part):
            try:
                exact(part)
            except TooBig:
                return True
            except (ArithmeticError, ValueError):
                if height(part) > MAX_HEIGHT:
                    return True
    return False


def _valueless(node: Node) -> bool:
    """Whether any number in it has no value at all: the logarithm of 0, the factorial of -1, ∞ - ∞."""
    return any(
        part.kind in VALUES
        and not any(below.kind in ("big", "dots", "diff") for below in nodes(part))
        and part != INFINITY
        and not has_value(part)
        for part in (node, *node.args)
    )


def _undefined(node: Node) -> bool:
    """Whether any number in it divides by zero."""
    for part in nodes(node):
        if part.kind in ("div", "pow") and not symbols(part):
            try:
                exact(part)
            except ZeroDivisionError:
                return True
            except (ArithmeticError, ValueError):
                continue
    return False


def _rational(text: str) -> Fraction | None:
    try:
        value: Fraction | None = exactly(read(text))
    except Unreadable:
        return None
    return value


def _ending(ground_truth: object) -> object:
    """What stands behind `#### ` in the last line, if that begins so."""
    last = ground_truth.rstrip().rpartition("\n")[2] if isinstance(ground_truth, str) else ""
    return last[5:].strip() if last.startswith("#### ") else ground_truth


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


@functools.lru_cache(maxsize=4096)
def _readable(text: str) -> bool:
    folded = fold(text)
    if folded in _NEVER:
        return False
    return any(map(str.isalnum, folded)) or bool(_EMPTY_SET.fullmatch(text)) or "∅" in text or "∞" in text


def _right(answer: str) -> Verdict:
    return Verdict(1.0, Reason.CORRECT, answer, "equal", _EXACT)


def _wrong(answer: str, note: str) -> Verdict:
    return Verdict(0.0, Reason.WRONG, answer, note, _EXACT)
