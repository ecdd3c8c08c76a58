"""Two steps of TRL's GRPOTrainer with our rewards: run by test_adapters_trl.py with TRL's Python, prints JSON."""

import asyncio
import json
import math
import multiprocessing
import sys
from pathlib import Path
from unittest.mock import MagicMock

from accelerate import PartialState
from datasets import Dataset
from tiny_model import make_model, make_tokenizer
from transformers import set_seed
from trl import GRPOConfig, GRPOTrainer
from trl.experimental.async_grpo.async_rollout_worker import RolloutGroup, _AsyncRolloutLoop
from trl.trainer.utils import get_callable_name, is_async_callable

from verifiers.adapters.trl import async_reward, reward

TEMPLATE = "{% for m in messages %}{{ m['role'][0] + ':' + m['content'] + '|' }}{% endfor %}a:"


class Watched(GRPOTrainer):
    """Keeps what each step is trained on."""

    def _generate_and_score_completions(self, inputs):
        output = super()._generate_and_score_completions(inputs)
        self.seen.append({
            "advantages": output["advantages"].tolist(),
            "rewards": {name: [None if math.isnan(n) else n for n in values]
                        for name, values in self._logs["rewards"].items()},
            "extra": {name: list(values) for name, values in self._logs["extra"].items()},
        })  # fmt: skip
        return output


def train(folder: Path, reward_funcs, prompts) -> list[dict]:
    """Two steps of two groups of four, and what TRL logs of each."""
    set_seed(0)
    rows = {"prompt": prompts, "solution": ["4"] * len(prompts), "data_source": ["openai/gsm8k"] * len(prompts)}
    config = GRPOConfig(
        output_dir=str(folder), use_cpu=True, bf16=False, report_to="none", max_steps=2, logging_steps=1,
        per_device_train_batch_size=8, num_generations=4, max_completion_length=6, save_strategy="no",
        disable_tqdm=True, seed=0, reward_weights=[1.0] * len(reward_funcs),
    )  # fmt: skip
    tokenizer = make_tokenizer()
    tokenizer.chat_template = TEMPLATE
    trainer = Watched(
        model=make_model(), args=config, train_dataset=Dataset.from_dict(rows), processing_class=tokenizer,
        reward_funcs=reward_funcs,
    )  # fmt: skip
    trainer.seen = []
    trainer.train()
    for seen, row in zip(trainer.seen, [row for row in trainer.state.log_history if "loss" in row], strict=True):
        seen["metrics"] = {key: value for key, value in row.items() if value == value}
    return trainer.seen


def score_in_child(functions, answers) -> None:
    """What the asynchronous trainer's child does with a group; runs in a process that was spawned."""
    PartialState()  # as the child itself does before its loop
    loop = MagicMock(reward_funcs=functions, reward_func_names=[get_callable_name(f) for f in functions])
    loop._env_reward_types, loop._provides_rollout_reward = [], False
    texts = [r"\boxed{4}", r"\boxed{5}", r"\boxed{4}", r"\boxed{4}"]
    group = RolloutGroup(
        prompts=[[{"role": "user", "content": "2 + 2?"}]] * 4,
        reward_kwargs={"solution": ["4", "4", "", "4"]},
        completions=[[{"role": "assistant", "content": text}] for text in texts],
        completions_ids=[[1]] * 4, completions_sequences=[[MagicMock(input_ids=[1], completion_mask=[1],
        old_log_probs=[0.0])] for _ in texts], tool_call_counts=[0] * 4, tool_failure_counts=[0] * 4,
        model_version=0, group_id=0, env_rewards=[None] * 4, rollout_rewards=[None] * 4,
    )  # fmt: skip
    samples = asyncio.run(_AsyncRolloutLoop._score_group(loop, group))
    answers.put([[sample.advantage, sorted(sample.metrics)] for sample in samples])


def main(folder: Path) -> None:
    plain = ["What is 2 + 2?", "And 1 + 3?", "2 times 2?", "8 halved?"]
    chats = [[{"role": "user", "content": text}] for text in plain]
    said = {
        "plain": train(folder, [reward("coin:by_text", name="coin")], plain),
        "chat": train(folder, [reward("coin:by_text", name="coin")], chats),
        "async": train(folder, [async_reward("coin:by_text", name="coin"), async_reward(name="rule")], chats),
        "sum": train(folder, [reward("r1_zero")], plain),
    }
    said["names"] = [get_callable_name(reward("math")), get_callable_name(async_reward("math"))]
    said["is async"] = [is_async_callable(reward("math")), is_async_callable(async_reward("math"))]
    spawn = multiprocessing.get_context("spawn")
    for name, function in (("sync child", reward("math")), ("async child", async_reward("math"))):
        answers = spawn.Queue()
        child = spawn.Process(target=score_in_child, args=([function], answers), daemon=True)
        child.start()
        said[name] = answers.get(timeout=60)
        child.join(60)
    print("\n" + json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
