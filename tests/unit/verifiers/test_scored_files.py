"""`python -m verifiers score`: what it reads, refuses, writes and sums up."""

import io
import json
import math
import sys
import time
import types
from decimal import Decimal

import numpy as np
import pytest

from verifiers import Reason, Reward, Verdict
from verifiers.__main__ import main
from verifiers.scoring import lines
from verifiers.scoring.columns import Columns, text_of
from verifiers.scoring.lines import LONGEST, score
from verifiers.scoring.record import Record, Refused
from verifiers.scoring.rows import BadRow, Row, pieces, read_piece, read_rows
from verifiers.scoring.tally import Tally

RIGHT = r"so \boxed{4}"


def row(completion=RIGHT, ground_truth="4", **columns):
    return {"completion": completion, "ground_truth": ground_truth, **columns}


def nested(depth):
    """A list in a list in a list."""
    value = []
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.fixture
def scored(tmp_path):
    """What the command answers and writes for these rows, which may be text."""

    def run(rows, *arguments, verifier=("--verifier", "math")):
        file = tmp_path / "rows.jsonl"
        texts = [one if isinstance(one, str) else json.dumps(one) for one in rows]
        file.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
        status = main(["score", str(file), *verifier, "--workers", "1", *arguments])
        out = tmp_path / "rows.jsonl.scores.jsonl"
        return status, [json.loads(text) for text in out.read_text().splitlines()] if out.exists() else []

    return run


def test_every_row_is_written_with_its_score_and_summed_up(scored, capsys):
    rows = [row(id="a"), row(r"\boxed{5}", id="b"), row("?", id="c"), row(ground_truth="")]
    status, written = scored(rows)
    assert status == 0
    assert [(one["index"], one.get("id"), one["score"], one["reason"]) for one in written] == [
        (0, "a", 1.0, "CORRECT"),
        (1, "b", 0.0, "WRONG"),
        (2, "c", 0.0, "NO_ANSWER"),
        (3, None, None, "BAD_GROUND_TRUTH"),
    ]
    assert [one["answer"] for one in written[:3]] == ["4", "5", None]
    said = capsys.readouterr().err
    for part in ("math", "0.333", "25.00%", "CORRECT 1", "BAD_GROUND_TRUTH 1", "4 rows scored"):
        assert part in said, part


def test_a_sum_is_written_with_its_parts(scored, capsys):
    status, written = scored([row("<think>a</think><answer>4</answer>"), row()], verifier=("--verifier", "r1_zero"))
    assert status == 0
    assert [(one["score"], one["reason"]) for one in written] == [(2.0, None), (1.0, None)]
    assert written[1]["parts"]["format"]["reason"] == "BAD_FORMAT"
    assert "r1_zero.format" in capsys.readouterr().err


def test_each_row_may_name_its_verifier_and_nest_its_columns(scored):
    messages = [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": RIGHT}]
    rows = [
        {"kind": "math", "said": {"final": messages}, "task": {"truths": ["3", "4"]}},
        {"kind": "format", "said": {"final": "<think>a</think><answer>4</answer>"}},
    ]
    columns = ("--completion-column", "said.final", "--ground-truth-column", "task.truths.1")
    status, written = scored(rows, *columns, verifier=("--verifier-column", "kind"))
    assert status == 0
    assert [(one["verifier"], one["score"]) for one in written] == [("math", 1.0), ("format", 1.0)]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ('{"completion": ', "line 3: no JSON"),
        ("[1]", "line 3: a list, not an object"),
        ("[" * 100_000, "line 3: no JSON"),
        (f'{{"completion": {"9" * 5000}}}', "line 3: no JSON"),
        ({"completions": RIGHT, "ground_truth": "4"}, "line 3: no column 'completion': did you mean 'completions'?"),
        ({"completion": RIGHT, "a": {"ground_truth": 1}}, "no column 'ground_truth': did you mean 'a.ground_truth'?"),
        ({}, "no column 'ground_truth', and no other"),
        (row(ground_truth=nested(600)), "line 3: the column ground_truth is nested more than 100 deep"),
        (row(id=nested(101)), "line 3: the column id is nested more than 100 deep"),
        (row(None), "line 3: the column completion is null"),
        (row([{"role": "user", "content": "4"}]), "no message of the role assistant"),
    ],
)  # fmt: skip
def test_a_bad_row_ends_the_run_with_its_line_and_all_before_it_are_written(scored, capsys, bad, said):
    status, written = scored([row(), "", bad, row()])
    assert status == 1
    assert [one["index"] for one in written] == [0]
    error = capsys.readouterr().err
    assert said in error
    assert "1 rows are in" in error
    status, written = scored([row(), "", row("5"), row()])  # the line is corrected: it goes on from there
    assert status == 0
    assert [one["index"] for one in written] == [0, 1, 2]


def late(completion, ground_truth):
    if completion == "late":
        time.sleep(0.5)
    return Verdict(1.0, Reason.CORRECT)


