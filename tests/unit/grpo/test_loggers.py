"""Rows go on to a tool, each once, and a tool that fails is no failure of the run."""

from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from grpo import loggers
from grpo.config import RecipeError
from grpo.log import open_log, read_metrics


def row(step: int, stage: str = "rl", split: str = "train", **numbers: object) -> dict[str, object]:
    return {"stage": stage, "split": split, "step": step, "reward": step / 8, "kl": None, **numbers}


def tensorboard(run: Path) -> EventAccumulator:
    files = EventAccumulator(
        str(run / "tensorboard"), size_guidance={"scalars": 0, "tensors": 0}, purge_orphaned_data=False
    )
    return files.Reload()


def test_tensorboard_has_what_the_record_has_each_step_once_also_after_a_resume(tmp_path):
    with open_log(tmp_path, quiet=True, logger="tensorboard") as log:
        log.stage("sft", steps=1)
        log.metrics(row(1, "sft", loss=2.0))
        log.stage("rl", steps=8)
        log.metrics(row(0, split="held_out", accuracy=0.25))
        for step in range(1, 6):
            log.metrics(row(step, stopped=True, note=f"at {step}"))
    with open_log(tmp_path, quiet=True, logger="tensorboard") as log:
        log.stage("rl", steps=8, done=3)
        for step in range(4, 9):
            log.metrics(row(step, stopped=False))
    files = tensorboard(tmp_path)
    found = {tag: [(event.step, event.value) for event in files.Scalars(tag)] for tag in files.Tags()["scalars"]}
    expected: dict[str, list[tuple[int, float]]] = {}
    for one in read_metrics(tmp_path):
        prefix, step, numbers, _ = loggers.parts_of(one)
        for name, number in numbers.items():
            expected.setdefault(f"{prefix}/{name}", []).append((step, number))
    assert found == expected
    assert [step for step, _ in found["rl/train/reward"]] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert found["sft/train/loss"] == [(1, 2.0)]
    notes = [(event.step, event.tensor_proto.string_val) for event in files.Tensors("rl/train/note/text_summary")]
    assert notes == [(step, [f"at {step}".encode()]) for step in (1, 2, 3)]


class Script:
    """A tool that writes down what it is told, and fails where it is told to."""

    def __init__(self, fails: str = "") -> None:
        self.fails, self.rows, self.closed = fails, [], 0

    def write(self, prefix, step, numbers, texts):
        if self.fails == "write" and step == 3:
            raise ConnectionError("no network")
        self.rows.append((prefix, step))

    def close(self):
        self.closed += 1
        if self.fails == "close":
            raise OSError("no space")


@pytest.mark.parametrize(("fails", "kept"), [("begin", 0), ("write", 2), ("close", 8)])
def test_a_tool_that_fails_is_one_warning_and_the_record_is_whole(tmp_path, monkeypatch, capsys, fails, kept):
    tool = Script(fails)

    def begin(run):
        if fails == "begin":
            raise RuntimeError("no login")
        return tool

    monkeypatch.setitem(loggers.OPEN, "trackio", begin)
    monkeypatch.setitem(loggers.NEEDS, "trackio", "json")
    with open_log(tmp_path, logger="trackio") as log:
        log.stage("rl", steps=8)
        for step in range(1, 9):
            log.metrics(row(step))
    assert [one["step"] for one in read_metrics(tmp_path)] == [*range(1, 9)]
    assert capsys.readouterr().out.count(f"warning: trackio could not {fails} (") == 1
    assert tool.rows == [("rl/train", step) for step in range(1, kept + 1)]


def test_a_tool_begins_anew_only_where_rows_were_taken_back(tmp_path, monkeypatch):
    tools = []
    monkeypatch.setitem(loggers.OPEN, "trackio", lambda run: tools.append(Script()) or tools[-1])
    monkeypatch.setitem(loggers.NEEDS, "trackio", "json")
    with open_log(tmp_path, quiet=True, logger="trackio") as log:
        for stage in ("a", "b", "a"):
            log.stage(stage, steps=1)
            log.metrics(row(1, stage))
    assert [tool.rows for tool in tools] == [
        [("a/train", 1), ("b/train", 1)],
        [("b/train", 1), ("a/train", 1)],
    ]
    assert [tool.closed for tool in tools] == [1, 1]


def test_a_package_that_is_missing_is_said_before_anything_is_done(tmp_path, monkeypatch):
    monkeypatch.setitem(loggers.NEEDS, "wandb", "no_such_package")
    with (
        pytest.raises(RecipeError, match=r"'wandb', .*no_such_package.*: pip install 'r1-verifiers\[wandb\]'"),
        open_log(tmp_path, logger="wandb"),
    ):
        raise AssertionError("begun")


def test_a_run_keeps_its_id_and_another_of_the_same_name_has_its_own(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    first, second = loggers.id_of(tmp_path / "a"), loggers.id_of(tmp_path / "b")
    assert first == loggers.id_of(tmp_path / "a") != second
