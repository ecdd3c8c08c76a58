"""The tiny world holds what R1's stages need of it, and nothing leaks."""

import hashlib
from collections import Counter

import pytest

from grpo.policy import load_policy
from grpo.sign_puzzle import attempt_text, make_sign_puzzle, signs
from grpo.tasks import read_jsonl
from grpo.tiny_talk import ABOUT
from grpo.tiny_world import CHINESE, ENGLISH, make_tiny_world
from verifiers import verify_accuracy, verify_language
from verifiers.summary import verify_summary_format

SIZES = {"corpus": 1600, "cold_start": 100, "general_sft": 100, "pairs": 200}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("world")
    make_tiny_world(folder, 0, **SIZES)
    return folder


def rows(folder, name):
    return [row for _, row in read_jsonl(folder / f"{name}.jsonl", {})]


def test_two_worlds_of_one_seed_are_byte_identical_and_another_seed_makes_another(world, tmp_path):
    for seed in (0, 1):
        (tmp_path / str(seed)).mkdir()
        make_tiny_world(tmp_path / str(seed), seed, **SIZES)
    files = [file.relative_to(world) for file in sorted(world.rglob("*")) if file.is_file()]
    assert len(files) == 19
    assert all((tmp_path / "0" / file).read_bytes() == (world / file).read_bytes() for file in files)
    differ = [file for file in files if (tmp_path / "1" / file).read_bytes() != (world / file).read_bytes()]
    assert {file.suffix for file in differ} == {".jsonl", ".safetensors"}
    assert sum(file.suffix == ".jsonl" for file in differ) == 9


def test_no_bag_of_numbers_is_on_both_sides(world):
    def bags(name):
        found = [row["question"].partition(":")[0].split(",") for row in rows(world, name)]
        return {tuple(sorted(numbers)) for numbers in found if len(numbers) == 4}

    held_out = bags("held_out")
    assert len(held_out) == 8
    for name in ("train", "corpus", "cold_start"):
        assert bags(name)
        assert not bags(name) & held_out


def test_no_general_question_is_on_both_sides(world):
    held_out = {row["question"] for name in ("general_held_out", "pairs_held_out") for row in rows(world, name)}
    assert len(held_out) == len(ABOUT)
    for name in ("general_train", "general_sft", "pairs", "corpus"):
        assert not held_out & {row["question"] for row in rows(world, name)}


def test_every_token_is_known_and_every_text_comes_back(world):
    tokenizer = load_policy(str(world / "base"), device="cpu").tokenizer
    assert tokenizer.get_vocab() == load_policy(str(world / "small"), device="cpu").tokenizer.get_vocab()
    texts = {
        text
        for file in world.glob("*.jsonl")
        for row in rows(world, file.stem)
        for key, text in row.items()
        if key in ("question", "completion", "chosen", "rejected")
    }
    for text in texts:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        assert tokenizer.unk_token_id not in ids, text
        assert tokenizer.decode(ids) == text
    for tongue in (ENGLISH, CHINESE):
        for word in (tongue.so, tongue.wait, tongue.off, tongue.no, tongue.yes):
            assert len(tokenizer(word)["input_ids"]) == 1
    for mark in ("<think>", "</think>"):
        assert tokenizer.convert_tokens_to_ids(mark) == tokenizer(mark)["input_ids"][0]


def test_a_trace_is_accepted_just_when_it_says_yes(world):
    truths = {row["question"]: row["ground_truth"] for row in rows(world, "train")}
    seen = Counter()
    for row in rows(world, "corpus"):
        text = row["completion"]
        assert verify_summary_format(text).score == 1
        if row["question"] in truths:
            found = any(tongue.yes + "</think>" in text for tongue in (ENGLISH, CHINESE))
            assert verify_accuracy(text, truths[row["question"]]).score == found
            seen[found] += 1
    assert min(seen[True], seen[False]) > 100


def test_cold_start_is_right_readable_and_english(world):
    truths = {row["question"]: row["ground_truth"] for row in rows(world, "train")}
    attempts = Counter()
    for row in rows(world, "cold_start"):
        text = row["completion"]
        assert verify_accuracy(text, truths[row["question"]]).score == 1
        assert verify_summary_format(text).score == 1
        assert verify_language(text).score == 1
        attempts[text.count(ENGLISH.off)] += 1
    assert set(attempts) == {1, 2, 3}


def test_the_longest_honest_search_scores_1_in_language():
    """All eight attempts: few different words, but no repetition to the verifier, since the numbers vary."""
    tried = [attempt_text((5, 3, 2, 4), choice) for choice in signs(4)]
    text = ENGLISH.so + ENGLISH.wait.join(f"{attempt}{ENGLISH.off}{value - 9}{ENGLISH.no}" for attempt, value in tried)
    assert verify_language(f"<think>{text}</think>The answer is 5 +3 +2 +4.").score == 1


def test_small_talk_is_thought_in_english_where_it_is_for_sft(world):
    for row in rows(world, "general_sft"):
        assert verify_summary_format(row["completion"]).score == 1
        assert verify_language(row["completion"]).score == 1


def test_persistence_speaks_chinese_and_languages_mix_within_a_trace(world):
    """How often a wrong attempt is followed by another, in each language; and how many traces speak both."""
    tried, gone_on, mixed, searches = Counter(), Counter(), 0, 0
    for row in rows(world, "corpus"):
        text = row["completion"]
        for tongue in (ENGLISH, CHINESE):
            tried[tongue] += text.count(tongue.no)
            gone_on[tongue] += text.count(tongue.no) - text.count(tongue.no + "</think>")
        searches += "The answer is" in text
        mixed += "The answer is" in text and len({verify_language(text).score, 0.0, 1.0}) == 3
    assert gone_on[CHINESE] / tried[CHINESE] > gone_on[ENGLISH] / tried[ENGLISH] + 0.2
    assert 0.2 < mixed / searches < 0.8


def test_what_is_preferred_is_not_told_by_length(world):
    tokenizer = load_policy(str(world / "base"), device="cpu").tokenizer
    for name in ("pairs", "pairs_held_out"):
        lengths = [
            [len(tokenizer(row[side])["input_ids"]) for side in ("chosen", "rejected")] for row in rows(world, name)
        ]
        assert Counter(chosen for chosen, _ in lengths) == Counter(rejected for _, rejected in lengths)
        assert sum(chosen > rejected for chosen, rejected in lengths) == sum(a < b for a, b in lengths)
        assert all(row["chosen"] != row["rejected"] for row in rows(world, name))


def test_general_tasks_have_no_ground_truth_but_their_question(world):
    for name in ("general_train", "general_held_out"):
        assert all(row["ground_truth"] == {"question": row["question"]} for row in rows(world, name))


def test_the_sign_puzzle_is_the_one_it_was(tmp_path):
    """What `tiny_cpu` trained on when its figures were measured."""
    make_sign_puzzle(tmp_path, 3)
    digests = {
        name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()[:16]
        for name in ("train.jsonl", "held_out.jsonl", "traces.jsonl")
    }
    assert digests == {
        "train.jsonl": "840c8ae6f67f27b3",
        "held_out.jsonl": "a9bcbb8bdecec3a0",
        "traces.jsonl": "789e41f0f57aca62",
    }
