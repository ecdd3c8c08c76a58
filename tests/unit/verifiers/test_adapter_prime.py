"""The file that PrimeIntellect's verifiers 0.4 loads by its path: v1/utils/loaders.py (`file_module`, `plugged_fn`) and
v1/utils/decorators.py (`invoke`, which passes by name what the signature asks for)."""

import ast
import asyncio
import importlib.util
import inspect
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from verifiers import VERIFIERS, registry
from verifiers.adapters import prime, truths

RIGHT = {"score": 1.0, "reason": "CORRECT", "answer": "4", "note": "equal", "parts": None}
OPEN = {"score": None, "reason": "BAD_GROUND_TRUTH", "answer": None, "note": "it cannot be read", "parts": None}


@pytest.fixture
def theirs():
    """The module as they load it: from its path, in no package, not in sys.modules."""
    spec = importlib.util.spec_from_file_location("prime", prime.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def server(monkeypatch):
    """Gives the answers of `.answers`, one a request, and keeps what was asked."""
    seen = SimpleNamespace(answers=[], asked=[], headers=[])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            seen.asked.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            seen.headers.append(dict(self.headers))
            status, body = seen.answers.pop(0)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        monkeypatch.setenv("VERIFIERS_SERVER", f"http://127.0.0.1:{http.server_port}/")
        yield seen
        http.shutdown()
        thread.join()


def score(module, name, task=None, **message):
    """As `invoke` calls it: by the names in its signature."""
    trace = SimpleNamespace(
        root_reply=None,
        info={},
        assistant_messages=[SimpleNamespace(**{"content": None, "reasoning_content": None} | message)],
    )
    function = getattr(module, name)
    available = {"task": task or SimpleNamespace(answer="4"), "trace": trace, "runtime": None}
    given = {each: available[each] for each in inspect.signature(function).parameters}
    return asyncio.run(function(**given)), trace


def test_the_file_imports_nothing_that_their_environment_may_not_have():
    tree = ast.parse(Path(prime.__file__).read_text())
    imported = {
        (node.module if isinstance(node, ast.ImportFrom) else node.names[0].name, getattr(node, "level", 0))
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    }
    assert {level for _, level in imported} == {0}
    assert {name.partition(".")[0] for name, _ in imported} <= set(sys.stdlib_module_names)
    assert prime.COLUMNS == truths.COLUMNS
    assert (*VERIFIERS, *registry.SUMS) == prime.NAMES
    assert not hasattr(prime, "maths")


def test_the_command_prints_where_the_file_is():
    done = subprocess.run(
        [sys.executable, "-m", "verifiers.adapters.prime"], capture_output=True, text=True, check=True
    )
    assert Path(done.stdout.strip()).samefile(prime.__file__)


def test_a_name_behind_the_path_is_asked_of_the_server(theirs, server, monkeypatch):
    monkeypatch.setenv("VERIFIERS_TOKEN", "secret")
    server.answers = [(200, {"verdicts": [RIGHT]})]
    number, trace = score(theirs, "r1_zero", content="<answer>4</answer>", reasoning_content="2 + 2")
    assert number == 1.0
    item = {"completion": "<think>2 + 2</think><answer>4</answer>", "ground_truth": "4"}
    assert server.asked == [("/score", {"verifier": "r1_zero", "items": [item]})]
    assert server.headers[0]["Authorization"] == "Bearer secret"
    assert trace.info == {"rewards": {"r1_zero": RIGHT}}


def test_a_proxy_for_the_world_is_none_for_the_server(server, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server.answers = [(200, {"verdicts": [RIGHT]})]
    assert prime.ask("math", "4", "4", None, 1.0) == RIGHT


def test_undecided_is_an_error_and_never_a_number(theirs, server):
    server.answers = [(200, {"verdicts": [OPEN]})]
    with pytest.raises(theirs.NoVerdict, match="math is undecided: BAD_GROUND_TRUTH it cannot be read"):
        score(theirs, "math", content="4")


def test_a_busy_server_is_asked_again_and_a_refusal_is_not(theirs, server):
    server.answers = [(429, {}), (503, {}), (504, {}), (200, {"verdicts": [RIGHT]})]
    assert score(theirs, "math", content="4")[0] == 1.0
    assert len(server.asked) == 4
    server.answers = [(422, {"detail": "no verifier 'maths' is served: did you mean 'math'?"})]
    with pytest.raises(theirs.NoVerdict, match=r"refuses: 422 .*did you mean 'math'"):
        score(SimpleNamespace(maths=theirs.reward("maths")), "maths", content="4")


def test_a_server_that_stays_busy_or_away_is_an_error_in_the_end(theirs, server, monkeypatch):
    monkeypatch.setenv("VERIFIERS_TIMEOUT", "1")
    server.answers = [(503, {"detail": "the server is stopping"})] * 9
    with pytest.raises(theirs.NoVerdict, match=r"is busy: 503 .*the server is stopping"):
        score(theirs, "math", content="4")
    monkeypatch.setenv("VERIFIERS_SERVER", "http://127.0.0.1:9")
    with pytest.raises(theirs.NoVerdict, match="start it with `python -m verifiers serve`"):
        score(theirs, "math", content="4")


def test_the_ground_truth_is_a_field_that_is_found_or_named(theirs, server):
    server.answers = [(200, {"verdicts": [RIGHT]})] * 2
    score(theirs, "math", SimpleNamespace(answer="4", label="5"))
    named = SimpleNamespace(mine=theirs.reward("math", ground_truth="label"))
    score(named, "mine", SimpleNamespace(answer="4", label="5"))
    assert [asked["items"][0] for _, asked in server.asked] == [
        {"completion": "", "ground_truth": "4"},
        {"completion": "", "ground_truth": "5"},
    ]
    with pytest.raises(ValueError, match="has no field of ground_truth, answer"):
        score(theirs, "math", SimpleNamespace(prompt="2 + 2?"))


def test_a_forked_child_has_threads_of_its_own():
    script = """
import os
from verifiers.adapters import prime
prime._threads.submit(int).result(30)
child = os.fork()
if child == 0:
    try:
        prime._threads.submit(int).result(5)
    except BaseException:
        os._exit(3)
    os._exit(0)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert subprocess.run([sys.executable, "-c", script], timeout=60, check=False).returncode == 0
