"""An evaluation from its command: it scores, stops, goes on, and says what is wrong."""

import fcntl
import json
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from grpo import evaluate, generate
from grpo.engine import TransformersEngine
from grpo.generate import Rollout, nucleus
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


@pytest.fixture
def pleased(monkeypatch):
    monkeypatch.setitem(VERIFIERS, "countdown", odd)


def command(made, tmp_path, *more) -> list[str]:
    settings = "--verifier countdown --samples 3 --rows 6 --max-new-tokens 12 --template question".split()
    return [str(made / "base"), "--tasks", str(made / "tasks.jsonl"), "--out", str(tmp_path), *settings, *more]


def own_folder(out: Path) -> Path:
    [folder] = [path for path in out.glob("*/*") if path.is_dir()]
    return folder


def files(out: Path) -> dict[str, bytes]:
    return {str(file.relative_to(out)): file.read_bytes() for file in out.rglob("*") if file.is_file()}


def scores(out: Path) -> tuple[dict, list[dict]]:
    lines = (own_folder(out) / "completions.jsonl").read_text().splitlines()
    return json.loads((own_folder(out) / "scores.json").read_text()), list(map(json.loads, lines))


@dataclass
class Scripted:
    """An engine that says what is written for each question, sample after sample; nothing of it is random."""

    says: dict[str, list[str]]
    positions: int | None = None
    asked: list[list[str]] = field(default_factory=list)

    @property
    def tokenizer(self):
        def encode(texts, add_special_tokens):
            return {"input_ids": [[ord(sign) for sign in text] for text in texts]}

        def batch_decode(rows):
            return ["".join(map(chr, ids)) for ids in rows]

        class Tokenizer(SimpleNamespace):
            __call__ = staticmethod(encode)

        return Tokenizer(chat_template=None, eos_token_id=0, batch_decode=batch_decode)

    def sample(self, prompts, group_size, *, max_new_tokens, temperature, top_p, seed):
        questions = ["".join(map(chr, ids)) for ids in prompts]
        self.asked.append(questions)
        texts = [self.says[question][n % len(self.says[question])] for question in questions for n in range(group_size)]
        return enumerate(Rollout([*map(ord, text), 0], [], 0.0, truncated=False) for text in texts)


@pytest.fixture
def scripted(monkeypatch, tmp_path):
    """scripted(says, tasks, *arguments) is the exit status; the tasks lie in a file, the results in `out`."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")

    def run(says, tasks=None, *more, engine=None):
        tasks = tasks or [{"question": question, "ground_truth": "1/2"} for question in says]
        (tmp_path / "tasks.jsonl").write_text("".join(json.dumps(task) + "\n" for task in tasks))
        monkeypatch.setattr(evaluate, "open_engine", lambda model, settings: engine or Scripted(says))
        own = [] if "--tasks" in more else ["--tasks", str(tmp_path / "tasks.jsonl")]
        out = ["--out", str(tmp_path / "out"), "--template", "question", "--max-new-tokens", "50"]
        models = [] if more and not more[0].startswith("-") else [str(tmp_path / "model")]
        return evaluate.main([*models, *more, *own, *out])

    run.out = tmp_path / "out"
    return run


HALVES = [r"So \boxed{0.5}", r"\boxed{1/2}", r"\boxed{3}", r"Thus \boxed{\frac12}"]


def test_three_spellings_of_a_half_are_one_vote(scripted, capsys):
    """As texts they would be four different answers, and the majority's share a quarter each."""
    assert scripted({"q": HALVES}, None, "--samples", "4", "--pass-at", "1", "2", "3") == 0
    found, [line] = scores(scripted.out)
    assert line["answers"] == ["0.5", "1/2", "3", r"\frac12"]
    assert line["votes"] == [0, 0, 1, 0]
    assert (found["cons@4"], found["pass@1"], found["pass@2"], found["pass@3"], found["pass@4"]) == (1, 0.75, 1, 1, 1)
    assert re.search(r"cons@4 *│ *100\.0", capsys.readouterr().out)


