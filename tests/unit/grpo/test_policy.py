"""Log-probs are the model's own, however they are padded, shared and chunked."""

import random

import pytest
import torch
from transformers import LlamaForCausalLM, Qwen2Config

from grpo import memory as memory_module
from grpo import recompute
from grpo.config import RecipeError, load_recipe
from grpo.head import head_logps
from grpo.memory import free_memory, require_memory, rl_memory, shape_of
from grpo.policy import completion_logps, load_policy, require_positions
from grpo.prompts import encode, make_prompts, prompt_text, uses_chat
from grpo.settings import Recipe
from grpo.sign_puzzle import save_base

PROMPTS = [[5, 6, 7, 8], [9], [10, 11]]
ROWS = [0, 0, 1, 2, 2, 2]
COMPLETIONS = [[3, 4, 5], [8, 1, 2, 0], [7], [4, 4, 4, 4, 4, 0], [12, 13], [0]]


def own_logps(policy, prompt, completion, temperature=1.0):
    """The plain way: one sequence, the model's whole forward pass."""
    logits_TV = policy.model(input_ids=torch.tensor([prompt + completion])).logits[0].float() / temperature
    logps_TV = logits_TV[len(prompt) - 1 : -1].log_softmax(-1)
    return logps_TV.gather(1, torch.tensor(completion)[:, None])[:, 0]


@pytest.mark.parametrize("temperature", [1.0, 0.6])
def test_shared_prompts_and_padding_change_no_log_prob(policy, temperature):
    logps_BT = completion_logps(policy, PROMPTS, ROWS, COMPLETIONS, temperature=temperature)
    for row, (prompt, completion) in enumerate(zip(ROWS, COMPLETIONS, strict=True)):
        expected_T = own_logps(policy, PROMPTS[prompt], completion, temperature)
        torch.testing.assert_close(logps_BT[row, : len(completion)], expected_T, atol=1e-5, rtol=1e-5)
        assert not logps_BT[row, len(completion) :].any()


def test_shared_prompts_have_the_gradient_of_separate_ones(policy):
    parameters = list(policy.model.parameters())
    shared = torch.autograd.grad(
        completion_logps(policy, PROMPTS, ROWS, COMPLETIONS).sum(), parameters, allow_unused=True
    )
    pairs = [(PROMPTS[p], c) for p, c in zip(ROWS, COMPLETIONS, strict=True)]
    apart = torch.autograd.grad(sum(own_logps(policy, p, c).sum() for p, c in pairs), parameters, allow_unused=True)
    for ours, theirs in zip(shared, apart, strict=True):
        assert (ours is None) == (theirs is None)
        if ours is not None:
            torch.testing.assert_close(ours, theirs, atol=2e-4, rtol=2e-4)


def test_the_gradient_of_many_rows_is_the_same_every_time_on_two_threads(policy):
    dice = random.Random(0)
    rows = [dice.randrange(16) for _ in range(256)]
    prompts, completions = (
        [[dice.randrange(88) for _ in range(length)] for _ in range(n)] for n, length in ((16, 30), (256, 4))
    )
    parameters = [p for p in policy.model.parameters() if p.requires_grad]
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        first, *others = [
            torch.autograd.grad(
                completion_logps(policy, prompts, rows, completions).sum(), parameters, allow_unused=True
            )
            for _ in range(6)
        ]
    finally:
        torch.set_num_threads(threads)
    for other in others:
        assert all(map(torch.equal, first, other))


