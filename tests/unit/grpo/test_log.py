"""The record of a run: what is written, what is shown, what a resumed run forgets."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from grpo.log import METRICS, ROLLOUTS, latest, open_log, read_metrics, rewind


def train(step: int, **numbers: object) -> dict[str, object]:
    return {"stage": "rl", "split": "train", "step": step, **numbers}


def record(run: Path, steps: range) -> None:
    with open_log(run, quiet=True) as log:
        log.stage("rl", steps=10, done=steps.start - 1)
        for step in steps:
            log.rollouts([train(step, task="a", completion="é\u2028\ud800"), train(step, task="b")])
            log.metrics(train(step, reward=0.1 * step))


def test_every_number_is_a_line_and_what_json_cannot_write_is_null(tmp_path: Path) -> None:
    row = train(1, reward=float("nan"), kl=float("inf"), nested={"scores": [1.0, float("-inf")]}, words="ü")
    with open_log(tmp_path / "new" / "run", quiet=True) as log:
        log.metrics(row)
        assert "NaN" not in (tmp_path / "new" / "run" / METRICS).read_text()  # written at once, not at the end
    assert read_metrics(tmp_path / "new" / "run") == [
        train(1, reward=None, kl=None, nested={"scores": [1.0, None]}, words="ü")
    ]


@pytest.mark.parametrize("half", ["", '{"stage": "rl", "split": "tr', '{"stage": "rl", "step": 7}', '"rl', "1"])
def test_a_rewound_and_continued_record_equals_an_unbroken_one(tmp_path: Path, half: str) -> None:
    record(tmp_path / "unbroken", range(1, 8))
    record(tmp_path / "broken", range(1, 7))
    for name in (METRICS, ROLLOUTS):
        with (tmp_path / "broken" / name).open("a") as file:
            file.write(half)
    rewind(tmp_path / "broken", "rl", 4)
    record(tmp_path / "broken", range(5, 8))
    for name in (METRICS, ROLLOUTS):
        assert (tmp_path / "broken" / name).read_bytes() == (tmp_path / "unbroken" / name).read_bytes()
    assert {file.name for file in (tmp_path / "broken").iterdir()} == {METRICS, ROLLOUTS}


def test_rewinding_one_stage_leaves_the_others(tmp_path: Path) -> None:
    with open_log(tmp_path, quiet=True) as log:
        for stage in ("sft", "rl"):
            log.metrics({"stage": stage, "split": "train", "step": 9})
        log.metrics({"stage": "rl", "split": "held_out", "step": 0})
        log.metrics({"stage": "rl", "split": "train", "step": None})
    rewind(tmp_path, "rl", 3)
    assert [(row["stage"], row["step"]) for row in read_metrics(tmp_path)] == [("sft", 9), ("rl", 0), ("rl", None)]


def test_a_stage_begun_again_forgets_what_it_recorded_beyond_the_steps_done(tmp_path: Path) -> None:
    record(tmp_path, range(1, 8))
    with open_log(tmp_path, quiet=True) as log:
        log.stage("rl", steps=10, done=4)
        assert [row["step"] for row in read_metrics(tmp_path)] == [1, 2, 3, 4]
        log.stage("rl", steps=10)
        log.metrics({"stage": "rl", "split": "held_out", "step": 0})
    assert [row["step"] for row in read_metrics(tmp_path)] == [0]


def test_a_run_without_a_record_is_rewound_to_nothing(tmp_path: Path) -> None:
    rewind(tmp_path, "rl", 0)
    assert list(tmp_path.iterdir()) == []


def test_a_half_written_end_is_dropped_before_appending_and_no_row_for_a_reader(tmp_path: Path) -> None:
    (tmp_path / METRICS).write_text(json.dumps(train(1)) + '\n{"sta')
    assert read_metrics(tmp_path) == [train(1)]
    with open_log(tmp_path, quiet=True) as log:
        log.metrics(train(2))
    assert read_metrics(tmp_path) == [train(1), train(2)]


def test_a_broken_line_in_the_middle_is_named(tmp_path: Path) -> None:
    (tmp_path / METRICS).write_text('{"step": 1}\n{"st\n{"step": 3}\n')
    with pytest.raises(ValueError, match=r"metrics\.jsonl line 2 is not a JSON object: mend or delete"):
        read_metrics(tmp_path)


def test_latest_shows_known_names_in_order_and_only_where_there_is_a_number() -> None:
    rows = train(1, kl=float("nan"), accuracy=None, reward=0.5, unknown=3, wall_s=1.0), {"score/b": 1, "score/a": 0.25}
    assert latest(*rows) == [["reward", "0.500", ""], ["score/a", "", "0.250"], ["score/b", "", "1.000"]]
    assert latest() == []


def test_without_a_terminal_train_rows_are_few_and_held_out_rows_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with open_log(tmp_path) as log:
        log.say("[red]not markup[/red]")
        log.stage("rl", steps=100, done=0)
        for step in range(1, 101):
            log.metrics(train(step, reward=1.0))
        log.metrics({"stage": "rl", "split": "held_out", "step": 100, "accuracy": 0.5})
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["[red]not markup[/red]", "rl: 100 steps"]
    assert [line.split()[:3] for line in lines[2:]] == [
        ["rl", "train", "1/100"], ["rl", "train", "100/100"], ["rl", "held_out", "100/100"],
    ]  # fmt: skip
    assert lines[-1].endswith("accuracy 50.0%")


def test_quiet_prints_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_log(tmp_path, quiet=True) as log:
        log.stage("rl", steps=1)
        log.say("hello")
        log.metrics(train(1))
    assert capsys.readouterr().out == ""


def test_an_interrupted_terminal_gets_its_cursor_back(tmp_path: Path) -> None:
    program = f"""
from pathlib import Path
from grpo.log import open_log
with open_log(Path({str(tmp_path)!r})) as log:
    log.stage("rl", steps=3, done=1)
    log.metrics({{"stage": "rl", "split": "held_out", "step": 0, "accuracy": None}})
    log.metrics({{"stage": "rl", "split": "train", "step": 2, "reward": 0.25}})
    raise KeyboardInterrupt
"""
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100", "LINES": "40", "NO_COLOR": "1"}
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL, env=environment
    )
    os.close(theirs)
    seen = b""
    try:
        while block := os.read(ours, 4096):
            seen += block
    except OSError:  # how Linux says that the other end is closed
        pass
    os.close(ours)
    assert child.wait() != 0
    assert seen.rindex(b"\x1b[?25h") > seen.rindex(b"\x1b[?25l")
    assert b"2/3" in seen
    assert b"0.250" in seen
