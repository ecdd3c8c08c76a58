"""Public sets → task JSONL: nothing is lost unsaid, and every ground truth accepts itself."""

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

DATA = Path(__file__).parents[3] / "data"  # scripts, no package
GOOD = {"question": "How many?\n", "answer": "500 * 2 = <<500*2=1000>>1,000\n#### 1,000"}


@pytest.fixture
def prepare() -> ModuleType:
    spec = spec_from_file_location("data_prepare", DATA / "prepare.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def test_a_row_becomes_a_task(prepare: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, out = write(tmp_path / "test.jsonl", GOOD, "", GOOD), tmp_path / "deep" / "out.jsonl"
    assert prepare.main(["gsm8k", str(source), "-o", str(out), "--split-name", "gsm8k-test"]) == 0
    tasks = [json.loads(line) for line in out.read_text().splitlines()]
    assert tasks == [{"id": f"gsm8k-test-{i}", "question": "How many?", "ground_truth": "1000"} for i in (0, 2)]
    assert capsys.readouterr().err == "read 2, wrote 2, refused 0\n"
    assert prepare.main(["gsm8k", str(source)]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[1])["id"] == "test-2"


@pytest.mark.parametrize(
    ("bad", "expected"),
    [
        ("{", "expected one JSON object"),
        ("[1]", "expected a JSON object"),
        ({"question": "?"}, 'expected texts under "question" and "answer", found the keys'),
        ({"question": " ", "answer": "#### 1"}, "expected texts"),
        ({"question": "?", "answer": "so 18"}, 'expected "answer" to end in "#### NUMBER"'),
        ({"question": "?", "answer": "#### many"}, 'expected "answer" to end in "#### NUMBER"'),
    ],
)
def test_a_bad_line_is_named_and_stops_the_conversion_unless_skipped(
    prepare: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], bad: object, expected: str
) -> None:
    source, out = write(tmp_path / "test.jsonl", GOOD, bad, GOOD), tmp_path / "out.jsonl"
    assert prepare.main(["gsm8k", str(source), "-o", str(out)]) == 1
    said = capsys.readouterr().err
    assert f"{source} line 2: {expected}" in said
    assert "refused 1, wrote none" in said
    assert not out.exists()
    assert prepare.main(["gsm8k", str(source), "-o", str(out), "--skip-bad"]) == 0
    assert "read 3, wrote 2, refused 1" in capsys.readouterr().err
    assert [json.loads(line)["id"] for line in out.read_text().splitlines()] == ["test-0", "test-2"]


def test_a_ground_truth_that_the_verifier_cannot_read_is_refused(prepare: ModuleType) -> None:
    with pytest.raises(prepare.Refused, match="does not accept"):
        prepare.check("")


@pytest.mark.parametrize(("arguments", "hint"), [(["gsm9k", "x"], "'gsm8k'"), (["gsm8k", "tst.jsonl"], "test.jsonl")])
def test_an_unknown_set_or_file_names_the_nearest(
    prepare: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: list[str], hint: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "test.jsonl", GOOD)
    with pytest.raises(SystemExit) as stop:
        prepare.main(arguments)
    assert stop.value.code == 2
    assert f"did you mean {hint}?" in capsys.readouterr().err


def test_the_shipped_sample_is_32_tasks_whose_ground_truths_accept_themselves(prepare: ModuleType) -> None:
    tasks = [
        json.loads(line) for line in (DATA / "samples" / "gsm8k_32.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [task["id"] for task in tasks] == [f"gsm8k-test-{i}" for i in range(32)]
    for task in tasks:
        assert set(task) == {"id", "question", "ground_truth"}
        prepare.check(task["ground_truth"])