def test_every_task_is_sampled_and_scored_with_its_level(made, tmp_path, capsys, pleased):
    assert evaluate.main(command(made, tmp_path)) == 0
    found, lines = scores(tmp_path)
    assert (found["tasks"], found["samples"], sorted(found["levels"])) == (6, 3, ["1", "2"])
    assert all(len(line[key]) == 3 for line in lines for key in ("completions", "right", "answers", "tokens", "votes"))
    assert 0 < found["pass@1"] < 1
    assert found["pass@1"] == pytest.approx(sum(sum(line["right"]) for line in lines) / 18)
    assert found["pass@1 low"] <= found["pass@1"] <= found["pass@1 high"]
    shown = capsys.readouterr().out
    assert "pass@1" in shown
    assert "level 2" in shown
    assert "| level 2: pass@1 |" in (tmp_path / "tasks" / "table.md").read_text()
    assert [found] == json.loads((tmp_path / "tasks" / "scores.json").read_text())


class Stopped(Exception):
    pass


def test_one_that_was_stopped_goes_on_with_the_same_completions(made, tmp_path, monkeypatch, pleased):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert evaluate.main(command(made, whole)) == 0
    real, calls = evaluate.sample_batch, []

    def stops(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise Stopped
        return real(*arguments)

    monkeypatch.setattr(evaluate, "sample_batch", stops)
    with pytest.raises(Stopped):
        evaluate.main(command(made, parts))
    with (own_folder(parts) / "completions.jsonl").open("a") as file:
        file.write('{"task": "half')  # as a kill may leave it
    assert evaluate.main(command(made, parts)) == 0
    assert len(calls) == 4  # three batches of two tasks, of which one was asked twice
    assert files(parts) == files(whole)


def test_a_larger_limit_goes_on_and_ends_as_if_it_had_been_so_from_the_start(made, tmp_path, pleased):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert evaluate.main(command(made, whole)) == 0
    for limit in (3, 1, 0):
        assert evaluate.main(command(made, parts, "--limit", str(limit))) == 0
        assert scores(parts)[0]["tasks"] == (limit or 6)
    assert files(parts) == files(whole)


def test_killed_at_any_byte_it_ends_with_the_same_bytes(scripted):
    says = {f"q{n}": HALVES for n in range(5)}
    arguments = (says, None, "--samples", "2", "--rows", "4")
    assert scripted(*arguments) == 0
    whole = files(scripted.out)
    file = own_folder(scripted.out) / "completions.jsonl"
    content = file.read_bytes()
    for end in range(0, len(content), 97):
        for other in scripted.out.rglob("*.json"):
            if other.name == "scores.json":
                other.unlink()
        file.write_bytes(content[:end])
        assert scripted(*arguments) == 0
        assert files(scripted.out) == whole
    (own_folder(scripted.out) / "evaluation.json").unlink()
    file.unlink()
    assert scripted(*arguments) == 0
    assert files(scripted.out) == whole


def test_ctrl_c_keeps_what_is_done(scripted, capsys):
    class Stops(Scripted):
        def sample(self, prompts, *arguments, **settings):
            if len(self.asked) == 1:
                raise KeyboardInterrupt
            return super().sample(prompts, *arguments, **settings)

    says = {f"q{n}": HALVES for n in range(4)}
    engine = Stops(says)
    assert scripted(says, None, "--rows", "8", engine=engine) == 130
    assert "the same command goes on" in capsys.readouterr().err
    engine = Scripted(says)
    assert scripted(says, None, "--rows", "8", engine=engine) == 0
    assert engine.asked == [["q2", "q3"]]


def test_a_finished_one_is_scored_again_without_an_engine(scripted, monkeypatch):
    says = {"q": HALVES}
    assert scripted(says) == 0
    monkeypatch.setattr(Scripted, "sample", None)
    assert scripted(says, None, "--pass-at", "3", "2") == 0
    assert {"pass@2", "pass@3", "pass@4"} < set(scores(scripted.out)[0])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--tasks", "gsm8l"], "did you mean 'gsm8k'"),
        (
            ["--tasks", "math500"],
            "make data/math_500.jsonl with `python data/prepare.py math FILE -o data/math_500.jsonl",
        ),
        (["--tasks", "."], "is a folder"),
        (["--verifier", "maths"], "did you mean 'math'"),
        (["--samples", "0"], "samples is 0"),
        (["--samples", "4", "--pass-at", "2", "5"], "with 4 samples it must be 1 to 4"),
        (["--pass-at", "0"], "pass_at names 0"),
        (["--limit", "-1"], "limit is -1"),
        (["--top-p", "0"], "top_p is 0"),
        (["--temperature", "0"], "temperature is 0"),
        (["--temperature", "nan"], "temperature is nan"),
        (["--instruction", "Solve it"], "no {question}"),
        (["--max-new-tokens", "100000"], "or less"),
        (["--language", "klingon"], "klingon"),
        (["--reasoning", "<a>", "--summary", " "], "is no mark"),
    ],
)
def test_bad_input_is_one_clear_sentence(made, tmp_path, capsys, monkeypatch, more, said):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("grpo.evaluation.__file__", str(tmp_path / "package" / "grpo" / "evaluation.py"))
    assert evaluate.main(command(made, tmp_path / "out", *more)) == 2
    error = capsys.readouterr().err
    assert said in re.sub(r"\s+", " ", error)
    assert "Traceback" not in error


