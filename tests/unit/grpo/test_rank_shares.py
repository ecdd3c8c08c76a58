"""How ranks share work; with one process nothing is shared. tests/integration/test_ranks.py has several."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grpo import ranks
from grpo.checkpoint import Interrupted
from grpo.generate import Rollout
from grpo.memory import Memory, in_parts
from grpo.ranks import even_runs, in_step, on_any_rank, on_first_rank, on_ranks, own_share, sendable


@given(costs=st.lists(st.integers(1, 9), min_size=1), parts=st.integers(1, 5))
def test_runs_hold_every_row_once_in_order_and_none_is_dearer_than_its_share_by_more_than_a_row(costs, parts):
    runs = even_runs(costs, parts)
    assert len(runs) == parts
    assert [place for run in runs for place in run] == list(range(len(costs)))
    assert all(sum(costs[place] for place in run) <= sum(costs) / parts + max(costs) for run in runs)


@given(count=st.integers(0, 50), world=st.integers(1, 9))
def test_shares_are_neighbours_that_make_up_the_whole_and_differ_by_one_at_most(count, world):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ranks, "world", lambda: world)
        shares = []
        for rank in range(world):
            patch.setattr(ranks, "rank", lambda rank=rank: rank)
            shares.append(own_share(count))
    assert [place for share in shares for place in share] == list(range(count))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1
    assert all(one.stop == other.start for one, other in pairwise(shares))


@given(lengths=st.lists(st.integers(0, 4), min_size=1, max_size=4))
def test_all_ranks_run_as_many_passes_and_each_pass_counts_once(lengths):
    every = [[(rank, number) for number in range(length)] for rank, length in enumerate(lengths)]
    with pytest.MonkeyPatch.context() as patch:
        given_out = []
        for rank in range(len(lengths)):
            patch.setattr(ranks, "rank", lambda rank=rank: rank)
            given_out.append(in_step(every))
    assert {len(passes) for passes in given_out} == {max(lengths)}
    assert [[one for one, counts in passes if counts] for passes in given_out] == every


def test_without_torchrun_nothing_is_shared():
    with pytest.raises(Interrupted, match="as it is"):
        on_ranks(lambda: (_ for _ in ()).throw(Interrupted("as it is")))
    rollout = Rollout([1], [0.0], 0.0, truncated=False)
    assert on_ranks(lambda: rollout)[0] is rollout
    assert on_first_rank(lambda: rollout) is rollout
    assert own_share(7) == range(7)
    assert [on_any_rank(flag) for flag in (True, False)] == [True, False]
    assert in_step([["a", "b"]]) == [("a", True), ("b", True)]
    assert even_runs([3, 1, 2], 1) == [[0, 1, 2]]


class Odd(Exception):
    """Cannot be made from its text alone."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one)


def test_an_error_that_cannot_be_sent_is_sent_as_text():
    assert repr(sendable(Odd("what", "why"))) == repr(RuntimeError("Odd('what')"))
    assert type(sendable(Interrupted("rl, step 1"))) is Interrupted


def test_a_rank_has_its_part_of_the_weights_and_a_whole_copy_while_it_samples():
    whole = Memory(weights=4e9, gradients=4e9, optimizer=8e9, reference=4e9, update=1e9, sampling=1e9)
    part = in_parts(whole, 4)
    assert (part.weights, part.gradients, part.optimizer, part.reference) == (1e9, 1e9, 2e9, 1e9)
    assert (part.update, part.sampling) == (1e9, 5e9)
    assert part.loading == 3 * 4e9  # policy, reference and the one that samples, whole, until they are shared out
    assert in_parts(replace(whole, reference=0.0), 4).loading == 2 * 4e9
    served = in_parts(replace(whole, sampling=0.0), 4)  # no copy where a server samples, nor in SFT
    assert (served.sampling, served.loading) == (0, 2 * 4e9)
