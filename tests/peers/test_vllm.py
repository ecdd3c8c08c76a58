"""The engines of grpo against a real vLLM on a CPU, in an environment of its own: the tests are in vllm_inside.py."""

import os
import subprocess
from pathlib import Path

from tests.peers.environments import python_of

ROOT = Path(__file__).parents[2]
TESTS = Path(__file__).with_name("vllm_inside.py")


def test_the_engines_of_vllm_sample_from_the_policy_that_is_trained():
    line = [python_of("vllm"), "-m", "pytest", "-q", "--noconftest", "-p", "no:cacheprovider", "-o", "addopts="]
    line += ["-W", "ignore", "--durations=5", str(TESTS)]  # vLLM warns of much
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900)
    print(done.stdout)
    assert done.returncode == 0, f"{done.stdout[-20_000:]}\n{done.stderr[-5_000:]}"
    assert " passed" in done.stdout
    assert "skipped" not in done.stdout