def test_a_model_that_is_not_there_is_said_before_the_others_are_sampled(scripted, tmp_path, capsys):
    engine = Scripted({"q": HALVES})
    assert scripted({"q": HALVES}, None, str(tmp_path / "model"), str(tmp_path / "modle"), engine=engine) == 2
    assert "did you mean" in capsys.readouterr().err
    assert not engine.asked


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "no lines"),
        ("[1]\n", "expected an object"),
        ('{"question": "q"}\n', "no 'ground_truth'"),
        ('{"question": "\\ud800", "ground_truth": "1"}\n', "half a surrogate pair"),
        ('{"question": "q", "ground_truth": "1"}\n{"question"', "line 2: not JSON"),
        (
            '{"id": 1, "question": "q", "ground_truth": "1"}\n{"id": "1", "question": "r", "ground_truth": "1"}\n',
            "'1' occ",
        ),
        ('{"question": "", "ground_truth": "1"}\n', "has no tokens"),
        (
            '{"id": "bad", "question": "q", "ground_truth": {"numbers": [1]}}\n',
            "task 'bad': verifier 'accuracy' cannot",
        ),
    ],
)
def test_a_bad_file_of_tasks_is_one_clear_sentence(scripted, tmp_path, capsys, content, said):
    (tmp_path / "bad.jsonl").write_text(content)
    assert scripted({"q": HALVES}, None, "--tasks", str(tmp_path / "bad.jsonl")) == 2
    assert said in capsys.readouterr().err


def test_what_was_asked_otherwise_is_not_mixed_in(scripted, tmp_path, capsys):
    tasks = [{"question": "q", "ground_truth": "1/2"}]
    assert scripted({"q": HALVES}, tasks) == 0
    before = files(scripted.out)
    assert scripted({"q": HALVES}, tasks, "--top-p", "0.5") == 2
    assert "top_p 0.95, now 0.5" in capsys.readouterr().err
    assert scripted({"q": HALVES}, [{"question": "q", "ground_truth": "3"}]) == 2
    assert "holds an evaluation with tasks 'tasks.jsonl" in capsys.readouterr().err
    (tmp_path / "model" / "model.safetensors").write_text("other weights")
    assert scripted({"q": HALVES}, tasks) == 2
    assert "holds an evaluation with weights" in capsys.readouterr().err
    assert files(scripted.out) == before


def test_the_same_model_by_another_path_is_the_same(scripted, tmp_path, monkeypatch):
    engine = Scripted({"q": HALVES})
    monkeypatch.chdir(tmp_path)
    for name in ("model", "./model/", str(tmp_path / "model")):
        assert scripted({"q": HALVES}, None, name, "model", engine=engine) == 0
    assert len(engine.asked) == 1


def test_damaged_files_are_named(scripted, capsys):
    assert scripted({"q": HALVES}) == 0
    folder = own_folder(scripted.out)
    asked, completions = folder / "evaluation.json", folder / "completions.jsonl"
    good = asked.read_text()
    asked.write_text('{"model": ')
    assert scripted({"q": HALVES}) == 2
    assert "evaluation.json is damaged" in capsys.readouterr().err
    asked.unlink()
    assert scripted({"q": HALVES}) == 2
    assert "without evaluation.json" in capsys.readouterr().err
    asked.write_text(good)
    for line, said in (("what?\n", "line 1 is not a JSON object"), ('{"task": "tasks-1"}\n', "has no 'level'")):
        completions.write_text(line)
        assert scripted({"q": HALVES}) == 2
        assert said in capsys.readouterr().err


