import pickle
import re
import subprocess
import sys

import pytest

from verifiers import R1_ZERO, Reason, Verdict, verify_format, verify_math
from verifiers.metrics import Metrics, watched


def boxed(text):
    return f"<think>a</think><answer>{text}</answer>"


def test_a_watched_verifier_says_the_same_and_is_counted():
    metrics = Metrics()
    verifier = watched(verify_math, metrics)
    assert verifier(boxed("4"), "4") == verify_math(boxed("4"), "4")
    assert verifier(boxed("5"), "4").score == 0
    assert watched(verify_format, metrics, "layout")("", opened=True).score == 0
    assert watched(R1_ZERO, metrics)(boxed("4"), "").value is None
    with pytest.raises(TypeError, match="reads the completion as text"):
        verifier(4, "4")
    found = metrics.summary()
    assert list(found) == ["verify_math", "layout", "WeightedSum", "WeightedSum.accuracy", "WeightedSum.format"]
    assert found["verify_math"]["reasons"] == {"CORRECT": 1, "WRONG": 1, "VERIFIER_FAILED": 1}
    assert found["verify_math"]["undecided_rate"] == 1 / 3
    assert 0 < found["verify_math"]["p50_s"] <= found["verify_math"]["p99_s"] < 60
    assert (found["WeightedSum"]["undecided_rate"], found["WeightedSum"]["reasons"]) == (1.0, {})
    assert found["WeightedSum.accuracy"]["reasons"] == {"BAD_GROUND_TRUTH": 1}
    assert found["WeightedSum.accuracy"]["p50_s"] is None


def test_a_watched_verifier_is_not_silently_counted_in_another_process():
    with pytest.raises(pickle.PicklingError):
        pickle.dumps(watched(verify_math, Metrics()))


def test_prometheus_reads_it():
    metrics = Metrics()
    for seconds in (1e-6, 0.01, 0.02, 1e9):
        metrics.add('odd"name\\\n', Verdict(1.0, Reason.CORRECT), seconds)
    text = metrics.prometheus()
    pattern = r'[a-z_]+(\{([a-z]+="([^"\\\n]|\\["\\n])*",?)+\})? [0-9.e+-]+'
    for line in text.splitlines():
        assert line.startswith("# TYPE verifiers_") or re.fullmatch(pattern, line), line
    counts = [float(line.split()[-1]) for line in text.splitlines() if "_bucket" in line]
    assert counts == sorted(counts)
    assert (counts[0], counts[-2], counts[-1]) == (1, 3, 4)
    assert 'verifiers_seconds_bucket{verifier="odd\\"name\\\\\\n",le="0.016384"} 2' in text


def test_opentelemetry_gets_the_same_numbers():
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader

    from verifiers.telemetry import observe

    metrics, reader = Metrics(), InMemoryMetricReader()
    provider = MeterProvider([reader])
    observe(metrics, provider.get_meter("test"))
    for verdict in (Verdict(1.0, Reason.CORRECT), Verdict(0.0, Reason.WRONG), Verdict(None, Reason.UNDECIDED)):
        metrics.add("math", verdict, 0.25)
    metrics.add("code", Verdict(0.0, Reason.WRONG))
    (scope,) = reader.get_metrics_data().resource_metrics[0].scope_metrics
    found = {
        (metric.name, *sorted(map(str, point.attributes.values()))): point.value
        for metric in scope.metrics
        for point in metric.data.data_points
    }
    provider.shutdown()
    p50 = metrics.summary()["math"]["p50_s"]
    assert found == {
        ("verifiers.verdicts", "CORRECT", "math"): 1,
        ("verifiers.verdicts", "WRONG", "math"): 1,
        ("verifiers.verdicts", "UNDECIDED", "math"): 1,
        ("verifiers.verdicts", "WRONG", "code"): 1,
        ("verifiers.undecided", "math"): 1,
        ("verifiers.undecided", "code"): 0,
        ("verifiers.scored", "math"): 3,
        ("verifiers.scored", "code"): 1,
        **{("verifiers.latency", percent, "math"): p50 for percent in ("50", "90", "99")},
    }


def test_nothing_of_opentelemetry_is_loaded_before_it_is_asked_for():
    script = "import sys, verifiers.telemetry, verifiers.metrics; print([m for m in sys.modules if 'opentele' in m])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
