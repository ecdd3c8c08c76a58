"""Facts of lengths, and of repetition."""

import pickle
from functools import partial

import pytest

from verifiers import Reason, Verdict, verify_batch, verify_math, weighted
from verifiers.length import (
    Tokenized,
    cosine_length,
    cosine_reward,
    no_repetition,
    repeated,
    repetition_penalties,
    soft_overlong,
    soft_overlong_penalty,
    text_units,
)

DAPO = {"max_tokens": 20_480, "buffer": 4_096}
overlong = soft_overlong(max_tokens=8, buffer=4)


@pytest.mark.parametrize(
    ("length", "penalty"), [(16_384, 0), (16_385, -1 / 4096), (20_479, -4095 / 4096), (20_480, -1)]
)
def test_dapos_equation_13(length, penalty):
    assert soft_overlong_penalty(length, **DAPO) == penalty
    assert soft_overlong(**DAPO)("", tokens=length).score == 1 + penalty


@pytest.mark.parametrize(
    ("length", "right", "wrong"), [(0, 2, -10), (250, 1 + 0.8535533905932737, -8.535533905932738), (500, 1.5, -5)]
)
def test_the_cosine_runs_from_the_first_value_to_the_second(length, right, wrong):
    assert cosine_reward(length, True, max_tokens=1000) == pytest.approx(right)
    assert cosine_reward(length, False, max_tokens=1000) == pytest.approx(wrong)
    assert cosine_reward(length, None, max_tokens=1000) is None


def test_a_completion_that_was_cut_off_gets_the_value_for_that():
    for correct in (True, False):
        assert cosine_reward(1000, correct, max_tokens=1000) == -10
        assert cosine_reward(1500, correct, max_tokens=1000) == -10
        assert cosine_reward(2000, correct, max_tokens=1000, exceeding=-3) == -3


def test_no_score_stays_no_score():
    verdict = cosine_length(verify_math, max_tokens=1000)(r"\boxed{4}", "")
    assert verdict.score is None
    assert verdict.reason is Reason.BAD_GROUND_TRUTH
    assert verdict.details["value"] is None
    assert weighted(length=(12.0, cosine_length(verify_math, max_tokens=1000)))(r"\boxed{4}", "").value is None


def half(completion: str, ground_truth: object) -> Verdict:
    return Verdict(0.5, Reason.WRONG)


def test_a_part_of_the_score_is_not_right():
    assert cosine_length(half, max_tokens=1000)("", "", tokens=0).score == 0


def test_weighted_adds_up_to_the_papers_values_less_what_all_have_in_common():
    length = cosine_length(verify_math, max_tokens=1000)
    reward = weighted(length=(length.span, length))
    for tokens, box, value in ((500, 4, 1.5), (500, 5, -5), (1000, 4, -10), (0, 4, 2)):
        completion = Tokenized(f"\\boxed{{{box}}}", range(tokens))
        assert reward(completion, "4").value + length.lowest == pytest.approx(value)
    dapo = weighted(math=(2.0, verify_math), length=(1.0, overlong))
    assert dapo(Tokenized(r"\boxed{4}", range(6)), "4").value - 2 == 1 - 0.5
    assert dapo(Tokenized(r"\boxed{5}", range(4)), "4").value - 2 == -1


def test_tokens_come_with_the_completion_or_the_call_or_a_tokenizer():
    text = "so it is four"
    assert overlong(text).details == {"length": 4, "unit": "text units", "penalty": 0}
    assert overlong(Tokenized(text, [1] * 6)).details == {"length": 6, "unit": "tokens", "penalty": -0.5}
    assert overlong(text, tokens=[1] * 6).score == overlong(text, tokens=6).score == 0.5
    assert overlong(Tokenized(text, [1]), tokens=6).score == 0.5
    assert soft_overlong(max_tokens=8, buffer=4, count=list)(text).score == 0  # a tokenizer that knows letters alone
    assert partial(overlong, tokens=5)(text, "4").score == 0.75


def test_tokens_survive_pickling_and_worker_processes():
    completion = Tokenized("so", [1] * 6)
    again = pickle.loads(pickle.dumps(completion))
    assert (again, again.tokens) == (completion, completion.tokens)
    for verifier in (overlong, no_repetition(), cosine_length(verify_math, max_tokens=9)):
        assert pickle.loads(pickle.dumps(verifier)) == verifier
    assert [verdict.score for verdict in verify_batch(overlong, [completion, "so"], [None, None])] == [0.5, 1]


def test_the_algorithm_of_the_repetition_penalty():
    assert repetition_penalties([1, 2, 3, 1, 2, 4, 1, 2], n=2) == [0, 0, 0, -0.05, -0.05, 0, -0.05, -0.05]
    assert repeated("aaaa", 2) == [False, True, True, True]  # runs may overlap
    assert repeated("abab", 3) == [False] * 4
    assert repeated("ab", 40) == [False] * 2
    assert repeated([], 1) == []
    assert no_repetition(n=2)("", tokens=[1, 2, 3, 1, 2, 4, 1, 2]).score == 0.5
    assert no_repetition()("").score == 1


@pytest.mark.parametrize(
    ("text", "count"),
    [
        *(("four words of English", 4), ("四十二", 3), ("よんじゅうに", 6), ("สี่สิบสอง", 9), ("Привет, мир!", 4)),
        *(
            ("x" * 120, 10),
            ("\n" * 24, 2),
            ("", 0),
            (" ", 0),
            ("a b", 2),
            ("答案是42。", 5),
            ("사십이", 1),
            ("🙂🙂", 2),
        ),
        *(("\u200b\u200b", 2), ("Donaudampfschifffahrt", 2)),
    ],
)
def test_text_units_of_any_language(text, count):
    assert len(text_units(text)) == count


@pytest.mark.parametrize(
    "build",
    [
        lambda: soft_overlong(max_tokens=8, buffer=9),
        lambda: soft_overlong(max_tokens=0, buffer=1),
        lambda: soft_overlong(max_tokens=8, buffer=0),
        lambda: soft_overlong(max_tokens=8.5, buffer=1),
        lambda: soft_overlong(max_tokens=True, buffer=True),
        lambda: no_repetition(n=0),
        lambda: cosine_length("math", max_tokens=8),
        lambda: cosine_length(verify_math, max_tokens=8, right=(0, -1)),
        lambda: cosine_length(verify_math, max_tokens=8, exceeding=3),
        lambda: cosine_length(verify_math, max_tokens=8, wrong=(float("nan"), 0)),
        lambda: overlong(None),
        lambda: overlong(b"so"),
        lambda: overlong("so", tokens="so"),
        lambda: overlong("so", tokens=-1),
        lambda: overlong("so", tokens=True),
        lambda: no_repetition()("so", tokens=3),
    ],
)
def test_a_callers_mistake_is_an_error_at_once(build):
    with pytest.raises((TypeError, ValueError)):
        build()


def test_token_ids_may_be_an_array():
    torch = pytest.importorskip("torch")
    looping = Tokenized("so so so", torch.tensor([7] * 400))
    assert looping.tokens == (7,) * 400
    assert no_repetition()(looping).score < 0.1
