"""A reward model from its files: it learns what is preferred and not length, stops, goes on, says what is wrong."""

import hashlib
import json
import random
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from grpo.checkpoint import Interrupted, Stop
from grpo.config import RecipeError
from grpo.log import open_log, read_metrics
from grpo.reward_model import load_reward_model, train_reward_model, train_safety_model
from grpo.settings import Preference, Recipe
from tests.timeless import numbers

WORDS = ["<eos>", "<unk>", "<think>", "</think>", "please", "bad", "?", *(f"w{i}" for i in range(24))]
PLAIN = [word for word in WORDS if word.startswith("w")]
ASKED = "w5 w7 {question} ?"
SETTINGS = Preference(steps=30, batch_size=32, lr=5e-3, warmup=3, checkpoint_every=10)


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    backend = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<eos>", unk_token="<unk>").save_pretrained(folder)
    torch.manual_seed(0)
    size = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = LlamaConfig(vocab_size=len(WORDS), eos_token_id=0, bos_token_id=None, max_position_embeddings=64, **size)
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def words(dice: random.Random, fewest: int, most: int) -> list[str]:
    return [dice.choice(PLAIN) for _ in range(dice.randint(fewest, most))]


def pairs(count: int, seed: int, lean: float = 0.5) -> list[dict]:
    """The chosen one has a polite word somewhere; with the chance `lean` it is the longer one."""
    dice, made = random.Random(seed), []
    for number in range(count):
        short, long = words(dice, 3, 6), words(dice, 9, 14)
        chosen, rejected = (long, short) if dice.random() < lean else (short, long)
        chosen[dice.randrange(len(chosen))] = "please"
        question = " ".join([*words(dice, 2, 4), f"w{number % 24}", f"q{seed}-{number}"])
        thought = "<think> " + " ".join(words(dice, 1, 5)) + " </think> "
        made.append({"question": question, "chosen": thought + " ".join(chosen), "rejected": " ".join(rejected)})
    return made


def points(count: int, seed: int) -> list[dict]:
    """Unsafe where the thinking or the summary has the bad word."""
    dice, made = random.Random(seed), []
    for number in range(count):
        text = words(dice, 4, 10)
        if number % 2:
            text[dice.randrange(len(text))] = "bad"
        text.insert(dice.randrange(len(text)), "</think>")
        made.append(
            {"question": f"w1 q{seed}-{number}", "completion": " ".join(["<think>", *text]), "safe": number % 2 == 0}
        )
    return made


