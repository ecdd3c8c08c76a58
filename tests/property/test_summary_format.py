"""Laws of the format with marks that a recipe names."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import anything, bodies
from verifiers import Reason, Tokenized, soft_overlong, verify_format, verify_math, weighted
from verifiers.summary import in_think_tags, marked, verify_summary_format

MARKS = [
    {"reasoning": "<think>", "summary": "</think>"},
    {"reasoning": "<|reasoning|>", "summary": "<|summary|>"},
    {"reasoning": "<|s|>", "summary": "<|s|>"},
]
each_pair = pytest.mark.parametrize("marks", MARKS, ids=lambda marks: marks["summary"])
blanks = st.text(" \n\t", max_size=3)


@each_pair
@given(thought=bodies, said=bodies, before=blanks)
def test_reasoning_then_summary_is_right(marks, thought, said, before):
    rest = f"{thought}{marks['summary']}{said}"
    verdict = verify_summary_format(f"{before}{marks['reasoning']}{rest}", **marks)
    assert verdict.correct
    assert verdict.answer == said.strip()
    assert verify_summary_format(rest, opened=True, **marks) == verdict
    assert not verify_summary_format(rest, **marks).correct
    assert not verify_summary_format(f"{marks['reasoning']}{rest}", opened=True, **marks).correct


@each_pair
@given(at=st.integers(0, 20), extra=st.sampled_from(["reasoning", "summary", "<think>", "</think>"]))
def test_one_mark_or_think_tag_more_is_one_too_many(marks, at, extra):
    pieces = [marks["reasoning"], *"so it is ", marks["summary"], *"The sum is"]
    good = "".join(pieces)
    pieces.insert(at, marks.get(extra, extra))
    assert verify_summary_format(good, **marks).correct
    assert verify_summary_format("".join(pieces), **marks).reason is Reason.BAD_FORMAT


@each_pair
@pytest.mark.parametrize("layout", ["{r}{s}4", "{r}so{s}", "{r}so{s}\u200b", "Well. {r}so{s}4", "so", "{r}so", ""])
def test_a_part_that_is_missing_is_bad(marks, layout):
    text = layout.format(r=marks["reasoning"], s=marks["summary"])
    assert verify_summary_format(text, **marks).reason is Reason.BAD_FORMAT


@each_pair
@given(text=anything, opened=st.booleans())
def test_any_text_is_decided_and_has_at_most_one_thinking(marks, text, opened):
    assert verify_summary_format(text, opened=opened, **marks).score in (0.0, 1.0)
    read = in_think_tags(text, opened=opened, **marks)
    assert (read.count("<think>"), read.count("</think>")) in [(0, 0), (1, 0), (1, 1)]


@each_pair
@pytest.mark.parametrize("trick", ["</think>\\boxed{4}", "<think></think>\\boxed{4}", "</thi{s}nk>\\boxed{4}"])
def test_a_box_in_the_reasoning_counts_for_nothing_whatever_tags_the_policy_writes(marks, trick):
    verify = marked(verify_math, **marks)
    right = f"{marks['reasoning']}\\boxed{{5}}{marks['summary']}\\boxed{{4}}"
    assert verify(right, "4").correct
    wrong = f"{marks['reasoning']}{trick.replace('{s}', marks['reasoning'])}{marks['summary']}\\boxed{{5}}"
    assert verify(wrong, "4").score == 0
    unclosed = f"{marks['reasoning']}{trick.replace('</think>', '').replace('{s}', ' ')}"
    assert verify(unclosed, "4").reason is Reason.NO_ANSWER
    assert pickle.loads(pickle.dumps(verify))(right, "4").correct


def test_token_ids_come_through():
    reward = weighted(length=(1.0, soft_overlong(max_tokens=10, buffer=4)))
    completion = Tokenized("<|r|>so<|s|>4", range(8))
    assert marked(reward, reasoning="<|r|>", summary="<|s|>")(completion, None).value == 0.5
    assert marked(reward, reasoning="<|r|>", summary="<|s|>")(str(completion), None).value == 0.25  # nine text units


def test_an_opened_prompt_and_other_verifiers():
    assert marked(verify_math, reasoning="<|r|>", summary="<|s|>", opened=True)(
        "\\boxed{5}<|s|>\\boxed{4}", "4"
    ).correct
    layout = "<|r|>so<|s|><answer>4</answer>"
    assert marked(verify_format, reasoning="<|r|>", summary="<|s|>")(layout, None).correct


@pytest.mark.parametrize(
    "marks", [{"reasoning": ""}, {"summary": " "}, {"summary": "\u200b"}, {"reasoning": "<|s", "summary": "<|s|>"}]
)
def test_marks_that_cannot_be_told_apart_are_the_callers_mistake(marks):
    with pytest.raises(ValueError, match="mark"):
        verify_summary_format("text", **marks)
    with pytest.raises(ValueError, match="mark"):
        marked(verify_math, **{"reasoning": "<think>", "summary": "</think>"} | marks)


def test_a_verifier_by_its_name_is_the_callers_mistake():
    with pytest.raises(TypeError, match="pass the function itself"):
        marked("verify_math", reasoning="<think>", summary="</think>")
