"""The Docker sandbox against a real engine."""

import gc
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox import Limits, Program, Status

docker = pytest.importorskip("docker", reason="pip install 'r1-verifiers[docker]'")

from sandbox.docker import LABEL, DockerSandbox  # noqa: E402
from sandbox.slot import CannotStart  # noqa: E402
from tests.engine import IMAGE  # noqa: E402


@pytest.fixture(scope="module")
def box(client):
    with DockerSandbox(image=IMAGE, slots=1) as box:
        yield box


def ours(client):
    """The ids of all containers that callers have made, whatever their state."""
    return {container.id for container in client.containers.list(all=True, filters={"label": LABEL}, sparse=True)}


def soon(holds):
    end = time.monotonic() + 10
    while not holds() and time.monotonic() < end:
        time.sleep(0.1)
    return holds()


def test_a_program_reads_its_input_and_its_output_comes_back(box):
    execution = box.run(Program("print(input()[::-1])"), stdin=b"hello\n")
    assert (execution.status, execution.stdout, execution.isolation) == (Status.OK, b"olleh\n", "B")


def test_a_function_is_called_over_and_over(box):
    calls = box.call_each(Program("def double(x): return [x, x]"), "double", [[1], ["a"], [None]])
    assert [execution.value for execution in calls] == [[1, 1], ["a", "a"], [None, None]]


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("while True: pass", Status.TLE),
        ("import time; time.sleep(60)", Status.TLE),
        ("print('x' * 10**7)", Status.OLE),
        ("1 / 0", Status.RE),
        ("print(", Status.CE),
        ("import os; os._exit(0)", Status.OK),
    ],
)
def test_each_end_has_its_status(box, source, status):
    assert box.run(Program(source), limits=Limits(cpu_s=0.5, wall_s=2, memory_mb=256)).status is status


def test_too_much_memory_has_its_status(box):
    # Filling it takes seconds of CPU on a busy machine: a limit on those must not come first.
    limits = Limits(cpu_s=20, wall_s=60, memory_mb=256)
    assert box.run(Program("x = bytearray(10**9)"), limits=limits).status is Status.MLE


@pytest.mark.parametrize(
    "source",
    [
        "import socket; socket.socket()",
        "open('/etc/passwd-', 'w')",
        "open('/opt/sandbox/sandbox/values.py', 'a')",
        "import os; os.listdir('/run/sandbox')",
        "import os; os.kill(1, 9)",
        "import os; os.setuid(0)",
        "import ctypes; assert ctypes.CDLL(None).unshare(0x10000000) == 0",
    ],
)
def test_what_a_program_may_not_do_fails(box, source):
    assert box.run(Program(source)).status is Status.RE
    assert box.run(Program("print(1)")).stdout == b"1\n"


def test_the_environment_of_the_caller_stays_outside(box, monkeypatch):
    monkeypatch.setenv("A_SECRET", "TOKEN")
    assert b"TOKEN" not in box.run(Program("import os; print(dict(os.environ))")).stdout


def test_one_program_leaves_nothing_for_the_next(box):
    folders = ("/tmp", "/dev/shm", ".")
    left = box.run(
        Program(
            f"for folder in {folders}:\n"
            "    try: open(folder + '/left', 'w').write('x')\n"
            "    except OSError: continue\n"
            "    print(folder)"
        )
    )
    assert left.stdout == b"/dev/shm\n.\n"
    found = box.run(Program(f"import os; print([os.path.exists(folder + '/left') for folder in {folders}])"))
    assert found.stdout == b"[False, False, False]\n"


def test_a_program_may_execute_what_it_makes(box):
    source = "import os, subprocess as s; open('made', 'w').write('#!/bin/sh\\necho made'); os.chmod('made', 0o700)"
    assert box.run(Program(source + "; s.run(['./made'], check=True)")).stdout == b"made\n"


def test_processes_of_a_program_may_share_memory(box):
    source = "from multiprocessing import Pool\nif __name__ == '__main__':\n    print(Pool(2).map(abs, [-1, -2]))"
    assert box.run(Program(source)).stdout == b"[1, 2]\n"


def test_limits_below_the_container_s_are_the_program_s(box):
    source = "import os, time\nfor _ in range(150):\n    if os.fork() == 0: time.sleep(0.5); os._exit(0)"
    assert box.run(Program(source), limits=Limits(cpu_s=10, wall_s=60, processes=200)).status is Status.OK
    assert box.run(Program(source), limits=Limits(cpu_s=10, wall_s=60, processes=100)).status is Status.RE


@pytest.mark.parametrize("more", [{"memory_mb": 8000}, {"disk_mb": 1000}, {"processes": 5000}])
def test_what_no_container_can_give_is_our_failure(box, more):
    run = box.run(Program("print(1)"), limits=Limits(**more))
    (call,) = box.call_each(Program("def f(): return 1"), "f", [[]], limits=Limits(**more))
    for execution in (run, call):
        assert execution.status is Status.FAILED
        assert "a container can give" in execution.note


def test_shared_memory_has_its_limit(box):
    full = box.run(Program("open('/dev/shm/x', 'wb').write(bytes(80 << 20))"), limits=Limits(cpu_s=10, disk_mb=200))
    assert full.status is Status.RE
    assert b"No space left" in full.stderr
    assert box.run(Program("open('/dev/shm/x', 'wb').write(bytes(20 << 20))")).status is Status.OK


