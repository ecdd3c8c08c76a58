"""Math-Verify in a worker process, which its clock kills: never a signal, never in the caller's process."""

from __future__ import annotations

import signal
from fractions import Fraction

from ..limited import limited
from ..types import Reason, Verdict
from ..worker import (
    CallFailed,
    CallTimeout,
    NotSendable,
    Worker,
    WorkerFailed,
    borrow,
    give_back,
    pack,
    refuse_while_loading,
)

CPU_S = 3
"""CPU time decides, so that a busy machine does not change a verdict."""
WALL_S = 60.0
"""The backstop, for a worker that sleeps or a machine that crawls."""
MEMORY_MB = 4096
MAX_TEXT = 1_000


def ask_math_verify(answer: str, ground_truth: str, exact: tuple[Fraction | None, Fraction | None]) -> Verdict:
    """Math-Verify's opinion as a verdict; exact holds the two values where they are known to be rational."""
    details = {"proof": "fallback"}
    if len(answer) > MAX_TEXT >= len(ground_truth):
        return Verdict(0.0, Reason.WRONG, answer, f"no honest answer needs more than {MAX_TEXT} characters", details)
    if len(ground_truth) > MAX_TEXT:
        note = f"neither text equality nor exact arithmetic decides, and more than {MAX_TEXT} characters go no further"
        return Verdict(None, Reason.UNDECIDED, answer, note, details)
    worker: Worker | None = None
    try:
        refuse_while_loading()
        worker = borrow()
        said: str = worker.call(pack(math_verify_says), (answer, ground_truth, exact), WALL_S)
    except CallTimeout:
        return Verdict(None, Reason.UNDECIDED, answer, f"Math-Verify had no verdict after {WALL_S:g} s", details)
    except NotSendable as error:  # the worker cannot import this module
        return Verdict(None, Reason.VERIFIER_FAILED, answer, str(error), details)
    except CallFailed as error:
        return Verdict(None, Reason.UNDECIDED, answer, f"Math-Verify raised {error}", details)
    except WorkerFailed as error:
        used_up = error.status in (-signal.SIGXCPU, -signal.SIGKILL)
        if used_up and exact[1] is not None:  # against a plain number, the answer is what takes so long
            return Verdict(0.0, Reason.WRONG, answer, f"no honest answer needs {CPU_S} s of CPU time", details)
        if used_up:
            return Verdict(None, Reason.UNDECIDED, answer, f"Math-Verify used up {CPU_S} s of CPU time", details)
        return Verdict(None, Reason.VERIFIER_FAILED, answer, str(error), details)
    finally:
        if worker is not None:
            give_back(worker)
    if said == "equal":
        return Verdict(1.0, Reason.CORRECT, answer, details=details)
    if said == "ground truth":
        return Verdict(None, Reason.BAD_GROUND_TRUTH, answer, "Math-Verify cannot read the ground truth", details)
    return Verdict(0.0, Reason.WRONG, answer, f"Math-Verify: {said}", details)


def math_verify_says(answer: str, ground_truth: str, exact: tuple[Fraction | None, Fraction | None]) -> str:
    """Runs in the worker: "equal", "ground truth" where that cannot be read, or what tells the two apart."""
    import logging

    import math_verify

    logging.getLogger("math_verify").setLevel(logging.CRITICAL)
    with limited(CPU_S, MEMORY_MB):
        truth_parsed = math_verify.parse(f"${ground_truth}$", parsing_timeout=None)
        if not truth_parsed:
            return "ground truth"
        answer_parsed = math_verify.parse(f"${answer}$", parsing_timeout=None)
        if not answer_parsed:
            return "the answer cannot be read"
        if not math_verify.verify(truth_parsed, answer_parsed, strict=True, timeout_seconds=None):
            return "not equal"
        return "equal" if _equal_to_40_digits(truth_parsed[0], answer_parsed[0], exact) else "equal to six digits only"


def _equal_to_40_digits(truth: object, answer: object, exact: tuple[Fraction | None, Fraction | None]) -> bool:
    """Math-Verify rounds to six decimals, by which 1/2^99 is 1/2^98; two numbers must agree further."""
    import sympy

    pair = []
    for parsed, known in zip((answer, truth), exact, strict=True):
        number = parsed if known is None else sympy.Rational(known.numerator, known.denominator)
        if not isinstance(number, sympy.Expr) or number.free_symbols:
            return True  # not two numbers: nothing was rounded
        pair.append(number)
    digits = 12 if any(number.has(sympy.Float) for number in pair) else 40
    first, second = (sympy.N(number, 60) for number in pair)
    if not (first.is_number and second.is_number and first.is_finite and second.is_finite):
        return True
    return bool(abs(first - second) <= max(abs(first), abs(second)) * sympy.Float(10, 60) ** -digits)
