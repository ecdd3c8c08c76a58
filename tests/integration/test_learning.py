"""RL improves what it is rewarded for, and thinking grows by itself: a smaller tiny_cpu, run whole."""

import json

from grpo import train
from grpo.checkpoint import Stop
from grpo.config import load_recipe
from grpo.log import open_log, read_metrics
from grpo.sign_puzzle import make_sign_puzzle


def wrong_totals(completion: str) -> tuple[int, int]:
    """How many running totals of a trace are wrong, and how many there are."""
    wrong = totals = 0
    for attempt in completion.removeprefix("<think>").split("</think>")[0].split("wait "):
        total, *terms = attempt.split(" off ")[0].split()
        for term in terms:
            number, _, written = term.partition("=")
            totals += 1
            wrong += not written or int(total) + int(number) != int(written)
            total = written or total
    return wrong, totals


def test_rl_raises_held_out_accuracy_and_length_from_a_base_that_can_add(tmp_path):
    made = tmp_path / "made"
    made.mkdir()
    make_sign_puzzle(made, seed=0, numbers=4, largest=4, traces=12_000, held_out=96)
    overrides = {
        "model": made / "base", "runs": tmp_path, "sft.data": made / "traces.jsonl", "sft.steps": 700,
        "rl.tasks": made / "train.jsonl", "rl.held-out": made / "held_out.jsonl",
        "rl.steps": 24, "rl.eval-every": 24, "rl.eval-samples": 4, "rl.max-new-tokens": 160,
    }  # fmt: skip
    arguments = ["tiny_cpu", *(part for key, value in overrides.items() for part in (f"--{key}", str(value)))]
    recipe = load_recipe(arguments)
    run = train.open_run(recipe)
    with open_log(run, quiet=True) as log:
        train.r1_zero(recipe, run, log=log, stop=Stop())

    before, after = (row for row in read_metrics(run) if row.get("split") == "held_out")
    rollouts = [json.loads(line) for line in (run / "rollouts.jsonl").read_text(encoding="utf-8").splitlines()]
    counts = [wrong_totals(row["completion"]) for row in rollouts if row["split"] == "held_out" and row["step"] == 0]
    assert sum(wrong for wrong, _ in counts) < 0.1 * sum(totals for _, totals in counts), "the base cannot add"

    assert before["accuracy"] < 0.45
    assert after["accuracy"] > before["accuracy"] + 0.1
    assert after["completion_tokens"] > 1.2 * before["completion_tokens"]
    assert after["reflections"] > 1.5 * before["reflections"]