def test_a_verifier_that_is_not_installed_is_said_before_sampling(scripted, monkeypatch, capsys):
    def missing(completion, ground_truth):
        if ground_truth:
            raise ImportError("pip install something")
        return Verdict(0.0, Reason.NO_ANSWER)

    monkeypatch.setitem(VERIFIERS, "accuracy", missing)
    engine = Scripted({"q": HALVES})
    assert scripted({"q": HALVES}, engine=engine) == 2
    assert "pip install something" in capsys.readouterr().err
    assert not engine.asked


def test_two_at_once_in_a_folder_are_refused(scripted, capsys):
    assert scripted({"q": HALVES}) == 0
    with (own_folder(scripted.out) / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert scripted({"q": HALVES}) == 2
    assert "another evaluation is at work" in capsys.readouterr().err
    assert scripted({"q": HALVES}) == 0


def test_a_full_disk_is_one_sentence_and_what_is_done_stays(scripted, capsys):
    says = {f"q{n}": HALVES for n in range(3)}
    assert scripted(says, None, "--rows", "4", "--limit", "1") == 0
    folder = own_folder(scripted.out)
    done = (folder / "completions.jsonl").read_bytes()
    (folder / "completions.jsonl").unlink()
    (folder / "completions.jsonl").symlink_to("/dev/full")
    assert scripted(says, None, "--rows", "4") == 2
    assert "No space left on device: what is done stays" in capsys.readouterr().err
    (folder / "completions.jsonl").unlink()
    (folder / "completions.jsonl").write_bytes(done)
    engine = Scripted(says)
    assert scripted(says, None, "--rows", "4", engine=engine) == 0
    assert engine.asked == [["q1"], ["q2"]]


def test_a_folder_that_cannot_be_is_one_sentence(scripted, capsys):
    scripted.out.write_text("a file")
    assert scripted({"q": HALVES}) == 2
    assert "Not a directory" in capsys.readouterr().err


def test_undecided_everywhere_is_said_and_fails(scripted, monkeypatch, capsys):
    undecided = Verdict(None, Reason.UNDECIDED, answer="4", note="too deep")
    monkeypatch.setitem(VERIFIERS, "accuracy", lambda completion, ground_truth: undecided)
    tasks = [{"question": "q", "ground_truth": "4", "level": 1}, {"question": "r", "ground_truth": "4"}]
    assert scripted({"q": HALVES, "r": HALVES}, tasks) == 2
    assert "could be decided" in capsys.readouterr().err
    found, _ = scores(scripted.out)
    assert (found["pass@1"], found["undecided"], found["levels"]["1"]["cons@4"]) == (None, 8, None)


def test_any_text_may_be_a_name(scripted, tmp_path, capsys):
    model = tmp_path / "[" / "b] |模型"  # rich would take its path for markup
    shutil.copytree(tmp_path / "model", model)
    tasks = [
        {"id": "[/i]", "question": "ü 問 \U0001f600", "ground_truth": "1/2", "level": "[/u]|\n"},
        {"id": None, "question": "q", "ground_truth": "½", "level": "\ud800"},
    ]
    assert scripted({"ü 問 \U0001f600": HALVES, "q": HALVES}, tasks, str(model)) == 0
    shown = capsys.readouterr().out
    assert "b] |模型" in shown
    assert "[/u]" in shown
    table = (scripted.out / "tasks" / "table.md").read_text()
    assert "| level [/u]\\| : pass@1 | 75.0" in table
    assert [line["task"] for line in scores(scripted.out)[1]] == ["[/i]", "tasks-2"]


def test_a_run_stands_for_its_finished_stages_and_names_its_columns(scripted, tmp_path, capsys):
    run, other = tmp_path / "runs" / "tiny", tmp_path / "more" / "tiny"
    for folder in (run / "1-sft", run / "2-rl", run / "4-reward-model", other / "2-rl"):
        (folder / "final").mkdir(parents=True)
        kind = "LlamaForSequenceClassification" if "reward" in folder.name else "LlamaForCausalLM"
        (folder / "final" / "config.json").write_text(json.dumps({"architectures": [kind]}))
    (run / "3-sft").mkdir()  # not finished
    (run / "metrics.jsonl").touch()
    names = [str(run), str(other / "2-rl"), str(run / "2-rl" / "final")]
    assert scripted({"q": HALVES}, None, *names) == 0
    header = (scripted.out / "tasks" / "table.md").read_text().splitlines()[2]
    assert header == "|  | 1-sft | runs/tiny/2-rl | more/tiny/2-rl |"
    assert len([path for path in (scripted.out / "tasks").iterdir() if path.is_dir()]) == 3
    (tmp_path / "young").mkdir()
    (tmp_path / "young" / "metrics.jsonl").touch()
    assert scripted({"q": HALVES}, None, str(tmp_path / "young")) == 2
    assert "no finished stage yet" in capsys.readouterr().err
    assert scripted({"q": HALVES}, None, str(run / "4-reward-model")) == 2
    assert "none of the models there writes text" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("says", "more", "right"),
    [
        (r"<think>\boxed{3}</think>\boxed{0.5}", [], 1),
        (r"<|r|>\boxed{3}<|s|>\boxed{0.5}", ["--reasoning", "<|r|>", "--summary", "<|s|>"], 1),
        (r"\boxed{3}<|s|>\boxed{0.5}", ["--reasoning", "<|r|>", "--summary", "<|s|>"], 1),
        (r"<|r|>\boxed{0.5}", ["--reasoning", "<|r|>", "--summary", "<|s|>"], 0),
        (r"<|r|>so<|s|>0.5", ["--reasoning", "<|r|>", "--summary", "<|s|>", "--verifier", "summary_format"], 1),
        (r"\boxed{0.5}", [], 1),
        (r"\boxed{0.5}", ["--instruction", "{question}<think>"], 0),  # the prompt has opened the thinking
        (r"so</think>\boxed{0.5}", ["--instruction", "{question}<think>\n"], 1),
        (r"so</think><answer>0.5</answer>", ["--instruction", "{question}<think>\n", "--verifier", "format"], 1),
    ],
)
def test_the_thinking_does_not_answer_whatever_its_marks(scripted, says, more, right):
    instruction = dict(zip(more[::2], more[1::2], strict=True)).get("--instruction", "{question}")
    engine = Scripted({instruction.replace("{question}", "q"): [says]})
    assert scripted({"q": [says]}, None, "--samples", "2", *more, engine=engine) == 0
    assert scores(scripted.out)[0]["pass@1"] == right


