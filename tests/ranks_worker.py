"""What one rank does in tests/integration/test_ranks.py: `torchrun ranks_worker.py WHAT …`."""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

import torch
from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification, Qwen2Config, Qwen2ForCausalLM

from grpo import reward_model, train
from grpo.checkpoint import Interrupted, Stop, stop_requests
from grpo.config import load_recipe
from grpo.generate import Rollout
from grpo.groups import Group
from grpo.log import open_log
from grpo.policy import Policy, over_ranks
from grpo.presets import fill_preset
from grpo.ranks import is_first, on_first_rank, open_ranks, rank
from grpo.settings import Recipe, Rl
from grpo.sft import sft_step
from grpo.shards import full_weights
from grpo.tasks import Task
from verifiers import Reason, Reward, Verdict, weighted

SIZE = {
    "vocab_size": 90, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 128,
}  # fmt: skip
PAIRS = [([5, 6, 7], [8, 9, 0]), ([5], [9, 8, 7, 6, 0]), ([4, 4], [0]), ([3, 2, 1, 2], [7, 7, 7, 0]), ([1], [2, 0])]
SIGNED = [[(1, [5, 6, 7, 8]), (-1, [5, 9, 0])], [(1, [3, 0]), (-1, [1, 2, 3, 4, 5, 6])], [(-1, [7, 7]), (1, [2, 0])]]


def lengths_and_scores(few: bool) -> list[tuple[tuple[int, ...], tuple[float | None, ...]]]:
    """Of each group: unequal lengths, one token alone among them; a silent group, one without a verdict, one with."""
    if few:  # two rows have a gradient
        return [((1, 1, 2, 3), (1.0, 0.0, None, None)), ((4, 5, 6, 2), (1.0, 1.0, 1.0, 1.0))]
    return [
        ((1, 1, 1, 1), (1.0, 0.0, 0.5, None)), ((4, 5, 6, 2), (1.0, 1.0, 1.0, 1.0)),
        ((3, 12, 5, 2), (0.0, 1.0, 1.0, 0.25)), ((7, 2, 1, 9), (None, None, None, None)),
    ]  # fmt: skip


def groups_of(policy: Policy, rl: Rl, *, few: bool = False) -> list[Group]:
    """The sampler's log-probs are the policy's but for some noise."""
    dice = torch.Generator().manual_seed(0)
    made = []
    for p, (lengths, scores) in enumerate(lengths_and_scores(few)):
        ids = [torch.randint(1, 80, (length,), generator=dice).tolist() for length in lengths]
        rollouts = [Rollout(own, [0.0] * len(own), 0.5, truncated=len(own) == 12) for own in ids]
        prompt = torch.randint(1, 80, (4 + 3 * p,), generator=dice).tolist()
        made.append(Group(Task(str(p), "q", "1"), "q", prompt, rollouts, [""] * 4, [Reward(s, {}) for s in scores]))
    logps = iter(train.score_rollouts(policy, made, rl))
    noisy = [(r, logps_T + 0.1 * torch.randn(logps_T.shape, generator=dice)) for g in made for r, logps_T in
             zip(g.rollouts, logps, strict=False)]  # fmt: skip
    known = iter(replace(rollout, logps=logps_T.tolist()) for rollout, logps_T in noisy)
    return [replace(group, rollouts=[next(known) for _ in group.rollouts]) for group in made]


def policy_of(model: type, parallel: str, *, scale: float = 1.0, **options: bool) -> Policy:
    """The same weights each time."""
    tied, config = model is Qwen2ForCausalLM, Qwen2Config if model is Qwen2ForCausalLM else LlamaConfig
    torch.manual_seed(0)
    made = model(config(**SIZE, tie_word_embeddings=tied, num_labels=1, pad_token_id=None))
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.normal_(std=0.3).mul_(scale)  # far from uniform, so that a mistake shows
    policy = Policy(made.eval(), None, frozenset({0}), **options)
    precision = "bfloat16" if policy.bfloat16 else "float32"
    return over_ranks(policy, Recipe(name="x", model="x", device="cpu", parallel=parallel, precision=precision))


def weights(policy: Policy) -> torch.Tensor:
    return torch.cat([weight.float().flatten() for _, weight in full_weights(policy.model)])


CASES = {
    "kl": {"kl_coef": 0.1, "forward_tokens": 12},
    "dapo": {"algorithm": "dapo", "correction": "token_truncate", "correction_cap": 1.1, "forward_tokens": 1},
    "dr_grpo": {"algorithm": "dr_grpo", "forward_tokens": 40},
    "kl_in_reward": {"kl_in": "reward", "kl": "k1", "kl_coef": 0.1},
    "few": {"kl_coef": 0.0, "forward_tokens": 1},
}


