"""What stands in an evaluation set too is dropped and named; a model's pass rates choose among the rest."""

import json
from pathlib import Path

import pytest

import decontaminate
import difficulty

LONG = "Janet has 16 ducks that lay eggs, and sells them at 2 dollars each."


def tasks(path: Path, *questions: str) -> str:
    path.write_text(
        "".join(
            json.dumps({"id": f"{path.stem}-{i}", "question": question, "ground_truth": "1", "level": i}) + "\n"
            for i, question in enumerate(questions)
        )
    )
    return str(path)


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_shared_words_drop_a_task_and_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = tasks(tmp_path / "train.jsonl", "Solve: " + LONG.upper(), "What is 2 + 2?", "A new one.", "What is 2+2")
    first = tasks(tmp_path / "first.jsonl", "Something else of more than ten words, which nobody in training has seen.")
    second = tasks(tmp_path / "second.jsonl", LONG, "what is $2+2$")
    (tmp_path / "train.meta.json").write_text('{"licence": "MIT", "sha256": "old"}')
    out = tmp_path / "clean.jsonl"
    assert decontaminate.main([train, "--against", first, second, "-o", str(out)]) == 0
    assert lines(out) == [{"id": "train-2", "question": "A new one.", "ground_truth": "1", "level": 2}]
    words = "janet has 16 ducks that lay eggs and sells them"
    assert lines(tmp_path / "clean.dropped.jsonl") == [
        {"id": "train-0", "set": "second.jsonl", "task": "second-0", "words": words},
        {"id": "train-1", "set": "second.jsonl", "task": "second-1", "words": "what is 2 2"},
        {"id": "train-3", "set": "second.jsonl", "task": "second-1", "words": "what is 2 2"},
    ]
    said = capsys.readouterr().err
    assert said.startswith("read 4, kept 1, dropped 3\n  3 share words with second.jsonl\n")
    assert "train-0 and second-0" in said
    about = json.loads((tmp_path / "clean.meta.json").read_text())
    assert about["licence"] == "MIT"
    assert about["sha256"] != "old"
    assert about["decontaminated"]["dropped"] == 3
    assert set(about["decontaminated"]["against"]) == {"first.jsonl", "second.jsonl"}


def test_a_manner_of_speaking_can_be_let_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = "where m and n are relatively prime positive integers, find m + n"
    train = tasks(tmp_path / "train.jsonl", f"One, {said}", f"{LONG} Two, {said}")
    aime = tasks(tmp_path / "aime.jsonl", f"Three, {said}", f"Four, {said}", LONG)
    out = tmp_path / "clean.jsonl"
    assert decontaminate.main([train, "--against", aime, "-o", str(out)]) == 0
    assert lines(out) == []
    assert decontaminate.main([train, "--against", aime, "-o", str(out), "--common", "1"]) == 0
    assert [task["id"] for task in lines(out)] == ["train-0"]
    assert "stand in more than 1 questions" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"tasks": "trian.jsonl"}, "did you mean train.jsonl?"),
        ({"against": "evil.jsonl"}, "did you mean eval.jsonl?"),
        ({"against": "raw.jsonl"}, "raw.jsonl line 1: expected a question, found the keys ['problem']"),
        ({"against": "rows.csv"}, "no task JSONL"),
        ({"against": "empty.jsonl"}, "empty.jsonl holds no tasks"),
        ({"out": "train.jsonl"}, "train.jsonl is read: name another file"),
    ],
)
def test_a_file_that_is_none_is_one_sentence_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], change: dict, expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    tasks(tmp_path / "train.jsonl", LONG)
    tasks(tmp_path / "eval.jsonl", LONG)
    (tmp_path / "raw.jsonl").write_text('{"problem": "?"}\n')
    (tmp_path / "rows.csv").write_text("question\n?\n")
    (tmp_path / "empty.jsonl").write_text("\n")
    before = sorted(path.name for path in tmp_path.iterdir())
    asked = {"tasks": "train.jsonl", "against": "eval.jsonl", "out": "clean.jsonl"} | change
    with pytest.raises(SystemExit) as stop:
        decontaminate.main([asked["tasks"], "--against", asked["against"], "-o", asked["out"]])
    assert stop.value.code == 2
    assert expected in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def completions(path: Path, **right: list[float | None]) -> str:
    path.write_text("".join(json.dumps({"task": task, "right": scores}) + "\n" for task, scores in right.items()))
    return str(path)


def test_tasks_are_kept_by_how_often_they_are_solved(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    train = tasks(tmp_path / "t.jsonl", *"abcdefg")
    asked = {"t-0": [0, 0], "t-1": [1.0, 0.0], "t-2": [1, 1], "t-3": [None, None], "t-5": [None, 1, 0, 0]}
    first = completions(tmp_path / "first.jsonl", **asked)
    second = completions(tmp_path / "second.jsonl", **{"t-1": [0.0, 0.0], "t-6": [1, 0]})
    out = tmp_path / "middle.jsonl"
    given = ["--completions", first, second, "--between", "0.25", "0.4"]
    assert difficulty.main([train, *given, "-o", str(out)]) == 0
    assert [(task["id"], task["pass_rate"], task["level"]) for task in lines(out)] == [
        ("t-1", 0.25, 1),
        ("t-5", 1 / 3, 5),
    ]
    said = capsys.readouterr().err
    assert said == "read 7, kept 2, too hard 1, too easy 2, undecided 1, not asked 1\n"
    about = json.loads((tmp_path / "middle.meta.json").read_text())["pass_rate"]
    assert (about["between"], about["kept"], set(about["completions"])) == (
        [0.25, 0.4],
        2,
        {"first.jsonl", "second.jsonl"},
    )


@pytest.mark.parametrize(
    ("right", "between", "expected"),
    [
        ({"x": [1]}, ["0.1", "0.9"], "have no task in common"),
        ({"t-0": None}, ["0.1", "0.9"], "line 1: expected {task, right"),
        ({"t-0": [1]}, ["0.9", "0.1"], "the lower first"),
        ({"t-0": [1]}, ["10", "90"], "two shares from 0 to 1"),
    ],
)
def test_what_says_nothing_of_the_tasks_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], right: dict, between: list[str], expected: str
) -> None:
    train = tasks(tmp_path / "t.jsonl", "a")
    given = ["--completions", completions(tmp_path / "completions.jsonl", **right), "--between", *between]
    with pytest.raises(SystemExit):
        difficulty.main([train, *given, "-o", str(tmp_path / "out.jsonl")])
    assert expected in capsys.readouterr().err
    assert not (tmp_path / "out.jsonl").exists()
