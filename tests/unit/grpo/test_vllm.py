"""What the vLLM engines do without a vLLM: names, sentences, and a server that is lost, other or started again."""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
import torch

from grpo import serve_vllm, vllm_engine, vllm_server
from grpo.config import RecipeError, load_recipe
from grpo.engine import in_order, open_engine, require_room
from grpo.policy import Policy, completion_logps
from grpo.push_check import probe_of, push_gap, trainer_logps
from grpo.settings import Recipe

ASKED = {"max_new_tokens": 5, "temperature": 1.0, "top_p": 1.0, "seed": 0}


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("vlm", r"engine is 'vlm': it is transformers, vllm, or a server's http://HOST:PORT; did you mean 'vllm'\?"),
        ("http://localhost:80x", r"engine is 'http://localhost:80x': .*http://HOST:PORT$"),
        ("localhost:8000", r"engine is 'localhost:8000': .*http://HOST:PORT$"),
    ],
)
@pytest.mark.parametrize("recipe", ["tiny_cpu", "r1_tiny_cpu"])
def test_an_unknown_engine_is_refused_with_the_nearest(recipe, name, sentence):
    with pytest.raises(RecipeError, match=sentence):
        load_recipe([recipe, "--engine", name])


def test_without_vllm_it_is_one_sentence(policy, monkeypatch):
    monkeypatch.setitem(sys.modules, "vllm", None)
    with pytest.raises(RecipeError, match=r"engine is 'vllm', which cannot be imported .*: pip install .*vllm"):
        open_engine(policy, 4, Recipe(name="r", model="m", engine="vllm"))


def test_without_vllm_there_is_no_server(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "vllm", None)
    assert serve_vllm.main(["model"]) == 2
    assert 'pip install "r1-verifiers[vllm]"' in capsys.readouterr().err


def test_the_weights_before_a_step_are_known_though_it_moves_less_than_the_tolerance():
    policy = SimpleNamespace(bfloat16=False)
    old_T = torch.linspace(-5, -1, 31)
    new_T, noise_T = old_T + 3e-5, 1e-6 * torch.randn(31, generator=torch.Generator().manual_seed(0))
    assert push_gap(policy, (new_T + noise_T).tolist(), new_T, old_T) < 1e-5
    with pytest.raises(RecipeError, match="the step's weights did not reach vLLM"):
        push_gap(policy, (old_T + noise_T).tolist(), new_T, old_T)
    with pytest.raises(RecipeError, match=r"0\.01 from the trainer's, more than 0\.0001"):
        push_gap(policy, (new_T + 0.01).tolist(), new_T, None)
    with pytest.raises(RecipeError, match=r"nan from the trainer's"):
        push_gap(policy, (new_T * torch.nan).tolist(), new_T, None)
    assert push_gap(policy, old_T.tolist(), old_T, old_T) == 0  # a step without a gradient


def test_the_probe_is_the_same_every_time_and_has_the_models_log_probs(policy):
    probe = probe_of(policy)
    assert probe == probe_of(policy)
    logits_TV = policy.model(torch.tensor([probe])).logits[0].log_softmax(-1)
    theirs_T = logits_TV[:-1].gather(1, torch.tensor(probe[1:])[:, None])[:, 0]
    torch.testing.assert_close(trainer_logps(policy), theirs_T.detach(), rtol=0, atol=1e-4)