def updates(parallel: str, only: str = "") -> dict[str, dict]:
    """What each kind of step measures, and the change of the weights; of RL only the kind that is named, if any."""
    found = {}
    kinds = [("kl", Qwen2ForCausalLM, {}), *((name, LlamaForCausalLM, {}) for name in CASES)]
    kinds += [("kl", Qwen2ForCausalLM, {"recompute": True}), ("kl", Qwen2ForCausalLM, {"bfloat16": True})]
    for name, model, options in kinds:
        if only not in ("", name) or (only and options):
            continue
        policy = policy_of(model, parallel, **options)
        before = weights(policy)
        rl = fill_preset(Rl(**{"group_size": 4, "max_new_tokens": 12, "forward_tokens": 10_000, **CASES[name]}))
        groups = groups_of(policy, rl, few=name == "few")
        reference = policy_of(model, parallel, scale=1.01, **options) if rl.kl_coef else None
        old = train.score_rollouts(policy, groups, rl) if rl.correction != "none" else None
        optimizer = torch.optim.AdamW(policy.model.parameters(), lr=0.01, weight_decay=0.0, fused=True)
        measured = train.update(policy, reference, optimizer, groups, rl, old)
        moved = weights(policy) - before
        again = train.update(policy, reference, optimizer, groups[:2], rl, old and old[:8])  # as a second minibatch
        plain = policy_of(model, parallel, **options)  # a step along the gradient itself
        train.update(plain, reference, torch.optim.SGD(plain.model.parameters(), lr=1.0), groups, rl, old)
        found["-".join([name, model.__name__[:5], *options])] = {
            "measured": measured, "again": again, "gradient": weights(plain) - before, "moved": moved,
            "after": weights(policy),
        }  # fmt: skip
    policy = policy_of(LlamaForCausalLM, parallel)
    before, optimizer = weights(policy), torch.optim.SGD(policy.model.parameters(), lr=0.0)
    loss, norm = sft_step(policy, optimizer, PAIRS, 1.0, 8, 8)
    found["sft"] = {"measured": {"loss": loss, "grad_norm": norm}, "gradient": weights(policy) - before}
    policy = policy_of(LlamaForSequenceClassification, parallel)
    before, optimizer = weights(policy), torch.optim.SGD(policy.model.parameters(), lr=0.0)
    measured = reward_model.update(policy, optimizer, SIGNED, 1.0, 8)
    found["reward_model"] = {"measured": measured, "gradient": weights(policy) - before}
    return found


def by_length(completion: str, ground_truth: object) -> Verdict:
    """A score that differs within a group, whatever an untrained model writes: else no step would change a weight."""
    return Verdict(len(completion) % 5 / 4, Reason.CORRECT)


def by_length_only(recipe: object, **judges: object):
    return weighted(countdown=(1.0, by_length))


def in_update(number: int, do, update=train.update):
    """`update`, which does this first on its call of that number, on the last rank."""
    calls = 0

    def watched(*args):
        nonlocal calls
        calls += 1
        if calls == number and rank() == int(os.environ["WORLD_SIZE"]) - 1:
            do()
        return update(*args)

    return watched


def go(args: list[str], stop: Stop) -> Path:
    recipe = load_recipe(args)
    run = on_first_rank(train.open_run, recipe)
    with open_log(run) as log:
        return train.r1_zero(recipe, run, log=log, stop=stop)


def fail() -> None:
    raise ZeroDivisionError("a fault of one rank")


def main() -> int:
    what, *args = sys.argv[1:]
    train.make_reward = by_length_only
    if what == "updates":
        with open_ranks():
            only = "" if args[1:] else "few"
            found = {parallel: updates(parallel, only) for parallel in ("ddp", "fsdp")}
            if is_first():
                torch.save(found, args[0])
            if args[1:]:
                go(args[1:], Stop())
            elif rank() == 3:
                fail()
            on_first_rank(str)
        return 0
    if what == "killed":  # as if it were out of memory, in the third of six updates
        train.update = in_update(3, lambda: os.kill(os.getpid(), signal.SIGKILL))
    if what == "stopped":  # the launcher's signal, which may reach one rank before the others; then on, without a break
        with open_ranks():
            update = train.update
            with stop_requests() as stop:
                train.update = in_update(2, lambda: os.kill(os.getpid(), signal.SIGTERM))
                try:
                    go(args, stop)
                except Interrupted as stopped:
                    print(f"rank {rank()} stopped after {stopped}", flush=True)
            train.update = update
            go(args, Stop())
        return 0
    return train.main(args)


if __name__ == "__main__":
    sys.exit(main())
