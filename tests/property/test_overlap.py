"""Laws of decontamination: ten words in a row are found however they are dressed, and nothing else is."""

from hypothesis import given
from hypothesis import strategies as st

from sets.overlap import Seen, index, overlap, words

VOCABULARY = "egg duck train angle prime circle 16 2 dollar sum root map hour walk speed".split()
OTHERS = "zebra quartz violin harbour 981 lantern meadow".split()
SEEN = Seen("set.jsonl", "task-1")
gaps = st.sampled_from([" ", ", ", "\n", "  ", " $ ", "; ", " - ", r" \quad ", " … "])
dresses = st.sampled_from(
    [str, str.upper, str.title, lambda w: f"**{w}**", lambda w: rf"\text{{{w}}}", lambda w: f"“{w}”"]
)


@st.composite
def dressed(draw: st.DrawFn, plain: list[str]) -> str:
    return "".join(draw(dresses)(word) + draw(gaps) for word in plain)


def of(vocabulary: list[str], least: int, most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(vocabulary), min_size=least, max_size=most)


@given(before=of(OTHERS, 0, 12), shared=of(VOCABULARY, 10, 14), after=of(OTHERS, 0, 12), data=st.data())
def test_ten_words_in_a_row_are_found_in_any_dress(
    before: list[str], shared: list[str], after: list[str], data: st.DataObject
) -> None:
    seen = index([(SEEN, data.draw(dressed([*OTHERS[:3], *shared])))])
    found = overlap(data.draw(dressed([*before, *shared, *after])), seen)
    assert found
    assert found.seen == SEEN


@given(question=of(OTHERS, 1, 40), shared=of(VOCABULARY, 1, 9), evaluation=of(VOCABULARY, 10, 40), data=st.data())
def test_fewer_than_ten_words_in_a_row_are_not(
    question: list[str], shared: list[str], evaluation: list[str], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(question)))
    asked = [*question[:at], *shared, *question[at:]]
    assert overlap(" ".join(asked), index([(SEEN, " ".join([*shared, *evaluation]))])) is None


@given(short=of(VOCABULARY, 1, 9), more=of(OTHERS, 1, 20), data=st.data())
def test_a_shorter_question_is_compared_whole(short: list[str], more: list[str], data: st.DataObject) -> None:
    seen = index([(SEEN, " ".join(short))])
    assert overlap(data.draw(dressed(short)), seen)
    assert overlap(" ".join([*short, *more]), seen) is None


@given(questions=st.lists(of(VOCABULARY + OTHERS, 0, 30).map(" ".join), max_size=5))
def test_every_question_with_words_overlaps_itself(questions: list[str]) -> None:
    seen = index([(Seen("set.jsonl", str(i)), question) for i, question in enumerate(questions)])
    for question in questions:
        assert bool(overlap(question, seen)) == bool(words(question))


@given(text=st.text())
def test_any_text_has_its_words_again_when_they_are_joined(text: str) -> None:
    found = words(text)
    assert words(" ".join(found)) == found
