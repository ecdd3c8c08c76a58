"""Laws of the math verifier, for every kind of answer, on values whose truth is built in (`tests/math_answers.py`)."""

import asyncio
import multiprocessing
import pickle
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.answers.math_terms import value
from tests.math_answers import (
    FORMULAS,
    GROUND_TRUTH_DECIDES,
    KINDS,
    any_pair,
    kinds,
    noises,
    of_kind,
    pairs,
    randoms,
    right_pairs,
    wrong_pairs,
)
from tests.strategies import anything
from verifiers import Reason, verify_math
from verifiers.math import equivalent

decide = partial(equivalent, fallback=False)
each_kind = pytest.mark.parametrize("kind", sorted(KINDS))
CPU_S = 2.0  # a thousand times the usual; what is not bounded takes minutes
PLACES = [{"x": 1.37, "y": 0.58, "t": 0.83, "n": 2.3, "a": 1.91, "b": 0.77, "m": 1.13}]
PLACES += [{"x": -11.7, "y": 2.2, "t": 1.21, "n": 1.7, "a": 0.43, "b": 1.3, "m": 2.9}]
PLACES += [{**PLACES[0], "x": 12.3}]
NESTS = [
    "(",
    "[",
    "{",
    "\\{",
    "\\frac{1}{",
    "\\sqrt{",
    "\\left(",
    "-",
    "2^{",
    "x=",
    "|",
    "\\text{",
    "1,",
    "\\boxed{",
    "$",
]


@each_kind
@given(data=st.data())
def test_a_value_equals_itself_in_any_spelling(kind, data):
    answer, ground_truth = data.draw(right_pairs(kind))
    verdict = decide(answer, ground_truth)
    assert verdict.correct
    assert verdict.details["proof"] in {"exact", "numeric"}


@each_kind
@given(data=st.data())
def test_a_near_miss_is_never_accepted(kind, data):
    answer, ground_truth = data.draw(wrong_pairs(kind))
    assert not decide(answer, ground_truth).correct


@given(kind=kinds, data=st.data())
def test_every_spelling_equals_itself(kind, data):
    text = data.draw(st.sampled_from(data.draw(of_kind(kind)).spellings))
    assert decide(text, text).correct


@given(kind=st.sampled_from(sorted(KINDS.keys() - GROUND_TRUTH_DECIDES)), right=st.booleans(), data=st.data())
def test_swapping_changes_nothing_where_the_ground_truth_decides_nothing(kind, right, data):
    one, other = data.draw((right_pairs if right else wrong_pairs)(kind))
    assert decide(one, other).correct == decide(other, one).correct == right


@given(kind=kinds, right=st.booleans(), data=st.data())
def test_noise_around_an_answer_changes_nothing(kind, right, data):
    answer, ground_truth = data.draw((right_pairs if right else wrong_pairs)(kind))
    quiet = decide(answer, ground_truth)
    noisy = data.draw(st.sampled_from(noises(answer, kind if right else "")))
    assert decide(noisy, ground_truth).correct == quiet.correct
    assert decide(answer, data.draw(st.sampled_from(noises(ground_truth)))).correct == quiet.correct


@st.composite
def damaged(draw: st.DrawFn) -> str:
    """A spelling with a piece cut out, doubled or put elsewhere."""
    text = draw(st.sampled_from(draw(of_kind(draw(kinds))).spellings))
    one, two, three = sorted(draw(st.tuples(*[st.integers(0, len(text))] * 3)))
    return draw(st.sampled_from([text[:one] + text[two:], text[:two] + text[one:], text[two:three] + text[:two]]))


nested = st.builds("{0}{1}".format, st.builds(str.__mul__, st.sampled_from(NESTS), st.integers(1, 3000)), anything)


@given(answer=anything | damaged() | nested, ground_truth=anything | damaged() | nested)
@example("10^{10^{10}}", "9")
@example("\\cos(10^{10^{10}})", "x")
@example("(1+x)^{9999}", "(x+1)^{9998}(1+x)")
@example("+".join(f"\\sqrt{{{n}}}" for n in range(2, 60)), "x")
@example("\\binom{10^9}{5\\cdot10^8}", "\\binom{10^9}{5\\cdot10^8-1}")
@example("(" * 4000 + "1" + ")" * 4000, "1")
@example("9" * 9000, "9" * 8999 + "8")
@example("(x+y+z+a+b+c+d)^{40}", "(x+y+z+a+b+c+d)^{39}")
def test_any_two_texts_are_decided_in_bounded_time(answer, ground_truth):
    start = time.thread_time()
    verdict = decide(answer, ground_truth)
    assert time.thread_time() - start < CPU_S
    assert verdict.score in (0.0, 1.0) or verdict.reason in {Reason.UNDECIDED, Reason.BAD_GROUND_TRUTH}


def drawn(count: int) -> list[tuple[str, str]]:
    rng = Random(20)
    return [pairs(rng, sorted(KINDS)[index % len(KINDS)])[:2] for index in range(count)]


def test_eight_threads_say_what_one_says():
    some = drawn(2 * len(KINDS))
    alone = [decide(*pair) for pair in some]
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda order: [decide(*some[at]) for at in order], orders(len(some), 8)))
    for order, verdicts in zip(orders(len(some), 8), runs, strict=True):
        assert verdicts == [alone[at] for at in order]


def orders(count: int, how_many: int) -> list[list[int]]:
    """The same order from different starting points, so that threads meet in different places."""
    return [[(at + start * count // how_many) % count for at in range(count)] for start in range(how_many)]


def test_an_event_loop_hears_what_a_plain_call_hears():
    some = drawn(len(KINDS))

    async def inside(answer, ground_truth):
        return decide(answer, ground_truth)

    async def all_of_them():
        here = await asyncio.gather(*(inside(*pair) for pair in some))
        aside = await asyncio.gather(*(asyncio.to_thread(decide, *pair) for pair in some))
        return here, aside

    here, aside = asyncio.run(all_of_them())
    assert here == aside == [decide(*pair) for pair in some]


def test_another_process_says_the_same_and_its_verdicts_travel():
    some = drawn(len(KINDS))
    verdicts = [decide(*pair) for pair in some]
    assert pickle.loads(pickle.dumps(verdicts)) == verdicts
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert list(pool.map(decide, *zip(*some, strict=True), chunksize=len(some))) == verdicts


@settings(max_examples=20)
@given(pair=any_pair())
def test_a_box_in_a_completion_is_judged_as_its_answer_with_the_fallback_too(pair):
    answer, ground_truth, right, _ = pair
    completion = f"<think>\\boxed{{0}} or so</think> Hence \\boxed{{{answer}}}"
    assert verify_math(completion, ground_truth).correct == right


@pytest.mark.parametrize("family", sorted(FORMULAS.keys() - {"huge"}))  # beyond a float
@given(rng=randoms)
def test_the_labels_of_formulas_are_true(family, rng):
    equal, others = FORMULAS[family](rng)
    for place in PLACES[: 1 if family in {"exponential", "power"} else 2] + PLACES[2:]:
        one = value(equal[0], place)
        assert all(abs(value(term, place) - one) <= 1e-9 * max(1, abs(one)) for term in equal)
    for term in others:
        assert any(
            abs(value(term, place) - value(equal[0], place)) > 1e-9 * abs(value(term, place)) for place in PLACES
        )