class Server(ThreadingHTTPServer):
    """Speaks vLLM's protocol for one policy: every rollout is the tokens 5, 6, 7 and a stop token."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, policy: Policy, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Answer)
        self.policy, self.version, self.calls, self.fails = policy, "default", [], 0
        self.url = f"http://127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def generate(self, ids: list[int], params: dict) -> dict:
        said = [5, 6, 7, min(self.policy.eos_ids)]
        if "prompt_logprobs" in params:
            logps = completion_logps(self.policy, [ids[:1]], [0], [ids[1:]])[0].tolist()
            prompt = [None, *({str(id): {"logprob": logp}} for id, logp in zip(ids[1:], logps, strict=True))]
        else:
            prompt = None
        content = [{"logprob": -float(n)} for n in range(4)]
        span = {"version": self.version, "start": 0, "end": 4}
        choice = {"token_ids": said, "finish_reason": "stop", "weight_versions": [span]}
        return {"prompt_logprobs": prompt, "choices": [choice | {"logprobs": {"content": content}}]}


class Answer(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        self.say({"/health": None, "/weight_info": {"weight_version": self.server.version},
                  "/v1/models": {"data": [{"max_model_len": 99}]}}[self.path])  # fmt: skip

    def do_POST(self):
        length = int(self.headers["Content-Length"] or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        self.server.calls.append(self.path)
        if self.path == "/inference/v1/generate":
            if self.server.fails:
                self.server.fails -= 1
                self.say({"error": "EngineCore encountered an issue"}, 500)
                return
            self.say(self.server.generate(body["token_ids"], body["sampling_params"]))
            return
        if self.path == "/update_weight_version":
            self.server.version = body["new_version"]
        self.say({"success": True})

    def say(self, answer, status=200):
        text = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@pytest.fixture
def server(policy):
    with Server(policy) as serving:
        yield serving
        serving.shutdown()


def opened(policy, server):
    return open_engine(policy, 4, Recipe(name="r", model="m", engine=server.url))


def test_rollouts_are_what_the_server_says(policy, server):
    engine = opened(policy, server)
    assert engine.positions == 99
    found = dict(engine.sample([[1], [2]], 2, **ASKED, places=[3, 0]))
    assert sorted(found) == [0, 3]
    assert found[0].ids == [5, 6, 7, min(policy.eos_ids)]
    assert found[0].logps == [0.0, -1.0, -2.0, -3.0]
    assert found[0].entropy == 1.5
    assert not found[0].truncated
    assert (engine.folder / "weights" / "model.safetensors").is_file()
    engine.close()
    assert not engine.folder.exists()


@pytest.mark.parametrize("text", [b"fine", b"<html>", b"{}"])
def test_what_answers_but_is_no_vllm_server_is_one_sentence(policy, server, monkeypatch, text):
    def say(self, answer, status=200):
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    monkeypatch.setattr(Answer, "say", say)
    with pytest.raises(RecipeError, match=rf"{server.url} .*start it with `python -m grpo\.serve_vllm MODEL`"):
        opened(policy, server)


def test_completions_that_the_engine_would_cut_off_are_refused(policy, server):
    engine = opened(policy, server)
    require_room(engine, [[1] * 40, [1]], 59)
    with pytest.raises(RecipeError, match=r"may have 100 tokens, and the engine takes 99: raise vllm_positions"):
        require_room(engine, [[1] * 40, [1]], 60)


def test_a_server_that_loses_its_engine_is_asked_again(policy, server):
    engine = opened(policy, server)
    server.fails = 3
    assert len(in_order(engine.sample([[1], [2]], 4, **ASKED))) == 8
    assert server.fails == 0


def test_rollouts_from_other_weights_are_sampled_again_from_the_right_ones(policy, server):
    engine = opened(policy, server)
    server.version, server.calls = "default", []
    assert len(in_order(engine.sample([[1], [2]], 4, **ASKED))) == 8
    assert server.version == engine.version
    assert server.calls.count("/collective_rpc") == 1  # one thread for all
    assert server.calls.count("/inference/v1/generate") > 8


def test_a_server_that_never_has_the_weights_is_no_endless_loop(policy, server, monkeypatch):
    engine = opened(policy, server)
    monkeypatch.setattr(server, "generate", lambda *args: Server.generate(
        SimpleNamespace(policy=policy, version="another's"), *args))  # fmt: skip
    with pytest.raises(RecipeError, match="samples from others' weights"):
        in_order(engine.sample([[1]], 1, **ASKED))


def test_a_server_that_is_gone_is_one_sentence_for_all_threads(policy, server, monkeypatch):
    engine = opened(policy, server)
    server.shutdown()
    server.server_close()
    monkeypatch.setattr(vllm_server, "BACK_S", 0.2)
    waits, wait = [], vllm_server.await_server
    monkeypatch.setattr(
        vllm_server, "await_server", lambda *args, **options: waits.append(args) or wait(*args, **options)
    )
    sentence = rf"no vLLM server answers at {server.url} \(.*\): start it with `python -m grpo\.serve_vllm MODEL`"
    with pytest.raises(RecipeError, match=sentence):
        in_order(engine.sample([[1], [2]], 8, **ASKED))
    time.sleep(1.0)  # threads that would still wait, each in its turn
    assert len(waits) == 1
    with pytest.raises(RecipeError, match=sentence):
        engine.push(policy)
    with pytest.raises(RecipeError, match=sentence):
        opened(policy, server)


def test_a_server_that_comes_back_gets_the_weights_and_goes_on(policy, server):
    engine = opened(policy, server)
    server.shutdown()
    server.server_close()
    found = []
    waiting = threading.Thread(target=lambda: found.extend(engine.sample([[1]], 4, **ASKED)))
    waiting.start()
    with Server(policy, server.server_port) as again:
        waiting.join(30)
        assert again.version == engine.version
        again.shutdown()
    assert len(found) == 4


def test_what_vllm_breaks_off_is_no_rollout():
    with pytest.raises(RecipeError, match="vLLM ended a rollout with 'abort' after 2 tokens"):
        vllm_engine.rollout_of([1, 2], [-1.0, -1.0], "abort", 1.0)
