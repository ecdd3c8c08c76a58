"""The engines of grpo against a real vLLM: run by test_vllm.py, in an environment that has one."""

import math
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from grpo import train, vllm_server
from grpo.checkpoint import Stop
from grpo.config import RecipeError
from grpo.engine import in_order, open_engine
from grpo.generate import nucleus
from grpo.log import read_metrics, rows_of
from grpo.policy import completion_logps, load_policy, save_policy
from grpo.settings import Recipe
from grpo.sign_puzzle import make_sign_puzzle
from grpo.vllm_server import ask
from verifiers import Reason, Verdict, weighted

PROMPTS = [[5, 6, 7, 8], [9, 10, 11, 12, 13, 14], [3 + 7 * n % 50 for n in range(140)]]
"""The last is longer than a block of keys and values, which vLLM keeps from one call to the next."""
STOPS = [0, 30]
ASKED = {"max_new_tokens": 20, "temperature": 1.3, "top_p": 1.0, "seed": 7}
RECIPE = """
model = "{model}"
template = "question"
device = "cpu"
runs = "{runs}"
engine = "{engine}"
[rl]
tasks = "{made}/train.jsonl"
held_out = "{made}/held_out.jsonl"
reward = {{ countdown = 1.0 }}
steps = 2
tasks_per_step = 2
group_size = 4
sample_rows = 64
max_new_tokens = 16
lr = 1e-2
eval_samples = 1
checkpoint_every = 1
"""


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make_sign_puzzle(folder, seed=0, numbers=2, largest=5, traces=8, held_out=4)
    return folder


@pytest.fixture(scope="session")
def model(made) -> Path:
    """The puzzle's tokenizer, and a model with heads of 32 features, of which vLLM has kernels."""
    size = len(load_policy(str(made / "base"), device="cpu").tokenizer)
    config = LlamaConfig(
        vocab_size=size + 5, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=256, eos_token_id=STOPS, bos_token_id=None, pad_token_id=None,
        tie_word_embeddings=False,
    )  # fmt: skip
    torch.manual_seed(0)
    wide = LlamaForCausalLM(config)
    for parameter in wide.parameters():
        torch.nn.init.normal_(parameter, std=0.3)  # far from uniform, so that a mistake shows
    wide.save_pretrained(made / "base")
    return made / "base"