def write(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def train(
    run: Path, base: Path, data: Path, held_out: Path | None, settings=SETTINGS, stop=None, by=train_reward_model
):
    recipe = Recipe(name="mine", model=str(base), template="question", instruction=ASKED, device="cpu", seed=5)
    with open_log(run, quiet=True) as log:
        return by(recipe, settings, str(base), data, held_out, run / "4-reward-model", log=log, stop=stop or Stop())


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


class StopsAtOnce(Stop):
    asked = True


@pytest.fixture(scope="module")
def trained(base, tmp_path_factory) -> Path:
    run = tmp_path_factory.mktemp("run")
    train(run, base, write(run / "pairs.jsonl", pairs(200, 0)), write(run / "held.jsonl", pairs(100, 1)))
    return run


def test_a_planted_preference_is_learned_from_200_pairs_and_length_is_not(trained):
    rows = read_metrics(trained)
    assert [row["step"] for row in rows if row["split"] == "held_out"] == [0, 10, 20, 30]
    assert {row["stage"] for row in rows} == {"reward-model"}
    last = [row for row in rows if row["split"] == "held_out"][-1]
    assert last["accuracy"] > 0.9
    assert last["loss"] < 0.4 < rows[0]["loss"]
    train_rows = [row for row in rows if row["split"] == "train"]
    assert {"loss", "accuracy", "margin", "lr", "grad_norm"} <= train_rows[0].keys()
    assert [row["step"] for row in train_rows] == list(range(1, 31))
    assert train_rows[0]["loss"] == pytest.approx(0.693, abs=0.05)

    found = json.loads((trained / "4-reward-model" / "calibration.json").read_text(encoding="utf-8"))
    assert (found["accuracy"], found["ece"]) == (last["accuracy"], last["ece"])
    assert min(found["accuracy_longer"], found["accuracy_shorter"]) > 0.9
    assert abs(found["length_correlation"]) < 0.3
    assert found["rows_longer"] + found["rows_shorter"] == 100

    model = load_reward_model(trained / "4-reward-model" / "final", "cpu")
    short, long = "w1 w2 w3", "w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 w12"
    plain_short, plain_long, polite = model.scores(["w1 w2"] * 3, [short, long, "w1 please w3"])
    assert polite - max(plain_short, plain_long) > 2 * abs(plain_short - plain_long)


def test_it_would_have_learned_length_where_the_chosen_is_always_the_longer(base, tmp_path):
    data = write(
        tmp_path / "pairs.jsonl",
        [{**one, "chosen": one["chosen"].replace("please", "w1")} for one in pairs(200, 0, 1.0)],
    )
    train(tmp_path, base, data, write(tmp_path / "held.jsonl", pairs(100, 1, 0.0)))
    found = json.loads((tmp_path / "4-reward-model" / "calibration.json").read_text(encoding="utf-8"))
    assert found["accuracy_shorter"] < 0.2
    assert found["accuracy_longer"] is None
    assert found["length_correlation"] > 0.7


def test_it_scores_as_it_was_trained_and_an_average_response_gets_one_half(trained):
    final = trained / "4-reward-model" / "final"
    model = load_reward_model(final, "cpu")
    rows = pairs(200, 0)
    chosen = model.scores([row["question"] for row in rows], [row["chosen"] for row in rows])
    rejected = model.scores([row["question"] for row in rows], [row["rejected"] for row in rows])
    assert model.reading.offset == pytest.approx(sum(chosen + rejected) / 400, abs=1e-4)
    assert (model.reading.template, model.reading.instruction) == ("question", ASKED)
    held = pairs(100, 1)
    margins = [
        model.scores([row["question"]], [row["chosen"]])[0] - model.scores([row["question"]], [row["rejected"]])[0]
        for row in held
    ]
    last = [row for row in read_metrics(trained) if row["split"] == "held_out"][-1]
    assert last["margin"] == pytest.approx(sum(margins) / 100, abs=1e-4)
    polite, plain = (model.helpful(text, {"question": "w1"}).score for text in ("w1 please w2", "w1 w2 w3"))
    assert polite > 0.5 > plain


def test_stopped_after_every_step_it_ends_as_an_unbroken_one(base, tmp_path):
    settings = Preference(steps=6, batch_size=16, lr=5e-3, warmup=2, checkpoint_every=3)
    for name in ("whole", "broken"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "pairs.jsonl", pairs(40, 0))
        write(tmp_path / name / "held.jsonl", pairs(20, 1))
    files = {name: (tmp_path / name / "pairs.jsonl", tmp_path / name / "held.jsonl") for name in ("whole", "broken")}
    whole = train(tmp_path / "whole", base, *files["whole"], settings)
    for _ in range(6):
        with pytest.raises(Interrupted, match=r"reward-model, step \d of 6"):
            train(tmp_path / "broken", base, *files["broken"], settings, StopsAtOnce())
        assert not (tmp_path / "broken" / "4-reward-model" / "final").exists()
    broken = train(tmp_path / "broken", base, *files["broken"], settings)
    assert numbers(tmp_path / "broken") == numbers(tmp_path / "whole")
    for name in ("model.safetensors", "reward.json", "../calibration.json"):
        assert digest(broken / name) == digest(whole / name)


def test_killed_between_checkpoints_or_before_the_end_it_ends_the_same(base, tmp_path, monkeypatch):
    from grpo import reward_model

    settings = Preference(steps=5, batch_size=16, lr=5e-3, warmup=2, checkpoint_every=2)
    data, held_out = write(tmp_path / "pairs.jsonl", pairs(40, 0)), write(tmp_path / "held.jsonl", pairs(20, 1))
    whole = train(tmp_path / "whole", base, data, held_out, settings)
    for name, dies_at in (("update", 4), ("save_policy", 1)):
        right, calls = getattr(reward_model, name), []

        def dies(*args, right=right, calls=calls, dies_at=dies_at):
            calls.append(1)
            if len(calls) == dies_at:
                raise MemoryError
            return right(*args)

        with monkeypatch.context() as patch:
            patch.setattr(reward_model, name, dies)
            with pytest.raises(MemoryError):
                train(tmp_path / name, base, data, held_out, settings)
        final = train(tmp_path / name, base, data, held_out, settings)
        assert digest(final / "model.safetensors") == digest(whole / "model.safetensors")
        assert numbers(tmp_path / name) == numbers(tmp_path / "whole")


def test_no_steps_are_one_epoch(base, tmp_path):
    settings = Preference(batch_size=16, lr=1e-3)
    final = train(tmp_path, base, write(tmp_path / "pairs.jsonl", pairs(40, 0)), None, settings)
    assert [row["step"] for row in read_metrics(tmp_path)] == [1, 2, 3]
    assert not (final.parent / "calibration.json").exists()


def test_what_is_unsafe_is_learned_from_the_whole_completion(base, tmp_path):
    data, held_out = write(tmp_path / "points.jsonl", points(200, 0)), write(tmp_path / "held.jsonl", points(100, 1))
    final = train(tmp_path, base, data, held_out, by=train_safety_model)
    found = json.loads((final.parent / "calibration.json").read_text(encoding="utf-8"))
    assert min(found["accuracy_safe"], found["accuracy_unsafe"]) > 0.9
    model = load_reward_model(final, "cpu")
    for bad in ("<think> w1 bad w2 </think> w3 w4", "<think> w1 w2 </think> w3 bad w4"):
        assert model.harmless(bad, {"question": "w1"}).score < 0.4
    assert model.harmless("<think> w1 w2 </think> w3 w4", {"question": "w1"}).score > 0.6


PAIR = {"question": "w1", "chosen": "w2", "rejected": "w3"}
POINT = {"question": "w1", "completion": "w2", "safe": True}


@pytest.mark.parametrize(
    ("rows", "by", "sentence"),
    [
        ([PAIR, {"question": "w1", "chosen": "w2"}], "pairs", r"line 2: .*no 'rejected'"),
        ([PAIR, {"question": "w1", "chosen": "w2", "rejectd": "w3"}], "pairs", r"line 2: .*did you mean 'rejectd'"),
        ([{"chosen": "w2", "rejected": "w3", "prompt": "w1"}], "pairs", r"line 1: .*no 'question'"),
        ([{**PAIR, "chosen": " \u200b"}], "pairs", r"line 1: 'chosen' is empty"),
        ([{**PAIR, "question": ""}], "pairs", r"line 1: 'question' is empty"),
        ([{**PAIR, "rejected": 3}], "pairs", r"line 1: 'rejected' must be str, got 3"),
        ([PAIR, {**PAIR, "rejected": "w2 "}], "pairs", r"line 2: 'chosen' and 'rejected' are the same"),
        ([{**PAIR, "rejected": "<think> w1"}], "pairs", r"line 1: nothing is said after the thinking in '<think> w1'"),
        ([PAIR, {**PAIR, "chosen": "w1 " * 70}], "pairs", r"line 2: 75 tokens, more than the model's 64 positions"),
        ([], "pairs", r"no lines: expected one \{question, chosen, rejected\} a line"),
        ([{**POINT, "safe": 1}], "points", r"line 1: 'safe' must be bool, got 1"),
        ([{"question": "w1", "completion": "w2", "save": True}], "points", r"line 1: .*did you mean 'save'"),
        ([{**POINT, "completion": " "}], "points", r"line 1: 'completion' is empty"),
        ([POINT, POINT], "points", r"every completion is safe: there is nothing to tell apart"),
    ],
)
def test_a_bad_file_is_one_sentence_with_the_line(base, tmp_path, rows, by, sentence):
    by = {"pairs": train_reward_model, "points": train_safety_model}[by]
    data = write(tmp_path / "data.jsonl", rows)
    with pytest.raises(RecipeError, match=rf"data\.jsonl.*{sentence}"):
        train(tmp_path, base, data, None, by=by)
    assert not (tmp_path / "4-reward-model").exists()


def test_a_question_on_both_sides_or_no_file_is_refused(base, tmp_path):
    data = write(tmp_path / "pairs.jsonl", pairs(20, 0))
    with pytest.raises(RecipeError, match=r"held\.jsonl.*trained on too: 1 question"):
        train(tmp_path, base, data, write(tmp_path / "held.jsonl", [*pairs(5, 1), pairs(20, 0)[7]]))
    with pytest.raises(RecipeError, match=r"no file .*pair\.jsonl'; did you mean .*pairs\.jsonl"):
        train(tmp_path, base, tmp_path / "pair.jsonl", None)
