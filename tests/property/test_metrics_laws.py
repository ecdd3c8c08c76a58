"""The numbers of verifiers: percentiles are NumPy's to a bucket, and parts add up to the whole in any order."""

import json
import sys
import threading
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifiers import Reason, Reward, Verdict
from verifiers.metrics import FIRST_S, PER_DOUBLING, PERCENTILES, Latency, Metrics, bucket_of, end_of

LONGEST_S = 1e5
seconds = st.floats(-6, 5).map(lambda power: 10.0**power)
verdicts = st.sampled_from(Reason).map(lambda reason: Verdict(None if reason.ours else 1.0, reason))
sums = st.builds(Reward, st.sampled_from([None, 1.5]), st.dictionaries(st.sampled_from("ab"), verdicts))
added = st.lists(
    st.tuples(st.sampled_from(["math", "code"]), verdicts | sums, st.none() | seconds), min_size=1, max_size=60
)


def filled(events):
    metrics = Metrics()
    for event in events:
        metrics.add(*event)
    return metrics


@given(times=st.lists(seconds, min_size=1, max_size=200), percent=st.sampled_from(PERCENTILES))
def test_a_percentile_is_numpys_or_above_it_by_less_than_a_bucket(times, percent):
    latency = Latency()
    for time in times:
        latency.add(time)
    exact = np.percentile(times, percent, method="inverted_cdf")
    assert (
        exact * (1 - 1e-9) <= latency.percentile(percent) <= max(exact, FIRST_S) * 2 ** (1 / PER_DOUBLING) * (1 + 1e-9)
    )
    assert latency.count == len(times)


@given(time=st.floats())
def test_any_number_has_a_bucket_and_there_are_only_so_many(time):
    assert 0 <= bucket_of(time) <= 40 * PER_DOUBLING
    if FIRST_S < time < LONGEST_S:
        assert end_of(bucket_of(time) - 1) * (1 - 1e-9) < time <= end_of(bucket_of(time)) * (1 + 1e-9)


@given(events=added, data=st.data())
def test_the_parts_add_up_to_the_whole_in_any_order(events, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(events)), min_size=2, max_size=2)))
    parts = [filled(events[start:end]).snapshot() for start, end in pairwise([0, *cuts, len(events)])]
    left, right = Metrics(), Metrics()
    for part in data.draw(st.permutations(parts)):
        left.merge(json.loads(json.dumps(part)))
    two = Metrics()
    two.merge(parts[1])
    two.merge(parts[2])
    right.merge(two.snapshot())
    right.merge(parts[0])
    assert left.snapshot() == right.snapshot() == filled(events).snapshot()
    assert left.summary() == filled(events).summary()


@given(events=added)
def test_every_verdict_has_one_reason_and_what_is_undecided_is_what_has_no_score(events):
    found = filled(events).snapshot()
    for name in ("math", "code"):
        said = [one for known, one, _ in events if known == name]
        values = [one.score if isinstance(one, Verdict) else one.value for one in said]
        stats = found.get(name, {"count": 0, "undecided": 0, "reasons": {}})
        assert (stats["count"], stats["undecided"]) == (len(said), values.count(None))
        assert sum(stats["reasons"].values()) == sum(isinstance(one, Verdict) for one in said)
        for part in "ab":
            reasons = found.get(f"{name}.{part}", {"reasons": {}})["reasons"]
            assert sum(reasons.values()) == sum(isinstance(one, Reward) and part in one.verdicts for one in said)


@pytest.fixture
def hasty():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_threads_lose_nothing(hasty):
    metrics = Metrics()
    right = Verdict(1.0, Reason.CORRECT)

    def add():
        for _ in range(500):
            metrics.add("math", right, 0.001)

    threads = [threading.Thread(target=add) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (found,) = metrics.snapshot().values()
    assert (found["count"], found["reasons"], found["latency_ns"]) == (4000, {"CORRECT": 4000}, 4000 * 1_000_000)
