"""Our adapters inside the real inspect_ai, lm-eval, lighteval, SkyRL gym and AReaL: each runs its own code on us."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.peers.environments import python_of

ROOT = Path(__file__).parents[2]
RIGHT, WRONG = "<think>2 + 2</think><answer>4</answer>", "<think>2 + 2</think><answer>5</answer>"
BAD_TRUTH = '{"kind": "stdin"}'  # which verifier this is for cannot be told: no verdict

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="the list is of versions for Python 3.11")


def run(folder: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A command of the stacks' Python, which finds us as a stranger's installation would, and no network."""
    (folder / "home").mkdir(exist_ok=True)
    environment = os.environ | {
        "PYTHONPATH": str(ROOT), "HOME": str(folder / "home"), "HF_HOME": str(folder / "home"), "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1", "NO_COLOR": "1", "XDG_DATA_HOME": str(folder / "home"),
    }  # fmt: skip
    command = [python_of("stacks"), *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    return done


@pytest.fixture
def said(tmp_path):
    """Runs a part of stacks_worker.py and returns what it says."""

    def call(part, **given):
        packages = Path(torch.__file__).parents[1]
        done = run(tmp_path, Path(__file__).with_name("stacks_worker.py"), part, json.dumps(given), packages)
        return json.loads(done.stdout.splitlines()[-1])

    return call


INSPECT_TASK = f"""
from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import ContentReasoning, ContentText, ModelOutput, ModelUsage, get_model
from verifiers.adapters.inspect_ai import verified

RIGHT, WRONG, BAD_TRUTH = {RIGHT!r}, {WRONG!r}, {BAD_TRUTH!r}
usage = ModelUsage(input_tokens=1, output_tokens=1, total_tokens=2)  # else the mock loads a tokenizer to count
thought = [ContentReasoning(reasoning="2 + 2"), ContentText(text="<answer>4</answer>")]


@task
def sums():
    said = [RIGHT, WRONG, RIGHT, RIGHT, thought]
    targets = ["4", "4", ["5", "4"], BAD_TRUTH, "4"]
    outputs = [ModelOutput.from_content("mock", each) for each in said]
    for output in outputs:
        output.usage = usage
    return Task(
        dataset=[Sample(input="2 + 2?", target=target) for target in targets],
        scorer=verified("r1_zero"),
        model=get_model("mockllm/model", custom_outputs=outputs),
    )
"""


def test_inspect_eval_scores_and_leaves_the_undecided_out_of_its_metrics(tmp_path):
    (tmp_path / "task.py").write_text(INSPECT_TASK)
    options = "--log-dir logs --log-format json --display none --max-connections 1 --max-samples 1".split()
    run(tmp_path, "-m", "inspect_ai", "eval", "task.py", *options)
    [log] = map(json.loads, map(Path.read_text, (tmp_path / "logs").glob("*.json")))
    assert log["status"] == "success"
    [scores] = log["results"]["scores"]
    assert (scores["name"], scores["scored_samples"], scores["unscored_samples"]) == ("verified", 4, 1)
    assert scores["metrics"]["mean"]["value"] == pytest.approx((2 + 1 + 2 + 2) / 4)
    said = [sample["scores"]["verified"] for sample in log["samples"]]
    assert [each["metadata"]["undecided"] for each in said] == [0, 0, 0, 1, 0]
    assert [each["answer"] for each in said] == ["4", "5", "4", "4", "4"]
    assert (said[3]["reason"], said[3]["metadata"]["reason"]) == ("scoring_failed", "BAD_GROUND_TRUTH")
    assert log["eval"]["scorers"][0]["options"]["verifier"] == "r1_zero"


LM_EVAL_TASK = """
task: sums
dataset_path: json
dataset_kwargs:
  data_files: {test: documents.jsonl}
test_split: test
output_type: generate_until
doc_to_text: "{{question}}"
doc_to_target: "{{answer}}"
process_results: !function utils.process_results
metric_list:
  - {metric: reward, aggregation: mean, higher_is_better: true}
  - {metric: undecided, aggregation: mean, higher_is_better: false}
"""


def test_lm_eval_evaluates_a_task_with_our_process_results(tmp_path, said):
    (tmp_path / "sums.yaml").write_text(LM_EVAL_TASK)
    (tmp_path / "utils.py").write_text(
        'from verifiers.adapters.lm_eval import verified\nprocess_results = verified("accuracy")\n'
    )
    completions = [RIGHT, WRONG, RIGHT, RIGHT]
    answers = ["4", "4", "2 + 2 = 4\n#### 4", BAD_TRUTH]
    rows = [{"question": completion, "answer": answer} for completion, answer in zip(completions, answers, strict=True)]
    (tmp_path / "documents.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    results = said("lm_eval")
    assert results["reward,none"] == pytest.approx(2 / 3)
    assert results["undecided,none"] == 0.25
    assert results["reward_stderr,none"] > 0


LIGHTEVAL_TASK = """
from lighteval.tasks.lighteval_task import LightevalTaskConfig
from lighteval.tasks.requests import Doc
from verifiers.adapters.lighteval import verified


def prompt(line, task_name=None):
    return Doc(query=line["question"], choices=line["answers"], gold_index=list(range(len(line["answers"]))))


TASKS_TABLE = [
    LightevalTaskConfig(
        name="sums", prompt_function=prompt, hf_repo="data", hf_subset="default", hf_avail_splits=["test"],
        evaluation_splits=["test"], generation_size=9, metrics=[verified("r1_zero")],
    )
]
"""


def test_lighteval_runs_a_task_with_our_metric_on_what_the_model_wrote(tmp_path, said):
    """lighteval cuts the thinking off (`text_post_processed`); a verdict is on all of it."""
    (tmp_path / "tasks.py").write_text(LIGHTEVAL_TASK)
    (tmp_path / "data").mkdir()
    answers = [["4"], ["4"], ["5", "4"], [BAD_TRUTH], ["4"]]
    rows = [{"question": f"2 + 2? {number}", "answers": each} for number, each in enumerate(answers)]
    (tmp_path / "data" / "test.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    results = said("lighteval", completions=[RIGHT, WRONG, RIGHT, RIGHT, "<think>\\boxed{4}</think>"])
    assert results["reward"] == pytest.approx((2 + 1 + 2 + 0) / 4)
    assert results["undecided"] == pytest.approx(1 / 5)
    assert results["reward_stderr"] > 0


def test_skyrl_makes_our_environment_and_steps_it(said):
    specs = [("openai/gsm8k", "4"), ("openai/gsm8k", "4"), ("math", "no { number")]
    rows = [{"data_source": source, "reward_spec": {"ground_truth": truth}} for source, truth in specs]
    found = said("skyrl", completions=[RIGHT, WRONG, RIGHT], rows=rows)
    assert [step["reward"] for step in found["steps"]] == [1.0, 0.0, 0.25]
    assert [step["done"] for step in found["steps"]] == [True] * 3
    assert [step["metadata"]["answer"] for step in found["steps"]] == ["4", "5", "4"]
    assert found["metrics"]["undecided"] == pytest.approx(1 / 3)
    assert found["metrics"]["verdict"] == pytest.approx(1 / 2)


def test_areals_processes_score_and_hand_on_that_there_is_no_verdict(said):
    found = said("areal", completions=[RIGHT + "<|im_end|>", WRONG, RIGHT], answers=["4", "4", BAD_TRUTH])
    assert found[:2] == [1.0, 0.0]
    assert found[2].startswith("Undecided: no verdict, so AReaL has to reject this rollout: BAD_GROUND_TRUTH")
