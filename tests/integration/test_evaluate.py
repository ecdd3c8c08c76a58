"""An evaluation from its command: it scores, stops, goes on, and says what is wrong."""

import json
import re
from pathlib import Path

import pytest
import torch

from grpo import evaluate
from grpo.generate import nucleus
from grpo.sign_puzzle import make_sign_puzzle
from verifiers import VERIFIERS, Reason, Verdict


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make_sign_puzzle(folder, seed=0, numbers=2, largest=5, traces=20, held_out=6)
    rows = [json.loads(line) for line in (folder / "train.jsonl").read_text().splitlines()[:6]]
    with (folder / "tasks.jsonl").open("w") as file:
        for number, row in enumerate(rows):
            file.write(json.dumps(row | {"level": 1 + number % 2}) + "\n")
    return folder


def odd(completion: str, ground_truth: object) -> Verdict:
    """A verifier that an untrained model pleases now and then."""
    right = len(completion) % 2 == 1
    return Verdict(float(right), Reason.CORRECT if right else Reason.WRONG, answer=completion[:1])


@pytest.fixture(autouse=True)
def pleased(monkeypatch):
    monkeypatch.setitem(VERIFIERS, "countdown", odd)


def command(made, tmp_path, *more) -> list[str]:
    settings = "--verifier countdown --samples 3 --rows 6 --max-new-tokens 12 --template question".split()
    return [str(made / "base"), "--tasks", str(made / "tasks.jsonl"), "--out", str(tmp_path), *settings, *more]


def scores(tmp_path) -> tuple[dict, list[dict]]:
    [folder] = tmp_path.iterdir()
    lines = (folder / "completions.jsonl").read_text().splitlines()
    return json.loads((folder / "scores.json").read_text()), list(map(json.loads, lines))


def test_every_task_is_sampled_and_scored_with_its_level(made, tmp_path, capsys):
    assert evaluate.main(command(made, tmp_path)) == 0
    found, lines = scores(tmp_path)
    assert (found["tasks"], found["samples"], sorted(found["levels"])) == (6, 3, ["1", "2"])
    assert all(len(line[key]) == 3 for line in lines for key in ("completions", "right", "answers", "tokens"))
    assert 0 < found["pass@1"] < 1
    assert found["pass@1"] == pytest.approx(sum(sum(line["right"]) for line in lines) / 18)
    assert found["pass@1 low"] <= found["pass@1"] <= found["pass@1 high"]
    shown = capsys.readouterr().out
    assert "pass@1" in shown
    assert "level 2" in shown


class Stopped(Exception):
    pass


def test_one_that_was_stopped_goes_on_with_the_same_completions(made, tmp_path, monkeypatch):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert evaluate.main(command(made, whole)) == 0
    real, calls = evaluate.answer, []

    def stops(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise Stopped
        return real(*arguments)

    monkeypatch.setattr(evaluate, "answer", stops)
    with pytest.raises(Stopped):
        evaluate.main(command(made, parts))
    [folder] = parts.iterdir()
    with (folder / "completions.jsonl").open("a") as file:
        file.write('{"task": "half')  # as a kill may leave it
    assert evaluate.main(command(made, parts)) == 0
    assert len(calls) == 4  # three batches of two tasks, of which one was asked twice
    assert scores(parts) == scores(whole)
    assert evaluate.main(command(made, parts, "--top-p", "0.5")) == 2


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--tasks", "gsm8l"], "did you mean 'gsm8k'"),
        (["--tasks", "gsm8k"], "data/prepare.py"),
        (["--verifier", "maths"], "did you mean 'math'"),
        (["--samples", "0"], "samples is 0"),
        (["--top-p", "0"], "top_p is 0"),
        (["--temperature", "0"], "temperature is 0"),
        (["--instruction", "Solve it"], "no {question}"),
        (["--max-new-tokens", "100000"], "more than the model's"),
    ],
)
def test_bad_input_is_one_clear_sentence(made, tmp_path, capsys, monkeypatch, more, said):
    monkeypatch.chdir(tmp_path)
    assert evaluate.main(command(made, tmp_path / "out", *more)) == 2
    error = capsys.readouterr().err
    assert said in re.sub(r"\s+", " ", error)
    assert "Traceback" not in error


def test_the_nucleus_keeps_the_fewest_likeliest_tokens():
    probs = torch.tensor([[0.1, 0.5, 0.15, 0.25], [0.25, 0.25, 0.25, 0.25]])
    assert nucleus(probs, 0.7).tolist() == [[0.0, 0.5, 0.0, 0.25], [0.25, 0.25, 0.25, 0.0]]
    assert nucleus(probs, 0.5).tolist()[0] == [0.0, 0.5, 0.0, 0.0]
    assert torch.equal(nucleus(probs, 1.0), probs)