@pytest.mark.parametrize("chunk", [1, 7, 87, 88, 1000])
def test_every_chunk_of_the_vocabulary_gives_the_same(policy, chunk):
    hidden_ND = torch.randn(5, 32, generator=torch.Generator().manual_seed(1), requires_grad=True)
    ids_N = torch.tensor([0, 6, 7, 86, 87])
    logps_N = head_logps(policy.model, hidden_ND, ids_N, temperature=0.7, chunk=chunk)
    head = policy.model.get_output_embeddings()
    expected_N = (head(hidden_ND) / 0.7).log_softmax(-1).gather(1, ids_N[:, None])[:, 0]
    torch.testing.assert_close(logps_N, expected_N, atol=1e-5, rtol=1e-5)
    inputs = [hidden_ND, head.weight]
    ours = torch.autograd.grad(logps_N.sum(), inputs)
    theirs = torch.autograd.grad(expected_N.sum(), inputs)
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_no_tensor_as_large_as_all_logits_is_ever_made(policy, monkeypatch):
    """Every tensor that the head's forward and backward pass makes holds at most N × chunk numbers."""
    from torch.utils._python_dispatch import TorchDispatchMode

    largest = 0

    class Watch(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            nonlocal largest
            made = func(*args, **(kwargs or {}))
            for tensor in made if isinstance(made, (tuple, list)) else [made]:
                if isinstance(tensor, torch.Tensor) and tensor.shape[:1] == (64,):
                    largest = max(largest, tensor.numel())
            return made

    hidden_ND = torch.randn(64, 32, requires_grad=True)
    with Watch():
        head_logps(policy.model, hidden_ND, torch.arange(64), chunk=11).sum().backward()
    policy.model.zero_grad()
    assert largest == 64 * 32  # the hidden states' own gradient; all logits would be 64 * 88


def test_log_probs_are_float32_under_bfloat16_products(policy):
    import dataclasses

    rough = dataclasses.replace(policy, bfloat16=True)
    logps_BT = completion_logps(rough, PROMPTS, ROWS, COMPLETIONS)
    assert logps_BT.dtype == torch.float32
    exact_BT = completion_logps(policy, PROMPTS, ROWS, COMPLETIONS)
    assert 0 < (logps_BT - exact_BT).abs().max() < 0.5


def test_a_head_that_this_trainer_does_not_know_is_refused(tmp_path, monkeypatch):
    save_base(tmp_path, 36, seed=0)
    plain = LlamaForCausalLM.forward

    def scaled(self, *args, **kwargs):
        output = plain(self, *args, **kwargs)
        output.logits = output.logits * 2
        return output

    monkeypatch.setattr(LlamaForCausalLM, "forward", scaled)
    with pytest.raises(RecipeError, match="differ from the model's own"):
        load_policy(str(tmp_path))


def test_layers_that_cannot_be_computed_twice_are_refused(tmp_path, monkeypatch):
    save_base(tmp_path, 36, seed=0)
    load_policy(str(tmp_path), recompute=True)
    again = recompute.checkpoint

    def noisy(*args, **options):
        return again(*args, **options) * 1.01

    monkeypatch.setattr(recompute, "checkpoint", noisy)
    load_policy(str(tmp_path))
    with pytest.raises(RecipeError, match=r"with recompute its gradient differs by .*set recompute = false"):
        load_policy(str(tmp_path), recompute=True)


def test_a_missing_model_names_the_nearest_folder(tmp_path):
    (tmp_path / "smollm2").mkdir()
    with pytest.raises(RecipeError, match=r"neither a folder here nor a hub name.*smollm2"):
        load_policy(str(tmp_path / "smolm2"))
    with pytest.raises(RecipeError, match=r"has no config\.json"):
        load_policy(str(tmp_path / "smollm2"))


def test_a_tokenizer_without_eos_is_refused(tmp_path):
    save_base(tmp_path, 36, seed=0)
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    tokenizer.eos_token = None
    tokenizer.save_pretrained(tmp_path)
    with pytest.raises(RecipeError, match="no EOS token"):
        load_policy(str(tmp_path))


def test_files_that_do_not_belong_together_are_refused(tmp_path):
    import json

    config = tmp_path / "config.json"
    weights = tmp_path / "model.safetensors"

    def changed(**entries):
        save_base(tmp_path, 36, seed=0)
        config.write_text(json.dumps(json.loads(config.read_text()) | entries))

    changed(num_hidden_layers=4)
    with pytest.raises(RecipeError, match=r"has no weights for model\.layers\.3.*\d+ in all"):
        load_policy(str(tmp_path))
    changed(hidden_size=64)
    with pytest.raises(RecipeError, match="could not be loaded"):
        load_policy(str(tmp_path))
    changed(model_type="no_such_model")
    with pytest.raises(RecipeError, match="could not be loaded"):
        shape_of(str(tmp_path))
    changed()
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(RecipeError, match="could not be loaded"):
        load_policy(str(tmp_path))


def test_a_tokenizer_with_more_tokens_than_the_model_has_rows_is_refused(tmp_path):
    save_base(tmp_path / "large", 50, seed=0)
    save_base(tmp_path / "small", 36, seed=0)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / "large" / name).replace(tmp_path / "small" / name)
    with pytest.raises(RecipeError, match="token ids up to 116, but the model only 89 rows"):
        load_policy(str(tmp_path / "small"))


