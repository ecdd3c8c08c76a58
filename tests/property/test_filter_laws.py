"""Laws of what rejection sampling keeps: a good completion passes, and each fault put into it is named."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grpo.filters import ORDER, Readable, choose, first_fault, paragraphs, unreadable, wrong
from grpo.right import by_rule
from grpo.tasks import Task
from tests.strategies import anything

MARKS = [("<think>", "</think>"), ("<|reasoning|>", "<|summary|>"), ("<|s|>", "<|s|>")]
PROGRAM = {"kind": "stdin", "tests": [{"input": "1", "output": "1"}]}
SENTENCES = [
    "First we add the two numbers that are given.", "Then we should check whether that can be right.",
    "It seems that the sum is what we are looking for.", "Wait, there may be another way to do this.",
    "The other way gives the same result, which is good.", "So we are sure about what to answer here.",
]  # fmt: skip
FRENCH = "Maintenant nous devons ajouter les deux nombres, et puis vérifier le résultat encore une fois. " * 3
CODES = [
    "```python\nx = 1\n```",
    "~~~\nx\n~~~",
    "<pre>x</pre>",
    "\\begin{verbatim}x\\end{verbatim}",
    "```x```",
    "So we run ```x = 1``` here.",
]


@st.composite
def goods(draw):
    """Paragraphs of the reasoning, none long, and the ground truth."""
    order = draw(st.permutations(SENTENCES))
    first, second = sorted((draw(st.integers(1, 6)), draw(st.integers(1, 6))))
    parts = [" ".join(order[:first]), " ".join(order[first:second]), " ".join(order[second:])]
    return [part for part in parts if part], draw(st.integers(-(10**6), 10**6))


def faults_of(thinking, said, truth, marks, truncated=False, ground_truth=None, **options):
    reasoning, summary = marks
    completion = f"{reasoning}{thinking}{summary}{said}"
    wanted = Readable(reasoning=reasoning, summary=summary, longest_paragraph=400, **options)
    faults = unreadable(completion, ground_truth or str(truth), wanted, truncated=truncated)
    verdict = by_rule(completion, Task("", "", str(truth)), reasoning=reasoning, summary=summary)
    return list(faults | wrong(verdict))


each_pair = pytest.mark.parametrize("marks", MARKS, ids=lambda marks: marks[1])


@each_pair
@settings(max_examples=15)  # each asks twelve times which language it is
@given(good=goods(), data=st.data())
def test_a_good_completion_has_no_fault_and_each_fault_put_into_it_is_named_alone(marks, good, data):
    parts, truth = good
    said = f"The answer is \\boxed{{{truth}}}."
    join = data.draw(st.sampled_from(["\n\n", "\n \n", "\r\n\r\n", "\n\u200b\n"]))
    at = data.draw(st.integers(0, len(parts)))

    def thinking(*more):
        return join.join([*parts[:at], *more, *parts[at:]])

    assert faults_of(thinking(), said, truth, marks) == []
    assert faults_of(thinking(), said, truth, marks, truncated=True) == ["truncated"]
    assert faults_of(thinking(), f"The answer is \\boxed{{{truth + 1}}}.", truth, marks) == ["wrong"]
    assert faults_of(thinking(FRENCH), said, truth, marks) == ["language"]
    long = data.draw(st.sampled_from([" ", "\n"])).join(SENTENCES * 2)
    assert faults_of(thinking(long), said, truth, marks, consistency=0.0) == ["paragraph"]
    code = data.draw(st.sampled_from(CODES))
    assert faults_of(thinking(code), said, truth, marks, consistency=0.0) == ["code_block"]
    assert faults_of(thinking(code), said, truth, marks, consistency=0.0, code_blocks=True) == []
    assert faults_of(thinking(code), said, truth, marks, consistency=0.0, ground_truth=PROGRAM) == []
    assert faults_of(thinking(), f"{code} {said}", truth, marks) == []  # in the summary code may stand
    assert "format" in faults_of(thinking(), f"{said}{marks[1]}", truth, marks)
    assert "format" in faults_of("", said, truth, marks)


@each_pair
@given(text=anything, truncated=st.booleans())
def test_any_text_has_faults_that_are_known(marks, text, truncated):
    wanted = Readable(reasoning=marks[0], summary=marks[1])
    faults = unreadable(text, "4", wanted, truncated=truncated)
    assert set(faults) <= set(ORDER)
    assert ("truncated" in faults) is truncated
    if faults:
        assert first_fault(faults) in faults


@given(
    texts=st.lists(st.sampled_from(["a b", "a  b", "a\nb", "c", "d", "e ", "e"]), max_size=12),
    bad=st.sets(st.integers(0, 11)),
    keep=st.integers(1, 4),
    seed=st.integers(0, 99),
)
def test_what_is_chosen_is_faultless_different_and_no_more_than_is_kept(texts, bad, keep, seed):
    faults = [{"wrong": ""} if i in bad else {} for i in range(len(texts))]
    found = choose(texts, faults, keep, random.Random(seed))
    chosen = [text.split() for text, own in zip(texts, found, strict=True) if not own]
    good = {tuple(text.split()) for text, own in zip(texts, faults, strict=True) if not own}
    assert len(chosen) == len(set(map(tuple, chosen))) == min(keep, len(good))
    assert set(map(tuple, chosen)) <= good
    assert [own for own, was in zip(found, faults, strict=True) if was] == [was for was in faults if was]
    assert found == choose(texts, faults, keep, random.Random(seed))


def test_every_good_completion_may_be_drawn():
    texts = list("abcdef")
    drawn = {tuple(map(bool, choose(texts, [{}] * 6, 2, random.Random(seed)))) for seed in range(200)}
    assert len(drawn) == 15


@given(parts=st.lists(st.text("ab \n", min_size=1).filter(str.strip), max_size=4))
def test_paragraphs_hold_every_line_that_can_be_seen(parts):
    text = "\n\n".join(parts)
    found = paragraphs(text)
    assert [line for part in found for line in part.splitlines()] == [x for x in text.splitlines() if x.strip()]
    assert all(part.strip() and "\n\n" not in part for part in found)
