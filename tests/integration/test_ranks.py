"""Several processes are as one: the same update and the same run, and the end of one is the end of all.

torchrun starts them, with gloo on a CPU. Few starts serve all tests.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from grpo.checkpoint import Stop
from grpo.log import read_metrics, rows_of
from grpo.policy import load_policy
from grpo.sign_puzzle import make_sign_puzzle
from tests import ranks_worker
from tests.integration.test_train import weights_hash
from tests.timeless import numbers

ROOT = Path(__file__).parents[2]
RECIPE = """
model = "{made}/base"
template = "question"
runs = "{runs}"
device = "cpu"
[sft]
data = "{made}/traces.jsonl"
steps = 2
batch_size = 16
lr = 2e-3
warmup = 1
pack_tokens = 128
[rl]
tasks = "{made}/train.jsonl"
held_out = "{made}/held_out.jsonl"
reward = {{ countdown = 1.0, format = 1.0 }}
reference_every = 1
steps = 3
tasks_per_step = 4
group_size = 4
minibatches = 2
max_new_tokens = 16
lr = 1e-3
eval_every = 2
eval_samples = 1
checkpoint_every = 1
"""
TOLERANCE = 1e-5
"""Of a gradient or of weights, the norm of the difference by the norm: sums of float32 in another order. Seen: 2e-6."""
HALF = 2e-2
"""The same in bfloat16 where weights are sharded: norms' weights are rounded too, which autocast leaves. Seen: 8e-3."""
WEIGHTED = {"loss": 1e-4, "kl_reward": 1e-4}
"""Relative, of numbers that are small differences of large ones; of all others it is TOLERANCE."""