def test_a_prompt_without_tokens_or_too_long_is_refused(policy):
    for prompt in ("", "<eos>"):
        with pytest.raises(RecipeError, match="has no tokens"):
            encode(policy, ["2+2?", prompt], template="question")
    require_positions(policy, 256, "task 'a'")
    with pytest.raises(RecipeError, match="task 'a': 257 tokens, more than the model's 256 positions"):
        require_positions(policy, 257, "task 'a'")


def test_gpu_memory_that_torch_keeps_from_a_stage_before_is_free(monkeypatch):
    kept = [60_000]
    monkeypatch.setattr(torch.cuda, "empty_cache", kept.clear)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (80_000 - sum(kept), 80_000))
    assert free_memory(torch.device("cuda")) == 80_000


def test_too_little_memory_is_said_before_the_start(tmp_path, monkeypatch):
    save_base(tmp_path, 36, seed=0)
    memory = rl_memory(shape_of(str(tmp_path)), load_recipe(["tiny_cpu"]).rl, bfloat16=False)
    assert 0.5 < require_memory(str(tmp_path), memory, device="cpu") < 2
    free = memory_module.psutil.virtual_memory()._replace(available=int(1e8))
    monkeypatch.setattr(memory_module.psutil, "virtual_memory", lambda: free)
    with pytest.raises(RecipeError, match=r"takes about .* GB and 0\.1 GB are free"):
        require_memory(str(tmp_path), memory, device="cpu")


QWEN = {
    "r1_zero_gsm8k_1gpu": {
        "hidden_size": 1536, "intermediate_size": 8960, "num_hidden_layers": 28, "num_attention_heads": 12,
    },
    "r1_zero_math_1gpu": {
        "hidden_size": 1536, "intermediate_size": 8960, "num_hidden_layers": 28, "num_attention_heads": 12,
    },
    "r1_zero_countdown_1gpu": {
        "hidden_size": 2048, "intermediate_size": 11008, "num_hidden_layers": 36, "num_attention_heads": 16,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", QWEN)
def test_the_gpu_recipes_fit_the_memory_that_they_name(name, tmp_path, monkeypatch):
    shape = {"num_key_value_heads": 2, "vocab_size": 151_936, "tie_word_embeddings": True}
    Qwen2Config(**QWEN[name], **shape).save_pretrained(tmp_path)
    free = memory_module.psutil.virtual_memory()._replace(available=int(80e9))
    monkeypatch.setattr(memory_module.psutil, "virtual_memory", lambda: free)
    rl = load_recipe([name]).rl
    need = require_memory(str(tmp_path), rl_memory(shape_of(str(tmp_path)), rl, bfloat16=True), device="cpu")
    assert 30 < need < 80


def test_prompts_follow_the_template(policy):
    assert prompt_text(policy, "2+2?", template="question") == "2+2?"
    assert prompt_text(policy, "2+2?", template="question", instruction="Q {question} A") == "Q 2+2? A"
    zero = prompt_text(policy, "2+2?", template="auto")  # this tokenizer has no chat template
    assert zero.endswith("User: 2+2?. Assistant:")
    assert "<think>" in zero
    with pytest.raises(RecipeError, match="no chat template"):
        uses_chat(policy, "chat")


def test_a_system_message_without_a_place_is_refused(policy):
    recipe = Recipe(name="t", model="m", template="r1_zero", system="Be brief.")
    with pytest.raises(RecipeError, match="system is set, which only a chat template has a place for"):
        make_prompts(policy, ["2+2?"], recipe)


def test_a_chat_template_writes_the_start_token_once(policy):
    import copy

    tokenizer = copy.deepcopy(policy.tokenizer)
    tokenizer.chat_template = "<think>{% for m in messages %}{{ m['role'][0] }}{{ m['content'] }}{% endfor %}</think>"
    chatty = type(policy)(policy.model, tokenizer, policy.eos_ids)
    text = prompt_text(chatty, "7,3:4?", template="auto", system="1")
    assert text == "<think>s1u7,3:4?</think>"
    ids = encode(chatty, [text], template="auto")[0]
    assert ids == tokenizer.encode(text, add_special_tokens=False)
    for template in ("auto", "chat"):  # what the template wrote stays as it is
        assert encode(chatty, [text + "<eos>"], template=template)[0] == [*ids, tokenizer.eos_token_id]
