"""RL improves what it is rewarded for, and thinking grows by itself: a smaller tiny_cpu, run whole."""

import json
import re

from grpo import train
from grpo.checkpoint import Stop
from grpo.config import load_recipe
from grpo.log import open_log, read_metrics
from grpo.sign_puzzle import make_sign_puzzle

# A lookahead, since a total is the end of one sum and the start of the next.
TOTAL = r"(?<![\d+-])(?=(-?\d+) ([+-]\d+)=(-?\d+))"


def share_of_right_totals(completions: list[str]) -> float:
    """Of the running totals (`5 +3=8`) in the traces, how many are right."""
    sums = [found.groups() for text in completions for found in re.finditer(TOTAL, text)]
    return sum(int(total) + int(number) == int(written) for total, number, written in sums) / len(sums)


def test_rl_raises_held_out_accuracy_and_length_from_a_base_that_can_add(tmp_path):
    made = tmp_path / "made"
    made.mkdir()
    make_sign_puzzle(made, seed=0, numbers=3, largest=5, traces=9_600, held_out=96)
    overrides = {
        "model": made / "base", "runs": tmp_path, "sft.data": made / "traces.jsonl", "sft.steps": 600,
        "rl.tasks": made / "train.jsonl", "rl.held-out": made / "held_out.jsonl",
        "rl.steps": 32, "rl.eval-every": 32, "rl.eval-samples": 4, "rl.max-new-tokens": 120,
    }  # fmt: skip
    recipe = load_recipe(["tiny_cpu", *(part for key, value in overrides.items() for part in (f"--{key}", str(value)))])
    run = train.open_run(recipe)
    with open_log(run, quiet=True) as log:
        train.r1_zero(recipe, run, log=log, stop=Stop())

    before, after = (row for row in read_metrics(run) if row.get("split") == "held_out")
    rollouts = [json.loads(line) for line in (run / "rollouts.jsonl").read_text(encoding="utf-8").splitlines()]
    base = [row["completion"] for row in rollouts if row["split"] == "held_out" and row["step"] == 0]
    assert share_of_right_totals(base) > 0.95, "the base cannot add, so trying again has no value"

    assert before["accuracy"] < 0.6
    assert after["accuracy"] > before["accuracy"] + 0.1
    assert after["completion_tokens"] > 1.2 * before["completion_tokens"]
    assert after["reflections"] > 1.5 * before["reflections"]
