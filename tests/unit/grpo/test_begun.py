"""A prompt may have opened the thinking, as the chat template of DeepSeek-R1 does: what follows is judged with it."""

import json

import pytest

from grpo import sifting
from grpo.checkpoint import Stop
from grpo.groups import sample_groups
from grpo.log import open_log
from grpo.policy import load_policy
from grpo.rejection import rejection_sample
from grpo.rewards import make_reward
from grpo.settings import Recipe, Rejection, Rl, Sft
from grpo.sft import load_pairs
from grpo.tasks import Task, write_jsonl
from tests.scripted_sampler import GOOD, WAYS, sampler, save_byte_model, task

REWARD = {"accuracy": 1.0, "summary_format": 1.0, "language": 1.0}


def begun(question, dice, kinds):
    return GOOD.format(sum=3, how=dice.choice(WAYS)).removeprefix("<think>")


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> str:
    return str(save_byte_model(tmp_path_factory.mktemp("bytes")))


@pytest.fixture
def recipe(model, monkeypatch) -> Recipe:
    monkeypatch.setattr(sifting, "open_engine", sampler(begun))
    shared = {"template": "question", "instruction": "{question} <think>\n", "device": "cpu"}
    return Recipe(name="r", model=model, rl=Rl(reward=REWARD), sft=Sft(pack_tokens=4096), **shared)


def test_rl_rewards_it_as_a_whole_and_records_what_the_policy_wrote(recipe, model):
    task = Task("t", "1 + 2 = ?", "3")
    engine = sampler(begun)(load_policy(model, device="cpu"), 4, recipe)
    [group] = sample_groups(engine, [task], 4, recipe, make_reward(recipe), 0)
    assert [reward.value for reward in group.rewards] == [3.0] * 4
    assert all(text.startswith("First") for text in group.completions)


def test_rejection_sampling_keeps_it_whole_and_sft_does_not_train_the_mark_twice(recipe, model, tmp_path):
    write_jsonl(tmp_path / "tasks.jsonl", [task(1)])
    with open_log(tmp_path, quiet=True) as log:
        settings, out = Rejection(samples=4, keep=2, max_new_tokens=900), tmp_path / "3-rejection-sampling"
        file = rejection_sample(recipe, settings, model, tmp_path / "tasks.jsonl", out, log=log, stop=Stop())
    kept = [json.loads(line)["completion"] for line in file.read_text(encoding="utf-8").splitlines()]
    assert kept
    assert all(text.startswith("<think>First") for text in kept)
    policy = load_policy(model, device="cpu")
    for prompt, completion in load_pairs(policy, recipe, file):
        assert policy.tokenizer.decode(prompt) == "1 + 2 = ? <think>\n"
        assert policy.tokenizer.decode(completion).startswith("First")
