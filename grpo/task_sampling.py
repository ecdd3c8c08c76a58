"""Which tasks a step is trained on: the next of an endless row of epochs, and more where groups teach nothing."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from .config import RecipeError
from .groups import Group
from .objective import group_advantages
from .settings import Rl
from .tasks import Task, seed_of, shuffled

PASS_RATE = "pass_rate"
"""The column that data/difficulty.py writes."""


@dataclass(frozen=True)
class Place:
    """How far a stage has read; with refill it is no function of the step, and is saved with each checkpoint."""

    next_task: int = 0
    next_general: int = 0


@dataclass(frozen=True)
class Stream:
    """A stage's tasks and its prompts without a ground truth, each an endless row of epochs in orders of their own."""

    tasks: Sequence[Task]
    general: Sequence[Task]
    first_general: int
    """The first step that general prompts take part in."""
    rl: Rl
    seed: int

    def place(self, done: int, extra: Mapping[str, Any]) -> Place:
        """Where a stage goes on after `done` steps: what its checkpoint says, or what steps without refill come to."""
        if "next_task" in extra:
            return Place(int(extra["next_task"]), int(extra["next_general"]))
        mixed = max(0, done - self.first_general + 1)
        return Place(
            (done - mixed) * self.rl.tasks_per_step + mixed * self.counts(done)[0], mixed * self.counts(done)[1]
        )

    def counts(self, step: int) -> tuple[int, int]:
        """How many tasks a step takes, and how many general prompts."""
        general = round(self.rl.general_share * self.rl.tasks_per_step) if step >= self.first_general else 0
        return self.rl.tasks_per_step - general, general

    def read(self, place: Place, tasks: int, general: int) -> tuple[list[Task], list[Task], Place]:
        """The next so many of each, and the place behind them."""
        after = Place(place.next_task + tasks, place.next_general + general)
        return (
            at_places(self.tasks, range(place.next_task, after.next_task), self.seed, self.rl.curriculum),
            at_places(self.general, range(place.next_general, after.next_general), self.seed),
            after,
        )


def at_places(tasks: Sequence[Task], places: range, seed: int, curriculum: str = "") -> list[Task]:
    """The tasks at these places of an endless row of epochs, each with every task once.

    An epoch is in an order of its own. With a curriculum it goes by that column, and only equals are in any order.
    """
    orders = {}
    for epoch in sorted({place // len(tasks) for place in places}):
        order = shuffled(len(tasks), epoch, seed)
        if curriculum:
            column, sign = curriculum.removeprefix("-"), -1 if curriculum.startswith("-") else 1
            order = sorted(order, key=lambda i: sign * tasks[i].columns[column])
        orders[epoch] = order
    return [tasks[orders[place // len(tasks)][place % len(tasks)]] for place in places]


def columns_of(rl: Rl) -> list[str]:
    """The columns that the settings need a number in."""
    return [PASS_RATE] * filters(rl) + [rl.curriculum.removeprefix("-")] * bool(rl.curriculum)


def filters(rl: Rl) -> bool:
    """Whether the settings leave tasks out by their pass rate."""
    return (rl.pass_rate_min, rl.pass_rate_max) != (0.0, 1.0)


def passing(tasks: Sequence[Task], rl: Rl) -> list[Task]:
    """The tasks whose pass rate lies between the bounds, both included; RecipeError where there are none."""
    low, high = rl.pass_rate_min, rl.pass_rate_max
    if not filters(rl):
        return list(tasks)
    kept = [task for task in tasks if low <= task.columns[PASS_RATE] <= high]
    if not kept:
        hard = sum(task.columns[PASS_RATE] < low for task in tasks)
        raise RecipeError(
            f"no task has a {PASS_RATE} from {low} to {high}: {hard} lie below, {len(tasks) - hard} above; widen "
            "pass_rate_min and pass_rate_max"
        )
    return kept


def is_silent(group: Group) -> bool:
    """Whether the group teaches nothing: its rewards are all the same, or at most one of them is decided."""
    rewards = [torch.nan if reward.value is None else reward.value for reward in group.rewards]
    return not group_advantages(torch.tensor([rewards])).any()


@dataclass(frozen=True)
class Sampled:
    """What a step sampled."""

    groups: list[Group]
    """To train on; always as many as a step has tasks."""
    left_out: list[Group]
    """Silent ones that others took the place of, and silent ones that would have."""
    place: Place
    measured: dict[str, float]

    @property
    def every(self) -> list[Group]:
        """All groups: what is said of the policy is a mean over these, or its wins and its losses would not count."""
        return [*self.groups, *self.left_out]


def sample_step(stream: Stream, place: Place, step: int, roll: Callable[..., list[Group]]) -> Sampled:
    """Roll out the step's tasks; silent groups give their places to groups of the next tasks (DAPO, section 3.2).

    At most `refill` times; unlike DAPO's, a step never waits for a full batch. Silent groups that are left keep their
    places and count in the means, as in a step without refill: such a step moves the policy by less, not by the few
    groups that spoke alone.
    """
    rl, seed = stream.rl, stream.seed
    tasks, general, place = stream.read(place, *stream.counts(step))
    chosen = [(task, False) for task in tasks] + [(prompt, True) for prompt in general]
    if step >= stream.first_general:
        chosen = random.Random(f"{seed} {step}").sample(chosen, len(chosen))  # so that every mini-batch has both
    groups = list(roll([task for task, _ in chosen], seed=seed_of(seed, "train", step)))
    silent = [i for i, group in enumerate(groups) if is_silent(group)]
    left_out: list[Group] = []
    measured = {"epoch": place.next_task / len(stream.tasks)}
    before, rounds = len(silent), 0
    while silent and rounds < rl.refill:
        rounds += 1
        mixed = sum(chosen[i][1] for i in silent)
        tasks, general, place = stream.read(place, len(silent) - mixed, mixed)
        by_kind = {False: iter(tasks), True: iter(general)}
        more = [next(by_kind[chosen[i][1]]) for i in silent]
        for i, group in zip(silent, roll(more, seed=seed_of(seed, "train", step, rounds)), strict=True):
            if is_silent(group):
                left_out.append(group)
            else:
                left_out.append(groups[i])
                groups[i] = group
        silent = [i for i in silent if is_silent(groups[i])]
    if rl.refill:
        measured = {"epoch": place.next_task / len(stream.tasks), "rounds": rounds, "refilled": before - len(silent)}
        measured |= {"groups": len(groups) + len(left_out), "silent_before": before / len(groups)}
    return Sampled(groups, left_out, place, measured)
