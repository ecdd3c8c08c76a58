"""The pool of zygotes: threads, forks, deaths, closing, and that nothing is left behind."""

from __future__ import annotations

import glob
import multiprocessing
import os
import pickle
import signal
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox import Limits, Program, Status, open_sandbox
from tests.boxes import children, open_or_skip

ONE = Program("print(1)")
CALM = Limits(wall_s=60)


@pytest.fixture
def own_box():
    with open_or_skip(slots=2) as box:
        yield box


def everything() -> tuple[int, int, int]:
    """Descriptors, zygotes and control groups of this process."""
    groups = glob.glob("/sys/fs/cgroup/**/r1-sandbox-*", recursive=True)
    mine = [group for group in groups if group.rpartition("-")[2] in map(str, children(os.getpid()))]
    return len(os.listdir("/proc/self/fd")), len(children(os.getpid())), len(mine)


def test_many_threads_use_one_sandbox(own_box):
    programs = [Program(f"print({i})") for i in range(24)]
    with ThreadPoolExecutor(8) as pool:
        outputs = list(pool.map(lambda p: own_box.run(p, limits=CALM).stdout, programs))
    assert outputs == [b"%d\n" % i for i in range(24)]


def test_threads_that_share_slots_are_served_in_turn():
    with open_sandbox(slots=1) as box:
        box.run(ONE, limits=CALM)
        done, end = [0] * 4, time.monotonic() + 2

        def work(i):
            while time.monotonic() < end:
                box.run(ONE, limits=CALM)
                done[i] += 1

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
    assert max(done) <= min(done) + 2


def test_a_free_slot_that_is_warm_is_taken_before_one_that_is_not():
    with open_sandbox(slots=3) as box:
        for _ in range(4):
            box.run(ONE, limits=CALM)
        assert [slot.process is not None for slot in box._slots] == [True, False, False]


def test_an_interrupted_wait_loses_no_slot(own_box):
    free = own_box._free
    taken = [free.take(wait=True), free.take(wait=True)]
    main, handler = threading.get_ident(), signal.signal(signal.SIGUSR1, signal.default_int_handler)
    timer = threading.Timer(0.2, signal.pthread_kill, (main, signal.SIGUSR1))
    timer.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            own_box.run(ONE)
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, handler)
    for slot in taken:
        free.give(slot)
    assert {free.take(wait=False), free.take(wait=False)} == set(taken)
    for slot in taken:
        free.give(slot)


def test_nothing_is_left_behind():
    before = everything()
    with open_sandbox(slots=1) as box:
        box.run(ONE, limits=CALM)
        during = everything()
        for source in ("while True: pass", "import os\nos.fork()\nwhile True: print('x' * 1000)", "1 / 0") * 2:
            box.run(Program(source), limits=Limits(cpu_s=0.1, wall_s=5))
            list(box.call_each(Program("def f(x): return x"), "f", [[1], [2]], limits=CALM))
        assert everything() == during
        [launcher] = [slot.process.pid for slot in box._slots]
        [zygote] = children(launcher)
        assert children(zygote) == []
        assert len(os.listdir(f"/proc/{zygote}/fd")) < 16
    assert everything() == before
    assert not os.path.exists(f"/proc/{zygote}")


@pytest.mark.parametrize("whom", ["zygote", "launcher"])
def test_a_zygote_that_is_killed_at_work_costs_no_verdict(own_box, whom):
    own_box.run(ONE, limits=CALM)
    source = Program("import time; time.sleep(.4); print(1)")
    executions = []
    thread = threading.Thread(target=lambda: executions.append(own_box.run(source, limits=CALM)))
    thread.start()
    time.sleep(0.2)
    [launcher] = [slot.process.pid for slot in own_box._slots if slot.process and children(slot.process.pid)][:1]
    os.kill(children(launcher)[0] if whom == "zygote" else launcher, signal.SIGKILL)
    thread.join()
    assert [(e.status, e.stdout) for e in executions] == [(Status.OK, b"1\n")]
    assert own_box.run(ONE, limits=CALM).stdout == b"1\n"


def test_a_zygote_that_dies_every_time_is_our_failure(own_box, monkeypatch):
    from sandbox import job

    def dying(self, message, descriptors=()):
        raise job.ZygoteDied("as told")

    monkeypatch.setattr("sandbox.slot.Slot.send", dying)
    execution = own_box.run(ONE)
    assert execution.status is Status.FAILED
    assert "as told" in execution.note
    [execution] = own_box.call_each(Program("def f(): return 1"), "f", [[]])
    assert execution.status is Status.FAILED


