"""Laws of the format."""

from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.strategies import TAGS, anything, bodies
from verifiers import verify_format

blanks = st.text(" \n\t\r\u00a0", max_size=4)


@given(think=bodies, answer=bodies, spaces=st.tuples(blanks, blanks, blanks))
def test_two_blocks_with_whitespace_around_them_are_right(think, answer, spaces):
    before, between, after = spaces
    rest = f"{think}</think>{between}<answer>{answer}</answer>{after}"
    verdict = verify_format(f"{before}<think>{rest}")
    assert verdict.correct
    assert verdict.answer == answer.strip()
    assert verify_format(rest, opened=True) == verdict
    assert not verify_format(rest).correct
    assert not verify_format(f"<think>{rest}", opened=True).correct


@given(think=bodies, answer=bodies, extra=st.sampled_from(TAGS), data=st.data())
def test_one_tag_more_anywhere_is_one_too_many(think, answer, extra, data):
    good = f"<think>{think}</think><answer>{answer}</answer>"
    at = data.draw(st.integers(0, len(good)))
    spoiled = good[:at] + extra + good[at:]
    assume(sum(spoiled.count(tag) for tag in TAGS) != 4)  # `<think<think>>` leaves the count as it was
    assert verify_format(spoiled).score == 0


@given(place=st.integers(0, 2), stray=st.sampled_from(["a", ".", "\u200b", "\ufeff", "```", "<b>", "\u2060"]))
def test_anything_but_whitespace_outside_the_blocks_is_stray(place, stray):
    parts = ["", "<think>a</think>", "<answer>b</answer>"]
    parts.insert(place + 1, stray)
    assert verify_format("".join(parts)).score == 0


unseen = st.text(" \n\u200b\u2060\ufeff\u00a0\u2066\u202e\ufe0f\u3164\u2800\x00\U000e0041", max_size=5)


@given(blank=unseen, first=st.booleans())
def test_a_block_must_hold_something_visible(blank, first):
    think, answer = (blank, "4") if first else ("so", blank)
    assert verify_format(f"<think>{think}</think><answer>{answer}</answer>").score == 0


@given(tag=st.sampled_from(TAGS), dress=st.sampled_from([str.upper, str.title, lambda t: t.replace(">", " >")]))
def test_a_tag_in_another_dress_is_no_tag(tag, dress):
    good = "<think>so</think><answer>4</answer>"
    assert verify_format(good.replace(tag, dress(tag))).score == 0


@given(order=st.permutations(TAGS))
def test_the_tags_stand_in_one_order_alone(order):
    first, second, third, fourth = order
    assert verify_format(f"{first}so{second}{third}4{fourth}").correct == (order == TAGS)


@given(tag=st.sampled_from(TAGS), inside=st.sampled_from(["so", "4"]))
def test_a_tag_in_another_dress_is_plain_text(tag, inside):
    assert verify_format("<think>so</think><answer>4</answer>".replace(inside, inside + tag.upper())).correct


@given(completion=anything, opened=st.booleans())
@example("<answer>4</answer><think>2</think>", False)  # right tags, wrong order
def test_any_text_gets_a_decided_verdict(completion, opened):
    assert verify_format(completion, opened=opened).score in (0.0, 1.0)
