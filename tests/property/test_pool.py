"""Laws of the batch: in order, and each task pays for itself alone."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verifiers import R1_ZERO, Reason, Verdict, verify_batch, verify_format, verify_math
from verifiers.math import equivalent
from verifiers.pool import verify_each
from verifiers.worker import NotSendable, Worker, _alive, _idle, pack


def act(completion, ground_truth):
    if completion == "hang":
        while True:
            time.sleep(0.1)
    if completion == "spin":
        while True:
            pass
    if completion == "die":
        os._exit(7)
    if completion == "raise":
        raise KeyError("no such task")
    if completion == "unpicklable":
        return lambda: None
    return Verdict(1.0, Reason.CORRECT, answer=f"{completion} {ground_truth}")


REASONS = {
    **{"fine": Reason.CORRECT, "hang": Reason.UNDECIDED, "spin": Reason.UNDECIDED, "die": Reason.VERIFIER_FAILED},
    **{"raise": Reason.VERIFIER_FAILED, "unpicklable": Reason.VERIFIER_FAILED},
}


@settings(max_examples=4)
@given(st.permutations([*REASONS, "fine", "fine"]), st.integers(1, 3))
def test_a_task_that_hangs_or_dies_costs_no_other(completions, workers):
    verdicts = verify_batch(act, completions, range(len(completions)), workers=workers, timeout=0.5)
    assert [verdict.reason for verdict in verdicts] == [REASONS[completion] for completion in completions]
    fine = [index for index, completion in enumerate(completions) if completion == "fine"]
    assert [verdicts[index].answer for index in fine] == [f"fine {index}" for index in fine]


def test_a_batch_says_what_the_function_says():
    completions = ["<think>a</think><answer>4</answer>", "4", "<answer>5</answer>", "\\boxed{\\sqrt{8}}"]
    ground_truths = ["4", "4", "4", "2\\sqrt{2}"]
    for verifier in (verify_math, R1_ZERO):
        expected = [verifier(*pair) for pair in zip(completions, ground_truths, strict=True)]
        assert verify_batch(verifier, completions, ground_truths, workers=2) == expected


def take(completion, ground_truth):
    return Verdict(1.0, Reason.CORRECT, answer=str(len(bytearray(int(completion) << 20) + b"x")))


def test_a_task_that_wants_too_much_memory_costs_no_other():
    verdicts = verify_batch(take, ["1", "900", "2", "900", "3"], [None] * 5, workers=1, memory_mb=500)
    assert [verdict.correct for verdict in verdicts] == [True, False, True, False, True]
    assert "MemoryError" in verdicts[1].note
    assert verify_batch(take, ["900"], [None], workers=1)[0].correct  # the limit is the batch's own


@pytest.mark.parametrize("workers", [1, 3])
def test_progress_is_told_of_every_task_once(workers):
    told = []
    completions = ["fine", "die", "raise", "fine", "hang"]
    verify_batch(
        act, completions, [1] * 5, workers=workers, timeout=0.5, progress=lambda done, total: told.append((done, total))
    )
    assert told == [(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


def test_an_empty_batch_is_empty():
    assert verify_batch(verify_format, [], []) == []


@pytest.mark.parametrize(
    ("arguments", "options", "error", "said"),
    [
        ((verify_format, ["a"], []), {}, ValueError, "1 completions but 0 ground truths"),
        ((verify_format, ["a"], [1]), {"workers": 0}, ValueError, "workers 0"),
        ((verify_format, ["a"], [1]), {"timeout": 0}, ValueError, "timeout 0"),
        ((verify_format, ["a"], [1]), {"memory_mb": 0}, ValueError, "memory_mb 0"),
        ((lambda c, g: None, ["a"], [1]), {}, TypeError, "<lambda> cannot be sent.*top of a module"),
        ((verify_format, ["a"], [lambda: 1]), {}, TypeError, "arguments cannot be sent"),
    ],
)
def test_a_callers_mistake_is_said_at_once(arguments, options, error, said):
    with pytest.raises(error, match=said):
        verify_batch(*arguments, **options)


def test_a_batch_runs_from_several_threads_at_once():
    said = {}

    def batch(name):
        said[name] = [v.answer for v in verify_batch(act, ["a", "b", "c"], [name] * 3, workers=2)]

    threads = [threading.Thread(target=batch, args=(name,)) for name in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == {name: [f"a {name}", f"b {name}", f"c {name}"] for name in range(3)}


def test_a_worker_that_is_stopped_is_gone():
    worker = Worker()
    assert worker.call(pack(act), ("fine", 1), 10).correct
    worker.stop()
    assert worker.process.returncode is not None
    assert worker not in _alive


SCRIPT = """
import os, sys, time
from verifiers import verify_batch, verify_math
{body}
"""


def run_script(tmp_path, body, **options):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.format(body=body))
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(
        [sys.executable, "-W", "error", str(script)], env=environment, text=True, stdout=-1, stderr=-1, **options
    )


def test_a_script_without_a_main_guard_may_use_our_verifiers(tmp_path):
    body = r'print(verify_math("\\boxed{\\sqrt{8}}", "2\\sqrt{2}").score)'
    out, err = run_script(tmp_path, body).communicate(timeout=60)
    assert (out, err) == ("1.0\n", "")


def test_a_script_with_its_own_verifier_is_told_to_guard_its_work(tmp_path):
    body = "def own(c, g): return verify_math(c, g)\nprint(verify_batch(own, ['a'], ['1']))"
    _, err = run_script(tmp_path, body).communicate(timeout=60)
    assert "put that under if __name__" in err


@pytest.mark.parametrize(
    "work",
    [
        "while True: pass",
        "re.match('(a|a)*$', 'a' * 40 + 'b')",  # holds the interpreter's lock, so that no thread of the worker runs
    ],
)
def test_a_killed_caller_leaves_no_worker(tmp_path, work):
    body = (
        f"import re\ndef hang(c, g):\n    print(os.getpid(), flush=True)\n    {work}\n"
        "if __name__ == '__main__': verify_batch(hang, ['a'], ['1'], workers=1, timeout=60)"
    )
    caller = run_script(tmp_path, body)
    worker = int(caller.stdout.readline())
    time.sleep(0.2)  # for the call to be under way
    caller.kill()
    caller.wait()  # not for the end of its output, which the worker holds open too
    caller.stdout.close()
    caller.stderr.close()
    for _ in range(100):
        try:
            os.kill(worker, 0)
            with open(f"/proc/{worker}/stat") as stat:
                if stat.read().rsplit(")")[-1].split()[0] == "Z":
                    return
        except OSError:
            return
        time.sleep(0.05)
    os.kill(worker, signal.SIGKILL)
    pytest.fail("the worker outlived its caller")


def test_a_forked_child_uses_workers_of_its_own():
    assert equivalent("\\sqrt{8}", "2\\sqrt{2}").correct
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        inherited = len(_alive)
        score = equivalent("\\sqrt{18}", "3\\sqrt{2}").score
        os.write(write, f"{inherited} {score}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(read, 9) == b"0 1.0"
    os.close(read)
    os.close(write)
    assert equivalent("\\sqrt{8}", "2\\sqrt{2}").correct


def test_a_method_of_no_module_is_named():
    with pytest.raises(NotSendable, match="cannot be sent"):
        pack(lambda: 0)


@settings(max_examples=4)
@given(st.integers(1, 3), st.integers(2, 5))
def test_a_stream_is_taken_as_workers_are_free_and_never_far_ahead_of_the_oldest(workers, ahead):
    taken = []

    def tasks():
        for number in range(30):
            taken.append(number)
            yield ("hang" if number == 5 else "fine"), number

    ended = []
    for index, verdict in verify_each(act, tasks(), workers=workers, timeout=0.5, ahead=ahead):
        ended.append(index)
        oldest = min(set(taken) - set(ended), default=30)
        assert max(taken) < oldest + ahead
        assert verdict.reason is REASONS["hang" if index == 5 else "fine"]
        assert len(taken) <= len(ended) + workers
    assert sorted(ended) == list(range(30))


def test_a_stream_that_is_closed_leaves_nothing_behind():
    each = verify_each(act, (("hang" if number else "fine", number) for number in range(9)), workers=2)
    assert next(each)[0] == 0
    each.close()
    assert len(_alive) == len(_idle)
