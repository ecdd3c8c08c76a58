"""Our loss and its gradient are those of TRL's own GRPOTrainer, wherever both have the same option."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.peers.environments import python_of

CLOSE = 1e-8
KINDS = ["grpo", "bnpo", "dapo", "dr_grpo", "cispo"]
NOT_OURS = {
    "luspo": "GSPO with each rollout weighed by its length: a sum over tokens, then a mean over rollouts",
    "sapo": "a sigmoid gate for the clip",
    "vespo": "a gamma weight of the sequence's ratio for the clip",
}
"""Loss types of TRL without a counterpart here. It has no k1 and no k2."""

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="TRL 1.16 wants Python 3.11")


@pytest.fixture(scope="module")
def said():
    """What the worker says."""
    worker = Path(__file__).with_name("trl_worker.py")
    own_packages = str(Path(torch.__file__).parents[1])
    run = subprocess.run([python_of("trl"), worker, own_packages], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-4000:]
    return json.loads(run.stdout.splitlines()[-1])


@pytest.mark.parametrize("kind", KINDS)
def test_value_and_gradient_are_trls(said, kind):
    own = [case for case in said["cases"] if case[0] == kind]
    assert len(own) >= 225
    apart = [case for case in own if not max(abs(case[-3] - case[-2]), case[-1]) <= CLOSE]
    assert not apart, f"{len(apart)} of {len(own)} cases, such as {apart[0]}"


def test_every_loss_type_of_trl_is_ours_or_is_named(said):
    assert sorted(said["ours"]) == sorted(KINDS)
    assert set(said["loss_types"]) == {*KINDS, *NOT_OURS}


def test_a_rollout_without_a_token_counts_in_trls_means_over_rollouts_and_not_in_ours(said):
    """Three of four rollouts are trained: a mean of ours is over three (FIELD.md, law 12)."""
    for kind, (theirs, ours) in said["a masked rollout"].items():
        share = 3 / 4 if kind in ("grpo", "dr_grpo") else 1
        assert theirs == pytest.approx(ours * share, abs=CLOSE)


def test_an_overflow_behind_the_mask_with_a_negative_advantage_is_nan_in_trl_and_nothing_here(said):
    theirs, ours = said["an overflow behind the mask"]
    assert math.isnan(theirs)
    assert math.isfinite(ours)
