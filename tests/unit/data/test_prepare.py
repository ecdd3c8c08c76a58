"""Public sets → task JSONL: nothing is lost unsaid, and every ground truth accepts itself."""

import gzip
import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from verifiers import verify_code

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
    with pytest.raises(prepare.Refused, match="verify_math does not accept the published solution: BAD_GROUND_TRUTH"):
        prepare.check(prepare.Draft("?", "", "math", "\\boxed{}"))


HUMANEVAL = {
    "task_id": "HumanEval/0",
    "prompt": 'def double(n):\n    """ Twice n. """\n',
    "entry_point": "double",
    "canonical_solution": "    return 2 * n\n",
    "test": "METADATA = {}\n\ndef check(candidate):\n    assert candidate(2) == 4\n",
}
PLUS = {key: value for key, value in HUMANEVAL.items() if key != "test"} | {
    "base_input": [[2]], "plus_input": [[-1], [0.5]], "atol": 0,
}  # fmt: skip
MBPP = {
    "text": "Write a function to double.",
    "code": "def sum(a, b):\r\n    return a + b",
    "task_id": 1,
    "test_setup_code": "",
    "test_list": ["assert sum(1, 2) == 3", "assert sum(0, 0) == 0"],
    "challenge_test_list": ["assert sum(-1, 1) == 0"],
}
FUSION = {
    "content": MBPP["text"],
    "canonical_solution": MBPP["code"],
    "test_list": MBPP["test_list"],
    "labels": {"challenge_test_list": MBPP["challenge_test_list"], "test_setup_code": ""},
}
ASSERTED = {
    "kind": "assert",
    "entry_point": "sum",
    "test": "assert sum(1, 2) == 3\nassert sum(0, 0) == 0\nassert sum(-1, 1) == 0",
}


@pytest.mark.parametrize(
    ("name", "row", "ground_truth"),
    [
        ("humaneval", HUMANEVAL, {"kind": "assert", "entry_point": "double", "test": HUMANEVAL["test"]}),
        (
            "humaneval_plus",
            PLUS,
            {"kind": "function", "entry_point": "double",
             "tests": [{"args": [2], "expected": 4}, {"args": [-1], "expected": -2}, {"args": [0.5], "expected": 1.0}]},
        ),
        ("mbpp", MBPP, ASSERTED),
        ("mbpp", FUSION, ASSERTED),
    ],
    ids=["humaneval", "humaneval_plus", "mbpp", "mbpp as SandboxFusion publishes it"],
)  # fmt: skip
def test_a_row_of_programs_becomes_a_task_that_the_published_solution_solves(
    prepare: ModuleType, tmp_path: Path, name: str, row: dict, ground_truth: dict
) -> None:
    source, out = tmp_path / f"{name}.jsonl.gz", tmp_path / "out.jsonl"
    source.write_bytes(gzip.compress(json.dumps(row).encode() + b"\n"))
    assert prepare.main([name, str(source), "-o", str(out)]) == 0
    [task] = [json.loads(line) for line in out.read_text().splitlines()]
    assert (task["id"], task["ground_truth"]) == (f"{name}-0", ground_truth)
    shown = row["prompt"].strip() if "prompt" in row else "assert sum(1, 2) == 3\n```"
    assert shown in task["question"]
    assert "sum(0, 0)" not in task["question"]
    assert verify_code("```\ndef double(n): return 3 * n\ndef sum(a, b): return a\n```", ground_truth).score == 0


@pytest.mark.parametrize(
    ("name", "row", "expected"),
    [
        ("humaneval", {"prompt": "def f(): "}, 'expected texts under "prompt" and "canonical_solution"'),
        ("humaneval", HUMANEVAL | {"canonical_solution": "    return n"}, "published solution: WRONG: test 1 of 1: WA"),
        ("humaneval_plus", PLUS | {"plus_input": 3}, "expected lists of arguments"),
        ("humaneval_plus", PLUS | {"base_input": [["a"], []]}, "answers input 2 with RE raised TypeError"),
        ("humaneval_plus", PLUS | {"canonical_solution": "    return {n}"}, "answers input 1 with a set"),
        ("mbpp", MBPP | {"test_list": []} | {"challenge_test_list": []}, "expected an assertion"),
        ("mbpp", MBPP | {"test_list": "assert sum(1, 2) == 3"}, "expected lists of texts"),
        ("mbpp", MBPP | {"test_list": ["assert sum(1, 2) == 4"]}, "WRONG: test 1 of 2: WA, returned 3"),
        ("mbpp", MBPP | {"test_list": ["assert other(1) == 4"]}, "verify_code does not accept"),
    ],
)
def test_a_row_whose_solution_fails_is_refused(
    prepare: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, row: dict, expected: str
) -> None:
    assert prepare.main([name, str(write(tmp_path / "rows.jsonl", row))]) == 1
    said = capsys.readouterr().err
    assert "line 1: " in said
    assert expected in said


def test_a_helper_of_the_prompt_is_the_tests_own(prepare: ModuleType) -> None:
    """As in HumanEval/38, where decode undoes encode, and in HumanEval/32, where any root will do."""
    prompt = "def encode(s):\n    return s[::-1]\n\ndef decode(s):\n    'Undo encode.'\n"
    test = "def check(candidate):\n    for s in ('ab', 'xyz'):\n        assert candidate(encode(s)) == s\n"
    row = HUMANEVAL | {
        "prompt": prompt,
        "entry_point": "decode",
        "canonical_solution": "    return s[::-1]",
        "test": test,
    }
    draft = prepare.humaneval(row)
    prepare.check(draft)
    thief = "```\ndef encode(s): return s\ndef decode(s): return s\n```"
    assert verify_code(thief, draft.ground_truth).score == 0

    row = PLUS | {"prompt": "def find_zero(xs):\n", "entry_point": "find_zero", "canonical_solution": "    return 2.0",
                  "base_input": [[[-4, 0, 1]]], "plus_input": [], "atol": 1e-4}  # fmt: skip
    draft = prepare.humaneval_plus(row)
    prepare.check(draft)
    for root, score in (("-2", 1), ("2.00001", 1), ("1.9", 0), ("None", 0), ("True", 0), ("float('nan')", 0)):
        assert verify_code(f"```\ndef find_zero(xs): return {root}\n```", draft.ground_truth).score == score


def test_what_is_left_out_is_said(prepare: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = PLUS | {"canonical_solution": "    return 10 ** n", "base_input": [[2]], "plus_input": [[5000], [3]]}
    assert prepare.main(["humaneval_plus", str(write(tmp_path / "rows.jsonl", row))]) == 0
    said = capsys.readouterr()
    assert "line 1: left out 1 of 3 tests, of more than 100,000 characters" in said.err
    assert [test["args"] for test in json.loads(said.out)["ground_truth"]["tests"]] == [[2], [3]]


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
        number = task["ground_truth"]
        prepare.check(prepare.Draft(task["question"], number, "math", f"\\boxed{{{number}}}"))