def torchrun(ranks: int, *args: object) -> subprocess.CompletedProcess:
    line = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", ranks, "--rdzv-backend", "c10d"]
    line += ["--rdzv-endpoint", "127.0.0.1:0", ROOT / "tests" / "ranks_worker.py", *args]
    env = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "NO_COLOR": "1"}
    return subprocess.run([*map(str, line)], env=env, text=True, capture_output=True, timeout=300, cwd=ROOT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("ranks")
    (folder / "made").mkdir()
    make_sign_puzzle(folder / "made", seed=0, numbers=2, largest=5, traces=200, held_out=4)
    text = RECIPE.format(made=folder / "made", runs=folder / "runs")
    (folder / "small.toml").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def two(folder) -> dict:
    """The updates of two ranks, after which they run the recipe under the name `whole`."""
    done = torchrun(2, "updates", folder / "two.pt", folder / "small.toml", "--name", "whole")
    assert done.returncode == 0, done.stderr
    return torch.load(folder / "two.pt")


@pytest.fixture(scope="module")
def four(folder) -> tuple[dict, subprocess.CompletedProcess]:
    """The updates of four ranks, of which the last then fails."""
    done = torchrun(4, "updates", folder / "four.pt")
    return torch.load(folder / "four.pt"), done


@pytest.fixture(scope="module")
def one() -> dict:
    """What a single process finds."""
    return ranks_worker.updates("ddp")


@pytest.mark.parametrize("parallel", ["ddp", "fsdp"])
@pytest.mark.parametrize("ranks", ["two", "four"])
def test_an_update_is_that_of_one_process(one, request, ranks, parallel):
    found = request.getfixturevalue(ranks)
    found = (found[0] if ranks == "four" else found)[parallel]
    assert found.keys() == (one.keys() if ranks == "two" else {"few-Llama", "sft", "reward_model"})
    for name in found:
        expected, own, half = one[name], found[name], "bfloat16" in name and parallel == "fsdp"
        for key in {"measured", "again"} & expected.keys():
            assert own[key].keys() == expected[key].keys()
            for what, value in expected[key].items():
                near = 3e-2 if half else WEIGHTED.get(what, TOLERANCE)
                assert own[key][what] == pytest.approx(value, rel=near, abs=1e-6), (name, key, what)
        for key in {"gradient", "after"} & expected.keys():
            gap = (own[key] - expected[key]).norm() / expected[key].norm()
            assert gap < (HALF if half else TOLERANCE), (name, key, gap)
        assert expected["gradient"].norm() > 1e-2


def test_means_over_a_ranks_own_rows_would_be_seen(one):
    """The mean of what each rank's rows give by themselves, as peers' local denominators do, is another gradient."""
    policy = ranks_worker.policy_of(ranks_worker.LlamaForCausalLM, "ddp")
    rl = ranks_worker.fill_preset(ranks_worker.Rl(algorithm="dapo", group_size=4, max_new_tokens=12))
    groups = ranks_worker.groups_of(policy, rl)
    before, changes = ranks_worker.weights(policy), []
    for part in (groups, groups[:2], groups[2:]):
        policy = ranks_worker.policy_of(ranks_worker.LlamaForCausalLM, "ddp")
        optimizer = torch.optim.SGD(policy.model.parameters(), lr=1.0)
        norm = ranks_worker.train.update(policy, None, optimizer, part, rl)["grad_norm"]
        changes.append((ranks_worker.weights(policy) - before) * max(1.0, norm))  # as before it was clipped
    whole, first, second = changes
    assert ((first + second) / 2 - whole).norm() / whole.norm() > 1000 * TOLERANCE


def test_a_rank_that_fails_is_named_with_its_fault_and_ends_all(four):
    done = four[1]
    assert done.returncode != 0
    assert re.findall(r"rank .* ends the run.*", done.stderr) == [
        "rank 3 of 4 ends the run: ZeroDivisionError: a fault of one rank"
    ]


def test_a_run_has_one_record_and_weights_that_load(two, folder):
    run = folder / "runs" / "whole"
    rows = read_metrics(run)
    places = [(row["stage"], row["split"], row["step"]) for row in rows]
    assert places == [
        ("sft", "train", 1), ("sft", "train", 2), ("rl", "held_out", 0), ("rl", "train", 1), ("rl", "train", 2),
        ("rl", "held_out", 2), ("rl", "train", 3), ("rl", "held_out", 3),
    ]  # fmt: skip
    assert all(row["grad_norm"] > 1e-4 for row in rows if row["split"] == "train")
    rollouts = list(rows_of(run / "rollouts.jsonl"))
    assert len(rollouts) == 3 * 16 + 3 * 4
    assert all(row["sampler_gap"] < 1e-4 for row in rows if "sampler_gap" in row)  # the copy that samples is pushed to
    policy = load_policy(str(run / "2-rl" / "final"), device="cpu")
    assert policy.model.config.architectures == [type(policy.model).__name__]


def test_a_run_of_one_process_records_the_same_columns_and_samples_the_same(two, folder, monkeypatch):
    monkeypatch.setattr(ranks_worker.train, "make_reward", ranks_worker.by_length_only)
    ranks_worker.go([str(folder / "small.toml"), "--name", "alone", "--rl.steps", "1"], Stop())
    alone, whole = (read_metrics(folder / "runs" / name) for name in ("alone", "whole"))
    assert [list(row) for row in alone[:4]] == [list(row) for row in whole[:4]]
    for mine, theirs in zip(alone[:2], whole[:2], strict=True):
        assert theirs["loss"] == pytest.approx(mine["loss"], rel=1e-4)
    mine, theirs = (list(rows_of(folder / "runs" / name / "rollouts.jsonl"))[4:20] for name in ("alone", "whole"))
    same = sum(a["completion"] == b["completion"] for a, b in zip(mine, theirs, strict=True))
    assert same >= 15  # weights differ in their last digits, so a dart may fall on another token


def test_a_rank_that_is_killed_is_named_and_the_same_command_ends_as_an_unbroken_run(two, folder):
    killed = torchrun(2, "killed", folder / "small.toml", "--name", "broken")
    assert killed.returncode != 0
    assert re.findall(r"^rank .*", killed.stderr, re.MULTILINE) == [
        "rank 1 of 2 is gone (killed, crashed or out of memory), and the run ends: the same command goes on from the "
        "last checkpoint"
    ]
    runs = folder / "runs"
    assert not (runs / "broken" / "2-rl" / "final").exists()
    done = torchrun(2, "stopped", folder / "small.toml", "--name", "broken")  # a signal to one rank, then on to the end
    assert done.returncode == 0, done.stderr
    assert sorted(re.findall(r"rank . stopped after rl, step . of .", done.stdout)) == [
        f"rank {rank} stopped after rl, step 2 of 3" for rank in (0, 1)
    ]
    assert weights_hash(runs / "broken" / "2-rl" / "final") == weights_hash(runs / "whole" / "2-rl" / "final")
    assert numbers(runs / "broken") == numbers(runs / "whole")
    rollouts = [(runs / name / "rollouts.jsonl").read_text(encoding="utf-8") for name in ("broken", "whole")]
    assert rollouts[0] == rollouts[1]