@pytest.fixture(scope="session", autouse=True)
def server(model):
    """A server, which starts while other tests run."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    line = [sys.executable, "-m", "grpo.serve_vllm", str(model), "--port", str(port), "--max-num-seqs", "64"]
    environment = os.environ | {"VLLM_CPU_KVCACHE_SPACE": "1"}
    with open(model.parent / "server.log", "w") as log:
        process = subprocess.Popen(line, stdout=log, stderr=log, env=environment, start_new_session=True)
    yield process, f"http://127.0.0.1:{port}"
    stop(process)


def stop(process: subprocess.Popen) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)  # its workers too: the group is the server's own
        process.wait()


def by_length(completion: str, ground_truth: object) -> Verdict:
    """A score that differs within a group, whatever an untrained model writes."""
    return Verdict(len(completion) % 5 / 4, Reason.CORRECT)


@pytest.fixture
def run(made, model, tmp_path, monkeypatch):
    """run(engine) trains two steps by the command, and gives its exit status and its folder."""
    monkeypatch.setattr(train, "make_reward", lambda recipe, **judges: weighted(countdown=(1.0, by_length)))
    monkeypatch.chdir(tmp_path)

    def go(engine, *more, name="small"):
        text = RECIPE.format(model=model, made=made, runs=tmp_path / "runs", engine=engine)
        (tmp_path / "small.toml").write_text(text, encoding="utf-8")
        return train.main([str(tmp_path / "small.toml"), "--name", name, *more]), tmp_path / "runs" / name

    go.model, go.folder, go.recipe = model, tmp_path / "runs", tmp_path / "small.toml"
    return go


def check_run(folder: Path) -> None:
    rows = [row for row in read_metrics(folder) if row["split"] == "train"]
    assert [row["step"] for row in rows] == [1, 2]
    for row in rows:
        assert row["push_gap"] < 1e-4
        assert row["sampler_gap"] < 1e-4
        assert row["grad_norm"] > 1e-3
        assert 0 < row["entropy"] < math.log(100)


class Asked(Stop):
    """Not asked when the stage begins, and asked after its first step."""

    looks = 0

    @property
    def asked(self) -> bool:
        self.looks += 1
        return self.looks > 1


def completions(folder: Path) -> list[str]:
    return [row["completion"] for row in rows_of(folder / "rollouts.jsonl")]


def weights(folder: Path) -> bytes:
    return (folder / "2-rl" / "final" / "model.safetensors").read_bytes()


def test_a_run_in_this_process_and_one_that_was_stopped_end_the_same(run, monkeypatch):
    status, whole = run("vllm", name="whole")
    assert status == 0
    check_run(whole)
    with monkeypatch.context() as patch:
        patch.setattr(train, "stop_requests", lambda: nullcontext(Asked()))
        status, broken = run("vllm", name="broken")
        assert status == 130
    assert not (broken / "2-rl" / "final").exists()
    assert run("vllm", name="broken")[0] == 0
    assert weights(broken) == weights(whole)


@pytest.fixture(scope="module")
def policy(model):
    return load_policy(str(model), device="cpu")


@pytest.fixture(scope="module")
def engine(policy):
    return open_engine(policy, 64, Recipe(name="r", model="m", engine="vllm"))


def check_logps(policy, rollouts, group, temperature) -> None:
    rows = [place // group for place in range(len(rollouts))]
    ids = [rollout.ids for rollout in rollouts]
    with torch.no_grad():
        ours_BT = completion_logps(policy, PROMPTS, rows, ids, temperature=temperature)
    for ours_T, rollout in zip(ours_BT, rollouts, strict=True):
        theirs_T = torch.tensor(rollout.logps)
        torch.testing.assert_close(ours_T[: len(rollout.ids)], theirs_T, rtol=0, atol=1e-4)
        assert rollout.entropy == pytest.approx(-theirs_T.mean().item(), abs=1e-4)


def test_log_probs_are_the_trainers_at_the_temperature(policy, engine):
    check_logps(policy, in_order(engine.sample(PROMPTS, 8, **ASKED)), 8, 1.3)


def test_a_rollout_ends_with_its_first_stop_token_or_is_truncated(policy, engine):
    assert policy.eos_ids == {*STOPS}
    rollouts = in_order(engine.sample(PROMPTS, 30, **ASKED))
    for rollout in rollouts:
        assert policy.eos_ids.isdisjoint(rollout.ids[:-1])
        assert rollout.truncated is not (rollout.ids[-1] in policy.eos_ids)
        assert len(rollout.ids) == 20 or not rollout.truncated
    assert {rollout.ids[-1] for rollout in rollouts if not rollout.truncated} == {*STOPS}
    assert any(rollout.truncated for rollout in rollouts)


def test_a_place_has_its_rollout_whatever_else_is_sampled(engine):
    everything = in_order(engine.sample(PROMPTS, 8, **ASKED))
    long = [tuple(rollout.ids) for rollout in everything if rollout.truncated]
    assert len(set(long)) == len(long) > 8
    some = dict(engine.sample(PROMPTS, 8, **ASKED, places=[23, 0, 10]))
    assert {place: rollout.ids for place, rollout in some.items()} == {p: everything[p].ids for p in (0, 10, 23)}
    others = in_order(engine.sample(PROMPTS, 8, **ASKED | {"seed": 8}))
    assert set(long).isdisjoint(tuple(rollout.ids) for rollout in others)


def test_sampling_that_is_given_up_leaves_nothing_behind(engine):
    expected = in_order(engine.sample(PROMPTS, 8, **ASKED))
    for _ in engine.sample(PROMPTS, 8, **ASKED | {"seed": 9}):
        break
    assert [r.ids for r in in_order(engine.sample(PROMPTS, 8, **ASKED))] == [r.ids for r in expected]


def chi_square(counts_V, probs_V) -> tuple[float, int]:
    """The statistic and its degrees of freedom; the rarest, up to five expected draws together, count as one."""
    expected_V = probs_V * counts_V.sum()
    order_V = expected_V.argsort()
    rare = int((expected_V[order_V].cumsum(0) < 5).sum()) + 1
    seen = torch.cat([counts_V[order_V[:rare]].sum()[None], counts_V[order_V[rare:]]])
    expected = torch.cat([expected_V[order_V[:rare]].sum()[None], expected_V[order_V[rare:]]])
    return ((seen - expected) ** 2 / expected).sum().item(), len(seen) - 1


def first_tokens(engine, count, **changed) -> torch.Tensor:
    asked = ASKED | {"max_new_tokens": 1, "temperature": 2.0} | changed
    return torch.tensor([rollout.ids[0] for _, rollout in engine.sample([PROMPTS[1]], count, **asked)])


def next_probs(policy, temperature):
    with torch.no_grad():
        return (policy.model(torch.tensor([PROMPTS[1]])).logits[0, -1].double() / temperature).softmax(-1)


def test_tokens_are_drawn_at_the_temperature(policy, engine):
    drawn = first_tokens(engine, 3000)
    counts_V = torch.bincount(drawn, minlength=policy.model.config.vocab_size).double()
    right, free = chi_square(counts_V, next_probs(policy, 2.0))
    wrong, wrong_free = chi_square(counts_V, next_probs(policy, 1.0))
    assert free > 20
    assert right < free + 4 * math.sqrt(2 * free)
    assert wrong > wrong_free + 20 * math.sqrt(2 * wrong_free)


def test_top_p_leaves_out_the_unlikeliest_and_says_no_log_probs(policy, engine):
    inside = nucleus(next_probs(policy, 2.0)[None], 0.5)[0] > 0
    assert set(first_tokens(engine, 400, top_p=0.5).tolist()) == set(inside.nonzero()[:, 0].tolist())
    [(_, rollout)] = engine.sample([PROMPTS[1]], 1, **ASKED | {"top_p": 0.5})
    assert all(map(math.isnan, rollout.logps))
    assert rollout.entropy is None


def step(policy, engine, lr: float) -> None:
    """A step of the policy's on what the engine samples."""
    rollouts = in_order(engine.sample(PROMPTS, 8, **ASKED))
    rows = [place // 8 for place in range(24)]
    logps_BT = completion_logps(policy, PROMPTS, rows, [rollout.ids for rollout in rollouts], temperature=1.3)
    optimizer = torch.optim.AdamW(policy.model.parameters(), lr=lr)
    (logps_BT.sum(1) * torch.linspace(-1, 1, 24)).mean().backward()
    optimizer.step()
    optimizer.zero_grad()


def test_a_push_that_does_not_arrive_is_caught(policy, engine, monkeypatch):
    for lr in (1e-2, 1e-6):  # the second moves log-probs by less than the tolerance
        step(policy, engine, lr)
        with monkeypatch.context() as patch:
            patch.setattr(engine, "load", lambda policy: None)
            with pytest.raises(RecipeError, match="the step's weights did not reach vLLM"):
                engine.push(policy)
        assert engine.push(policy) < 1e-4


def test_a_push_that_arrives_in_half_is_caught(policy, engine, monkeypatch):
    old = {name: weight.clone() for name, weight in policy.model.state_dict().items()}
    step(policy, engine, 1e-2)
    new = policy.model.state_dict()
    half = {name: (new if i % 2 else old)[name] for i, name in enumerate(new)}
    with monkeypatch.context() as patch:
        patch.setattr(policy.model, "state_dict", lambda: half)
        with pytest.raises(RecipeError, match=r"after a push vLLM's log-probs of a probe are .* from the trainer's"):
            engine.push(policy)
    assert engine.push(policy) < 1e-4


def test_a_step_changes_the_next_rollouts_to_those_of_a_fresh_engine(policy, engine, tmp_path, server):
    before = in_order(engine.sample(PROMPTS, 8, **ASKED))
    step(policy, engine, 1e-2)
    assert engine.push(policy) < 1e-4
    after = in_order(engine.sample(PROMPTS, 8, **ASKED))
    check_logps(policy, after, 8, 1.3)
    assert [rollout.ids for rollout in after] != [rollout.ids for rollout in before]
    engine.close()
    trained = load_policy(str(save_policy(policy, tmp_path / "trained")), device="cpu")
    for other in ("vllm", server[1]):
        if other != "vllm":
            vllm_server.await_server(other)
        fresh = open_engine(trained, 64, Recipe(name="r", model="m", engine=other))
        found = in_order(fresh.sample(PROMPTS, 8, **ASKED))
        fresh.close()
        assert [rollout.ids for rollout in found] == [rollout.ids for rollout in after]
        assert [rollout.logps for rollout in found] == [pytest.approx(rollout.logps, abs=1e-5) for rollout in after]


def test_a_run_with_a_server_is_the_run_in_this_process(run, server):
    _, url = server
    vllm_server.await_server(url)
    status, served = run(url, name="served")
    assert status == 0
    check_run(served)
    status, inside = run("vllm", name="inside")
    assert status == 0
    assert weights(served) == weights(inside)
    two = run.folder / "two"
    line = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--rdzv-backend", "c10d"]
    line += ["--rdzv-endpoint", "127.0.0.1:0", __file__, run.recipe, "--name", two.name, "--engine", url]
    done = subprocess.run([*map(str, line)], env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    check_run(two)
    assert completions(two) == completions(served)


def test_a_server_that_was_started_again_gets_the_weights_again(model, server):
    _, url = server
    policy = load_policy(str(model), device="cpu")
    with torch.no_grad():
        for parameter in policy.model.parameters():
            parameter.mul_(0.7)
    engine = open_engine(policy, 64, Recipe(name="r", model="m", engine=url))
    expected = in_order(engine.sample(PROMPTS, 8, **ASKED))
    ask(url, "/collective_rpc", {"method": "reload_weights", "kwargs": {"weights_path": str(model)}})
    ask(url, "/reset_prefix_cache")
    ask(url, "/update_weight_version", {"new_version": "default"})  # as it was when it started
    assert [r.ids for r in in_order(engine.sample(PROMPTS, 8, **ASKED))] == [r.ids for r in expected]
    assert vllm_server.weight_version(url) == engine.version
    engine.close()


def test_a_server_that_is_lost_is_one_sentence_and_the_run_goes_on_with_another(run, server, capsys, monkeypatch):
    process, url = server
    with monkeypatch.context() as patch:
        patch.setattr(train, "stop_requests", lambda: nullcontext(Asked()))
        assert run(url, name="lost")[0] == 130
    policy = load_policy(str(run.model), device="cpu")
    engine = open_engine(policy, 64, Recipe(name="r", model="m", engine=url))
    some = engine.sample(PROMPTS, 8, **ASKED)
    next(some)
    monkeypatch.setattr(vllm_server, "BACK_S", 1.0)
    stop(process)
    sentence = rf"no vLLM server answers at {url} \(.*\): start it with `python -m grpo.serve_vllm MODEL`"
    with pytest.raises(RecipeError, match=sentence):
        list(some)
    capsys.readouterr()
    assert run(url, name="lost")[0] == 2
    assert re.fullmatch(rf"error: {sentence}.*\n", capsys.readouterr().err)


if __name__ == "__main__":  # one of several processes
    train.make_reward = lambda recipe, **judges: weighted(countdown=(1.0, by_length))
    sys.exit(train.main(sys.argv[1:]))
