"""PrimeIntellect's real verifiers scores with our rewards, which run in another environment, behind our server."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.peers.environments import python_of

ROOT = Path(__file__).parents[2]
RIGHT, WRONG = "<think>2 + 2</think><answer>4</answer>", "<think>2 + 2</think><answer>5</answer>"
BAD_TRUTH = '{"kind": "stdin"}'  # which verifier this is for cannot be told: no verdict

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="verifiers 0.4 wants Python 3.11")


@pytest.fixture(scope="module")
def server():
    """The address of `python -m verifiers serve`, in our environment."""
    command = [sys.executable, "-m", "verifiers", "serve", "--port", "0", "--workers", "2"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        said = process.stdout.readline()
        port = re.search(r"port (\d+)", said)[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        assert process.wait(30) == 0
        process.stdout.close()


def scored(cases, address):
    """What the worker says of each (reply, answer); our package is nowhere on its path."""
    adapter = subprocess.check_output([sys.executable, "-m", "verifiers.adapters.prime"], cwd=ROOT, text=True).strip()
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment |= {"VERIFIERS_SERVER": address, "VERIFIERS_TIMEOUT": "2"}
    command = [python_of("prime"), Path(__file__).with_name("prime_worker.py"), adapter, json.dumps(cases)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-4000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_task_score_has_our_rewards_and_records_no_verdict_as_an_error(server):
    thought = {"reasoning_content": "2 + 2", "content": "<answer>4</answer>"}
    cases = [({"content": RIGHT}, "4"), ({"content": WRONG}, "4"), (thought, "4"), ({"content": RIGHT}, BAD_TRUTH)]
    right, wrong, apart, undecided = scored(cases, server)
    assert right["rewards"] == apart["rewards"] == {"right": 2.0, "shape": 0.5}
    assert wrong["rewards"] == {"right": 0.0, "shape": 0.5}
    assert [each["reward"] for each in (right, wrong, apart)] == [2.5, 0.5, 2.5]
    assert wrong["info"]["rewards"]["accuracy"]["answer"] == "5"
    assert "NoVerdict: accuracy is undecided: BAD_GROUND_TRUTH" in undecided["error"]
    assert undecided["rewards"] == {"right": None, "shape": None}


def test_without_a_server_the_rollout_has_an_error_that_says_what_to_do():
    [said] = scored([({"content": RIGHT}, "4")], "http://127.0.0.1:9")
    assert "start it with `python -m verifiers serve`, or set VERIFIERS_SERVER" in said["error"]
    assert said["rewards"] == {"right": None, "shape": None}
