"""A warning where a run is sick, each once; none where a recorded run was well."""

import copy
import json
import re
from pathlib import Path

import pytest

from grpo.config import read_toml
from grpo.groups import Group
from grpo.health import CHECKS, WINDOW, new_warnings, why_undecided
from grpo.log import read_metrics
from grpo.record import load_run
from grpo.report import warnings_html
from grpo.settings import R1, Recipe, Rl
from grpo.tables import thinned
from grpo.tasks import Task
from verifiers import Reason, Reward, Verdict

RESULTS = Path(__file__).parents[3] / "grpo" / "results"
RECORDED = sorted(file.parent for file in RESULTS.glob("*/metrics.jsonl"))
RECIPE = Recipe(name="t", model="m", rl=Rl(reward={"countdown": 1.0, "format": 1.0}, tasks_per_step=16, group_size=16))
BFLOAT16 = Recipe(name="t", model="m", precision="bfloat16", rl=RECIPE.rl)


def train_rows(run, stage):
    rows = [row for row in read_metrics(run) if (row.get("stage"), row.get("split")) == (stage, "train")]
    return rows if "silent_groups" in rows[0] else []


def said(rows, recipe=RECIPE):
    """Cause → (step, sentence) over a whole stage, as the trainer goes through it."""
    rows, found = copy.deepcopy(rows), {}
    for end in range(1, len(rows) + 1):
        warnings = new_warnings(rows[:end], recipe)
        rows[end - 1] |= {"warnings": warnings} if warnings else {}
        assert not found.keys() & warnings.keys()  # each once
        found |= {cause: (rows[end - 1]["step"], sentence) for cause, sentence in warnings.items()}
    return found


def stages():
    for run in RECORDED:
        for stage in load_run(run).rl_stages:
            yield pytest.param(run, stage, id=f"{run.name}-{stage}")


@pytest.mark.parametrize(("run", "stage"), [*stages()])
def test_a_recorded_run_that_learned_is_warned_of_nothing(run, stage):
    recipe, rows = read_toml(run / "config.toml"), train_rows(run, stage)
    names = {"reasoning-rl": "reasoning_rl", "small-rl": "small_rl", "all-scenarios-rl": "all_rl"}
    rl = getattr(recipe, names.get(stage, "reasoning_rl")) if isinstance(recipe, R1) else recipe.rl
    assert len(rows) >= 20
    assert said(rows, Recipe(name="t", model="m", rl=rl)) == {}


@pytest.fixture(scope="module")
def well():
    return train_rows(RESULTS / "tiny_cpu", "rl")


def ever(**values):
    """From step 21 on, these."""
    return lambda step: values if step > 20 else {}


SICK = {
    "all right": ("reward_flat", ever(silent_groups=1.0, accuracy=1.0), "all completions are right; take harder tasks"),
    "all wrong": (
        "reward_flat",
        ever(silent_groups=1, accuracy=0.0, reward=1.0),
        r"completions are wrong; .*pass_rate_min",
    ),
    "all alike": ("reward_flat", ever(silent_groups=1.0, accuracy=0.4), r"rewards of a group are all the same"),
    "no format": ("format_never_met", ever(**{"score/format": 0.0}), "met the format that 'format' asks for"),
    "bad ground truths": (
        "undecided",
        lambda step: {"undecided": 30, "undecided_because": f"math UNDECIDED (too deep {'x' if step % 3 else 'y'})"},
        r"12% of the rewards.*most of them for math UNDECIDED \(too deep x\)",
    ),
    "nothing decided": (
        "undecided",
        lambda step: {"silent_groups": 1.0, "undecided": 256, "accuracy": None, "reward": None},
        "100% of the rewards",
    ),
    "always the same": (
        "entropy_collapsed",
        ever(entropy=0.004, silent_groups=0.9, accuracy=0.4),
        r"from 0\.09\d+ to 0\.004 nats and 90% of the groups are silent.*clip_high",
    ),
    "never ends": ("cut_off", ever(truncated=0.9), r"5\d% .* cut off at max_new_tokens = 32768"),
    "stale sampler": ("sampler_disagrees", ever(sampler_gap=0.3), r"off the trainer's by 0\.3 .*float32 does not"),
    "large gradients": ("gradient_exploded", ever(grad_norm=40.0), r"40 and more in 3 steps, over 10 times its median"),
    "left the reference": ("kl_ran_away", ever(kl=3.0), r"KL to the reference was 3 nats"),
    "hacked": (
        "hacking",
        lambda step: {"accuracy": 0.8 - 0.005 * step, "reward": 1 + 0.02 * step + 0.01 * (step % 3)},
        r"accuracy fell from 7\d% to \d\d% while the reward went from 1\.\d+ to 1\.\d+.*weight of format.*to step 10",
    ),
    "hacked for the same reward": (
        "hacking",
        lambda step: {"accuracy": 0.8 - 0.005 * step, "reward": 1.5 + 0.01 * (step % 3)},
        r"while the reward went from 1\.51 to 1\.51",
    ),
}


