"""The Docker sandbox against a real engine."""

import pytest

from sandbox import Limits, Program, Status

docker = pytest.importorskip("docker", reason="pip install 'r1-verifiers[docker]'")

from sandbox.docker import LABEL, DockerSandbox  # noqa: E402
from sandbox.slot import CannotStart  # noqa: E402
from tests.engine import IMAGE, NoEngine, engine  # noqa: E402


@pytest.fixture(scope="module")
def client():
    try:
        with engine() as client:
            yield client
    except NoEngine as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def box(client):
    with DockerSandbox(image=IMAGE, slots=1) as box:
        yield box


def ours(client):
    return client.containers.list(filters={"label": LABEL})


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
        ("x = bytearray(10**9)", Status.MLE),
        ("print('x' * 10**7)", Status.OLE),
        ("1 / 0", Status.RE),
        ("print(", Status.CE),
        ("import os; os._exit(0)", Status.OK),
    ],
)
def test_each_end_has_its_status(box, source, status):
    assert box.run(Program(source), limits=Limits(cpu_s=0.5, wall_s=2, memory_mb=256)).status is status


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
    box.run(Program("open('/tmp/left', 'w').write('x'); open('left', 'w').write('x')"))
    found = box.run(Program("import os; print(os.path.exists('/tmp/left'), os.path.exists('left'))"))
    assert b"True" not in found.stdout


def test_a_container_that_dies_is_replaced(client):
    with DockerSandbox(image=IMAGE, slots=1) as box:
        assert box.run(Program("print(1)")).status is Status.OK
        for container in ours(client):
            if container.id == box._slots[0]._container.id:
                container.kill()
        assert box.run(Program("print(2)")).stdout == b"2\n"


def test_a_container_is_recycled_after_so_many_jobs(client):
    with DockerSandbox(image=IMAGE, slots=1, jobs=2) as box:
        names = []
        for number in range(5):
            assert box.run(Program(f"print({number})")).stdout == f"{number}\n".encode()
            names.append(box._slots[0]._container.id)
    assert len(set(names)) == 3


def test_closing_leaves_no_container(client):
    with DockerSandbox(image=IMAGE, slots=1) as box:
        assert box.run(Program("print(1)")).status is Status.OK
        name = box._slots[0]._container.id
    assert name not in {container.id for container in ours(client)}


def test_an_image_that_is_not_here_is_named(client):
    with pytest.raises(CannotStart, match="no image 'no-such-image'"):
        DockerSandbox(image="no-such-image")
