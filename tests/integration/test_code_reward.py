"""Programs as a trainer's reward: from task JSONL to a step of RL, and nothing is left running."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grpo import train
from grpo.checkpoint import Stop
from grpo.config import RecipeError, load_recipe
from grpo.log import open_log, read_metrics
from grpo.rewards import make_reward
from grpo.settings import Recipe, Rl
from grpo.sign_puzzle import make_sign_puzzle
from grpo.tasks import load_tasks
from tests.text_rewards import Substitute

TRUTH = {"kind": "assert", "entry_point": "double", "test": "assert double(2) == 4\nassert double(-1) == -2"}
RIGHT, WRONG = (
    f"<think>so</think> <answer>\n```python\ndef double(n): return {body}\n```\n</answer>" for body in ("2 * n", "n")
)
RECIPE = """
model = "{made}/base"
template = "question"
runs = "{made}/runs"
[rl]
tasks = "{tasks}"
reward = {{ code = 1.0, format = 0.5 }}
steps = 2
tasks_per_step = 2
group_size = 4
max_new_tokens = 8
lr = 1e-3
"""


def write_tasks(folder: Path, *truths: object) -> Path:
    path = folder / "tasks.jsonl"
    rows = [{"id": f"t-{i}", "question": "1,2:3?", "ground_truth": truth} for i, truth in enumerate(truths)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_a_recipe_may_name_code_and_its_tasks_are_checked_before_the_run(tmp_path):
    reward = make_reward(Recipe(name="t", model="m", rl=Rl(reward={"code": 1.0, "format": 0.5})))
    tasks = load_tasks(write_tasks(tmp_path, TRUTH, json.dumps(TRUTH)), reward)
    for task in tasks:
        assert reward(RIGHT, task.ground_truth).value == 1.5
        assert reward(WRONG, task.ground_truth).value == 0.5
        assert reward("<think>so</think><answer>4</answer>", task.ground_truth).value == 0.5
    with pytest.raises(RecipeError, match=r"task 't-1': verifier 'code' cannot read its ground truth: the kind of"):
        load_tasks(write_tasks(tmp_path, TRUTH, {"kid": "assert"}), reward)


def test_programs_are_run_within_a_step_of_training(tmp_path, monkeypatch):
    """An untrained model writes no program, so its completions stand for one: a long one for the right one."""
    make_sign_puzzle(tmp_path, seed=0, numbers=2, largest=5, traces=10, held_out=2)
    recipe = tmp_path / "code.toml"
    recipe.write_text(RECIPE.format(made=tmp_path, tasks=write_tasks(tmp_path, TRUTH, TRUTH)), encoding="utf-8")

    def make_substitute(recipe, **judges):
        return Substitute(make_reward(recipe), RIGHT, WRONG)

    monkeypatch.setattr(train, "make_reward", make_substitute)
    loaded = load_recipe([str(recipe)])
    run = train.open_run(loaded)
    with open_log(run, quiet=True) as log:
        train.r1_zero(loaded, run, log=log, stop=Stop())
    rows = [row for row in read_metrics(run) if row["split"] == "train"]
    assert len(rows) == 2
    for row in rows:
        assert row["undecided"] == 0
        assert row["reward"] == pytest.approx(row["score/code"] + 0.5)
    rollouts = [json.loads(line) for line in (run / "rollouts.jsonl").read_text(encoding="utf-8").splitlines()]
    for rollout in rollouts:
        assert rollout["verdicts"]["code"]["score"] == len(rollout["completion"]) % 2
    assert {rollout["verdicts"]["code"]["reason"] for rollout in rollouts} == {"CORRECT", "WRONG"}


SCRIPT = """
import os, threading
from verifiers import VERIFIERS, verify_batch, verify_format, weighted

RIGHT, TRUTH = {right!r}, {truth!r}
reward = weighted(code=(1.0, VERIFIERS["code"]), format=(0.5, verify_format))


def descendants(pid):
    found = []
    for task in os.listdir(f"/proc/{{pid}}/task"):
        for child in map(int, open(f"/proc/{{pid}}/task/{{task}}/children").read().split()):
            found += [child, *descendants(child)]
    return found


if __name__ == "__main__":
    values = []
    threads = [threading.Thread(target=lambda: values.append(reward(RIGHT, TRUTH).value)) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    before = descendants(os.getpid())
    child = os.fork()
    if not child:
        os._exit(reward(RIGHT, TRUTH).value != 1.5)
    values.append(1.5 if os.waitpid(child, 0)[1] == 0 else None)
    values += [found.value for found in verify_batch(reward, [RIGHT] * 2, [TRUTH] * 2, workers=1)]
    values.append(reward(RIGHT, TRUTH).value)
    assert set(before) <= set(descendants(os.getpid()))  # the sandbox of the first call is still in use
    print(*values, ":", *descendants(os.getpid()))
"""


def test_threads_forks_and_batches_use_it_and_leave_no_process_behind(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(right=RIGHT, truth=TRUTH), encoding="utf-8")
    said = subprocess.run([sys.executable, script], check=True, capture_output=True, text=True).stdout
    values, _, processes = said.partition(":")
    assert values.split() == ["1.5"] * 8
    assert processes.split()
    deadline = time.monotonic() + 10
    while (
        left := [pid for pid in processes.split() if os.path.exists(f"/proc/{pid}")]
    ) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not left