def test_programs_have_no_majority_and_a_mix_says_how_many_voted(scripted, monkeypatch):
    program = {"kind": "stdin", "tests": [{"input": "", "output": "4"}]}
    monkeypatch.setitem(VERIFIERS, "accuracy", odd)
    assert scripted({"q": HALVES, "p": ["x"]}, [{"question": "p", "ground_truth": program}]) == 0
    assert "cons@4" not in scores(scripted.out)[0]
    shutil.rmtree(scripted.out)
    tasks = [{"question": "p", "ground_truth": program}, {"question": "q", "ground_truth": "1/2"}]
    assert scripted({"q": HALVES, "p": ["x"]}, tasks) == 0
    assert scores(scripted.out)[0]["tasks with votes"] == 1


def test_the_language_of_the_thinking_is_measured(scripted):
    says = ["<think>We add the two numbers and then we halve their sum.</think>\\boxed{0.5}"]
    assert scripted({"q": says}, None, "--language", "en") == 0
    assert scores(scripted.out)[0]["language"] > 0.9
    shutil.rmtree(scripted.out)
    assert scripted({"q": says}, None, "--verifier", "language") == 0  # in English, unless said otherwise
    assert scores(scripted.out)[0]["pass@1"] > 0.9


def test_no_more_rows_are_sampled_at_a_time_than_asked_for(made, monkeypatch):
    policy = evaluate.load_policy(str(made / "base"), device="cpu")
    real, rows = generate.throw, []
    monkeypatch.setattr(generate, "throw", lambda *all: rows.append(len(all[1])) or real(*all))
    found = TransformersEngine(policy, 8).sample(
        [[1, 2]], 50, max_new_tokens=2, temperature=1.0, top_p=1.0, seed=0
    )  # fmt: skip
    assert (len(list(found)), max(rows)) == (50, 8)


def test_the_nucleus_keeps_the_fewest_likeliest_tokens():
    probs = torch.tensor([[0.1, 0.5, 0.15, 0.25], [0.25, 0.25, 0.25, 0.25]])
    assert nucleus(probs, 0.7).tolist() == [[0.0, 0.5, 0.0, 0.25], [0.25, 0.25, 0.25, 0.0]]
    assert nucleus(probs, 0.5).tolist()[0] == [0.0, 0.5, 0.0, 0.0]
    assert torch.equal(nucleus(probs, 1.0), probs)
