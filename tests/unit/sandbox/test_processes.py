"""How processes are ended, by hands that may be quicker or slower than theirs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from sandbox import Limits, Program, Status, processes
from sandbox.slot import ZygoteDied
from tests.boxes import children, open_or_skip


@pytest.mark.parametrize("killed", [1, 3, 1000])
def test_a_killer_that_is_killed_first_has_successors_and_a_deputy(monkeypatch, killed):
    """The program may kill whoever has become its user to kill it."""
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    killers = []

    def killed_first():
        if len(killers) < killed:
            os.kill(os.getpid(), signal.SIGKILL)
        os.kill(sleeper.pid, signal.SIGKILL)

    def collect(pid, options):
        killers.append(pid)
        return wait(pid, options)

    wait = os.waitpid
    monkeypatch.setattr(processes.os, "waitpid", collect)
    monkeypatch.setattr(processes.os, "setresgid", lambda *_: None)
    monkeypatch.setattr(processes.os, "setresuid", lambda *_: None)
    monkeypatch.setattr(processes, "kill_others", killed_first)
    monkeypatch.setattr(processes, "descendants", lambda: [sleeper.pid] if sleeper.poll() is None else [])
    if killed < 1000:  # they do without
        monkeypatch.setattr(processes, "kill_descendants", lambda: None)
    processes.kill_others_of(12345)
    assert sleeper.wait(50) == -signal.SIGKILL


def test_a_zygote_that_does_not_answer_is_given_up(monkeypatch):
    with open_or_skip(tier="A", slots=1) as box:
        program = Program("def f(x):\n    import time\n    time.sleep(x)")
        calls = box.call_each(program, "f", [[0], [9]], limits=Limits(wall_s=0.2))
        assert next(calls).value is None
        monkeypatch.setattr("sandbox.job.Job._patience", 0.5)
        monkeypatch.setattr(box._slots[0], "send", lambda *_: None)  # as if it took no message any more
        execution = next(calls)
        assert (execution.status, execution.note) == (Status.FAILED, "sandbox: no answer")


def test_a_message_that_nobody_reads_does_not_hold_up_its_sender():
    with open_or_skip(tier="A", slots=1) as box:
        slot = box._slots[0]
        slot.start()
        assert slot.control.gettimeout()
        slot.control.settimeout(0.1)
        zygote = children(slot.process.pid)[0]
        os.kill(zygote, signal.SIGSTOP)
        try:
            with pytest.raises(ZygoteDied):  # noqa: PT012
                for _ in range(10_000):
                    slot.send({"do": "late", "passed": 0.0})
        finally:
            os.kill(zygote, signal.SIGCONT)
