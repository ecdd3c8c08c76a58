"""Scores of whole files: killed, interrupted, too large to be held."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SLOW = """
import time
from verifiers import verify_math

def slow(completion, ground_truth):
    time.sleep(0.02)
    return verify_math(completion, ground_truth)
"""


def command(file, *arguments):
    return [sys.executable, "-m", "verifiers", "score", str(file), "--workers", "2", *map(str, arguments)]


@pytest.fixture
def slow(tmp_path):
    """A command that takes two seconds, and what it writes."""
    (tmp_path / "slow.py").write_text(SLOW)
    file = tmp_path / "rows.jsonl"
    rows = [{"id": n, "completion": rf"\boxed{{{n % 7}}}", "ground_truth": "3"} for n in range(200)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return command(file, "--verifier", f"{tmp_path}/slow.py:slow"), Path(f"{file}.scores.jsonl")


def stopped(run, out, lines, how):
    """Stop the run once so many lines are written; the status."""
    while not (out.exists() and out.read_bytes().count(b"\n") >= lines):
        assert run.poll() is None, "it ended before it could be stopped"
        time.sleep(0.01)
    run.send_signal(how)
    return run.wait()


def test_killed_again_and_again_it_writes_what_an_unbroken_run_does(slow):
    arguments, out = slow
    subprocess.run(arguments, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    whole = out.read_bytes()
    assert whole.count(b"\n") == 200
    out.unlink()
    for lines in (1, 40, 90):
        run = subprocess.Popen(arguments, cwd=ROOT, stderr=subprocess.DEVNULL)
        assert stopped(run, out, lines, signal.SIGKILL) == -signal.SIGKILL
        assert whole.startswith(out.read_bytes())
    assert out.read_bytes() != whole
    out.write_bytes(out.read_bytes()[:-10])  # as a full disk may leave it
    last = subprocess.run(arguments, cwd=ROOT, check=True, stderr=subprocess.PIPE, text=True)
    assert out.read_bytes() == whole
    assert "rows are in" in last.stderr


def test_ctrl_c_says_how_to_go_on(slow):
    def heard():  # a shell has what it starts behind it ignore Ctrl-C
        signal.signal(signal.SIGINT, signal.default_int_handler)

    arguments, out = slow
    with subprocess.Popen(arguments, cwd=ROOT, stderr=subprocess.PIPE, text=True, preexec_fn=heard) as run:
        assert stopped(run, out, 20, signal.SIGINT) == 130
        said = run.stderr.read()
    assert "the same command goes on from there" in said
    assert "Traceback" not in said
    assert out.read_bytes().count(b"\n") >= 20


def test_a_full_disk_stops_it_and_nothing_is_lost(tmp_path):
    file = tmp_path / "rows.jsonl"
    rows = [{"completion": rf"\boxed{{{n % 7}}}", "ground_truth": "3"} for n in range(2000)]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    out = tmp_path / "out.jsonl"
    arguments = command(file, "--verifier", "math", "--out", out)

    def little_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    full = subprocess.run(arguments, cwd=ROOT, stderr=subprocess.PIPE, text=True, preexec_fn=little_room, check=False)
    assert full.returncode == 1
    assert "File too large" in full.stderr
    assert "goes on from the last whole line" in full.stderr
    begun = out.read_bytes()
    assert 0 < len(begun) <= 100_000
    subprocess.run(arguments, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
    assert out.read_bytes().startswith(begun)
    assert [json.loads(line)["index"] for line in out.read_text().splitlines()] == list(range(2000))


def test_memory_does_not_grow_with_the_file(tmp_path):
    most = []
    for rows in (8, 120):
        file = tmp_path / f"{rows}.jsonl"
        text = json.dumps({"completion": f"<think>{'a ' * 500_000}</think><answer>4</answer>"}) + "\n"
        with file.open("w") as lines:
            for _ in range(rows):
                lines.write(text)
        run = subprocess.Popen(command(file, "--verifier", "format"), cwd=ROOT, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
        assert run.returncode == 0
        most.append(usage.ru_maxrss / 1024)
        file.unlink()
    assert most[1] < most[0] + 25, f"{most} MiB for 8 and 120 rows of 1 MB"
