"""Pairs from a judge: asked four times, kept where the gap is clear, balanced in length."""

import pytest

from grpo.balance import decide
from grpo.config import RecipeError
from grpo.preferences import couples, judge_all, judge_pair
from grpo.rated import load_pairs, said
from grpo.tasks import write_jsonl
from tests.scripted_judge import by_length, says, texts_of
from verifiers.judge import Judge, Unanswered


def scripted(score):
    """A judge that gives each response the score of its text, and keeps what it was shown."""
    shown = []

    def judge(messages):
        texts = texts_of(messages)
        both = [texts["first response"], texts["second response"]]
        shown.append(tuple(both))
        return says(messages, " ".join(str(score(text)) for text in both))

    return judge, shown


def line(first, second, gap, dropped="", bias=0.0):
    return {"question": "q", "first": first, "second": second, "gap": gap, "dropped": dropped, "position_bias": bias}


def test_each_pair_is_judged_four_times_with_the_order_swapped():
    judge, shown = scripted(lambda text: {"bad": 3, "good": 7}[text])
    judged = judge_pair("q", "bad", "good", judge=judge)
    assert sorted(shown) == [("bad", "good")] * 2 + [("good", "bad")] * 2
    assert (judged["gap"], judged["dropped"]) == (-4.0, "")
    pairs, report = decide([judged, line("longest", "short", 5.0)])
    assert {"question": "q", "chosen": "good", "rejected": "bad", "gap": 4.0} in pairs or report["kept"] == 0


def test_liking_the_first_place_is_no_preference():
    judged = judge_pair("q", "one", "two", judge=lambda messages: says(messages, "9 4"))
    assert (judged["gap"], judged["position_bias"]) == (0.0, 5.0)
    pairs, report = decide([judged])
    assert pairs == []
    assert report["dropped"] == {"a gap of 1 or less": 1}
    assert report["position_bias"] == 5.0


def test_pairs_are_kept_where_the_gap_exceeds_one_with_the_better_as_chosen():
    lines = [line("aa", "bbbb", 1.0), line("aa", "bbbb", -1.0), line("aa", "bbbb", 1.25), line("aa", "bbbb", -1.25)]
    pairs, report = decide(lines)
    assert [(pair["chosen"], pair["rejected"], pair["gap"]) for pair in pairs] == [
        ("aa", "bbbb", 1.25),
        ("bbbb", "aa", 1.25),
    ]
    assert report["dropped"] == {"a gap of 1 or less": 2}
    assert (report["judged"], report["kept"]) == (4, 2)


def test_longer_chosen_ones_are_dropped_until_there_are_as_many_shorter_ones():
    lines = [line("long one", f"s{i}", 4.0) for i in range(9)] + [line("long one", f"t{i}", -4.0) for i in range(3)]
    lines += [line("ab", "cd", 3.0)]
    pairs, report = decide(lines, seed=1)
    leads = [len(pair["chosen"]) - len(pair["rejected"]) for pair in pairs]
    assert (sum(lead > 0 for lead in leads), sum(lead < 0 for lead in leads), leads.count(0)) == (3, 3, 1)
    assert report["chosen_longer"] == {"before": 9, "after": 3}
    assert report["chosen_shorter"] == {"before": 3, "after": 3}
    assert report["dropped"] == {"balance of lengths: longer chosen ones outnumber the others": 6}
    assert (report["lead_before"], report["lead_after"]) == (pytest.approx(36 / 13), 0.0)
    assert decide(lines, seed=1) == (pairs, report)
    drawn = {tuple(pair["rejected"] for pair in decide(lines, seed=seed)[0]) for seed in range(9)}
    assert len(drawn) > 1
    mirrored = [{**one, "gap": -one["gap"]} for one in lines]
    assert "balance of lengths: shorter chosen ones outnumber the others" in decide(mirrored)[1]["dropped"]


def test_what_cannot_be_judged_is_counted_and_not_kept():
    never, shown = scripted(lambda text: 5)
    for first, second, why in (
        ("", "two", "a response that cannot be judged"),
        ("two", "x" * 40_000, "a response that cannot be judged"),
        ("same", "same", "both responses are the same"),
        ("", "", "a response that cannot be judged"),
    ):
        judged = judge_pair("q", first, second, judge=never)
        assert judged["dropped"] == why
        assert decide([judged]) == ([], {**decide([judged])[1], "dropped": {why: 1}})
    assert shown == []
    judged = judge_pair("q", "one", "two", judge=lambda messages: "I like both.")
    assert judged["dropped"] == "the judge was not understood"
    assert judged["gap"] is None


def test_a_judge_that_does_not_answer_is_one_sentence():
    def gone(messages):
        raise Unanswered("qwen at localhost gave no reply")

    with pytest.raises(RecipeError, match=r"^the judge does not answer: qwen at localhost gave no reply$"):
        list(judge_all([("q", "one", "two")], gone, threads=1))


def test_samples_are_judged_two_by_two():
    assert couples(["p", "q"], [["a", "b", "c", "d"], ["e", "f"]]) == [
        ("p", "a", "b"),
        ("p", "c", "d"),
        ("q", "e", "f"),
    ]
    judge, _ = scripted(lambda text: {"good": 8, "goodly": 8}.get(text, 2))
    asked = Judge(judge)
    two_by_two = couples(["p", "q"], [["good", "worse", "worse", "goodly"], ["good", "good"]])
    pairs, report = decide(list(judge_all(two_by_two, asked, threads=3)))
    assert [(pair["question"], pair["chosen"], pair["rejected"]) for pair in pairs] == [
        ("p", "good", "worse"),
        ("p", "goodly", "worse"),
    ]
    assert report["dropped"] == {"both responses are the same": 1}


def test_a_judge_of_length_leaves_nothing_after_the_balance():
    uneven = [("q", "a" * i, "a" * (i + 4)) for i in (1, 2, 3)]
    pairs, report = decide(list(judge_all(uneven, by_length, threads=8)))
    assert pairs == []
    assert report["dropped"] == {"balance of lengths: longer chosen ones outnumber the others": 3}


def test_the_pairs_read_back(tmp_path):
    pairs, _ = decide([line("aa", "bbbb", 2.0), line("aa", "bbbb", -2.0)])
    write_jsonl(tmp_path / "pairs.jsonl", pairs)
    assert [one.parts for one in load_pairs(tmp_path / "pairs.jsonl")] == [
        ((1, "aa"), (-1, "bbbb")),
        ((1, "bbbb"), (-1, "aa")),
    ]


@pytest.mark.parametrize(
    ("response", "marks", "summary"),
    [
        ("<think>a</think> b ", ("<think>", "</think>"), "b"),
        ("just b", ("<think>", "</think>"), "just b"),
        ("<|r|>a<|s|>b", ("<|r|>", "<|s|>"), "b"),
        ("<think>a</think>b", ("<|r|>", "<|s|>"), "b"),
        ("<think>a", ("<think>", "</think>"), ""),
        ("<think>a</think>c<answer>b</answer>", ("<think>", "</think>"), "b"),
    ],
)
def test_the_summary_is_what_stands_after_the_thinking(response, marks, summary):
    assert said(response, *marks) == summary
    assert said(summary, *marks) == summary