def test_rows_that_are_being_scored_when_a_bad_one_is_read_are_written(scored):
    own = ("--verifier", f"{__file__}:late")
    status, written = scored([row("late"), row("fine"), "{"], "--workers", "2", verifier=own)
    assert status == 1
    assert [one["index"] for one in written] == [0, 1]


def test_a_late_row_holds_up_those_far_after_it(monkeypatch):
    monkeypatch.setattr(lines, "AHEAD", 5)
    taken = []

    def rows():
        for number in range(40):
            taken.append(number)
            yield Row(number, "here", 1, json.dumps(row("fine" if number else "late")).encode(), 0)

    each = lines.scored(rows(), Columns(verifier=f"{__file__}:late"), workers=2, timeout=9)
    assert next(each).index == 0
    assert len(taken) <= 6
    assert [line.index for line in each] == list(range(1, 40))


def test_a_line_without_end_is_not_read_to_its_end(scored, monkeypatch, capsys):
    monkeypatch.setattr("verifiers.scoring.rows.LONGEST_LINE", 100)
    assert scored([row(), row("x" * 200), row()])[0] == 1
    assert "line 2: longer than" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "said"),
    [("maths", "did you mean 'math'?"), ("os:system", "not the name of a verifier"), (3, "not the name")],
)
def test_a_row_names_verifiers_that_there_are_and_no_code(scored, capsys, name, said):
    status, written = scored([row(kind=name)], verifier=("--verifier-column", "kind"))
    assert (status, written) == (1, [])
    assert said in capsys.readouterr().err


def test_what_is_written_is_not_scored_again_and_a_torn_line_is(scored, tmp_path, capsys):
    rows = [row(id=str(number)) for number in range(5)]
    assert scored(rows)[0] == 0
    out = tmp_path / "rows.jsonl.scores.jsonl"
    lines = out.read_bytes().splitlines(keepends=True)
    marked = lines[0].replace(b'"note": "', b'"note": "kept ')
    out.write_bytes(marked + lines[1] + lines[2][:-1])
    capsys.readouterr()
    assert scored(rows)[0] == 0
    assert out.read_bytes() == b"".join([marked, *lines[1:]])
    said = capsys.readouterr().err
    assert "2 rows are in" in said
    assert "3 rows scored" in said


def test_another_input_or_other_settings_are_refused(scored, tmp_path, capsys):
    out = tmp_path / "rows.jsonl.scores.jsonl"
    rows = [row(id="a"), row(id="b"), row(id="c")]
    assert scored(rows)[0] == 0
    before = out.read_bytes()
    for changed, arguments, said in [
        ([rows[0], row(id="B"), rows[2]], (), "line 2: not what it was"),
        (rows[:2], (), "more rows than the file"),
        ([rows[1], rows[0], rows[2]], (), "line 1: not what it was"),
        (rows, ("--timeout", "3"), "timeout was 30.0, is 3.0"),
    ]:
        assert scored(changed, *arguments)[0] == 1
        error = capsys.readouterr().err
        assert said in error
        assert "goes on" not in error
        assert out.read_bytes() == before
    assert scored([*rows, row(id="d")])[0] == 0  # a file that has grown is scored on
    out.with_name(f"{out.name}.settings").unlink()
    assert scored(rows)[0] == 1
    assert "was not written by a score" in capsys.readouterr().err


def test_two_runs_do_not_write_one_file(tmp_path):
    with Record(tmp_path / "out.jsonl", {}), pytest.raises(Refused, match="another run"):
        Record(tmp_path / "out.jsonl", {})


@pytest.mark.parametrize("length", [0, 1, 65_535, 65_536, 65_537, 200_000])
@pytest.mark.parametrize("before", [b"", b"{}\n", b"{}\n{}\n" * 30_000])
def test_whatever_stands_after_the_last_whole_line_is_dropped(tmp_path, before, length):
    out = tmp_path / "out.jsonl"
    with Record(out, {}):
        pass
    out.write_bytes(before + b"x" * length)
    with Record(out, {}):
        assert out.read_bytes() == before


def test_standard_input_and_output(monkeypatch, capsysbinary):
    monkeypatch.setattr(sys, "stdin", types.SimpleNamespace(buffer=io.BytesIO(json.dumps(row()).encode())))
    assert main(["score", "-", "--verifier", "math", "--workers", "1"]) == 0
    assert json.loads(capsysbinary.readouterr().out)["score"] == 1.0


def test_a_run_in_which_nothing_is_decided_has_not_worked(scored, capsys):
    assert scored([row(ground_truth="")])[0] == 1
    assert "not one row could be decided" in capsys.readouterr().err
    assert scored([])[0] == 1  # fewer rows than there were


VALUES = {
    "half": np.float32(0.5), "nothing": None, "nan": math.nan, "no end": math.inf, "true": True, "text": "1",
    "decimal": Decimal(1),
}  # fmt: skip


def rewarding(completion, ground_truth):
    return Reward(VALUES[completion], {})


