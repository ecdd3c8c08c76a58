"""Rollouts of each task with what the verifiers said of them, and their means."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from verifiers import Reward, RewardFn, Verdict

from .completions import REFLECTION
from .engine import Engine, require_room
from .generate import Rollout, completions_of
from .prompts import begun, make_prompts
from .ranks import on_ranks, own_share
from .scores import majority
from .scoring import score_all
from .settings import Recipe
from .tasks import Task
from .votes import same_answers, vote


@dataclass(frozen=True)
class Group:
    """One task's rollouts, with what the verifiers said of them."""

    task: Task
    prompt: str
    prompt_ids: list[int]
    rollouts: list[Rollout]
    completions: list[str]
    rewards: list[Reward]
    scoring_s: Sequence[float] = ()
    """How long each of them took."""
    waited_s: float = 0.0
    """Of the time waited for the last rewards of all groups, after the last token, this one's share."""


def sample_groups(
    engine: Engine,
    tasks: Sequence[Task],
    group_size: int,
    recipe: Recipe,
    reward: RewardFn,
    seed: int,
    *,
    temperature: float | None = None,
    top_p: float = 1.0,
) -> list[Group]:
    """Roll out each task `group_size` times, at the training temperature by default, and have it verified.

    Each rank does its share of the rollouts, and has all of them in the end.
    """
    rl = recipe.rl
    prompts, ids = make_prompts(engine, [task.question for task in tasks], recipe)
    require_room(engine, ids, rl.max_new_tokens)
    share = own_share(len(tasks) * group_size)

    def roll_out() -> tuple[dict[int, tuple[Rollout, str, Reward, float]], float]:
        found: dict[int, tuple[Rollout, str]] = {}

        def finished() -> Iterator[tuple[int, str, Any]]:
            for place, rollout in engine.sample(
                ids, group_size, max_new_tokens=rl.max_new_tokens, places=share,
                temperature=rl.temperature if temperature is None else temperature, top_p=top_p, seed=seed,
            ):  # fmt: skip
                [text] = completions_of(engine.tokenizer, [rollout])
                found[place] = rollout, text
                group = place // group_size
                yield place, begun(prompts[group], recipe.reasoning) + text, tasks[group].ground_truth

        scored, waited_s = score_all(finished(), reward, rl.reward_timeout_s)
        return {place: (*found[place], *scored[place]) for place in found}, waited_s

    every = on_ranks(roll_out)
    done = {place: one for part, _ in every for place, one in part.items()}
    waited_s = max(waited for _, waited in every) / len(tasks)
    groups = []
    for i, task in enumerate(tasks):
        own = (done[place] for place in range(i * group_size, (i + 1) * group_size))
        rollouts, texts, rewards, seconds = zip(*own, strict=True)
        groups.append(Group(task, prompts[i], ids[i], [*rollouts], [*texts], [*rewards], seconds, waited_s))
    return groups


def describe(
    groups: Sequence[Group], accuracy: str, *, votes: bool = False, mask_truncated: bool = False
) -> dict[str, float | None]:
    """Means over all rollouts, under the names of metrics.jsonl.

    A score's mean is over those that it decided, of the tasks that it is for: prompts without a ground truth have no
    accuracy, and tasks with one no preference. With `votes` also cons@k, by equal answers. The entropy is that of the
    tokens that are trained on, see `entropy_of`.
    """
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    rewards = [reward for group in groups for reward in group.rewards]
    names = list(dict.fromkeys(name for reward in rewards for name in reward.verdicts))
    scores = {
        f"score/{name}": [reward.verdicts[name].score for reward in rewards if name in reward.verdicts]
        for name in names
    }
    ruled = [group for group in groups if accuracy in group.rewards[0].verdicts]
    decided = [[reward.verdicts[accuracy].score for reward in group.rewards] for group in ruled]
    best = [max((score for score in scores if score is not None), default=None) for scores in decided]
    most = {"cons_at_k": mean_known([consensus(group, accuracy) for group in ruled])} if votes else {}
    return {
        "reward": mean_known([reward.value for reward in rewards]),
        "accuracy": mean_known(scores.get(f"score/{accuracy}", [])),
        "pass_at_k": mean_known(best),
        **most,
        **{name: mean_known(values) for name, values in scores.items()},
        "completion_tokens": mean_known([len(rollout.ids) for rollout in rollouts]),
        "truncated": mean_known([rollout.truncated for rollout in rollouts]),
        "reflections": mean_known([len(REFLECTION.findall(text)) for group in groups for text in group.completions]),
        "entropy": entropy_of(groups, mask_truncated=mask_truncated),
        "undecided": sum(reward.value is None for reward in rewards),
        "reward_s": sum(group.waited_s for group in groups),
        "reward_sum_s": sum(seconds for group in groups for seconds in group.scoring_s),
        "reward_slowest_s": max((seconds for group in groups for seconds in group.scoring_s), default=0.0),
    }


def entropy_of(groups: Sequence[Group], *, mask_truncated: bool = False) -> float | None:
    """Mean over the tokens of all decided rollouts, but for truncated ones where those are masked; None of no token."""
    pairs = [pair for group in groups for pair in zip(group.rollouts, group.rewards, strict=True)]
    trained = [r for r, reward in pairs if reward.value is not None and not (mask_truncated and r.truncated)]
    known = [(rollout.entropy, len(rollout.ids)) for rollout in trained if rollout.entropy is not None]
    tokens = sum(length for _, length in known)
    return sum(entropy * length for entropy, length in known) / tokens if tokens else None


def consensus(group: Group, accuracy: str) -> float | None:
    """Whether the answer that most of the group give is right; None where answers to the task have no equality."""
    same = same_answers(accuracy, group.task.ground_truth)
    verdicts = [reward.verdicts[accuracy] for reward in group.rewards]
    if same is None:
        return None
    return majority([verdict.score for verdict in verdicts], vote([verdict.answer for verdict in verdicts], same))


def mean_known(values: Sequence[float | None]) -> float | None:
    """The mean of those that are not None; None where all are."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def record(
    groups: Sequence[Group], stage: str, split: str, step: int, *, left_out: bool = False
) -> list[dict[str, Any]]:
    """The lines of rollouts.jsonl; marked where the step was not trained on them."""
    return [
        {"stage": stage, "split": split, "step": step, "task": group.task.id, "prompt": group.prompt}
        | {"completion": text, "ground_truth": group.task.ground_truth, "reward": reward.value}
        | {"verdicts": {name: verdict_line(verdict) for name, verdict in reward.verdicts.items()}}
        | {"tokens": len(rollout.ids), "truncated": rollout.truncated}
        | ({"left_out": True} if left_out else {})
        for group in groups
        for text, reward, rollout in zip(group.completions, group.rewards, group.rollouts, strict=True)
    ]


def verdict_line(verdict: Verdict) -> dict[str, Any]:
    """A verdict as JSON."""
    return {"score": verdict.score, "reason": str(verdict.reason), "answer": verdict.answer, "note": verdict.note}
