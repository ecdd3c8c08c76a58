"""A checkpoint of several ranks is loaded by any number of them, bit for bit; what one rank meets, all say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch


@pytest.fixture(scope="module")
def left(tmp_path_factory) -> Path:
    """What `tests/ranks.py` left."""
    folder = tmp_path_factory.mktemp("ranks")
    done = subprocess.run(
        [sys.executable, "-m", "tests.ranks", str(folder)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return folder


def met(folder: Path, name: str) -> list:
    return [json.loads(file.read_text()) for file in sorted(folder.glob(f"{name}.*.json"))]


@pytest.mark.parametrize(("name", "ranks"), [("one", 1), ("four", 4), ("ddp", 2), ("last", 1), ("again", 2)])
def test_what_two_ranks_saved_is_the_same_on_any_number_and_saved_by_those_on_any_other(left, name, ranks):
    assert met(left, "two") == [["DTensor", "Tensor"]] * 2  # it was sharded
    before, after = torch.load(left / "two.pt"), torch.load(left / f"{name}.pt")
    assert len(before) == 23
    assert before.keys() == after.keys()
    for key, value in before.items():
        assert torch.equal(value, after[key]), key
    assert [(step, extra) for step, extra, *_ in met(left, name)] == [(2, {"place": 7})] * ranks


def test_another_number_of_ranks_is_said(left):
    assert all("ranks 2, now 4" in said for _, _, said in met(left, "four"))
    assert all(len(row) == 3 for row in met(left, "one"))
    assert all("ranks 1, now 2" in said for _, _, said in met(left, "again"))


def test_a_disk_that_is_full_for_one_rank_is_so_for_all_and_the_last_checkpoint_stays(left):
    assert met(left, "full") == [[28, ["000002"]]] * 2


def test_damage_that_one_rank_finds_is_said_by_all(left):
    first, second = met(left, "damaged")
    assert first == second
    assert "000002 is damaged (__1_0.distcp is not as it was written): delete" in first
