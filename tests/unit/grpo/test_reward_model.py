"""A reward model: its loss, where its score is read, what it says to RL, and when RL should stop."""

import copy
import json
import math
import threading
from dataclasses import replace

import numpy as np
import pytest
import torch

from grpo import reward_model, score_head
from grpo.config import RecipeError
from grpo.health import hacked
from grpo.policy import save_policy
from grpo.reward_model import RewardModel, load_reward_model, losses, update
from grpo.score_head import Reading, load_scorer, rewards, score_all, together
from verifiers import Reason, marked
from verifiers.reward import R1_GENERAL

LOOK = {"template": "question", "system": "", "instruction": "{question}", "reasoning": "<think>"}
PREFERENCE = Reading(kind="preference", summary="</think>", **LOOK)
SAFETY = Reading(kind="safety", summary="</think>", **LOOK)
SEQUENCES = [[5, 6, 7, 8, 0], [9, 0], [4, 4, 4, 0, 3, 0], [0], [17, 2, 30, 8, 8, 8, 8, 9, 0]]


@pytest.fixture(scope="module")
def scorer(policy):
    return load_scorer(policy.tokenizer.name_or_path, device="cpu", seed=3)


@pytest.fixture(scope="module")
def model(scorer):
    """A reward model whose scores differ widely."""
    loud = copy.deepcopy(scorer.model)
    with torch.no_grad():
        loud.score.weight *= 20
    return RewardModel(type(scorer)(loud, scorer.tokenizer, scorer.eos_ids), PREFERENCE)


def twin(rewards_N: np.ndarray, signs: list[list[int]]) -> tuple[float, np.ndarray]:
    """The loss and its gradient, by hand in float64: −log σ(m) has the slope −σ(−m) in m."""
    total, slope, at = 0.0, np.zeros_like(rewards_N), 0
    for row in signs:
        m = sum(sign * rewards_N[at + i] for i, sign in enumerate(row))
        total += math.log1p(math.exp(-abs(m))) + max(-m, 0.0)
        for i, sign in enumerate(row):
            slope[at + i] = -sign / (1 + math.exp(m))
        at += len(row)
    return total, slope


@pytest.mark.parametrize(
    "signs",
    [[[1, -1], [1, -1], [1, -1]], [[1], [-1], [-1], [1], [1], [-1]]],
    ids=["Bradley-Terry", "binary cross-entropy"],
)
def test_the_loss_and_its_gradient_are_those_of_the_equation(signs):
    numbers = np.array([0.3, -1.2, 2.5, 2.5, -40.0, 40.0])
    rewards_N = torch.tensor(numbers, requires_grad=True)
    loss_B, margin_B = losses(rewards_N, signs)
    loss_B.sum().backward()
    value, slope = twin(numbers, signs)
    assert loss_B.sum().item() == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(rewards_N.grad.numpy(), slope, rtol=1e-12, atol=1e-300)
    own = numbers[:2] @ [1, -1] if len(signs[0]) == 2 else numbers[0]
    assert margin_B[0].item() == pytest.approx(own)


def test_bradley_terry_is_what_the_name_says():
    loss_B, _ = losses(torch.tensor([2.0, 0.5]), [[1, -1]])
    assert loss_B.item() == pytest.approx(-math.log(math.exp(2) / (math.exp(2) + math.exp(0.5))))


def test_on_either_side_padding_changes_no_score(scorer):
    alone = [rewards(scorer, [ids]).item() for ids in SEQUENCES]
    assert len({round(score, 4) for score in alone}) == len(alone)
    for left in (True, False):
        torch.testing.assert_close(rewards(scorer, SEQUENCES, left=left), torch.tensor(alone), atol=1e-5, rtol=1e-5)


def test_the_score_is_that_of_the_model_itself(scorer):
    for ids in SEQUENCES:
        theirs = scorer.model(input_ids=torch.tensor([ids])).logits.item()
        assert rewards(scorer, [ids]).item() == pytest.approx(theirs, abs=1e-5)


def test_the_score_is_read_at_the_last_token(scorer):
    one, other = rewards(scorer, [[5, 6, 7, 0], [5, 6, 7, 9]]).tolist()
    assert one != pytest.approx(other, abs=1e-4)


def test_a_score_does_not_depend_on_what_else_is_scored(model):
    questions = ["1,2:3?", "1?", "4,4,4:8?", "2,1:1?"]
    responses = ["1+2=3", "1", "4+4=8" * 9, "<think>2-1 off no</think>1"]
    alone = [model.scores([q], [r])[0] for q, r in zip(questions, responses, strict=True)]
    assert model.scores(questions, responses) == pytest.approx(alone, abs=1e-5)
    assert model.scores(questions[::-1], responses[::-1])[::-1] == pytest.approx(alone, abs=1e-5)
    narrow = RewardModel(model.policy, model.reading, forward_tokens=1)
    assert narrow.scores(questions, responses) == pytest.approx(alone, abs=1e-5)
    assert model.scores(questions, responses) == model.scores(questions, responses)


