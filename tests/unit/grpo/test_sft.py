"""Packing is invisible: the same log-probs, the same step."""

import copy
from dataclasses import replace

import torch

from grpo.policy import completion_logps
from grpo.sft import pack, packed_logps, schedule, sft_step

PAIRS = [([5, 6, 7], [8, 9, 0]), ([5], [9, 8, 7, 6, 0]), ([4, 4], [0]), ([3, 2, 1, 2], [7, 7, 7, 0]), ([1], [2, 0])]


def test_sequences_of_a_packed_row_do_not_see_each_other(policy):
    rows = [[PAIRS[0], PAIRS[1], PAIRS[2]], [PAIRS[3], PAIRS[4]]]
    logps_N = packed_logps(policy, rows)
    order = [pair for row in rows for pair in row]
    alone = [completion_logps(policy, [prompt], [0], [completion])[0] for prompt, completion in order]
    torch.testing.assert_close(logps_N, torch.cat(alone), atol=1e-5, rtol=1e-5)


def test_how_much_goes_through_at_a_time_changes_no_step(policy):
    results = []
    for pack_tokens, forward_tokens in ((8, 8), (8, 16), (64, 64)):
        own = replace(policy, model=copy.deepcopy(policy.model))
        optimizer = torch.optim.SGD(own.model.parameters(), lr=0.0)
        loss, grad_norm = sft_step(own, optimizer, PAIRS, 0.1, pack_tokens, forward_tokens)
        moved = [new - old for new, old in zip(own.model.parameters(), policy.model.parameters(), strict=True)]
        results.append((loss, grad_norm, *moved))
    assert any(moved.abs().max() > 1e-3 for moved in results[0][2:])
    for result in results[1:]:
        torch.testing.assert_close(result, results[0], atol=1e-4, rtol=1e-4)


def test_packing_keeps_every_sequence_once_and_overfills_no_row():
    lengths = [7, 3, 5, 5, 1, 8, 2, 8]
    rows = pack(lengths, 8)
    assert sorted(i for row in rows for i in row) == list(range(8))
    assert all(sum(lengths[i] for i in row) <= 8 for row in rows)
    assert len(rows) == 5


def test_the_learning_rate_warms_up_and_falls_to_a_tenth():
    rates = [schedule(step, 100, 10) for step in range(1, 101)]
    assert rates[4] == 0.5
    assert max(rates) == rates[9] == 1.0
    assert rates[9:] == sorted(rates[9:], reverse=True)
    assert abs(rates[-1] - 0.1) < 1e-9
