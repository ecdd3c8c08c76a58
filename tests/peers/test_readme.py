"""The READMEs' code that needs another stack, run with the real package."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.peers.environments import ours_beside, python_of
from tests.readme_blocks import Block, blocks_of, documents
from tests.readme_commands import commands_in
from tests.readme_stacks import REAL, environment_of, modules_in

ROOT = Path(__file__).parents[2]
BLOCKS = [block for path in documents() for block in blocks_of(path)]
PYTHON = [block for block in BLOCKS if block.kind == "python" and environment_of(block.text)]
MODEL = "Qwen/Qwen2.5-0.5B-Instruct"
"""What the README trains; here a model of a few weights stands in its place."""

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="the stacks want Python 3.11")


def run(environment: str, folder: Path, code: str, timeout: float = 300) -> str:
    """What the code prints, with that environment's Python."""
    settings = os.environ | {
        "PYTHONPATH": f"{ROOT}:{ROOT / 'tests' / 'peers'}", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1",
        "HOME": str(folder), "HF_HOME": str(folder), "XDG_DATA_HOME": str(folder),
    }  # fmt: skip
    command = [ours_beside(python_of(environment)), "-c", code]
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout


def before(block: Block) -> str:
    """What stands in for a model and a tokenizer that are only on a hub, and for the GPU that TRL expects."""
    if "inspect_ai" in modules_in(block.text):
        return """
import types, tiktoken
words = types.SimpleNamespace(encode=lambda text, **_: text.split())
tiktoken.get_encoding = tiktoken.encoding_for_model = lambda *_: words
"""
    if MODEL not in block.text:
        return ""
    return f"""
import functools, tiny_model, trl
tiny_model.save({MODEL!r})
trl.GRPOConfig = functools.partial(trl.GRPOConfig, use_cpu=True, bf16=False, report_to="none", max_completion_length=6)
"""


@pytest.mark.parametrize("block", PYTHON, ids=lambda block: block.where)
def test_every_block_runs_with_the_real_package(block, tmp_path):
    run(environment_of(block.text), tmp_path, before(block) + block.text)


def test_each_stack_that_can_be_had_is_among_them():
    imported = {module for block in PYTHON for module in modules_in(block.text)}
    assert {stack for stack in REAL if any(f"{m}.".startswith(f"{stack}.") for m in imported)} == set(REAL)


def command_of(program: str) -> list[str]:
    """The words of the one command of the READMEs that begins so."""
    shell = [block for block in BLOCKS if block.kind == "sh"]
    [found] = [words for block in shell for words in commands_in(block.text) if " ".join(words).startswith(program)]
    return found


def test_verl_takes_the_overrides_and_calls_the_function_that_they_name(tmp_path):
    overrides = command_of("python -m verl.trainer.main_ppo")[3:]
    printed = run(
        "verl",
        tmp_path,
        f"""
import json
from hydra import compose, initialize_config_module
from verl.trainer.ppo.reward import get_custom_reward_fn

with initialize_config_module("verl.trainer.config", version_base=None):
    config = compose("ppo_trainer", overrides={overrides!r})
function = get_custom_reward_fn(config)
said = [function("openai/gsm8k", text, "4", {{}}) for text in ("so \\\\boxed{{4}}", "so \\\\boxed{{5}}")]
print(json.dumps([one["score"] for one in said]))
""",
    )
    assert json.loads(printed.splitlines()[-1]) == [1.0, 0.0]


def test_openrlhf_has_the_options(tmp_path):
    """Its parser is made where its trainer starts, so it is read and not run."""
    found = "import importlib.util; print(importlib.util.find_spec('openrlhf').submodule_search_locations[0])"
    source = Path(run("openrlhf", tmp_path, found).splitlines()[-1]) / "cli" / "train_ppo_ray.py"
    known = {
        getattr(node.args[0], "value", "")
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "add_argument"
    }
    options = [word for word in command_of("python -m openrlhf.cli.train_ppo_ray") if word.startswith("--")]
    assert len(options) >= 2
    assert not set(options) - known


def test_lm_eval_runs_the_task_of_its_two_files(tmp_path):
    [task] = [block.text for block in BLOCKS if block.kind == "yaml" and "process_results" in block.text]
    [functions] = [block.text for block in BLOCKS if "verifiers.adapters.lm_eval import" in block.text]
    (tmp_path / "sums.yaml").write_text(task)
    (tmp_path / "utils.py").write_text(functions)
    rows = [{"question": f"so \\boxed{{{answer}}}", "answer": "4"} for answer in (4, 5)]
    (tmp_path / "documents.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    printed = run("stacks", tmp_path, "import json, stacks_worker; print(json.dumps(stacks_worker.lm_eval()))")
    assert json.loads(printed.splitlines()[-1])["reward,none"] == 0.5


NAMES = {"TRL": "trl", "PrimeIntellect verifiers": "verifiers", "lm-eval": "lm_eval", "SkyRL": "skyrl-gym"}


def test_the_matrix_has_the_versions_that_are_run():
    matrix = (ROOT / "verifiers" / "adapters" / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[([^\]]+)\]\S+ \| (?:gym )?(\S+) \| \S+ (?:\S+ )?\| real", matrix, re.MULTILINE)
    assert len(rows) >= 9
    pinned = "\n".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.txt"))
    for stack, version in rows:
        assert f"\n{NAMES.get(stack, stack.lower())}=={version}\n" in f"\n{pinned}\n", stack
