"""`score --ray` on a Ray of this machine: byte for byte what a run without it writes, also where workers are killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.bench.corpus import rows
from tests.peers.environments import python_of

ROOT = Path(__file__).parents[2]
REWARDS = """
import time
from verifiers import verify_math

def slow(completion, ground_truth):
    time.sleep(60 if completion == "hang" else 0.02)
    return verify_math(completion, ground_truth)
"""
TO_PARQUET = """
import json, sys
import pyarrow, pyarrow.parquet
with open(sys.argv[1]) as lines:
    table = pyarrow.Table.from_pylist([json.loads(line) for line in lines])
pyarrow.parquet.write_table(table, sys.argv[2], row_group_size=70)
"""

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="the listed pandas wants Python 3.11")


@pytest.fixture(scope="module")
def python():
    return python_of("ray")


@pytest.fixture
def begin(python, tmp_path):
    """Starts a score; on_ray says where."""

    def start(file, out, *arguments, on_ray=False):
        own = [python, "-m", "verifiers", "score", file, "--out", out, "--workers", "2", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "RAY_USAGE_STATS_ENABLED": "0"}
        own += ["--ray"] if on_ray else []
        return subprocess.Popen(list(map(str, own)), cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)

    return start


def end(run):
    """Its status, and what it said."""
    said = run.communicate()[1]
    return run.returncode, said


def write(file, tasks):
    file.write_text("".join(json.dumps(task) + "\n" for task in tasks))
    return file


@pytest.fixture
def slow(tmp_path):
    """Four hundred rows of 20 ms, one of which hangs."""
    (tmp_path / "own_rewards.py").write_text(REWARDS)
    tasks = [{"completion": rf"\boxed{{{n % 7}}}", "ground_truth": "3"} for n in range(400)]
    tasks[150]["completion"] = "hang"
    return write(tmp_path / "rows.jsonl", tasks), ("--verifier", f"{tmp_path}/own_rewards.py:slow", "--timeout", "3")


def test_mixed_and_hostile_rows_get_the_same_bytes(begin, tmp_path):
    file = write(tmp_path / "rows.jsonl", rows(300, seed=1))
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    for out in (here, there):
        status, said = end(begin(file, out, "--verifier-column", "verifier", on_ray=out is there))
        assert status == 0, said
        assert "300 rows scored" in said
    assert here.read_bytes() == there.read_bytes()
    assert here.read_bytes().count(b"\n") == 300


def scoring(run):
    """Workers of Ray that have worker processes of ours."""
    found = []
    for one in psutil.Process(run.pid).children(recursive=True):
        try:
            if one.cmdline()[0].startswith("ray::") and children(one):
                found.append(one)
        except (psutil.NoSuchProcess, IndexError):
            continue  # it has just ended
    return found


def children(process):
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


def test_killed_workers_of_ray_change_nothing(begin, slow, tmp_path):
    file, verifier = slow
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    assert end(begin(file, here, *verifier))[0] == 0
    run = begin(file, there, *verifier, on_ray=True)
    killed = set()
    while run.poll() is None and len(killed) < 2:
        for worker in scoring(run)[:1]:
            orphans = children(worker)
            assert "verifiers.worker" in " ".join(orphans[0].cmdline())
            worker.send_signal(signal.SIGKILL)
            killed.add(worker.pid)
            assert not psutil.wait_procs(orphans, timeout=30)[1]  # ours die with it
        time.sleep(0.5)
    status, said = end(run)
    assert status == 0, said
    assert len(killed) == 2
    assert here.read_bytes() == there.read_bytes()
    reasons = [json.loads(line)["reason"] for line in there.read_text().splitlines()]
    assert len(reasons) == 400
    assert [place for place, reason in enumerate(reasons) if reason == "UNDECIDED"] == [150]


def test_a_bad_row_ends_it_as_it_ends_a_run_without_ray_and_either_goes_on(begin, slow, tmp_path):
    file, verifier = slow
    good = file.read_text().splitlines()[:150]
    file.write_text("\n".join([*good, "{", *good]))
    here, there = tmp_path / "here.jsonl", tmp_path / "there.jsonl"
    for out in (here, there):
        status, said = end(begin(file, out, *verifier, on_ray=out is there))
        assert status == 1
        assert f"{file}, line 151: no JSON" in said
    assert here.read_bytes() == there.read_bytes()
    assert here.read_bytes().count(b"\n") == 150
    file.write_text("\n".join([*good, good[0], *good]))
    for out in (here, there):
        status, said = end(begin(file, out, *verifier, on_ray=out is here))  # the other way round
        assert status == 0, said
        assert "151 rows scored" in said
    assert here.read_bytes() == there.read_bytes()


def test_parquet_is_read_like_lines(python, begin, tmp_path):
    tasks = [{"id": n, "task": {"truth": str(n % 3)}, "said": rf"\boxed{{{n % 5}}}"} for n in range(200)]
    lines, table = write(tmp_path / "rows.jsonl", tasks), tmp_path / "rows.parquet"
    subprocess.run([python, "-c", TO_PARQUET, lines, table], check=True)
    columns = ("--verifier", "math", "--completion-column", "said", "--ground-truth-column", "task.truth")
    outs = {name: tmp_path / f"{name}.jsonl" for name in ("lines", "here", "there")}
    for name, out in outs.items():
        status, said = end(begin(lines if name == "lines" else table, out, *columns, on_ray=name == "there"))
        assert status == 0, said
        if name == "here":  # the rest of it, from within the second row group, by Ray
            whole = out.read_bytes()
            outs["there"].write_bytes(b"".join(whole.splitlines(keepends=True)[:100]))
            settings = out.with_name(f"{out.name}.settings").read_bytes()
            (tmp_path / "there.jsonl.settings").write_bytes(settings)
    assert outs["there"].read_bytes() == whole
    told = [[{**json.loads(line), "row": ""} for line in out.read_text().splitlines()] for out in outs.values()]
    assert told[0] == told[1]
    assert [row["id"] for row in told[0]] == list(range(200))
    status, said = end(begin(table, tmp_path / "none.jsonl", "--verifier", "math", "--completion-column", "sad"))
    assert status == 1
    assert "no column 'ground_truth': did you mean 'task.truth'" in said
