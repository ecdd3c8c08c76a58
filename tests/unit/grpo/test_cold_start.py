"""Cold-start data from a file, from examples, and from R1-Zero: every line parses and is right."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from grpo import cold_start, sifting
from grpo.checkpoint import Interrupted, Stop
from grpo.cold_start import cold_start_data, few_shot_prompt
from grpo.config import RecipeError
from grpo.log import open_log, read_metrics
from grpo.settings import ColdStart, Recipe
from grpo.tasks import write_jsonl
from tests.scripted_sampler import GOOD, sampler, save_byte_model, says, task
from verifiers import verify_summary_format

MARKS = {"reasoning": "<|r|>", "summary": "<|s|>"}


def good(number, how="", summary="The answer is \\boxed{{{}}}."):
    thinking = GOOD.format(sum=0, how=how).partition("<think>")[2].partition("</think>")[0]
    return f"<|r|>{thinking}<|s|>{summary.format(2 * number + 1)}"


def sample_of(number, **options):
    return {"question": task(number)["question"], "completion": good(number, **options)}


@pytest.fixture
def tasks(tmp_path) -> Path:
    write_jsonl(tmp_path / "tasks.jsonl", [task(number) for number in range(6)])
    return tmp_path / "tasks.jsonl"


def go(run: Path, settings: ColdStart, model="no/model", stop=None, **options):
    recipe = Recipe(name="r", model=model, template="question", device="cpu", **{**MARKS, **options})
    with open_log(run, quiet=True) as log:
        return cold_start_data(recipe, settings, model, run / "1-cold-start-data", log=log, stop=stop or Stop())


def rows(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def test_a_file_is_taken_as_it_is_but_for_duplicates(tmp_path, tasks):
    lines = [sample_of(1), sample_of(2), sample_of(1), sample_of(1, how=" twice")]
    lines += [{"question": "Who are you?", "completion": "<|r|>Je suis un modèle.<|s|>A model."}]
    write_jsonl(tmp_path / "data.jsonl", lines)
    settings = ColdStart(data=str(tmp_path / "data.jsonl"), tasks=str(tasks))
    file = go(tmp_path / "run", settings)
    assert [{key: row[key] for key in ("question", "completion")} for row in rows(file)] == [*lines[:2], *lines[3:]]
    (row,) = read_metrics(tmp_path / "run")
    assert row["stage"] == "cold-start-data"
    assert (row["sampled"], row["kept"], row["rejected/duplicate"]) == (5, 4, 1)
    file.write_text("kept", encoding="utf-8")
    assert go(tmp_path / "run", settings).read_text(encoding="utf-8") == "kept"  # complete, so not made again


@pytest.mark.parametrize(
    ("completion", "sentence"),
    [
        ("The answer is \\boxed{3}.", r"data\.jsonl, line 2: not <\|r\|>…<\|s\|>…: the marks are not"),
        ("<|r|>I add.<|s|>", r"data\.jsonl, line 2: .*the summary is empty"),
        ("<|r|>I add.<|s|>It is \\boxed{4}.", r"data\.jsonl, line 2: the answer '4' is not right: another value"),
        ("<|r|>I add: \\boxed{3}.<|s|>It is done.", r"data\.jsonl, line 2: no answer is given: no <answer> block"),
    ],
)
def test_a_bad_line_of_a_file_is_named(tmp_path, tasks, completion, sentence):
    write_jsonl(tmp_path / "data.jsonl", [sample_of(0), {"question": "1 + 2 = ?", "completion": completion}])
    with pytest.raises(RecipeError, match=sentence):
        go(tmp_path / "run", ColdStart(data=str(tmp_path / "data.jsonl"), tasks=str(tasks)))
    assert not (tmp_path / "run" / "1-cold-start-data" / "cold_start.jsonl").exists()


def test_prose_said_in_other_words_is_no_bad_line(tmp_path):
    write_jsonl(tmp_path / "tasks.jsonl", [{"question": "Why?", "ground_truth": "Because the moon pulls on it."}])
    line = {"question": "Why?", "completion": "<|r|>Hm.<|s|><answer>The moon does that.</answer>"}
    write_jsonl(tmp_path / "data.jsonl", [line])
    settings = ColdStart(data=str(tmp_path / "data.jsonl"), tasks=str(tmp_path / "tasks.jsonl"))
    assert len(rows(go(tmp_path / "run", settings))) == 1
    write_jsonl(tmp_path / "tasks.jsonl", [{"question": "Why?", "ground_truth": {"verifier": "maths"}}])
    with pytest.raises(RecipeError, match=r"data\.jsonl, line 1: task 'tasks-1': .* did you mean 'math'"):
        go(tmp_path / "other", settings)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, r"cold_start_data\.data is empty: name a JSONL file of \{question, completion\}"),
        ({"source": "r1_zero"}, r"cold_start_data\.data is empty: name a run's rollouts\.jsonl"),
        ({"source": "few_shot", "data": "x"}, r"cold_start_data\.tasks is empty: few_shot needs the tasks"),
        ({"data": "x", "examples": 0}, r"cold_start_data\.examples is 0"),
        ({"data": "x", "temperature": 0.0}, r"cold_start_data\.temperature is 0\.0"),
        ({"data": "x"}, "no file 'x'"),
        ({"source": "r1_zero", "data": "x", "tasks": "{tasks}"}, "no file 'x'"),
        ({"data": "x", "tasks": "y"}, "no file 'y'"),
    ],
)
def test_bad_settings_are_one_sentence(tmp_path, tasks, settings, sentence):
    settings = {key: str(tasks) if value == "{tasks}" else value for key, value in settings.items()}
    with pytest.raises(RecipeError, match=sentence):
        go(tmp_path / "run", ColdStart(**settings))


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    return str(save_byte_model(tmp_path_factory.mktemp("bytes")))


def few(question, dice, kinds):
    """What a base model says: with the marks it was shown, and with a question of its own after it."""
    text = says(question, dice, kinds).replace("<think>", "<|r|>").replace("</think>", "<|s|>")
    return f" {text}\n\nQuestion: 7 + 7 = ?\nSolution: <|r|>I add.<|s|>\\boxed{{14}}"


@pytest.fixture
def few_shot(tmp_path, tasks, monkeypatch) -> ColdStart:
    monkeypatch.setattr(sifting, "open_engine", sampler(few))
    write_jsonl(tmp_path / "examples.jsonl", [sample_of(number) for number in (1, 20, 21, 22)])
    return ColdStart(
        source="few_shot", data=str(tmp_path / "examples.jsonl"), tasks=str(tasks), examples=3, samples=6, rows=6,
        max_new_tokens=900,
    )  # fmt: skip


def test_few_shot_keeps_what_is_right_and_readable_and_resumes(tmp_path, few_shot, model):
    class Asked(Stop):
        asked = True

    file = go(tmp_path / "run", few_shot, model)
    kept, rejected = rows(file), rows(file.with_name("rejected.jsonl"))
    assert kept
    assert all(verify_summary_format(row["completion"], **MARKS).correct for row in kept)
    assert all(
        "Question" not in row["completion"] and f"{{{row['ground_truth']}}}" in row["completion"] for row in kept
    )
    assert len(kept) + len(rejected) == 36
    assert {name for row in rejected for name in row["faults"]} >= {"wrong", "language", "duplicate"}
    for batch in range(1, 7):
        with pytest.raises(Interrupted, match=f"cold-start-data, batch {batch} of 6"):
            go(tmp_path / "again", few_shot, model, stop=Asked())
    assert go(tmp_path / "again", few_shot, model).read_bytes() == file.read_bytes()


def test_a_prompt_shows_so_many_examples_never_its_own_and_others_for_other_questions(few_shot):
    examples = [sample_of(number) for number in (1, 20, 21, 22)]
    recipe = Recipe(name="r", model="m", **MARKS)
    own = few_shot_prompt("1 + 2 = ?", examples, recipe, 3)
    assert own.endswith("\n\nQuestion: 1 + 2 = ?\nSolution:")
    assert own.count("1 + 2 = ?") == 1
    assert own.count(good(20)) == own.count(good(21)) == own.count(good(22)) == 1
    assert "reflection" in own
    assert "verification" in own
    assert len({few_shot_prompt("?", examples, replace(recipe, seed=seed), 1) for seed in range(20)}) == 4
    assert few_shot_prompt("?", examples, recipe, 9).count("Solution: ") == 4


def test_examples_that_do_not_parse_are_named_and_nothing_right_is_an_error(tmp_path, few_shot, model, monkeypatch):
    def wrong(question, dice, kinds):
        return "<|r|>I add the two numbers.<|s|>\\boxed{-1}"

    monkeypatch.setattr(sifting, "open_engine", sampler(wrong))
    with pytest.raises(RecipeError, match=r"none of 36 completions is kept \(wrong 36\)"):
        go(tmp_path / "run", few_shot, model)
    write_jsonl(Path(few_shot.data), [{"question": "1 + 2 = ?", "completion": "3"}])
    with pytest.raises(RecipeError, match=r"examples\.jsonl, line 1: not <\|r\|>"):
        go(tmp_path / "other", few_shot, model)


def rollout(number, how="", answer=None, split="train", **more):
    answer = 2 * number + 1 if answer is None else answer
    question = task(number)["question"]
    thinking = GOOD.format(sum=0, how=how).partition("</think>")[0]
    return {
        "stage": "rl", "split": split, "step": 1, "task": f"sum-{number}", "prompt": f"User: {question} …",
        "completion": f"{thinking}</think> <answer>{answer}</answer>", "truncated": False, **more,
    }  # fmt: skip


@pytest.fixture
def zero(tmp_path, tasks) -> ColdStart:
    lines = [rollout(1, how) for how in ("", " again", " twice", " by hand", " at last")]
    lines += [rollout(2, answer="5."), rollout(2, answer=6), rollout(2, answer=5, split="held_out", how=" held out")]
    lines += [rollout(2, completion="<think>I add.</think> 5"), rollout(99), rollout(1)]
    french = "<think>D'abord je prends les deux nombres, puis je les ajoute.</think><answer>7</answer>"
    lines += [rollout(3, completion=french), rollout(3, how=" with the <|r|> of it")]
    lines += [rollout(4, answer="The sum of both is \\boxed{9}."), rollout(5, how=" cut", truncated=True)]
    write_jsonl(tmp_path / "rollouts.jsonl", lines)
    return ColdStart(source="r1_zero", data=str(tmp_path / "rollouts.jsonl"), tasks=str(tasks), samples=3)


def test_r1_zero_rollouts_are_filtered_and_rewritten_without_inventing_anything(tmp_path, zero):
    file = go(tmp_path / "run", zero)
    kept = rows(file)
    assert [row["question"] for row in kept] == ["1 + 2 = ?"] * 3 + ["2 + 3 = ?", "4 + 5 = ?"]
    assert len({row["completion"] for row in kept}) == 5
    assert all(verify_summary_format(row["completion"], **MARKS).correct for row in kept)
    assert kept[3]["completion"] == good(2).replace("{5}", "{5.}")
    assert kept[4]["completion"] == good(4, summary="The sum of both is \\boxed{{{}}}.")
    rejected = {row["line"]: list(row["faults"]) for row in rows(file.with_name("rejected.jsonl"))}
    assert sorted(rejected) == sorted(set(rejected) | {7, 9, 12, 13, 15})
    assert (rejected[7], rejected[9], rejected[15]) == (["wrong"], ["format"], ["truncated"])
    assert rejected[12] == ["language"]
    assert "format" in rejected[13]
    assert 8 not in rejected
    counts = json.loads(file.with_name("counts.json").read_text(encoding="utf-8"))
    assert (
        counts["rejected_by_first_fault"].get("surplus", 0) + counts["rejected_by_first_fault"].get("duplicate", 0) == 3
    )
    assert (counts["sampled"], counts["kept"]) == (13, 5)
    assert go(tmp_path / "again", zero).read_bytes() == file.read_bytes()
    german = rows(go(tmp_path / "german", zero, language="fr"))
    assert [row["completion"].partition("<|s|>")[2] for row in german] == ["\\boxed{7}"]


def test_thinking_that_the_prompt_has_opened_is_read_as_such(tmp_path, zero):
    opened = rollout(1, prompt="User: 1 + 2 = ? <think>\n")
    write_jsonl(Path(zero.data), [opened | {"completion": opened["completion"].removeprefix("<think>")}])
    assert [row["completion"] for row in rows(go(tmp_path / "run", zero))] == [good(1)]


def test_which_rollouts_of_a_task_are_kept_is_drawn_and_not_the_first(tmp_path, zero):
    drawn = set()
    for seed in range(8):
        kept = rows(go(tmp_path / f"run{seed}", zero, seed=seed))
        drawn.add(tuple(sorted(row["completion"] for row in kept if row["question"] == "1 + 2 = ?")))
    assert len(drawn) > 2
    assert all(len(set(chosen)) == 3 for chosen in drawn)


def test_rollouts_of_other_tasks_or_none_that_is_right_are_one_sentence(tmp_path, zero, monkeypatch):
    write_jsonl(Path(zero.data), [rollout(99), rollout(2, split="held_out")])
    with pytest.raises(RecipeError, match=r"no rollout for training in .* is of a task in .*tasks\.jsonl"):
        go(tmp_path / "run", zero)
    write_jsonl(Path(zero.data), [rollout(1, prompt="User: 2 + 1 = ? Assistant:")])
    with pytest.raises(RecipeError, match=r"rollouts\.jsonl, line 1: the prompt is not of the question .*'sum-1'"):
        go(tmp_path / "run", zero)
    write_jsonl(Path(zero.data), [rollout(1, answer=1)])
    with pytest.raises(RecipeError, match=r"none of 1 completions is kept \(wrong 1\): see .*rejected\.jsonl"):
        go(tmp_path / "run", zero)
    write_jsonl(Path(zero.data), [rollout(1), {"question": "?"}])
    with pytest.raises(RecipeError, match=r"rollouts\.jsonl, line 2: expected a rollout with task and completion"):
        go(tmp_path / "run", zero)

    class Asked(Stop):
        asked = True

    monkeypatch.setattr(cold_start, "LOOK_EVERY", 1)
    with pytest.raises(Interrupted, match="cold-start-data, rollout 1"):
        go(tmp_path / "run", zero, stop=Asked())