def test_how_much_goes_through_at_a_time_changes_no_step(scorer):
    rows = [[(1, SEQUENCES[0]), (-1, SEQUENCES[1])], [(1, SEQUENCES[2]), (-1, SEQUENCES[4])], [(-1, SEQUENCES[3])]]
    results = []
    for tokens in (1, 20, 1000):
        own = type(scorer)(copy.deepcopy(scorer.model), scorer.tokenizer, scorer.eos_ids)
        optimizer = torch.optim.SGD(own.model.parameters(), lr=0.1)
        measured = update(own, optimizer, rows, 0.1, tokens)
        results.append((measured, own.model.score.weight.detach()))
    for measured, weight in results[1:]:
        assert measured == pytest.approx(results[0][0], rel=1e-4)
        torch.testing.assert_close(weight, results[0][1], atol=1e-6, rtol=1e-4)
    loss_B, margin_B = losses(rewards(scorer, [ids for row in rows for _, ids in row]), [[1, -1], [1, -1], [-1]])
    assert results[0][0]["loss"] == pytest.approx(loss_B.mean().item(), rel=1e-5)
    assert results[0][0]["accuracy"] == pytest.approx((margin_B > 0).float().mean().item())


def test_what_goes_through_together_is_everything_once_within_the_budget():
    lengths = [3, 9, 4, 2, 2, 30, 1]
    parts = list(together(lengths, 10))
    assert sorted(i for part in parts for i in part) == list(range(7))
    assert all(len(part) == 1 or len(part) * max(lengths[i] for i in part) <= 10 for part in parts)
    assert len(parts) < 7
    assert list(together([], 10)) == []


def test_a_new_head_is_drawn_by_the_seed_and_a_trained_one_kept(policy, scorer, tmp_path):
    folder = policy.tokenizer.name_or_path
    torch.manual_seed(99)
    assert torch.equal(load_scorer(folder, device="cpu", seed=3).model.score.weight, scorer.model.score.weight)
    assert not torch.equal(load_scorer(folder, device="cpu", seed=4).model.score.weight, scorer.model.score.weight)
    saved = save_policy(scorer, tmp_path / "final")
    again = load_scorer(str(saved), device="cpu", seed=4)
    assert score_all(again, SEQUENCES, 50) == score_all(scorer, SEQUENCES, 50)


def test_a_model_that_cannot_be_scored_is_named(policy, tmp_path):
    with pytest.raises(RecipeError, match=r"no reward model: no reward\.json"):
        load_reward_model(policy.tokenizer.name_or_path, "cpu")
    with pytest.raises(RecipeError, match="neither a folder here nor a hub name"):
        load_scorer("no/such/model")
    save_policy(policy, tmp_path / "final")
    reading = json.dumps(reward_model.asdict(PREFERENCE))
    (tmp_path / "final" / "reward.json").write_text(reading, encoding="utf-8")
    with pytest.raises(RecipeError, match=r"has no weights for score\.weight"):
        load_reward_model(tmp_path / "final", "cpu")
    with pytest.raises(RecipeError, match=r"holds no reward model.*did you mean '.*final'"):
        load_reward_model(tmp_path / "finale", "cpu")
    (tmp_path / "final" / "reward.json").write_text(reading.replace("question", "poem"), encoding="utf-8")
    with pytest.raises(RecipeError, match=r"reward\.json is damaged"):
        load_reward_model(tmp_path / "final", "cpu")


def test_a_model_whose_own_score_is_another_is_refused_at_load(policy, monkeypatch):
    ours = score_head.rewards
    monkeypatch.setattr(score_head, "rewards", lambda *args, **options: ours(*args, **options) + 0.01)
    with pytest.raises(RecipeError, match=r"the score at the last token differs from the model's own by 0\.01"):
        load_scorer(policy.tokenizer.name_or_path, device="cpu")


def test_helpful_reads_the_summary_alone_and_harmless_the_whole(model):
    prompt = {"question": "1,2:3?"}
    one, other = "<think>1+2=3</think>1+2", "<think>2-1 off no</think>1+2"
    assert model.helpful(one, prompt).score == model.helpful(other, prompt).score == model.helpful("1+2", prompt).score
    assert model.helpful("2-1", prompt).score != model.helpful("1+2", prompt).score
    safety = RewardModel(model.policy, SAFETY)
    assert safety.harmless(one, prompt).score != pytest.approx(safety.harmless(other, prompt).score, abs=1e-6)


