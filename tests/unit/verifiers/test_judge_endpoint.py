"""Facts of the endpoint, against a real server on this machine that misbehaves in every way we could think of."""

import email.utils
import functools
import http.server
import json
import pickle
import socket
import ssl
import struct
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.scripted_judge import by_length, says, strict
from verifiers import Reason
from verifiers.judge import Judge, Unanswered, endpoint, judge_answer, prefer

HELLO = [{"role": "user", "content": "hello"}]
KEY = "sk-of-ours-0123456789"
PEM = Path(__file__).with_name("loopback.pem")  # signed by itself, for tests alone
MEGABYTE = b"x" * (1 << 20)


class Server(http.server.ThreadingHTTPServer):
    """Answers each request by the next function of its script, and the last for ever."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64
    tls = None

    def __init__(self, *script):
        super().__init__(("127.0.0.1", 0), Handler)
        self.script, self.seen, self.over = list(script), [], threading.Event()
        self.lock = threading.Lock()
        threading.Thread(target=functools.partial(self.serve_forever, poll_interval=0.01), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.over.set()
        self.shutdown()
        self.server_close()

    def get_request(self):
        sock, address = super().get_request()
        return (self.tls.wrap_socket(sock, server_side=True) if self.tls else sock), address

    def handle_error(self, request, client_address):
        pass  # clients that have had enough


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        request = json.loads(body)
        self.messages = request["messages"]
        with self.server.lock:
            self.server.seen.append((self.path, self.headers, request))
            script = self.server.script
            play = script[min(len(self.server.seen), len(script)) - 1]
        play(self)

    def do_GET(self):
        self.server.seen.append((self.path, self.headers, None))
        send(200, b"{}")(self)

    def log_message(self, *said):
        pass


def send(status, body, kind="application/json", **headers):
    def play(handler):
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return play


def message(content, **more):
    choice = {"index": 0, "message": {"role": "assistant", "content": content, **more}, "finish_reason": "stop"}
    return send(200, json.dumps({"id": "1", "object": "chat.completion", "choices": [choice]}).encode())


def model(judge):
    """The reply of a scripted judge."""
    return lambda handler: message(judge(handler.messages))(handler)


def raw(*pieces, pause_s=0.0):
    """Bytes as they are, and then the end of the connection."""

    def play(handler):
        for piece in pieces:
            handler.connection.sendall(piece)
            handler.server.over.wait(pause_s)
        handler.close_connection = True

    return play


def drip(head):
    def play(handler):
        handler.connection.sendall(head)
        while not handler.server.over.wait(0.05):
            handler.connection.sendall(b"x")

    return play


def flood(head, piece):
    def play(handler):
        handler.connection.sendall(head)
        while not handler.server.over.is_set():
            handler.connection.sendall(piece)

    return play


def hang(handler):
    handler.server.over.wait(60)
    handler.close_connection = True


def slow(handler):
    handler.server.over.wait(0.3)
    message("at last")(handler)


def reset(handler):
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
RIGHT = message("here")
PASSING = {
    "500": send(500, b"oh"),
    "502 of a proxy": send(502, b"<html>Bad Gateway</html>", "text/html"),
    "429": send(429, b"{}", Retry_After="0"),
    "429 until a date": send(429, b"{}", Retry_After=email.utils.formatdate(0, usegmt=True)),
    "429 until nonsense": send(429, b"{}", Retry_After="soon"),
    "429 until infinity": send(429, b"{}", Retry_After="inf"),
    "429 until yesterday": send(429, b"{}", Retry_After="-86400"),
    "broken JSON": send(200, b'{"choices": [{"message"'),
    "no JSON": send(200, b"<html>Welcome</html>", "text/html"),
    "events": send(200, b'data: {"choices": []}\n\n', "text/event-stream"),
    "deep JSON": send(200, b"[" * 200_000),
    "no UTF-8": send(200, b'{"choices": [{"message": {"content": "\xff\xfe"}}]}'),
    "no choices": send(200, b'{"choices": []}'),
    "null for choices": send(200, b'{"choices": null}'),
    "an error with status 200": send(200, b'{"error": {"message": "overloaded"}}'),
    "a list": send(200, b"[]"),
    "a number": send(200, b"7"),
    "nothing": send(200, b""),
    "a message of text": send(200, b'{"choices": [{"message": "here"}]}'),
    "the end of the connection": raw(),
    "a reset": reset,
    "no HTTP": raw(b"SSH-2.0-OpenSSH_9.6\r\n"),
    "half a status": raw(b"HTTP/1.1 2"),
    "half a body": raw(OK + b'Content-Length: 900\r\n\r\n{"choices"'),
    "half a chunk": raw(OK + b'Transfer-Encoding: chunked\r\n\r\n40\r\n{"choices"'),
    "a broken chunk": raw(OK + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n"),
    "a chunk below zero": raw(OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n"),
    "a header without end": raw(OK + b"X: " + b"y" * 70_000 + b"\r\n\r\n"),
    "too many headers": raw(OK + b"X: y\r\n" * 200 + b"\r\n"),
    "a hang": hang,
    "half a head, then a hang": drip(b"HTTP/1.1 200 OK\r\nX: "),
    "a drip": drip(OK + b"Content-Length: 100000\r\n\r\n"),
    "a drip of blank lines": drip(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"),
}
FINAL = {
    "400": send(400, b'{"error": {"message": "maximum context length is 4096"}}'),
    "401": send(401, f'{{"error": "no such key: {KEY}"}}'.encode()),
    "404": send(404, b"not found"),
    "a redirection": send(307, b"", Location="/elsewhere?key=" + KEY),
    "too long a body": send(200, MEGABYTE * 5),
    "a body said to be too long": raw(OK + b"Content-Length: 999999999999999999\r\n\r\n"),
    "chunks without end": flood(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"100000\r\n" + MEGABYTE + b"\r\n"),
    "a body without end": flood(OK + b"\r\n", MEGABYTE),
    "trailers without end": flood(OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"x: y\r\n" * 100_000),
    "continue without end": flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000),
}


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr("verifiers.judge.chat._FIRST_PAUSE_S", 0.01)


@pytest.mark.parametrize("bad", PASSING.values(), ids=PASSING)
def test_what_may_pass_is_tried_again(bad):
    with Server(bad, bad, RIGHT) as server:
        assert endpoint(server.url, "m", KEY, timeout_s=0.4, total_s=20)(HELLO) == "here"
        assert len(server.seen) == 3


@pytest.mark.parametrize("bad", PASSING.values(), ids=PASSING)
def test_what_does_not_pass_ends_in_time(bad):
    began = time.monotonic()
    with Server(bad) as server, pytest.raises(Unanswered, match=r"m at 127\.0\.0\.1.* nothing came of it in 0\.2 s"):
        endpoint(server.url, "m", KEY, timeout_s=0.15, total_s=0.2)(HELLO)
    assert time.monotonic() - began < 5  # the bound is 0.2 s, on a machine that has time for us


def test_the_time_for_all_tries_bounds_each():
    began = time.monotonic()
    with Server(hang) as server, pytest.raises(Unanswered, match="nothing came of it"):
        endpoint(server.url, "m", timeout_s=60, total_s=0.2)(HELLO)
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("bad", FINAL.values(), ids=FINAL)
def test_what_will_not_pass_is_not_tried_again(bad):
    with Server(bad) as server:
        with pytest.raises(Unanswered, match="gave no reply") as caught:
            endpoint(server.url, "m", KEY, timeout_s=10, total_s=20)(HELLO)
        assert len(server.seen) == 1
        assert KEY not in str(caught.value)
        assert "nothing came" not in str(caught.value)


BODY = b'{"choices": [{"message": {"content": "here"}}]}'
SIZE = b"Content-Length: %d\r\n" % len(BODY)
FRAMED = {
    "by its length": OK + SIZE + b"\r\n" + BODY,
    "by its length, with a last word": OK + SIZE + b"Connection: close\r\n\r\n" + BODY,
    "by the end of the connection": OK + b"\r\n" + BODY,
    "in chunks": OK + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY),
    "after 100": b"HTTP/1.1 100 Continue\r\n\r\n" + OK + SIZE + b"\r\n" + BODY,
    "by HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\n" + BODY,
}


@pytest.mark.parametrize("framed", FRAMED.values(), ids=FRAMED)
@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_an_answer_is_read_however_it_is_framed_and_cut(framed, size):
    pieces = [framed[at : at + size] for at in range(0, len(framed), size)]
    with Server(raw(*pieces)) as server:
        assert endpoint(server.url, "m", total_s=5)(HELLO) == "here"


def test_a_slow_answer_is_waited_for():
    with Server(slow) as server:
        assert endpoint(server.url, "m")(HELLO) == "at last"


def test_retry_after_is_kept_and_bounded(monkeypatch):
    slept = []
    monkeypatch.setattr("verifiers.judge.chat.time.sleep", slept.append)
    later = email.utils.formatdate(time.time() + 30, usegmt=True)
    waits = ["7", "1e9", "999999999999", later]
    with Server(
        *(send(status, b"", Retry_After=wait) for status, wait in zip((429, 503, 500, 529), waits, strict=True)), RIGHT
    ) as server:
        assert endpoint(server.url, "m")(HELLO) == "here"
    assert 7 <= slept[0] <= 7.1
    assert 60 <= slept[1] <= 60.1
    assert 60 <= slept[2] <= 60.2
    assert 20 <= slept[3] <= 30.2


def test_a_longer_wait_than_there_is_time_ends_at_once():
    began = time.monotonic()
    with Server(send(429, b"", Retry_After="50")) as server, pytest.raises(Unanswered, match="status 429"):
        endpoint(server.url, "m", total_s=40)(HELLO)
    assert time.monotonic() - began < 10


def test_pauses_grow_and_differ(monkeypatch):
    slept = []
    monkeypatch.setattr("verifiers.judge.chat._FIRST_PAUSE_S", 0.5)
    monkeypatch.setattr("verifiers.judge.chat.time.sleep", slept.append)
    with Server(*[send(500, b"")] * 8, RIGHT) as server:
        endpoint(server.url, "m")(HELLO)
    for pause, most in zip(slept, [0.5, 1, 2, 4, 8, 16, 20, 20], strict=True):
        assert most / 2 <= pause <= most
    assert len(set(slept)) == 8


def test_nobody_there_is_told_in_time():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening
        with pytest.raises(Unanswered, match="ConnectionRefusedError"):
            endpoint(f"http://127.0.0.1:{taken.getsockname()[1]}", "m", total_s=0.2)(HELLO)


def test_a_server_that_never_reads_is_left_in_time():
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        long = [{"role": "user", "content": "x" * 20_000_000}]
        with pytest.raises(Unanswered, match="TimeoutError"):
            endpoint(f"http://127.0.0.1:{deaf.getsockname()[1]}", "m", timeout_s=0.3, total_s=0.3)(long)


def test_a_server_that_speaks_no_tls_is_left_in_time():
    with Server(RIGHT) as server, pytest.raises(Unanswered, match=r"SSL|Timeout|Connection"):
        endpoint(server.url.replace("http:", "https:"), "m", timeout_s=0.5, total_s=0.6)(HELLO)
    with socket.socket() as deaf:  # a handshake that nobody answers
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        with pytest.raises(Unanswered, match=r"timed out|in time"):
            endpoint(f"https://127.0.0.1:{deaf.getsockname()[1]}", "m", timeout_s=0.3, total_s=0.3)(HELLO)


def test_a_server_that_reads_slowly_is_left_in_time():
    over = threading.Event()

    def sip(listening):
        with listening.accept()[0] as line:
            while not over.wait(0.05):
                line.recv(1 << 16)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        reader = threading.Thread(target=sip, args=(listening,))
        reader.start()
        began = time.monotonic()
        try:
            ask = endpoint(f"http://127.0.0.1:{listening.getsockname()[1]}", "m", timeout_s=0.5, total_s=0.5)
            with pytest.raises(Unanswered, match="TimeoutError"):
                ask([{"role": "user", "content": "x" * 20_000_000}])
            assert time.monotonic() - began < 7  # at its pace the request takes 13 s
        finally:
            over.set()
            reader.join()


def secured(server):
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.tls.load_cert_chain(PEM)
    return server


@pytest.mark.parametrize("name", ["a drip", "a hang", "500", "a reset"])
def test_an_encrypted_answer_obeys_the_same_clock(monkeypatch, name):
    trusting = ssl.create_default_context(cafile=PEM)
    monkeypatch.setattr("verifiers.judge.transport._trust", lambda: trusting)
    with secured(Server(PASSING[name], RIGHT)) as server:
        url = server.url.replace("http:", "https:")
        assert endpoint(url, "m", timeout_s=0.5, total_s=20)(HELLO) == "here"


def test_a_certificate_that_nobody_signed_ends_it_at_once():
    with secured(Server(RIGHT)) as server, pytest.raises(Unanswered, match="CERTIFICATE_VERIFY_FAILED"):
        endpoint(server.url.replace("http:", "https:"), "m")(HELLO)
    assert server.seen == []


def test_a_name_that_nobody_resolves_is_left_in_time(monkeypatch):
    began, over = time.monotonic(), threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *where, **options: over.wait(60) and [])
    try:
        with pytest.raises(Unanswered, match=r"the address of judge\.invalid did not come in time"):
            endpoint("http://judge.invalid", "m", timeout_s=0.2, total_s=0.3)(HELLO)
        assert time.monotonic() - began < 20
    finally:
        over.set()


def test_a_redirection_is_not_followed():
    with Server(RIGHT) as other, Server(send(302, b"", Location="PLACE")) as server:
        server.script = [send(302, b"", Location=f"{other.url}/v1/chat/completions")]
        with pytest.raises(Unanswered, match="which is not followed"):
            endpoint(server.url, "m", KEY)(HELLO)
        assert other.seen == []


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("{}", "/v1/chat/completions"),
        ("{}/", "/v1/chat/completions"),
        ("{}/v1", "/v1/chat/completions"),
        ("{}/v1/", "/v1/chat/completions"),
        ("{}/api/openai", "/api/openai/chat/completions"),
        ("{}/v1/chat/completions", "/v1/chat/completions"),
        ("{}/deployments/m/chat/completions?api-version=1", "/deployments/m/chat/completions?api-version=1"),
    ],
)
def test_the_request_is_a_chat_completion(url, path):
    with Server(RIGHT) as server:
        endpoint(url.format(server.url), "m", KEY, extra={"seed": 1})(HELLO)
        ((seen, headers, body),) = server.seen
    assert seen == path
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert headers["Content-Type"] == "application/json"
    assert headers["Host"].startswith("127.0.0.1:")
    assert body == {"model": "m", "messages": HELLO, "stream": False, "temperature": 0, "max_tokens": 4096, "seed": 1}


def test_what_is_none_is_not_sent():
    with Server(RIGHT) as server:
        endpoint(server.url, "m", temperature=None, max_tokens=None)(HELLO)
        ((_, headers, body),) = server.seen
    assert set(body) == {"model", "messages", "stream"}
    assert headers["Authorization"] is None


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (message(None), ""),
        (message(None, refusal="I can't"), ""),
        (message(None, tool_calls=[{"type": "function", "function": {"name": "VERDICT", "arguments": "{}"}}]), ""),
        (message([{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}, 4]), "ab"),
        (message({"text": "a"}), ""),
        (message(7), ""),
        (message("a", reasoning_content="b"), "a"),
        (message("ü\ud800"), "ü\ud800"),
    ],
)
def test_the_text_of_a_message(reply, text):
    with Server(reply) as server:
        assert endpoint(server.url, "m")(HELLO) == text


@pytest.mark.parametrize(
    "url", ["", "localhost:8000", "ftp://a/b", "http://", "http://u:p@a/", "http://a/b c", "http://ä/"]
)
def test_a_url_that_is_none_is_a_callers_mistake(url):
    with pytest.raises(ValueError, match="url"):
        endpoint(url, "m")


def test_other_callers_mistakes():
    for options in (
        {"timeout_s": 0},
        {"total_s": float("nan")},
        {"api_key": "a\nb"},
        {"api_key": ""},
        {"extra": {"a": {1}}},
    ):
        with pytest.raises(ValueError, match=next(iter(options)).replace("api_key", "API key")):
            endpoint("http://a", "m", **options)
    with pytest.raises(ValueError, match="name"):
        endpoint("http://a", "")


def test_an_endpoint_pickles_and_keeps_its_key_to_itself():
    with Server(RIGHT) as server:
        made = endpoint(server.url, "m", KEY)
        assert KEY not in repr(made)
        assert KEY not in made.identity
        copy = pickle.loads(pickle.dumps(made))
        assert copy == made
        assert copy(HELLO) == "here"
        assert server.seen[0][1]["Authorization"] == f"Bearer {KEY}"


def test_what_a_reply_depends_on_is_its_identity():
    base = {"url": "http://a", "model": "m"}
    others = [{"url": "http://b"}, {"model": "n"}, {"temperature": 0.5}, {"max_tokens": 9}, {"extra": {"seed": 1}}]
    identities = {endpoint(**{**base, **other}).identity for other in [{}, *others]}
    assert len(identities) == 6
    assert endpoint(**base, timeout_s=1, api_key=KEY).identity in identities


# The judge behind it


def test_a_judge_over_http():
    with Server(model(strict)) as server:
        judge = Judge(endpoint(server.url, "strict-7b"))
        assert judge_answer("<answer>PARIS</answer>", "Paris", judge=judge).correct
        verdict = judge_answer("<answer>Lyon</answer>", "Paris", judge=judge)
        assert (verdict.score, verdict.reason) == (0, Reason.WRONG)
        assert verdict.details["model"] == "strict-7b"
    with Server(model(by_length)) as server:
        assert prefer("q", "12345", "123", judge=endpoint(server.url, "m")).gap == 2


def test_a_reasoning_judge_is_read_after_its_thinking():
    def thinks(messages):
        return f"<think>\n{says(messages, 'ACCEPT')}\nNo.</think>\n\n{says(messages, 'REJECT')}"

    with Server(model(thinks)) as server:
        assert judge_answer("<answer>Lyon</answer>", "Paris", judge=endpoint(server.url, "m")).reason is Reason.WRONG


@pytest.mark.parametrize(("bad", "reason"), [(message(None), Reason.UNDECIDED), (FINAL["401"], Reason.VERIFIER_FAILED)])
def test_a_judge_that_says_nothing_leaves_no_score(bad, reason):
    with Server(bad) as server:
        verdict = judge_answer("<answer>Lyon</answer>", "Paris", judge=Judge(endpoint(server.url, "m", KEY)))
        assert (verdict.score, verdict.reason) == (None, reason)
        assert KEY not in repr(verdict)
        assert len(server.seen) == (3 if reason is Reason.UNDECIDED else 1)


def test_thirty_two_threads_ask_one_endpoint():
    bad = [PASSING["500"], PASSING["a reset"], PASSING["429"], PASSING["broken JSON"]]
    with Server(*bad, model(strict)) as server, ThreadPoolExecutor(32) as threads:
        judge = Judge(endpoint(server.url, "m", timeout_s=20, total_s=60))

        def verdict(n):
            return judge_answer(f"<answer>c{n}</answer>", f"C{n + n % 2}", judge=judge).score

        assert list(threads.map(verdict, range(128))) == [1 - n % 2 for n in range(128)]
        assert len(server.seen) == 132
