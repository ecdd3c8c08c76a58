"""verl's reward managers and its Ray reward loop over a small batch: run by test_adapters_verl.py, prints JSON."""

import asyncio
import importlib.metadata
import json
import sys
from pathlib import Path

import numpy as np
import ray
import torch
from hydra import compose, initialize_config_module
from tiny_model import make_tokenizer
from verl import DataProto
from verl.experimental.reward_loop import RewardLoopManager
from verl.trainer.ppo.metric_utils import process_validation_metrics
from verl.trainer.ppo.reward import load_reward_manager

from verifiers.math import equivalent

ADAPTER = "reward.custom_reward_function.path=pkg://verifiers.adapters.verl"
OPTION = "+reward.custom_reward_function.reward_kwargs."
TESTS = json.dumps({"inputs": ["1 2\n", "3 4\n"], "outputs": ["3\n", "7\n"]})
RIGHT = "```python\na, b = map(int, input().split())\nprint(a + b)\n```"
ROWS = [
    ("openai/gsm8k", r"so \boxed{4}", "4", {}),
    ("openai/gsm8k", r"so \boxed{5}", "4", {}),
    ("codecontests", RIGHT, TESTS, {}),
    ("codecontests", RIGHT.replace("+", "-"), TESTS, {}),
    ("taco", RIGHT, "no tests", {}),
    ("mine", "<answer>(6 - 2) * 3</answer>", {"numbers": np.array([2, 3, 6]), "target": 12}, {"verifier": "countdown"}),
]


def batch_of(tokenizer, rows) -> DataProto:
    """Two tokens of a prompt and the response, padded to the right, with the end token that verl leaves out."""
    ids = [[*tokenizer(row[1])["input_ids"], tokenizer.eos_token_id] for row in rows]
    longest = max(map(len, ids))
    responses = torch.tensor([one + [tokenizer.pad_token_id] * (longest - len(one)) for one in ids])
    mask = torch.tensor([[1, 1] + [1] * len(one) + [0] * (longest - len(one)) for one in ids])
    prompts = torch.zeros(len(rows), 2, dtype=torch.long)
    return DataProto.from_dict(
        {"prompts": prompts, "responses": responses, "attention_mask": mask},
        non_tensors={
            "data_source": np.array([row[0] for row in rows], dtype=object),
            "reward_model": np.array([{"ground_truth": row[2], "style": "rule"} for row in rows], dtype=object),
            "extra_info": np.array([dict(row[3]) for row in rows], dtype=object),
        },
    )


def config_of(folder: Path, *overrides: str):
    with initialize_config_module("verl.trainer.config", version_base=None):
        model = f"actor_rollout_ref.model.path={folder}"
        return compose("ppo_trainer", overrides=[ADAPTER, "reward.num_workers=2", model, *overrides])


def run(config, tokenizer, batch: DataProto) -> list[dict]:
    """Every row by a reward manager, all at once, as the reward loop does."""

    async def all_rows():
        manager = load_reward_manager(config, tokenizer)
        return await asyncio.gather(*(manager.run_single(batch[i : i + 1]) for i in range(len(batch))))

    return asyncio.run(all_rows())


def main(folder: Path) -> None:
    tokenizer = make_tokenizer()
    tokenizer.save_pretrained(folder / "tokenizer")
    ray.init(num_cpus=3, include_dashboard=False, log_to_driver=False, object_store_memory=100 << 20)
    said = {}

    def config(*options, manager="naive"):
        own = [f"{OPTION}{option}" for option in options]
        return config_of(folder / "tokenizer", f"reward.reward_manager.name={manager}", *own)

    for manager in ("naive", "dapo", "remote"):
        said[manager] = run(config("undecided=-0.25", manager=manager), tokenizer, batch_of(tokenizer, ROWS))

    batch = batch_of(tokenizer, ROWS)
    loop = RewardLoopManager(config("undecided=-0.25"))
    done = loop.compute_rm_score(batch)
    scores = done.batch["rm_scores"]
    said["loop"] = {
        "scores": scores.sum(1).tolist(),
        "at": [int(row.nonzero()[0, 0]) if row.any() else int(n) - 1 for row, n in
               zip(scores, batch.batch["attention_mask"][:, 2:].sum(1), strict=True)],
        "lengths": batch.batch["attention_mask"][:, 2:].sum(1).tolist(),
        "keys": done.meta_info["reward_extra_keys"], "workers": len(loop.reward_loop_workers),
    }  # fmt: skip
    infos = {key: done.non_tensor_batch[key].tolist()[:4] for key in done.meta_info["reward_extra_keys"]}
    sources = [row[0] for row in ROWS[:4]]
    said["validation"] = process_validation_metrics(sources, ["a", "a", "b", "b"], infos)

    zero = config("undecided=-0.25", "verifier={openai/gsm8k:r1_zero,codecontests:r1_zero,taco:r1_zero,mine:countdown}")
    said["sum"] = run(zero, tokenizer, batch_of(tokenizer, ROWS))
    slow = [("x", r"\boxed{4}", "4", {}), ("x", r"wait \boxed{4}", "4", {}), ("x", r"\boxed{4}", "4", {})]
    hang = config("undecided=0.5", "verifier='slow:patient'", "timeout=4")
    said["hang"] = run(hang, tokenizer, batch_of(tokenizer, slow))
    for name, options, row in (
        ("no choice", [], ROWS[0]),
        ("stop", ["undecided=stop"], ROWS[4]),
        ("unknown", ["undecided=0.0"], ("gsm8k", "4", "4", {})),
    ):
        try:
            run(config(*options), tokenizer, batch_of(tokenizer, [row]))
        except (TypeError, ValueError) as error:
            said[name] = str(error)
    verdict = equivalent(r"\int_0^x t\,dt", r"\frac{x^2}{2}")
    version = importlib.metadata.version("antlr4-python3-runtime")
    said["antlr"] = [version, str(verdict.reason), verdict.details.get("proof")]
    ray.shutdown()
    print("\n" + json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