def test_harmless_reads_the_same_before_and_after_rl_has_put_tags_for_the_marks(model):
    reading = replace(SAFETY, reasoning="<|r|>", summary="<|s|>")
    safety = RewardModel(model.policy, reading)
    raw, tagged = "<|r|>1+2=3<|s|>1+2", "<think>1+2=3</think>1+2"
    assert safety.scores(["1?"], [raw]) == safety.scores(["1?"], [tagged])
    assert reading.text(raw) == reading.text(tagged) == tagged
    seen = []
    reward = marked(
        R1_GENERAL.with_judges(
            helpful=model.helpful, harmless=lambda text, prompt: seen.append(text) or safety.harmless(text, prompt)
        ),
        reasoning="<|r|>",
        summary="<|s|>",
    )
    reward("<|r|>1+2=3<|s|>1+2", {"question": "1?"})
    assert seen == [tagged]


def test_an_average_response_scores_one_half(model):
    (reward,) = model.scores(["1?"], ["1"])
    average = RewardModel(model.policy, replace(PREFERENCE, offset=reward))
    assert average.helpful("1", {"question": "1?"}).score == 0.5
    below = RewardModel(model.policy, replace(PREFERENCE, offset=reward - 1))
    assert below.helpful("1", {"question": "1?"}).score == pytest.approx(1 / (1 + math.exp(-1)))
    assert below.helpful("1", {"question": "1?"}).reason is Reason.CORRECT


def test_what_cannot_be_scored_has_no_score_and_a_note(model):
    half = {"question": "\ud800"}
    for prompt in ({}, {"question": None}, "1?", None, half, {"question": ""}, {"question": "1+" * 400}):
        for verdict in (model.helpful("1", prompt), RewardModel(model.policy, SAFETY).harmless("1", prompt)):
            assert (verdict.score, verdict.reason, bool(verdict.note)) == (None, Reason.VERIFIER_FAILED, True)
    assert "surrogate" in model.helpful("1\udfff", {"question": "1?"}).note
    long = model.helpful("1 + " * 400, {"question": "1?"})
    assert (long.score, long.reason) == (None, Reason.VERIFIER_FAILED)
    assert "256 positions" in long.note
    assert model.helpful(" \u200b", {"question": "1?"}).reason is Reason.NO_ANSWER
    with pytest.raises(TypeError, match="reads the completion as text"):
        model.helpful(None, {"question": "1?"})
    with pytest.raises(RecipeError, match="harmless needs a safety model"):
        model.harmless("1", {"question": "1?"})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_score_that_is_no_number_is_none(model, monkeypatch, value):
    monkeypatch.setattr(reward_model, "score_all", lambda *args: [value])
    verdict = model.helpful("1", {"question": "1?"})
    assert (verdict.score, verdict.reason) == (None, Reason.VERIFIER_FAILED)
    assert str(value) in verdict.note


def test_it_judges_general_prompts_for_rl_from_many_threads(model):
    reward = R1_GENERAL.with_judges(helpful=model.helpful, harmless=RewardModel(model.policy, SAFETY).harmless)
    completions = [f"<think>1+{i}</think>1+{i}" for i in range(1, 9)]
    alone = [reward(one, {"question": "1?"}).value for one in completions]
    found: dict[int, list] = {}

    def ask(i: int) -> None:
        found[i] = [reward(one, {"question": "1?"}).value for one in completions]

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(found.values()) == [alone] * 4
    assert None not in alone
    assert len(set(alone)) > 1


def fell(*accuracies, drop=0.1):
    return hacked([{"accuracy": accuracy} for accuracy in accuracies], drop)


def test_hacking_is_a_fall_below_the_first_row_twice_running():
    assert not fell()
    assert not fell(0.5)
    assert not fell(0.5, 0.39)
    assert fell(0.5, 0.39, 0.38)
    assert not fell(0.5, 0.39, 0.38, drop=0.2)
    assert not fell(0.5, 0.39, 0.45, 0.39)  # noise
    assert not fell(0.5, 0.9, 0.7, 0.7)  # below the best, not below the first
    assert fell(0.5, 0.6, 0.39, 0.39, 0.6)  # once is for good
    assert not fell(0.5, 0.4, 0.4, drop=0.2)


def test_a_fall_of_twice_the_drop_needs_no_second_look():
    assert fell(0.5, 0.29)
    assert not fell(0.5, 0.31)


def test_rows_without_an_accuracy_say_nothing():
    assert not fell(None, None, None)
    assert fell(None, 0.5, 0.39, None, 0.39)
    assert not hacked([{"accuracy": 0.5}, {}, {"loss": 1.0}, {"accuracy": None}], 0.1)


def test_half_precision_rounds_no_score(scorer):
    half = replace(scorer, bfloat16=True)
    found = rewards(half, SEQUENCES)
    assert found.dtype == torch.float32
    assert not torch.equal(found, found.bfloat16().float())
    torch.testing.assert_close(found, rewards(scorer, SEQUENCES), atol=0.1, rtol=0.1)