def kill_in_mid_job(client, box, times):
    """Run a program, and kill its container as often, each time another; what comes of the program."""
    assert box.run(Program("print(0)")).status is Status.OK
    found = []
    run = threading.Thread(target=lambda: found.append(box.run(Program("import time; time.sleep(2); print(1)"))))
    run.start()
    killed = set()
    for _ in range(times):
        assert soon(lambda: box._slots[0].container not in {"", *killed} and box._slots[0].control)
        time.sleep(0.5)
        killed.add(box._slots[0].container)
        client.containers.get(box._slots[0].container).kill()
    run.join()
    return found[0]


def test_a_program_whose_container_dies_is_run_again(client):
    with DockerSandbox(image=IMAGE, slots=1) as box:
        execution = kill_in_mid_job(client, box, 1)
        assert (execution.status, execution.stdout) == (Status.OK, b"1\n")


def test_a_program_whose_container_dies_twice_is_our_failure(client):
    with DockerSandbox(image=IMAGE, slots=1) as box:
        assert kill_in_mid_job(client, box, 2).status is Status.FAILED
        assert box.run(Program("print(2)")).stdout == b"2\n"


def test_a_container_that_dies_idle_is_replaced(client):
    with DockerSandbox(image=IMAGE, slots=1) as box:
        assert box.run(Program("print(1)")).status is Status.OK
        client.containers.get(box._slots[0].container).kill()
        assert box.run(Program("print(2)")).stdout == b"2\n"


def test_a_container_is_recycled_after_so_many_jobs(client):
    with DockerSandbox(image=IMAGE, slots=1, jobs=2) as box:
        names = []
        for number in range(5):
            assert box.run(Program(f"print({number})")).stdout == f"{number}\n".encode()
            names.append(box._slots[0].container)
        assert soon(lambda: ours(client).isdisjoint({*names} - {names[-1]}))
    assert len(set(names)) == 3


def test_closing_leaves_no_container(client):
    with DockerSandbox(image=IMAGE, slots=2) as box:
        with box._slot() as first, box._slot() as second:
            first.start()
            second.start()
        names = {slot.container for slot in box._slots}
        assert names <= ours(client)
    assert soon(lambda: ours(client).isdisjoint(names))


def test_a_caller_who_is_killed_leaves_no_container(client):
    source = f"""
import threading, time
from sandbox import Limits, Program
from sandbox.docker import DockerSandbox
box = DockerSandbox(image={IMAGE!r}, slots=1)
spin = Program("while True: pass")
threading.Thread(target=box.run, args=(spin,), kwargs={{"limits": Limits(cpu_s=600, wall_s=600)}}).start()
time.sleep(0.5)
print(box._slots[0].container, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True) as caller:
        name = caller.stdout.readline().strip()
        assert name in ours(client)
        caller.send_signal(signal.SIGKILL)
    assert soon(lambda: name not in ours(client))


def test_what_a_killed_caller_had_not_yet_started_is_swept(client, monkeypatch):
    monkeypatch.setattr("sandbox.docker.LABEL", "r1-verifiers.swept")  # others are not to be disturbed
    monkeypatch.setattr("sandbox.docker._STALE", timedelta(0))
    never_started = client.containers.create(IMAGE, ["python3"], labels={"r1-verifiers.swept": "1"})
    with DockerSandbox(image=IMAGE, slots=1) as box:
        assert box.run(Program("print(1)")).status is Status.OK
        with pytest.raises(docker.errors.NotFound):
            client.containers.get(never_started.id)


def test_another_process_opens_the_same_kind(box):
    with pickle.loads(pickle.dumps(box)) as other:
        assert type(other) is DockerSandbox
        assert other.run(Program("print(1)")).stdout == b"1\n"


def test_an_image_that_is_not_here_is_named(client):
    with pytest.raises(CannotStart, match="no image 'no-such-image'"):
        DockerSandbox(image="no-such-image")


def test_an_image_without_python_is_named_and_leaves_no_container(client):
    before = ours(client)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
        client.images.build(path=folder, tag="r1-sandbox-empty", rm=True)
    try:
        with pytest.raises(CannotStart, match="/bin/sh"):
            DockerSandbox(image="r1-sandbox-empty", slots=1)
    finally:
        client.images.remove("r1-sandbox-empty")
    assert soon(lambda: ours(client) <= before)


def test_an_engine_that_is_gone_is_our_failure(client, monkeypatch):
    with DockerSandbox(image=IMAGE, slots=1) as box:
        monkeypatch.setenv("DOCKER_HOST", "unix:///no/such/socket")
        with pytest.raises(CannotStart, match="no Docker engine answers"):
            DockerSandbox(image=IMAGE)
        assert box.run(Program("print(1)")).status is Status.OK
        client.containers.get(box._slots[0].container).kill()
        assert box.run(Program("print(2)")).status is Status.FAILED
        monkeypatch.undo()
        assert box.run(Program("print(3)")).stdout == b"3\n"


def test_no_connection_is_left_open(client):
    """Warnings are errors here, and that of an open socket comes when it is collected."""
    sockets = open_sockets()
    box = DockerSandbox(image=IMAGE, slots=1)
    assert box.run(Program("print(1)")).status is Status.OK
    box.close()
    del box
    gc.collect()
    assert open_sockets() == sockets


def open_sockets():
    links = [f"/proc/self/fd/{descriptor}" for descriptor in os.listdir("/proc/self/fd")]
    return sum(os.readlink(link).startswith("socket:") for link in links if os.path.islink(link))
