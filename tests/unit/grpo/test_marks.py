"""Marks become tokens: text and ids go into each other, and the rest of the model stays as it was."""

import copy
from dataclasses import replace

import pytest
import torch

from grpo.config import RecipeError
from grpo.generate import sample
from grpo.marks import add_marks, is_token
from grpo.policy import completion_logps, load_policy, save_policy
from grpo.sign_puzzle import save_base
from tests.scripted_sampler import save_byte_model

MARKS = ("<|reasoning|>", "<|summary|>")


@pytest.fixture
def own(policy):
    return replace(policy, model=copy.deepcopy(policy.model), tokenizer=copy.deepcopy(policy.tokenizer))


def test_new_marks_are_one_token_each_and_stay_in_the_text(policy, own):
    marked = add_marks(own, MARKS)
    for mark in MARKS:
        (number,) = marked.tokenizer(mark, add_special_tokens=False)["input_ids"]
        assert marked.tokenizer(f"5{mark}3", add_special_tokens=False)["input_ids"].count(number) == 1
    said = marked.tokenizer.decode(policy.tokenizer("5=3")["input_ids"])
    text = f"{MARKS[0]}{said}{MARKS[1]}{said}"
    ids = marked.tokenizer(text, add_special_tokens=False)["input_ids"]
    assert marked.tokenizer.batch_decode([ids]) == [text]
    assert marked.tokenizer.batch_decode([ids], skip_special_tokens=True) == [text]


def test_new_rows_are_the_mean_and_old_rows_and_the_odds_of_old_tokens_are_as_they_were(policy, own):
    rows = policy.model.get_input_embeddings().weight.shape[0]
    old = sorted(set(policy.tokenizer.get_vocab().values()))
    marked = add_marks(own, MARKS)
    ids = marked.tokenizer.convert_tokens_to_ids(list(MARKS))
    for before, after in (
        (policy.model.get_input_embeddings(), marked.model.get_input_embeddings()),
        (policy.model.get_output_embeddings(), marked.model.get_output_embeddings()),
    ):
        torch.testing.assert_close(after.weight[ids], before.weight[old].mean(0).expand(2, -1))
        kept = [row for row in range(rows) if row not in ids]
        assert torch.equal(after.weight[kept], before.weight[kept])
    tied = policy.model.config.tie_word_embeddings
    shared = marked.model.get_input_embeddings().weight is marked.model.get_output_embeddings().weight
    assert shared is tied
    odds = [completion_logps(one, [[5, 6]], [0, 0], [[8], [9]]).diff(dim=0) for one in (policy, marked)]
    torch.testing.assert_close(odds[0], odds[1])  # what all lose to the new tokens they lose alike


@pytest.fixture
def puzzle(tmp_path):
    """The sign puzzle's own tokenizer: a token for each word, and `<unk>` for what it does not know."""
    save_base(tmp_path, 35, seed=0)
    return load_policy(str(tmp_path), device="cpu")


def test_what_is_one_token_already_changes_nothing(puzzle):
    before, words = copy.deepcopy(puzzle.model.state_dict()), len(puzzle.tokenizer)
    assert add_marks(puzzle, ("<think>", "</think>")) is puzzle
    assert len(puzzle.tokenizer) == words
    assert all(torch.equal(before[name], value) for name, value in puzzle.model.state_dict().items())
    twice = add_marks(add_marks(puzzle, MARKS), MARKS)
    assert len(twice.tokenizer) == words + 2
    assert add_marks(twice, (MARKS[0], MARKS[0], "<think>")) is twice


def test_a_mark_of_unknown_letters_is_added_and_one_that_would_be_mangled_refused(puzzle, tmp_path):
    assert len(puzzle.tokenizer("§")["input_ids"]) == 1  # that of everything unknown
    assert not is_token(puzzle, "§")
    marked = add_marks(puzzle, ("§", "§§"))
    assert is_token(marked, "§")
    assert marked.tokenizer.decode(marked.tokenizer("5§3", add_special_tokens=False)["input_ids"]) == "5§3"
    save_byte_model(tmp_path / "bytes")
    with pytest.raises(RecipeError, match="'§' does not survive this tokenizer: use one of ASCII"):
        add_marks(load_policy(str(tmp_path / "bytes"), device="cpu"), ("§",))


def test_rows_to_spare_are_used_and_none_is_lost(own):
    own.model.resize_token_embeddings(200, mean_resizing=False)
    old = sorted(set(own.tokenizer.get_vocab().values()))
    marked = add_marks(own, MARKS)
    table = marked.model.get_input_embeddings().weight
    assert table.shape[0] == 200
    for number in marked.tokenizer.convert_tokens_to_ids(list(MARKS)):
        assert torch.equal(table[number], table[old].mean(0))


def test_saved_and_loaded_it_is_the_same_and_samples_show_the_marks(own, tmp_path):
    marked = add_marks(own, MARKS)
    save_policy(marked, tmp_path / "final")
    loaded = load_policy(str(tmp_path / "final"), device="cpu")
    ids = marked.tokenizer.convert_tokens_to_ids(list(MARKS))
    assert loaded.tokenizer.convert_tokens_to_ids(list(MARKS)) == ids
    state = loaded.model.state_dict()
    assert all(torch.equal(state[name], value) for name, value in marked.model.state_dict().items())
    assert add_marks(loaded, MARKS) is loaded
    prompt = loaded.tokenizer("5,3:8?")["input_ids"]
    ids_seen = [r.ids for r in sample(loaded, [prompt], 64, max_new_tokens=60, temperature=5.0, seed=0)]
    texts = loaded.tokenizer.batch_decode(ids_seen)
    shown = [(text.count(MARKS[0]), text.count(MARKS[1])) for text in texts]
    assert shown == [(row.count(ids[0]), row.count(ids[1])) for row in ids_seen]
    assert sum(map(sum, shown)) > 0
