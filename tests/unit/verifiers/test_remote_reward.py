"""The client, against a server that says whatever a test wants."""

import json
import pickle
import shutil
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from verifiers import Reason, Reward, Verdict, remote
from verifiers.remote import RemoteReward

RIGHT = {"score": 1.0, "reason": "CORRECT", "answer": "4", "note": "equal", "parts": None}
SUM = {"score": 1.5, "reason": None, "answer": None, "note": "", "parts": {"math": RIGHT}}


@pytest.fixture
def server():
    """Answers what stands in `says`, one after the other: (status, headers, body), or None to hang up."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.asked.append((self.path, dict(self.headers), body))
            said = server.says.pop(0)
            if said is None:
                self.close_connection = True
                return
            status, headers, text = said
            data = text if isinstance(text, bytes) else json.dumps(text).encode()
            self.send_response(status)
            for name, value in {"Content-Length": str(len(data)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.asked, server.says = [], []
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def verdicts(*lines):
    return 200, {}, {"verdicts": list(lines)}


def test_verdicts_and_rewards_come_back_as_they_are(server):
    server.says = [verdicts(RIGHT, SUM)]
    with RemoteReward(server.url + "/", "math", token="secret") as reward:
        right = Verdict(1.0, Reason.CORRECT, "4", "equal")
        assert reward.batch(["a\ud83d\ude00", "b"], ["4", None]) == [right, Reward(1.5, {"math": right})]
    path, headers, body = server.asked[0]
    assert (path, headers["Authorization"]) == ("/score", "Bearer secret")
    assert json.loads(body.decode("utf-8", "surrogatepass")) == {
        "verifier": "math",
        "items": [{"completion": "a\ud83d\ude00", "ground_truth": "4"}, {"completion": "b", "ground_truth": None}],
    }


def test_it_asks_again_where_the_server_is_busy_or_the_connection_breaks(server):
    server.says = [
        (429, {"Retry-After": "0"}, {"detail": "busy"}),
        None,
        (503, {}, b""),
        verdicts(RIGHT),
        verdicts(RIGHT),
    ]
    with RemoteReward(server.url, "math") as reward:
        assert reward("a", "4").score == 1.0
        assert len(server.asked) == 4
        assert reward("a", "4").score == 1.0


def test_retry_after_is_heeded(server, monkeypatch):
    slept = []
    monkeypatch.setattr(remote.time, "sleep", slept.append)
    server.says = [(429, {"Retry-After": "7"}, b""), (429, {"Retry-After": "9" * 20}, b""), verdicts(RIGHT)]
    with RemoteReward(server.url, "math") as reward:
        assert reward("a", "4").score == 1.0
    assert 7 < slept[0] < 8
    assert slept[1] < 1


@pytest.mark.parametrize(
    "said",
    [
        (500, {}, {"detail": "no score"}),
        (413, {}, {"detail": "too large"}),
        (200, {}, b"0.0"),
        (200, {}, b"[" * 100_000),
        (200, {}, {"rewards": [0.0]}),
        verdicts(),
        verdicts(RIGHT, RIGHT),
        verdicts({**RIGHT, "score": 2.0}),
        verdicts({**RIGHT, "score": True}),
        verdicts({**RIGHT, "score": "1"}),
        verdicts({**RIGHT, "score": float("nan")}),
        verdicts({**RIGHT, "score": None}),
        verdicts({**RIGHT, "reason": "UNDECIDED"}),
        verdicts({**RIGHT, "reason": "GOOD"}),
        verdicts({**SUM, "score": float("inf")}),
        verdicts({**SUM, "parts": {"math": {**RIGHT, "score": -1}}}),
        verdicts({"score": 1.0}),
        verdicts(None),
    ],
)
def test_a_broken_answer_is_undecided(server, said):
    server.says = [said]
    with RemoteReward(server.url, "math") as reward:
        verdict = reward("a", "4")
    assert (verdict.score, verdict.reason) == (None, Reason.VERIFIER_FAILED)
    assert verdict.note.startswith("no verdict from 127.0.0.1: ")


def test_no_server_is_undecided():
    verdict = RemoteReward("http://127.0.0.1:1", "math", timeout=0.2)("a", "4")
    assert (verdict.score, verdict.reason) == (None, Reason.VERIFIER_FAILED)
    assert "ConnectionRefusedError" in verdict.note


def test_a_callers_mistake_is_raised(server):
    server.says = [(422, {}, {"detail": "did you mean 'math'?"}), (401, {}, {"detail": "a token is needed"})]
    with RemoteReward(server.url, "maths") as reward:
        with pytest.raises(ValueError, match="did you mean 'math'"):
            reward("a", "4")
        with pytest.raises(PermissionError, match="a token is needed"):
            reward("a", "4")
        with pytest.raises(ValueError, match="2 completions but 1 ground truths"):
            reward.batch(["a", "b"], ["4"])
    for url in ("127.0.0.1:8643", "ftp://a", "http://"):
        with pytest.raises(ValueError, match="no address of a server"):
            RemoteReward(url, "math")


def test_it_can_be_pickled(server):
    server.says = [verdicts(RIGHT)]
    with pickle.loads(pickle.dumps(RemoteReward(server.url, "math", token="t", timeout=9.0))) as again:
        assert again("a", "4").score == 1.0
    assert server.asked[0][1]["Authorization"] == "Bearer t"


def test_no_thread_of_a_forked_child_takes_a_connection_of_its_parent():
    reward = RemoteReward("http://127.0.0.1:9", "math")
    taken = []

    class Inherited:
        def close(self):
            taken.append(reward._connection())  # as another thread might meanwhile

    parents = [Inherited(), Inherited()]
    reward._idle += parents
    reward._owner = -1
    taken.append(reward._connection())
    assert len(taken) == 3
    assert not set(parents) & set(taken)


def test_the_file_works_alone_where_another_package_has_our_name(server, tmp_path):
    (tmp_path / "verifiers").mkdir()
    (tmp_path / "verifiers" / "__init__.py").write_text("types = 'of another package'")
    shutil.copy(remote.__file__, tmp_path / "remote_reward.py")
    server.says = [verdicts(RIGHT, SUM), verdicts({**RIGHT, "score": 2.0})]
    script = (
        "import sys, verifiers; from remote_reward import RemoteReward; "
        f"right, both = RemoteReward('{server.url}', 'math').batch(['a', 'b'], ['4', '4']); "
        f"broken = RemoteReward('{server.url}', 'math')('a', '4'); "
        "nobody = RemoteReward('http://127.0.0.1:1', 'math', timeout=0.2)('a', '4'); "
        "print(right.score, right.reason, both.value, broken.score, nobody.score, nobody.reason, verifiers.types)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, env={})
    assert done.stdout == "1.0 CORRECT 1.5 None None VERIFIER_FAILED of another package\n", done
