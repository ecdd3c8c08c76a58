"""RL improves what it is rewarded for, and thinking grows by itself: a smaller tiny_cpu, run whole."""

from grpo import train
from grpo.checkpoint import Stop
from grpo.config import load_recipe
from grpo.log import open_log, read_metrics
from grpo.sign_puzzle import make_sign_puzzle


def test_rl_raises_held_out_accuracy_and_length_though_nothing_rewards_length(tmp_path):
    made = tmp_path / "made"
    made.mkdir()
    make_sign_puzzle(made, seed=0, numbers=3, largest=3, traces=8_000)
    overrides = {
        "model": made / "base", "runs": tmp_path, "sft.data": made / "traces.jsonl", "sft.steps": 500,
        "rl.tasks": made / "train.jsonl", "rl.held-out": made / "held_out.jsonl",
        "rl.steps": 20, "rl.eval-every": 20, "rl.eval-samples": 40, "rl.max-new-tokens": 120,
    }  # fmt: skip
    recipe = load_recipe(["tiny_cpu", *(part for key, value in overrides.items() for part in (f"--{key}", str(value)))])
    run = train.open_run(recipe)
    with open_log(run, quiet=True) as log:
        train.r1_zero(recipe, run, log=log, stop=Stop())

    before, after = (row for row in read_metrics(run) if row.get("split") == "held_out")
    assert before["accuracy"] < 0.55  # by the traces alone about .48: giving up loses the rest
    assert after["accuracy"] > before["accuracy"] + 0.1
    assert after["completion_tokens"] > 1.15 * before["completion_tokens"]
    assert after["reflections"] > 1.5 * before["reflections"]
