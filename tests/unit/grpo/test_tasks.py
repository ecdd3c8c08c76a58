"""A wrong line, verifier or ground truth stops the run with a sentence that says which."""

import json
import random

import pytest

from grpo.arithmetic import make_arithmetic
from grpo.config import RecipeError
from grpo.rewards import make_reward
from grpo.settings import Recipe, Rl
from grpo.sign_puzzle import make_sign_puzzle, only_targets, signs, task, trace
from grpo.task_sampling import columns_of, passing
from grpo.tasks import load_general, load_tasks, pick
from verifiers import verify_countdown, verify_format


def by(**reward: float):
    """The reward of a recipe that names these verifiers."""
    return make_reward(Recipe(name="t", model="m", rl=Rl(reward=reward)))


MATH = by(math=1.0)


def write(path, *lines):
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_tasks_are_read_and_blank_lines_passed_over(tmp_path):
    good = json.dumps({"id": "a", "question": "1+1?", "ground_truth": "2"})
    tasks = load_tasks(write(tmp_path / "t.jsonl", good, "", good), MATH)
    assert [(task.id, task.question, task.ground_truth) for task in tasks] == [("a", "1+1?", "2")] * 2


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ('{"question": "1+1?"', "line 2: not JSON"),
        ("[1, 2]", r"line 2: expected an object \{question, ground_truth\}, got list"),
        ('{"question": "1+1?", "groundtruth": "2"}', r"line 2: .*no 'ground_truth'.*did you mean 'groundtruth'"),
        ('{"question": 11, "ground_truth": "2"}', "line 2: 'question' must be str, got 11"),
        ('{"question": "\\ud800", "ground_truth": "2"}', "line 2: 'question' holds half a surrogate pair"),
        ("[" * 100_000, "line 2: JSON nested too deep"),
    ],
)
def test_a_malformed_line_is_named(tmp_path, line, sentence):
    good = json.dumps({"question": "1+1?", "ground_truth": "2"})
    with pytest.raises(RecipeError, match=sentence):
        load_tasks(write(tmp_path / "t.jsonl", good, line), MATH)


def test_a_line_that_is_no_utf8_is_named_and_a_byte_order_mark_passed_over(tmp_path):
    good = json.dumps({"question": "1+1?", "ground_truth": "2"}).encode()
    path = tmp_path / "t.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + good + b"\r\n" + good.replace(b"1+1", "1÷1".encode("latin-1")))
    with pytest.raises(RecipeError, match="line 2: not UTF-8"):
        load_tasks(path, MATH)
    path.write_bytes(b"\xef\xbb\xbf" + good + b"\r\n" + good)
    assert len(load_tasks(path, MATH)) == 2
    with pytest.raises(RecipeError, match="is a folder"):
        load_tasks(tmp_path, MATH)


def test_a_missing_or_empty_file_is_an_error(tmp_path):
    write(tmp_path / "train.jsonl")
    with pytest.raises(RecipeError, match=r"no file .*did you mean .*train\.jsonl"):
        load_tasks(tmp_path / "trian.jsonl", MATH)
    with pytest.raises(RecipeError, match="no lines"):
        load_tasks(tmp_path / "train.jsonl", MATH)


@pytest.mark.parametrize(
    ("reward", "ground_truth"), [("math", ""), ("math", "1/0"), ("countdown", {"numbers": [1, 2]})]
)
def test_an_unreadable_ground_truth_stops_the_run_with_its_task(tmp_path, reward, ground_truth):
    line = json.dumps({"id": "bad-7", "question": "1+1?", "ground_truth": ground_truth})
    with pytest.raises(RecipeError, match=rf"task 'bad-7': verifier '{reward}' cannot read its ground truth"):
        load_tasks(write(tmp_path / "t.jsonl", line), by(**{reward: 1.0, "format": 1.0}))


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ({"levle": 3}, r"t\.jsonl, line 2: no column 'level' in \[.*'levle'.*\]; did you mean 'levle'\?"),
        ({"level": "hard"}, r"line 2: 'level' must be a finite number, got hard"),
        ({"level": True}, "line 2: 'level' must be a finite number, got True"),
        ({"level": float("nan")}, "line 2: 'level' must be a finite number, got nan"),
        ({"level": 10**400}, "line 2: 'level' must be a finite number, got 10000"),
    ],
)
def test_a_column_without_a_number_is_named_with_its_line(tmp_path, line, sentence):
    task = {"question": "q", "ground_truth": "1"}
    file = write(tmp_path / "t.jsonl", json.dumps(task | {"level": 2}), json.dumps(task | line))
    with pytest.raises(RecipeError, match=sentence):
        load_tasks(file, MATH, columns_of(Rl(curriculum="-level")))


def test_a_missing_pass_rate_is_an_error_that_says_how_to_make_it(tmp_path):
    file = write(tmp_path / "t.jsonl", json.dumps({"question": "q", "ground_truth": "1"}))
    with pytest.raises(RecipeError, match=r"no column 'pass_rate'.*grpo\.evaluate MODEL.*data/difficulty\.py"):
        load_tasks(file, MATH, columns_of(Rl(pass_rate_max=0.9)))
    assert columns_of(Rl()) == []


