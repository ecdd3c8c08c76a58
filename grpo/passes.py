"""Which rollouts go through the model together."""

from collections.abc import Sequence

from .groups import Group
from .ranks import even_runs, in_step, world

Batch = tuple[list[list[int]], list[int], list[list[int]]]
"""Prompts, each completion's place among them, and completions, as token ids."""


def split_rows(
    prompts: Sequence[int], prompt_lengths: Sequence[int], lengths: Sequence[int], budget: int, *, padded: bool
) -> list[list[int]]:
    """Rows that go through the model together, at most `budget` tokens at a time.

    prompts[b] is row b's prompt. Rows in order share their prompts' forward pass. If they are padded, so does the
    padding count, and rows by length need less of it: of the two cuts, the one with fewer tokens in all.
    """

    def cost(batch: Sequence[int]) -> int:
        own = {prompts[b] for b in batch}
        if padded:
            return len(batch) * max(lengths[b] for b in batch) + len(own) * max(prompt_lengths[p] for p in own)
        return sum(lengths[b] for b in batch) + sum(prompt_lengths[p] for p in own)

    def cut(order: Sequence[int]) -> list[list[int]]:
        batches: list[list[int]] = [[]]
        for b in order:
            if batches[-1] and cost([*batches[-1], b]) > budget:
                batches.append([])
            batches[-1].append(b)
        return batches

    if not prompts:
        return []
    in_order = range(len(prompts))
    cuts = [cut(in_order)] + ([cut(sorted(in_order, key=lambda b: lengths[b]))] if padded else [])
    return min(cuts, key=lambda batches: sum(map(cost, batches)))


def passes_of(
    groups: Sequence[Group], rows: Sequence[int], budget: int, *, padded: bool
) -> list[tuple[list[int], Batch]]:
    """What `completion_logps` reads in each pass, with the rows it is for; rows count all rollouts of all groups."""
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    prompt_B = [p for p, group in enumerate(groups) for _ in group.rollouts]
    lengths = [len(rollouts[b].ids) for b in rows]
    passes = []
    prompt_lengths = [len(group.prompt_ids) for group in groups]
    for places in split_rows([prompt_B[b] for b in rows], prompt_lengths, lengths, budget, padded=padded):
        part = [rows[place] for place in places]
        own = sorted({prompt_B[b] for b in part})
        prompts = [groups[p].prompt_ids for p in own]
        passes.append((part, (prompts, [own.index(prompt_B[b]) for b in part], [rollouts[b].ids for b in part])))
    return passes


def own_passes(
    groups: Sequence[Group], rows: Sequence[int], budget: int, *, padded: bool
) -> list[tuple[list[int], Batch, bool]]:
    """This rank's passes, and whether each counts: see `in_step`. Without other ranks it is all of them, and all count.

    Each rank has neighbours, which share their prompts' forward pass, with about as many tokens as any other's.
    """
    costs = [len(group.prompt_ids) / len(group.rollouts) + len(one.ids) for group in groups for one in group.rollouts]
    runs = even_runs([costs[b] for b in rows], world())
    every = [passes_of(groups, [rows[place] for place in run], budget, padded=padded) for run in runs]
    return [(part, ids, counts) for (part, ids), counts in in_step(every)]
