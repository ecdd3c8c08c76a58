"""Laws of pairs: what is kept is clear, balanced in length, and accounted for."""

from hypothesis import given
from hypothesis import strategies as st

from grpo.balance import LEAST_GAP, decide

texts = st.integers(1, 6).flatmap(lambda size: st.text("ab", min_size=size, max_size=size))
gaps = st.integers(-36, 36).map(lambda quarters: quarters / 4)
lines = st.lists(
    st.fixed_dictionaries(
        {
            "question": st.sampled_from("pq"),
            "first": texts,
            "second": texts,
            "gap": gaps,
            "dropped": st.sampled_from(["", "", "", "the judge was not understood"]),
            "position_bias": st.one_of(st.none(), gaps),
        }
    ),
    max_size=30,
)


def kept_before(judged):
    """Pairs that only the balance could drop, in order."""
    clear = [line for line in judged if not line["dropped"] and abs(line["gap"]) > LEAST_GAP]
    swapped = [(line["first"], line["second"])[:: 1 if line["gap"] > 0 else -1] for line in clear]
    return [
        {"question": line["question"], "chosen": sides[0], "rejected": sides[1], "gap": abs(line["gap"])}
        for line, sides in zip(clear, swapped, strict=True)
    ]


@given(judged=lines, seed=st.integers(0, 3))
def test_the_chosen_is_as_often_the_longer_one_as_the_shorter(judged, seed):
    pairs, report = decide(judged, seed)
    leads = [len(pair["chosen"]) - len(pair["rejected"]) for pair in pairs]
    longer, shorter = sum(lead > 0 for lead in leads), sum(lead < 0 for lead in leads)
    assert longer == shorter == report["chosen_longer"]["after"] == report["chosen_shorter"]["after"]


@given(judged=lines, seed=st.integers(0, 3))
def test_no_more_is_dropped_for_the_balance_than_it_needs(judged, seed):
    before = kept_before(judged)
    leads = [len(pair["chosen"]) - len(pair["rejected"]) for pair in before]
    longer, shorter = sum(lead > 0 for lead in leads), sum(lead < 0 for lead in leads)
    pairs, _ = decide(judged, seed)
    assert len(pairs) == len(before) - abs(longer - shorter)
    left = iter(before)
    assert all(pair in left for pair in pairs)  # in the order they were judged


@given(judged=lines, seed=st.integers(0, 3))
def test_every_judged_pair_is_kept_or_counted_with_a_reason(judged, seed):
    pairs, report = decide(judged, seed)
    assert report["judged"] == len(judged) == len(pairs) + sum(report["dropped"].values())
    assert report["kept"] == len(pairs)
    assert (pairs, report) == decide(judged, seed)
