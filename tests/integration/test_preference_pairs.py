"""The command that makes preference pairs: it samples, has them judged, goes on where it was stopped."""

import http.server
import json
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from grpo import preferences
from grpo.engine import TransformersEngine
from grpo.preferences import main
from grpo.rated import load_pairs
from tests.scripted_judge import by_length, says, texts_of

WORDS = ["<eos>", "<unk>", *(f"w{i}" for i in range(14))]


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    backend = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<eos>", unk_token="<unk>").save_pretrained(folder)
    torch.manual_seed(0)
    size = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = LlamaConfig(vocab_size=len(WORDS), eos_token_id=0, bos_token_id=None, max_position_embeddings=64, **size)
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def by_words(messages):
    """Likes odd words, whatever the length."""
    texts = texts_of(messages)
    both = [texts[f"{place} response"].split() for place in ("first", "second")]
    return says(
        messages, " ".join(str(1 + 9 * sum(int(w[1:]) % 2 for w in own if w[0] == "w") // len(own)) for own in both)
    )


@pytest.fixture
def server():
    """A judge at a local port; `script` and `most`, the answers it gives before it fails, may be set."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            judge.asked += 1
            if judge.asked > judge.most:
                self.send_error(400)
                return
            text = judge.script(body["messages"])
            reply = json.dumps({"choices": [{"message": {"content": text}}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *args):
            pass

    judge = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    judge.asked, judge.most, judge.script = 0, 10_000, by_words
    thread = threading.Thread(target=judge.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield judge
    judge.shutdown()
    thread.join()
    judge.server_close()


@pytest.fixture
def tasks(tmp_path) -> Path:
    path = tmp_path / "tasks.jsonl"
    path.write_text("".join(json.dumps({"question": f"w{i} w{i + 1}"}) + "\n" for i in range(12)), encoding="utf-8")
    return path


def go(base, tasks, url, out, *more) -> int:
    line = ["--tasks", tasks, "--samples-from", base, "--judge-url", url, "--judge-model", "scripted", "-o", out]
    small = ["--template", "question", "--max-new-tokens", 50, "--rows", 8, "--device", "cpu", "--samples", 4]
    return main([str(one) for one in (*line, *small, *more)])


def test_a_judge_that_dies_keeps_what_was_judged_and_the_run_goes_on_to_the_same_pairs(
    base, tasks, server, tmp_path, capsys
):
    url = f"http://127.0.0.1:{server.server_port}/v1"
    assert go(base, tasks, url, tmp_path / "whole.jsonl") == 0
    out, _ = capsys.readouterr()
    pairs = load_pairs(tmp_path / "whole.jsonl")
    assert f"kept {len(pairs)} of 24 pairs" in out
    assert len(pairs) >= 4
    leads = [len(one.parts[0][1]) - len(one.parts[1][1]) for one in pairs]
    assert sum(lead > 0 for lead in leads) == sum(lead < 0 for lead in leads)
    assert server.asked % 4 == 0

    server.asked, server.most = 0, 30
    assert go(base, tasks, url, tmp_path / "broken.jsonl", "--threads", 1) == 2
    _, errors = capsys.readouterr()
    (sentence,) = [line for line in errors.splitlines() if line.startswith("error: ")]
    assert "error: the judge does not answer: scripted at 127.0.0.1" in sentence
    assert "broken.jsonl.judged: the same command goes on" in sentence
    assert not (tmp_path / "broken.jsonl").exists()
    judged = tmp_path / "broken.jsonl.judged"
    before = judged.read_text(encoding="utf-8").splitlines()[1:]
    assert len(before) >= 7
    judged.write_text(judged.read_text(encoding="utf-8") + '{"question": "w', encoding="utf-8")  # a kill while writing

    server.asked, server.most = 0, 10_000
    assert go(base, tasks, url, tmp_path / "broken.jsonl") == 0
    assert (tmp_path / "broken.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()
    assert judged.read_bytes() == (tmp_path / "whole.jsonl.judged").read_bytes()
    assert judged.read_text(encoding="utf-8").splitlines()[1 : len(before) + 1] == before
    asked = server.asked
    assert go(base, tasks, url, tmp_path / "broken.jsonl") == 0
    assert server.asked == asked


def test_responses_that_the_engine_would_cut_off_are_refused(base, tasks, tmp_path, capsys, monkeypatch):
    opened = preferences.open_engine

    @dataclass(frozen=True)
    class Narrow(TransformersEngine):
        positions: int = 51  # a server's --max-model-len
        sample: None = None

    monkeypatch.setattr(preferences, "open_engine", lambda *asked: Narrow(*vars(opened(*asked)).values()))
    assert go(base, tasks, "http://127.0.0.1:9/v1", tmp_path / "p.jsonl") == 2
    said = capsys.readouterr().err
    assert "error: a prompt with its completion may have 52 tokens, and the engine takes 51: raise" in said


def test_what_cannot_be_is_one_sentence(base, tasks, server, tmp_path, capsys):
    url = f"http://127.0.0.1:{server.server_port}/v1"
    server.script = by_length
    for arguments, sentence in (
        ((base, tasks, url, tmp_path / "short.jsonl", "--max-new-tokens", 4), "no pair is left of 24: 24"),
        ((base, tasks, url, tmp_path / "short.jsonl"), "holds pairs judged with max_new_tokens '4', now '50'"),
        ((base, tasks, "localhost:8000", tmp_path / "p.jsonl"), "the judge: url 'localhost:8000' is not like http"),
        ((base, tmp_path / "task.jsonl", url, tmp_path / "p.jsonl"), "task.jsonl'; did you mean"),
        ((tmp_path / "none", tasks, url, tmp_path / "p.jsonl"), "is neither a folder here nor a hub name"),
        ((base, tasks, url, tmp_path / "q.jsonl", "--samples", 3), "samples is 3: they are judged two by two"),
        ((base, tasks, url, tmp_path / "q.jsonl", "--summary", "<think>s"), "one contains the other"),
        ((base, tasks, url, tmp_path / "q.jsonl", "--samples", 0), "samples is 0: it must be 2 or more"),
        ((base, tasks, url, tasks / "q.jsonl"), "cannot be written: "),
    ):
        assert go(*arguments) == 2
        _, errors = capsys.readouterr()
        (line,) = [line for line in errors.splitlines() if line.startswith("error: ")]
        assert sentence in line
        assert "goes on" not in line
    tasks.write_text('{"question": "w1 w2"}\n', encoding="utf-8")  # what is judged goes by its place in the file
    assert go(base, tasks, url, tmp_path / "short.jsonl", "--max-new-tokens", 4) == 2
    assert "holds pairs judged with tasks" in capsys.readouterr().err