def test_a_reward_that_is_no_number_costs_its_row(scored):
    status, written = scored([row(name) for name in VALUES], verifier=("--verifier", f"{__file__}:rewarding"))
    assert status == 0
    assert [one["score"] for one in written] == [0.5, None, None, None, None, None, None]
    assert [one["reason"] for one in written] == [None, None, *["VERIFIER_FAILED"] * 5]
    assert "not a finite number" in written[2]["note"]
    assert "neither a number nor None" in written[4]["note"]


def test_a_verifier_of_anybody_that_hangs_or_lies_costs_its_row(scored, tmp_path):
    (tmp_path / "own_rewards.py").write_text(
        "import time\nfrom verifiers import Reason, Verdict\n"
        "def own(completion, ground_truth):\n"
        "    if completion == 'hang': time.sleep(60)\n"
        "    return 1.0 if completion == 'lie' else Verdict(1.0, Reason.CORRECT)\n"
    )
    rows = [row("fine"), row("hang"), row("lie"), row("fine")]
    own = ("--verifier", f"{tmp_path}/own_rewards.py:own")
    status, written = scored(rows, "--timeout", "1", verifier=own)
    assert status == 0
    assert [one["reason"] for one in written] == ["CORRECT", "UNDECIDED", "VERIFIER_FAILED", "CORRECT"]
    assert scored(rows[1:3], "--timeout", "1", "--out", f"{tmp_path}/2", verifier=own)[0] == 1
    assert "neither a Verdict nor a Reward" in written[2]["note"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.jsonl", "--verifier", "math"], "there is no file none.jsonl"),
        (["{file}", "--verifier", "maths"], "did you mean 'math'?"),
        (["{file}", "--verifier", "math", "--workers", "0"], "--workers 0 is less than 1"),
        (["{file}", "--verifier", "math", "--timeout", "nan"], "--timeout nan"),
        (["{file}", "--verifier", "math", "--out", "{file}"], "is the file that is to be scored"),
        (["-", "--verifier", "math", "--ray"], "standard input"),
        (["{file}", "--verifier", "math", "--out", "/dev/null"], "is not a regular file"),
    ],
)
def test_a_wrong_call_is_said_before_anything_is_written(tmp_path, capsys, arguments, said):
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(row()) + "\n")
    assert main(["score", *(argument.format(file=file) for argument in arguments)]) == 2
    assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_pieces_are_the_rows(tmp_path):
    file = tmp_path / "rows.jsonl"
    text = "\ufeff" + "\n\n".join(json.dumps(row(id=number, completion="字" * number)) for number in range(50))
    file.write_text(text, encoding="utf-8")
    path = str(file)
    every = list(read_rows(path))
    assert [one.columns()["id"] for one in every] == list(range(50))
    for size in (1, 7, 50, 99):
        for done in (0, 3, 49, 50):
            found = list(pieces(path, iter(every[done:]), done, size))
            assert [one for piece in found for one in read_piece(path, piece)] == every[done:]


def test_what_is_written_is_short():
    result, _ = score(f"<think>a</think><answer>{'字' * 10**6}</answer>", ("format", None))
    assert len(result["answer"]) < LONGEST + 50
    assert result["answer"].endswith("(1,000,000 characters)")


def test_a_message_may_have_parts():
    parts = [{"type": "image"}, {"type": "text", "text": "4"}, {"type": "text", "text": "2"}]
    first = {"role": "assistant", "content": "5"}
    assert text_of([first, {"role": "tool", "content": "6"}, {"role": "assistant", "content": parts}]) == "42"


def test_thinking_beside_the_content_stands_before_it_as_in_the_adapters():
    thought = {"role": "assistant", "reasoning_content": "2 + 2"}
    assert text_of([{**thought, "content": "<answer>4</answer>"}]) == "<think>2 + 2</think><answer>4</answer>"
    assert text_of([{**thought, "content": None}]) == "<think>2 + 2</think>"
    with pytest.raises(TypeError, match="content is null, not text"):
        text_of([{"role": "assistant", "content": None}])


def test_a_column_of_the_very_name_comes_first():
    columns = Columns(completion="a.b", verifier="format")
    assert columns.task(_row({"a.b": "outer", "a": {"b": "inner"}})).completion == "outer"
    with pytest.raises(BadRow, match=r"no column 'a\.b'"):
        columns.task(_row({"a": ["x"]}))


def _row(columns):
    return Row(0, "here", 1, json.dumps(columns).encode(), 0)


def test_percentiles_are_right_to_five_percent():
    tally = Tally()
    for number in range(1, 1001):
        tally.add("math", {"score": 1.0, "reason": "CORRECT"}, number / 1000)
    assert tally.kinds["math",].latency.percentile(50) == pytest.approx(0.5, rel=0.05)
    assert tally.kinds["math",].latency.percentile(95) == pytest.approx(0.95, rel=0.05)
    assert tally.kinds["math",].latency.percentile(100) == pytest.approx(1, rel=0.05)