def sickened(well, change):
    return [row | change(row["step"]) for row in well]


@pytest.mark.parametrize("name", SICK)
def test_a_sick_run_is_told_what_it_has_and_nothing_else(well, name):
    cause, change, sentence = SICK[name]
    found = said(sickened(well, change))
    assert found.keys() == {cause}
    assert re.search(sentence, found[cause][1])


def test_every_cause_has_a_sick_run_here():
    assert {cause for cause, _, _ in SICK.values()} == CHECKS.keys()


@pytest.mark.parametrize(
    "change",
    [
        lambda step: {"silent_groups": 0.0 if step % WINDOW == 0 else 1.0, "accuracy": 0.0},
        lambda step: {"score/format": 0.0 if step % WINDOW else 1 / 256},
        lambda step: {"undecided": 12},  # of 256
        ever(entropy=0.004, silent_groups=0.7, accuracy=0.4),
        ever(entropy=0.004, silent_groups=0.9, accuracy=0.95),
        ever(entropy=0.02, silent_groups=0.9, accuracy=0.4),
        ever(truncated=0.5),
        lambda step: {"truncated": 0.9, "accuracy": 0.95},  # right before they were cut off
        lambda step: {"sampler_gap": 0.3 if step % 3 else 1e-5},
        lambda step: {"grad_norm": 40.0 if step % 3 == 0 else 0.15},
        lambda step: {"grad_norm": 0.9 if step > 20 else 0.01},  # below what is scaled down
        ever(kl=0.9),
        lambda step: {"accuracy": 0.8 - 0.001 * step, "reward": 1 + 0.02 * step},  # lost .054 in all
        lambda step: {"accuracy": 0.8 - 0.01 * step, "reward": 1.8 - 0.01 * step},  # worse, and not paid for it
        lambda step: {"accuracy": 0.8 - 0.01 * step, "reward": 1.8 - 0.007 * step},  # paid for a third of it
    ],
)
def test_what_is_short_of_a_sickness_is_passed_over(well, change):
    assert said(sickened(well, change)) == {}


def test_bfloat16_explains_more_than_float32(well):
    assert said(sickened(well, ever(sampler_gap=0.3)), BFLOAT16) == {}
    assert said(sickened(well, ever(sampler_gap=3.0)), BFLOAT16).keys() == {"sampler_disagrees"}


def test_steps_without_a_gradient_neither_hide_a_gap_nor_make_one(well):
    """Where all groups are silent, nothing is compared, and the gap is 0."""
    found = said(sickened(well, lambda step: {"sampler_gap": 0.3 if step % 2 and step > 20 else 0.0}))
    assert found["sampler_disagrees"][0] == 25


@pytest.mark.parametrize("name", SICK)
def test_a_run_stopped_anywhere_neither_repeats_nor_loses_a_warning(well, name):
    """Its rows, with what was said in them, are read back from the file."""
    rows = sickened(well, SICK[name][1])
    [(step, _)] = said(rows).values()
    for stop in {1, step - 1, step, step + 1}:
        before = said(rows[:stop])
        read = [json.loads(json.dumps(row)) for row in rows[:stop]]
        for cause, (at, sentence) in before.items():
            read[at - 1]["warnings"] = {cause: sentence}
        for row in rows[stop:]:
            read.append(row)
            warnings = new_warnings(read, RECIPE)
            read[-1] = row | ({"warnings": warnings} if warnings else {})
        after = {cause: (row["step"], text) for row in read for cause, text in row.get("warnings", {}).items()}
        assert after == said(rows)
        assert sum(len(row.get("warnings", {})) for row in read) == 1


def test_the_most_common_reason_is_named():
    def undecided(note):
        return Reward(None, {"math": Verdict(None, Reason.UNDECIDED, note=note), "f": Verdict(1.0, Reason.CORRECT)})

    right = Reward(1.0, {"math": Verdict(1.0, Reason.CORRECT)})
    groups = [Group(Task("t", "q", "1"), "q", [1], [], [], [right, right]) for _ in range(2)]
    assert why_undecided(groups) == {}
    groups[0].rewards[:] = [undecided("too deep"), undecided("late")]
    groups[1].rewards[0] = undecided("late")
    assert why_undecided(groups) == {"undecided_because": "math UNDECIDED (late)"}


def test_the_report_shows_every_warning_also_of_a_run_that_was_thinned(tmp_path, well):
    rows = sickened(well, SICK["never ends"][1])
    for row in rows:
        warnings = new_warnings(rows[: row["step"]], RECIPE)
        row |= {"warnings": warnings} if warnings and row["step"] == 33 else {}
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in thinned(rows, 7)))
    assert re.search(r"<td>rl<td>\d+<td>\d+% of the completions", warnings_html(load_run(tmp_path)))
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in well))
    assert warnings_html(load_run(tmp_path)) == ""
