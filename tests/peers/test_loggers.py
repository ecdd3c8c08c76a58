"""The real wandb, offline, and the real trackio, on this machine: they have what metrics.jsonl has, each step once."""

import json
import os
import signal
import subprocess
import sysconfig
from pathlib import Path

import pytest

from grpo.log import read_metrics
from grpo.loggers import parts_of
from tests.peers.environments import python_of

ROOT = Path(__file__).parents[2]


def mirrored(tmp_path: Path, *args: object) -> subprocess.CompletedProcess[str]:
    """Run the script with an environment in which nothing is sent anywhere."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT), "WANDB_MODE": "offline", "TRACKIO_DIR": str(tmp_path / "trackio"),
        "WANDB_CONFIG_DIR": str(tmp_path), "WANDB_CACHE_DIR": str(tmp_path), "OURS": sysconfig.get_path("purelib"),
    }  # fmt: skip
    command = [python_of("loggers"), "-W", "error", Path(__file__).with_name("mirrored.py"), *map(str, args)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("logger", ["wandb", "trackio"])
def test_a_run_that_was_killed_and_went_on_has_each_step_once(tmp_path, logger):
    run = tmp_path / "run"
    killed = mirrored(tmp_path, "write", logger, run, 1, 5, "kill")
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    resumed = mirrored(tmp_path, "write", logger, run, 4, 8)
    assert resumed.returncode == 0, resumed.stderr
    assert "warning:" not in killed.stdout + resumed.stdout
    rows = [parts_of(row) for row in read_metrics(run)]
    assert [(prefix, step) for prefix, step, _, _ in rows] == [
        *(("sft/train", step) for step in (1, 2)),
        *(("rl/train", step) for step in range(1, 9)),
    ]
    read = mirrored(tmp_path, "read", logger, run)
    assert read.returncode == 0, read.stderr
    assert json.loads(read.stdout) == [[prefix, step, {**numbers, **texts}] for prefix, step, numbers, texts in rows]


@pytest.mark.parametrize("logger", ["wandb", "trackio"])
def test_a_tool_that_cannot_begin_is_one_warning(tmp_path, logger):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "logger_id").mkdir()  # a file that cannot be read, whoever asks
    done = mirrored(tmp_path, "write", logger, tmp_path / "run", 1, 8)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(f"warning: {logger} could not begin (IsADirectoryError") == 1
    assert len(read_metrics(tmp_path / "run")) == 10