def test_a_zygote_killed_between_calls_costs_no_call(own_box):
    executions = own_box.call_each(Program("def f(x): return x"), "f", [[1], [2], [3]], limits=CALM)
    assert next(executions).value == 1
    [launcher] = [slot.process.pid for slot in own_box._slots if slot.process and children(slot.process.pid)][:1]
    os.kill(children(launcher)[0], signal.SIGKILL)
    assert [(e.status, e.value) for e in executions] == [(Status.OK, 2), (Status.OK, 3)]


def test_a_forked_child_has_zygotes_of_its_own(own_box):
    own_box.run(ONE, limits=CALM)
    pid = os.fork()
    if pid == 0:
        try:
            ok = own_box.run(ONE, limits=CALM).stdout == b"1\n"
            own_box.close()
            os._exit(0 if ok else 1)
        finally:
            os._exit(2)
    assert os.WEXITSTATUS(os.waitpid(pid, 0)[1]) == 0
    assert own_box.run(ONE, limits=CALM).stdout == b"1\n"


def test_a_fork_of_the_caller_does_not_hold_a_programs_input_open(own_box):
    started, forked = threading.Event(), []

    def fork_when_running():
        started.wait()
        time.sleep(0.2)
        pid = os.fork()
        if pid == 0:
            time.sleep(5)
            os._exit(0)
        forked.append(pid)

    thread = threading.Thread(target=fork_when_running)
    thread.start()
    slow = Program("import sys, time; time.sleep(.5); print(len(sys.stdin.read()))")
    started.set()
    began = time.monotonic()
    execution = own_box.run(slow, stdin=b"x" * 1_000_000, limits=CALM)
    took = time.monotonic() - began
    thread.join()
    os.kill(forked[0], signal.SIGKILL)
    os.waitpid(forked[0], 0)
    assert execution.stdout == b"1000000\n"
    assert took < 4.5


def _run_there(box, queue):
    queue.put(box.run(ONE, limits=CALM).stdout)
    box.close()


def test_a_sandbox_travels_to_a_spawned_process(own_box):
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    process = context.Process(target=_run_there, args=(own_box, queue))
    process.start()
    assert queue.get(timeout=60) == b"1\n"
    process.join()
    assert pickle.loads(pickle.dumps(own_box)).isolation == own_box.isolation


def test_closing_twice_is_closing_once_and_then_it_is_closed(own_box):
    own_box.close()
    own_box.close()
    with pytest.raises(ValueError, match="closed"):
        own_box.run(ONE)
    with pytest.raises(ValueError, match="closed"):
        list(own_box.call_each(Program(""), "f", [[]]))


def test_a_sandbox_that_is_forgotten_ends_its_zygotes():
    import gc

    box = open_sandbox(slots=1)
    [launcher] = [slot.process.pid for slot in box._slots]
    del box
    gc.collect()
    assert not os.path.exists(f"/proc/{launcher}")


def test_a_caller_that_is_killed_takes_its_zygotes_along():
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def work():
        box = open_sandbox(slots=1)
        sender.send(box._slots[0].process.pid)
        box.run(Program("import time; time.sleep(60)"), limits=Limits(wall_s=100))

    process = context.Process(target=work)
    process.start()
    launcher = receiver.recv()
    time.sleep(0.2)
    process.kill()
    process.join()
    process.close()
    end = time.monotonic() + 30
    while os.path.exists(f"/proc/{launcher}") and time.monotonic() < end:
        time.sleep(0.02)
    assert not os.path.exists(f"/proc/{launcher}")


def test_an_unknown_kind_or_tier_is_named():
    with pytest.raises(ValueError, match="did you mean 'embedded'"):
        open_sandbox("embeded")
    with pytest.raises(ValueError, match="tier 'Z'"):
        open_sandbox(tier="Z")


def test_isolation_is_given_up_only_on_request():
    with open_sandbox("unsafe", slots=1) as box:
        assert box.run(ONE, limits=CALM).isolation == "C"


def test_packages_in_tmp_are_refused_where_programs_have_a_tmp_of_their_own():
    folder = tempfile.mkdtemp(dir="/tmp")
    try:
        with pytest.raises(ValueError, match="a /tmp of their own"):
            open_sandbox(packages=[folder])
        open_sandbox("unsafe", packages=[folder]).close()
    finally:
        os.rmdir(folder)
