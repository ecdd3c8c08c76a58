"""A vLLM server as the engine: token ids over HTTP, weights through a folder that both sides see.

`python -m grpo.serve_vllm MODEL` starts one. Every rollout comes back with the version of the weights it was sampled
from, so a server that was started again, with the weights it began with, is noticed: it gets the new ones, and what it
sampled from others is sampled again.
"""

import atexit
import http.client
import json
import os
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from torch import Tensor

from .config import RecipeError
from .generate import Rollout
from .policy import Policy, save_policy
from .push_check import probe_of, push_gap, trainer_logps
from .ranks import on_first_rank
from .vllm_engine import PROBE, asked_of, rollout_of

CONNECT_S, ANSWER_S, ROLLOUT_S = 10.0, 600.0, 7200.0
"""Seconds for a connection, for an answer, and for a rollout, which may have to wait its turn."""
BACK_S = 180.0
"""Seconds that a server which has gone may take to come back."""
TRIES = 20
"""Of one rollout."""
START = "start it with `python -m grpo.serve_vllm MODEL`"


class Gone(ConnectionError):
    """The server does not answer, or has lost its engine."""


class Refused(RuntimeError):
    """The server answers, but not with what was asked for; the message is its own."""


def ask(url: str, path: str, body: Any = None, *, method: str = "POST", answer_s: float = ANSWER_S) -> Any:
    """The JSON that the server answers with, None where it is empty; raises Gone or Refused."""
    where = urlsplit(url)
    kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
    connection = kind(where.hostname or "", where.port, timeout=CONNECT_S)
    try:
        connection.connect()
        connection.sock.settimeout(answer_s)
        sent = None if body is None else json.dumps(body)
        connection.request(method, where.path.rstrip("/") + path, sent, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise Gone(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()
    if answer.status == 200:
        try:
            return json.loads(text) if text else None
        except ValueError as error:
            raise Refused(f"it answers {path} with {text[:80]!r}, which is no JSON") from error
    said = text.strip()[:500] or answer.reason
    if answer.status in (502, 503, 504) or "EngineDead" in said or "EngineCore encountered" in said:
        raise Gone(f"{answer.status}: {said}")
    raise Refused(f"{answer.status}: {said}")


@dataclass
class ServerEngine:
    """See `Engine`."""

    policy: Policy
    rows: int
    url: str
    positions: int | None
    folder: Path
    """Where the weights are for the server to read."""
    version: str = ""
    """Of the weights last pushed; of this engine alone, for a server may have been another's."""
    pushed_T: Tensor | None = None
    """The trainer's log-probs of the probe at the last push."""
    mending: Any = field(default_factory=threading.Lock)

    @property
    def tokenizer(self) -> Any:
        """The policy's: the server sees token ids alone."""
        return self.policy.tokenizer

    def sample(
        self, prompts: Sequence[Sequence[int]], group_size: int,
        *, max_new_tokens: int, temperature: float, top_p: float, seed: int, places: Sequence[int] | None = None,
    ) -> Iterator[tuple[int, Rollout]]:  # fmt: skip
        """See `Engine`; with top_p < 1 the log-probs are NaN, since vLLM's are those of the nucleus."""
        given_up: list[Exception] = []

        def one(place: int) -> tuple[int, Rollout]:
            asked = asked_of(self.policy, max_new_tokens, temperature, top_p, seed, place)
            said = self.generate(prompts[place // group_size], asked, given_up)["choices"][0]
            logps = [at["logprob"] for at in said["logprobs"]["content"]]
            return place, rollout_of(said["token_ids"], logps, said["finish_reason"], top_p)

        wanted = range(len(prompts) * group_size) if places is None else places
        threads = ThreadPoolExecutor(max(1, min(self.rows, len(wanted))))
        futures = [threads.submit(one, place) for place in wanted]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            given_up.append(RuntimeError("nobody waits for this rollout"))
            threads.shutdown(wait=False, cancel_futures=True)
            if not all(future.done() for future in futures):
                with suppress(Gone, Refused):
                    ask(self.url, "/abort_requests", {})

    def generate(self, prompt: Sequence[int], asked: dict[str, Any], given_up: list[Exception]) -> Any:
        """What the server samples from this engine's weights, even if it is started again meanwhile.

        All threads of a call of `sample` share `given_up`: once it holds an error, each raises that and waits no more.
        """
        body = {"token_ids": list(prompt), "sampling_params": asked}
        for _ in range(TRIES):
            try:
                said = ask(self.url, "/inference/v1/generate", body, answer_s=ROLLOUT_S)
            except Gone:
                self.mend(given_up)
                continue
            except Refused as error:
                raise RecipeError(f"the vLLM server at {self.url} refuses a prompt: {error}") from error
            choice = said["choices"][0]
            whole = choice["finish_reason"] in ("stop", "length")
            if whole and {span["version"] for span in choice["weight_versions"]} == {self.version}:
                return said
            self.mend(given_up)
        raise RecipeError(f"the vLLM server at {self.url} loses rollouts or samples from others' weights: see its log")

    def mend(self, given_up: list[Exception]) -> None:
        """Wait until the server answers, and give it the weights if it has others; one thread does it for all."""
        with self.mending:
            if given_up:
                raise given_up[0]
            try:
                await_server(self.url)
                if weight_version(self.url) != self.version:
                    self.load()
            except Gone:
                return  # the caller asks again, and comes back here if the server is still gone
            except RecipeError as error:
                given_up.append(error)
                raise

    def push(self, policy: Policy) -> float:
        """See `Engine`."""
        self.policy = policy
        on_first_rank(await_server, self.url)
        save_policy(policy, self.folder / "weights")
        self.version = on_first_rank(lambda: uuid.uuid4().hex)
        on_first_rank(self.load)
        probe, new_T = probe_of(policy), trainer_logps(policy)
        said = on_first_rank(self.generate, probe, PROBE, [])["prompt_logprobs"][1:]
        logps = [at[str(token)]["logprob"] for at, token in zip(said, probe[1:], strict=True)]
        gap = push_gap(policy, logps, new_T, self.pushed_T)
        self.pushed_T = new_T
        return gap

    def load(self) -> None:
        """Have the server read the folder, by its own calls."""
        weights = {"weights_path": str(self.folder / "weights")}
        try:
            ask(self.url, "/pause?mode=abort")  # what is sampled of other weights is of no use
            ask(self.url, "/collective_rpc", {"method": "reload_weights", "kwargs": weights})
            if not ask(self.url, "/reset_prefix_cache")["success"]:
                raise Refused("it keeps keys and values of its old weights")
            ask(self.url, "/update_weight_version", {"new_version": self.version})
            ask(self.url, "/resume")
        except (Gone, Refused) as error:
            raise RecipeError(
                f"the vLLM server at {self.url} did not take the weights in {self.folder} ({error}): start it again, "
                "with the model of this run, and set TMPDIR to a folder that it sees too"
            ) from error

    def sleep(self) -> None:
        """Nothing to do: the server's memory is not the trainer's."""

    def close(self) -> None:
        """Take the weights' folder away; the server goes on."""
        shutil.rmtree(self.folder, ignore_errors=True)


def weight_version(url: str) -> str:
    """Which weights the server has."""
    try:
        said: str = ask(url, "/weight_info", method="GET")["weight_version"]
    except (Refused, KeyError, TypeError) as error:
        raise RecipeError(f"the vLLM server at {url} lets nobody change its weights ({error}): {START}") from error
    return said


def await_server(url: str, back_s: float | None = None) -> None:
    """Return when the server answers; RecipeError if it does not."""
    deadline = time.monotonic() + (BACK_S if back_s is None else back_s)
    while True:
        try:
            ask(url, "/health", method="GET", answer_s=CONNECT_S)
            return
        except Gone as error:
            if time.monotonic() > deadline:
                raise RecipeError(
                    f"no vLLM server answers at {url} ({error}): {START}, and the same command goes on"
                ) from error
        except Refused as error:
            raise RecipeError(f"what answers at {url} is no vLLM server ({error}): {START}") from error
        time.sleep(0.5)


def weights_folder() -> Path:
    """A new one, which goes with this process."""
    folder = Path(tempfile.mkdtemp(prefix="r1-vllm-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)  # a run that fails closes nothing
    os.chmod(folder, 0o755)  # the server may be another user's
    return folder


def open_server(policy: Policy, rows: int, url: str) -> ServerEngine:
    """The server at that address with the policy's weights; RecipeError where there is none, or it is another kind."""
    url = url.rstrip("/")
    await_server(url, back_s=0.0)
    weight_version(url)
    served = ask(url, "/v1/models", method="GET")["data"][0]
    folder = on_first_rank(weights_folder)
    engine = ServerEngine(policy, rows, url, served.get("max_model_len"), folder)
    engine.push(policy)
    return engine
