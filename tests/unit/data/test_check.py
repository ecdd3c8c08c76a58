"""`prepare.py` as a command: what it writes beside the tasks, what it says of the rest."""

import json
import threading
from pathlib import Path

import pytest

import prepare
from sets.checks import in_order
from sets.output import written

RIGHT = {"problem": "?", "answer": "4", "solution": r"\boxed{4}"}
WRONG = RIGHT | {"answer": "5"}
BLANK = {"problem": "?", "answer": " "}


def rows(path: Path, *given: object) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in given))
    return str(path)


def test_a_check_counts_by_reason_names_the_rows_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = rows(tmp_path / "rows.jsonl", RIGHT, WRONG, BLANK, *[WRONG] * 21)
    assert prepare.main(["math_mix", source, "--check"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    counts = said.err[said.err.index("read 24") :].splitlines()
    assert counts[0] == "read 24, accepted 1, refused 23"
    assert counts[1].startswith("  WRONG 22: line 2, line 4, line 5, ")
    assert counts[1].endswith(" line 22 and 2 more")
    assert counts[2] == "  no answer 1: line 3"
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]
    assert prepare.main(["math_mix", rows(tmp_path / "rows.jsonl", RIGHT), "--check"]) == 0


def test_the_manifest_tells_where_the_tasks_are_from(tmp_path: Path) -> None:
    source = rows(tmp_path / "mix.jsonl", RIGHT, WRONG, RIGHT)
    out = tmp_path / "tasks.jsonl"
    assert prepare.main(["math_mix", source, "-o", str(out), "--skip-bad", "--licence", "MIT", "--seed", "3"]) == 0
    about = json.loads((tmp_path / "tasks.meta.json").read_text())
    assert about.pop("source")["file"] == "mix.jsonl"
    assert about.pop("sha256") == prepare.open_source(str(out)).about["sha256"]
    assert about.pop("published")
    assert about == {
        "set": "math_mix", "licence": "MIT", "read": 3, "tasks": 2, "refused": {"WRONG": 1}, "left_out": {},
        "checked": True, "seed": 3,
    }  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mix.jsonl", "tasks.jsonl", "tasks.meta.json"]


def test_what_is_left_out_is_no_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    aime = {"problem": "?", "answer": "4"}
    source = rows(tmp_path / "a.jsonl", aime | {"year": 2023}, aime | {"year": 2024}, aime | {"year": 2022})
    assert prepare.main(["aime_2024", source]) == 0
    said = capsys.readouterr()
    assert said.err == "read 3, wrote 1, refused 0, left out 2 (another year 2)\n"
    assert json.loads(said.out)["id"] == "a-1"


def test_on_trust_no_solution_is_needed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"question": "?", "input_output": {"inputs": ["1"], "outputs": ["1"]}}
    source = rows(tmp_path / "rows.jsonl", row)
    assert prepare.main(["apps", source]) == 1
    assert "no solution 1: line 1" in capsys.readouterr().err
    assert prepare.main(["apps", source, "--no-check", "-o", str(tmp_path / "out.jsonl")]) == 0
    assert json.loads((tmp_path / "out.meta.json").read_text())["checked"] is False


def test_half_a_surrogate_pair_is_no_question_and_may_stand_in_a_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = rows(tmp_path / "rows.jsonl", RIGHT | {"problem": "\ud83d"}, RIGHT | {"source": "\ud83d"})
    assert prepare.main(["math_mix", source, "--skip-bad"]) == 0
    said = capsys.readouterr()
    assert "not text 1: line 1" in said.err
    assert json.loads(said.out)["source"] == "\ud83d"


def test_only_so_many_rows_are_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = rows(tmp_path / "rows.jsonl", RIGHT, RIGHT, WRONG)
    assert prepare.main(["math_mix", source, "--limit", "2"]) == 0
    assert capsys.readouterr().err == "read 2, wrote 2, refused 0\n"


def test_a_generated_set_is_written_with_what_it_was_generated_from(tmp_path: Path) -> None:
    out = tmp_path / "knights.jsonl"
    arguments = ["reasoning_gym", "knights_knaves", "--size", "2", "--seed", "1", "--config", '{"n_people": 3}']
    assert prepare.main([*arguments, "-o", str(out)]) == 0
    task = json.loads(out.read_text().splitlines()[1])
    assert (task["id"], task["source"]) == ("knights_knaves-1", "reasoning_gym/knights_knaves")
    assert task["ground_truth"]["config"] == {"n_people": 3}
    about = json.loads((tmp_path / "knights.meta.json").read_text())["source"]
    assert (about["dataset"], about["size"], about["seed"]) == ("knights_knaves", 2, 1)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--check", "--no-check"], "exclude each other"),
        (["--workers", "0"], "--workers 0: it must be 1 or more"),
        (["--limit", "-1"], "--limit -1: it must be 0 or more"),
    ],
)
def test_options_that_cannot_be_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], expected: str
) -> None:
    with pytest.raises(SystemExit) as stop:
        prepare.main(["math_mix", rows(tmp_path / "rows.jsonl", RIGHT), *arguments])
    assert stop.value.code == 2
    assert expected in capsys.readouterr().err


@pytest.mark.parametrize("config", ["{", "[3]"])
def test_a_config_that_is_no_mapping_is_one_sentence(capsys: pytest.CaptureFixture[str], config: str) -> None:
    with pytest.raises(SystemExit):
        prepare.main(["reasoning_gym", "knights_knaves", "--config", config])
    assert "--config" in capsys.readouterr().err.splitlines()[-1]


def test_a_damaged_file_leaves_what_was_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rows.jsonl.gz").write_bytes(b"no gzip")
    out = tmp_path / "out.jsonl"
    out.write_text("before")
    with pytest.raises(SystemExit):
        prepare.main(["math_mix", str(tmp_path / "rows.jsonl.gz"), "-o", str(out)])
    assert "rows.jsonl.gz: Not a gzipped file" in capsys.readouterr().err
    assert out.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl", "rows.jsonl.gz"]


def test_a_file_that_is_broken_off_does_not_appear(tmp_path: Path) -> None:
    def broken_off() -> None:
        with written(tmp_path / "tasks.jsonl") as lines:
            lines.write({"question": "?"})
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert list(tmp_path.iterdir()) == []


def test_work_comes_back_in_order_and_is_not_taken_far_ahead() -> None:
    gate = threading.Event()
    taken: list[int] = []

    def items() -> object:
        for number in range(100):
            taken.append(number)
            yield number

    def work(number: int) -> int:
        if number == 0:
            gate.wait(60)
        elif number == 2:
            gate.set()  # the first is done after the third
        return number

    found = in_order(work, items(), 3)
    assert next(found) == 0
    assert len(taken) <= 13
    assert list(found) == list(range(1, 100))