def test_a_filter_that_leaves_no_task_says_where_they_lie(tmp_path):
    task = {"question": "q", "ground_truth": "1"}
    file = write(tmp_path / "t.jsonl", *(json.dumps(task | {"pass_rate": rate}) for rate in (0, 0, 1)))
    rl = Rl(pass_rate_min=0.1, pass_rate_max=0.9)
    with pytest.raises(RecipeError, match=r"no task has a pass_rate from 0\.1 to 0\.9: 2 lie below, 1 above"):
        passing(load_tasks(file, MATH, columns_of(rl)), rl)


def test_an_unknown_verifier_names_the_nearest():
    with pytest.raises(RecipeError, match=r"'maths'.*did you mean 'math'"):
        by(maths=1.0)


def test_prompts_without_a_ground_truth_have_none(tmp_path):
    """One with an answer would go to the rules, which cannot read it, and its reward would be None for ever."""
    [task] = load_general(write(tmp_path / "t.jsonl", '{"question": "Who are you?"}'))
    assert task.ground_truth == {"question": "Who are you?"}
    for more in ({"answer": "Paris"}, {"verifier": "math", "ground_truth": "4"}):
        line = json.dumps({"question": "q", "ground_truth": {"question": "q", **more}})
        with pytest.raises(RecipeError, match="line 1: a prompt without a ground truth has"):
            load_general(write(tmp_path / "t.jsonl", line))


@pytest.mark.parametrize(
    ("name", "options", "sentence"),
    [
        ("language", {"language": "klingon"}, r"rl\.reward: unknown language 'klingon'"),
        ("summary_format", {"reasoning": "<r>", "summary": "<r><s>"}, r"rl\.reward: .*one contains the other"),
    ],
)
def test_a_language_or_marks_that_cannot_be_are_one_sentence(name, options, sentence):
    with pytest.raises(RecipeError, match=sentence):
        make_reward(Recipe(name="t", model="m", rl=Rl(reward={name: 1.0}), **options))


def test_every_task_comes_once_an_epoch():
    epochs = [[*pick(10, 5, step, seed=1), *pick(10, 5, step + 1, seed=1)] for step in (0, 2)]
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(10))
    assert epochs[0] != epochs[1]
    wide = list(pick(3, 7, 0, seed=1))  # a step of more than two epochs
    assert sorted(wide[:3]) == sorted(wide[3:6]) == [0, 1, 2]


def test_sign_puzzles_have_one_solution_and_their_held_out_numbers_are_not_trained_on(tmp_path):
    make_sign_puzzle(tmp_path, seed=0, numbers=3, largest=5, traces=200)
    train, held_out = (lines(tmp_path / f"{name}.jsonl") for name in ("train", "held_out"))
    bags = [{tuple(sorted(line["ground_truth"]["numbers"])) for line in some} for some in (train, held_out)]
    assert bags[0].isdisjoint(bags[1])
    for truth in (line["ground_truth"] for line in train + held_out):
        assert truth["target"] in only_targets(truth["numbers"])


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_a_search_meets_every_choice_of_signs_and_flips_one_sign_at_a_time(count):
    choices = signs(count)
    assert len(set(choices)) == len(choices) == 2 ** (count - 1)
    for one, other in zip(choices, choices[1:] + choices[:1], strict=True):
        assert sum(a != b for a, b in zip(one, other, strict=True)) == 1


def test_traces_are_well_formed_right_unless_given_up_and_never_try_twice(tmp_path):
    dice = random.Random(0)
    scores = []
    for _ in range(300):
        terms = [dice.randint(1, 9) for _ in range(4)]
        puzzle = task(terms, dice.choice(only_targets(terms)))
        completion = trace(puzzle, dice)["completion"]
        assert verify_format(completion).correct
        thoughts = completion.removeprefix("<think>").split("</think>")[0]
        attempts = thoughts.replace(" yes", "").replace(" no\n", "").split("wait ")
        assert len(set(attempts)) == len(attempts)
        score = verify_countdown(completion, puzzle["ground_truth"]).score
        assert score == (" yes" in completion)
        scores.append(score)
    assert 0.15 < sum(scores) / 300 < 0.35


def test_no_pair_of_numbers_is_on_both_sides_of_the_arithmetic_split(tmp_path):
    make_arithmetic(tmp_path, seed=0)
    train, held_out = (lines(tmp_path / f"{name}.jsonl") for name in ("train", "held_out"))
    pairs = [{tuple(sorted(map(int, task["question"].split()[::2]))) for task in tasks} for tasks in (train, held_out)]
    assert pairs[0].isdisjoint(pairs[1])
    assert len(train) > 2 * len(held_out) > 0
    assert all(str(eval(task["question"])) == task["ground_truth"] for task in train + held_out)
