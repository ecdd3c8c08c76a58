"""One run of a program: what an honest program sees, how each ends, and what it may not do."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import platform
import shutil
import tempfile
import time

import pytest

from sandbox import Execution, Limits, Program, Sandbox, Status, open_sandbox, processes, slot
from sandbox.stream import Stream
from sandbox.watch import Watch
from tests.boxes import open_or_skip

CALM = Limits(wall_s=60)
QUICK = Limits(cpu_s=0.5, wall_s=2)


def run(box: Sandbox, source: str, stdin: bytes = b"", limits: Limits = CALM) -> Execution:
    return box.run(Program(source), stdin=stdin, limits=limits)


HONEST = {
    "prints": ("print(1)", "1\n"),
    "reads a line": ("print(input()[::-1])", "cba\n"),
    "reads bytes": ("import sys; print(sys.stdin.buffer.read())", "b'abc\\n'\n"),
    "opens /dev/stdin": ("print(open('/dev/stdin').read(), end='')", "abc\n"),
    "opens /dev/stdout": ("open('/dev/stdout', 'w').write('x')", "x"),
    "opens descriptor 0": ("print(open(0).read(), end='')", "abc\n"),
    "writes descriptor 1": ("import os; os.write(1, b'x')", "x"),
    "is main": ("import __main__; x = 5; print(__name__, __main__.x)", "__main__ 5\n"),
    "reads its own file": ("print(open(__file__).read())", "print(open(__file__).read())\n"),
    "has arguments": ("import sys; print(len(sys.argv))", "1\n"),
    "pickles a class": (
        "import pickle, dataclasses\n@dataclasses.dataclass\nclass P:\n    v: int\n"
        "print(pickle.loads(pickle.dumps(P(3))))",
        "P(v=3)\n",
    ),
    "runs Python": (
        "import subprocess, sys; print(subprocess.run([sys.executable, '-c', 'print(7)'], capture_output=True).stdout)",
        "b'7\\n'\n",
    ),
    "has a temporary file": ("import tempfile; f = tempfile.TemporaryFile(); print(f.write(b'x'))", "1\n"),
    "waits for threads": (
        "import threading, time\nthreading.Thread(target=lambda: (time.sleep(.05), print('late'))).start()",
        "late\n",
    ),
    "has exit handlers": ("import atexit; atexit.register(print, 'bye')", "bye\n"),
    "has finalizers": ("class A:\n    def __del__(self): print('gone')\na = A()", "gone\n"),
    "recurses to the usual depth": ("def f(n): return n and 1 + f(n - 1)\nprint(f(990))", "990\n"),
    "recurses deeply": (
        "import sys, threading\nsys.setrecursionlimit(10**6)\nthreading.stack_size(128 << 20)\n"
        "def f(n): return n and 1 + f(n - 1)\n"
        "t = threading.Thread(target=lambda: print(f(30000)))\nt.start(); t.join()",
        "30000\n",
    ),
    "exits with nothing": ("print(1); exit()", "1\n"),
    "leaves without a word": ("import os, sys; print(1); sys.stdout.flush(); os._exit(0)", "1\n"),
    "forks": ("import os\nif os.fork(): os.wait(); print('parent')\nelse: print('child')", "child\nparent\n"),
    "has an event loop": ("import asyncio\nasync def f(): print(1)\nasyncio.run(f())", "1\n"),
    "knows no secret of ours": ("import os; print([k for k in os.environ if 'SECRET' in k])", "[]\n"),
    "has no descriptor of ours": (
        "import os\nfound = []\nfor n in range(3, 256):\n"
        "    try: os.fstat(n); found.append(n)\n    except OSError: pass\nprint(found)",
        "[]\n",
    ),
    "copies files": (
        "import os, shutil, tarfile, tempfile\nfor copy in (shutil.copy, shutil.copy2, shutil.move):\n"
        "    open('a', 'w').write('x'); copy('a', 'b'); print(open('b').read(), end='')\n"
        "with tarfile.open('t', 'w') as t: t.add('b')\nwith tarfile.open('t') as t: t.extractall('d')\n"
        "shutil.copytree('d', 'e'); print(os.listdir('e'))\nos.chmod('b', 0o600); os.utime('b')\n"
        "with tempfile.TemporaryDirectory() as d: open(d + '/f', 'w')",
        "xxx['b']\n",
    ),
    "leads a group of processes": ("import os; os.setpgrp(); print(os.getpgrp() == os.getpid())", "True\n"),
    "has a user's name": ("import getpass; print(getpass.getuser())", "sandbox\n"),
    "has four processors everywhere": (
        "import os, multiprocessing, concurrent.futures as c\n"
        "print(os.cpu_count(), multiprocessing.cpu_count(), c.ThreadPoolExecutor()._max_workers)\n"
        "assert 1 <= len(os.sched_getaffinity(0)) <= 4 and os.sched_getaffinity(os.getpid())",
        "4 4 8\n",
    ),
    "has no other process of ours": ("import os; print(os.kill(os.getpid(), 0))", "None\n"),
    "draws other numbers than the zygote's": ("import random; print(len({random.random(), random.random()}))", "2\n"),
}


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_program_sees_an_ordinary_python(box, name):
    source, expected = HONEST[name]
    execution = run(box, source, b"abc\n")
    assert (execution.status, execution.stdout.decode()) == (Status.OK, expected), execution
    assert execution.exit_code == 0
    assert execution.isolation == box.isolation


ENDS = {
    "an exception": ("1 / 0", Status.RE),
    "an exit status after output": ("print(1); import sys; sys.exit(3)", Status.RE),
    "a message as exit status": ("import sys; sys.exit('no')", Status.RE),
    "a signal": ("import os; os.kill(os.getpid(), 9)", Status.RE),
    "a crash": ("import ctypes; ctypes.string_at(0)", Status.RE),
    "bad syntax": ("if 1:\nprint(1)", Status.CE),
    "a null byte": ("print(1)\0", Status.CE),
    "lone surrogates": ("print('\ud800')", Status.CE),
    "an endless loop": ("while True: pass", Status.TLE),
    "a loop in C": ("sum(range(10**12))", Status.TLE),
    "a loop in a child": ("import os, time\nif not os.fork():\n    while True: pass\ntime.sleep(9)", Status.TLE),
    "a loop in an orphan": (
        "import os, time\nif not os.fork():\n    if os.fork(): os._exit(0)\n    while True: pass\ntime.sleep(9)",
        Status.TLE,
    ),
    "sleep": ("import time; time.sleep(9)", Status.TLE),
    "a stop": ("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", Status.TLE),
    "ignored signals": (
        "import signal, time\nfor s in range(1, 65):\n    try: signal.signal(s, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\nwhile True: time.sleep(1)",
        Status.TLE,
    ),
    "too large a list": ("x = [0] * 10**11", Status.MLE),
    "endless output": ("while True: print('x' * 1000)", Status.OLE),
    "endless complaint": ("import os\nwhile True: os.write(2, b'x' * 60000)", Status.OLE),
}


@pytest.mark.parametrize("name", ENDS)
def test_each_end_has_its_status(box, name):
    source, status = ENDS[name]
    execution = run(box, source, limits=QUICK)
    assert execution.status is status, execution
    assert len(execution.stdout) <= QUICK.output_kb << 10
    assert len(execution.stderr) <= QUICK.output_kb << 10


def test_memory_is_what_is_used_and_not_what_is_reserved(box):
    small = Limits(memory_mb=100, wall_s=60)
    assert run(box, "x = bytearray(200 << 20)", limits=small).status is Status.MLE
    assert run(box, "import mmap; x = mmap.mmap(-1, 200 << 20)", limits=small).status is Status.OK


def test_children_count_against_memory(box):
    source = "import os, time\nos.fork(); os.fork()\nx = bytearray(60 << 20); x[::4096] = x[::4096]\ntime.sleep(5)"
    assert run(box, source, limits=Limits(memory_mb=150, wall_s=60)).status is Status.MLE


def test_a_traceback_shows_the_program_and_nothing_of_ours(box):
    stderr = run(box, "def f():\n    return 1 / 0\nf()").stderr.decode()
    assert "return 1 / 0" in stderr
    assert stderr.count("File ") == 2
    assert "inside.py" not in stderr


def test_a_program_that_reads_nothing_is_not_held_up_by_its_input(box):
    assert run(box, "print(1)", b"x" * (4 << 20)).stdout == b"1\n"


def test_input_larger_than_a_pipe_while_writing_is_no_deadlock(box):
    source = "import sys\nfor line in sys.stdin: sys.stdout.write(line)"
    text = b"".join(b"%d\n" % i for i in range(100_000))
    assert run(box, source, text).stdout == text


READS_AS_FILE = """
import mmap, os, select, sys
assert not os.read(0, 10) or os.lseek(0, 0, 0) == 0
for change in (lambda: os.write(0, b"x"), lambda: os.truncate("/dev/stdin", 1), lambda: open("/dev/stdin", "r+b")):
    try:
        os.chmod("/dev/stdin", 0o666)
    except OSError:
        pass
    try:
        change()
        open("/dev/stdin", "r+b", 0).write(b"x")
        print("changed")
    except OSError:
        pass
poll = select.poll()
poll.register(0)
print(os.fstat(0).st_size, select.select([0], [], [], 9)[0], poll.poll(9000) != [], end=" ")
print(open("/dev/stdin").read() == open("/dev/stdin").read() == sys.stdin.read(), sys.stdin.read() == "")
"""


@pytest.mark.parametrize("size", [0, 4, 1 << 20])
def test_the_input_is_a_file_with_a_place_of_its_own_and_nobody_changes_it(box, size):
    for execution in box.run_each(Program(READS_AS_FILE), [b"x" * size] * 2, limits=CALM):
        assert execution.stdout.decode() == f"{size} [0] True True True\n", execution
    assert run(box, READS_AS_FILE, b"x" * size).stdout.decode() == f"{size} [0] True True True\n"


def test_where_files_in_memory_are_refused_the_input_is_a_file_without_a_name(box, monkeypatch):
    monkeypatch.setattr(os, "memfd_create", lambda *_: os.open("/", os.O_WRONLY))
    assert run(box, "import os; print(os.read(0, os.fstat(0).st_size))", b"x" * 70).stdout.count(b"x") == 70


def test_what_a_child_says_after_the_end_is_not_heard(box):
    late = "time.sleep(.3); print('late', flush=True); time.sleep(30)"
    source = f"import os, time\nif os.fork() == 0:\n    {late}\nprint('now')"
    execution = run(box, source)
    assert execution.stdout == b"now\n"
    assert execution.wall_s < 20


def test_one_program_leaves_nothing_for_the_next(box):
    run(box, "open('here', 'w').write('x')\nimport os, time\nif os.fork() == 0: time.sleep(30)")
    assert run(box, "import os; print(os.path.exists('here'), os.listdir('.'))").stdout == b"False ['main.py']\n"


FORBIDDEN = {
    "a socket": "import socket; socket.socket()",
    "a local socket": "import socket; socket.socket(socket.AF_UNIX)",
    "killing its parent": "import os; assert os.getppid() != 1; os.kill(os.getppid(), 9)",  # process 1 is deaf
    "writing to the system": "import os; os.mkdir('/usr/here')",
    "reading settings": "import os; os.listdir('/etc/ssh')",
    "reading homes": "import os; os.listdir('/home')",
    "becoming root": "import os; os.setuid(0); os.listdir('/root')",
    "chroot": "import os; os.chroot('/')",
    "a namespace": "import ctypes; assert ctypes.CDLL(None).unshare(0x10000000) == 0",
    "a mount": "import ctypes; assert ctypes.CDLL(None).mount(b'x', b'/tmp', b'tmpfs', 0, None) == 0",
    "tracing": "import ctypes; assert ctypes.CDLL(None).ptrace(16, 1, 0, 0) == 0",
    "io_uring": "import ctypes; assert ctypes.CDLL(None).syscall(425, 1, 0) >= 0",
    "shared memory that stays": "import ctypes; assert ctypes.CDLL(None).shmget(1, 4096, 0o1600) >= 0",
    "process 1": "open('/proc/1/environ').read(1) or open('/proc/1/mem')",
    "its parent's memory": "import os; open(f'/proc/{os.getppid()}/mem', 'rb')",
    "the caller's environment": "open('/proc/CALLER/environ').read()",
    "our files": "open(OURS).read()",
    "the kernel": "open('/proc/sysrq-trigger', 'w')",
    "limiting its parent": "import resource, os; resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE, (0, 0))",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_a_program_may_not_have(box, what):
    source = FORBIDDEN[what].replace("CALLER", str(os.getpid())).replace("OURS", repr(__file__))
    execution = run(box, source + "\nprint('done')")
    assert execution.stdout == b"", execution
    assert execution.status is Status.RE


# Each tries all: what a file of another owner is, besides its content, by its path and by a descriptor of it.
CHANGES = """
import ctypes, fcntl, os, struct
libc = ctypes.CDLL(None, use_errno=True)
for path in (FILE, FOLDER):
    fd = os.open(path, os.O_RDONLY)
    for change in (
        lambda: os.chmod(path, 0o700), lambda: os.chmod(fd, 0o700),
        lambda: libc.syscall(452, -100, path.encode(), 0o700, 0),
        lambda: os.chmod(f"/proc/self/fd/{fd}", 0o700), lambda: libc.chmod(path.encode(), 0o700),
        lambda: os.chown(path, 7, 7), lambda: os.chown(fd, 7, 7), lambda: os.chown(path, 7, 7, follow_symlinks=False),
        lambda: os.utime(path), lambda: os.utime(path, (1, 1)), lambda: os.utime(fd),
        lambda: libc.utimes(path.encode(), 0),
        lambda: os.setxattr(path, "user.mark", b"x"), lambda: os.setxattr(fd, "user.mark", b"x"),
        lambda: os.removexattr(path, "user.old"), lambda: os.removexattr(fd, "user.old"),
        lambda: fcntl.ioctl(fd, 0x4008_6602, struct.pack("l", 0x40)),
    ):
        try: change()
        except OSError: pass
print("done")
"""


def test_what_files_of_the_host_are_stays_as_it_is(box):
    folder = tempfile.mkdtemp(dir="/var/tmp")  # /tmp is the program's own in tier A, and pytest's folders are closed
    file = os.path.join(folder, "file")
    with open(file, "w") as opened:
        opened.write("x")
    for path, mode in ((file, 0o666), (folder, 0o777)):
        os.chmod(path, mode)
        with contextlib.suppress(OSError):
            os.setxattr(path, "user.old", b"x")
    before = [os.stat(path) for path in (file, folder)]
    try:
        with open_sandbox(tier=box.isolation, slots=1, packages=[folder]) as reader:
            execution = run(reader, CHANGES.replace("FILE", repr(file)).replace("FOLDER", repr(folder)))
        after = [os.stat(path) for path in (file, folder)]
    finally:
        shutil.rmtree(folder)
    assert execution.stdout == b"done\n", execution
    for old, new in zip(before, after, strict=True):
        assert (new.st_mode, new.st_uid, new.st_mtime_ns, new.st_ctime_ns) == (
            old.st_mode, old.st_uid, old.st_mtime_ns, old.st_ctime_ns
        )  # fmt: skip


def test_memory_in_anonymous_files_is_counted_or_not_to_be_had(box):
    source = (
        "import os\nfor i in range(50):\n    fd = os.memfd_create('x')\n"
        "    for _ in range(8): os.write(fd, b'x' * 2**20)\nprint('400 MB')"
    )
    assert run(box, source, limits=Limits(memory_mb=128, wall_s=60)).stdout == b""


def test_processes_are_limited(box):
    source = (
        "import os, time\nn = 0\nwhile n < 300:\n    try:\n        if os.fork() == 0: time.sleep(30); os._exit(0)\n"
        "        n += 1\n    except OSError: break\nprint(n)\ntime.sleep(.3)"
    )
    execution = run(box, source, limits=Limits(processes=8, wall_s=60))
    assert "process" in execution.note or int(execution.stdout) < 8


def test_disk_is_limited(box):
    source = "for i in range(40): open(f'{i}', 'wb').write(b'x' * 1_000_000)\nimport time; time.sleep(.3)\nprint(1)"
    execution = run(box, source, limits=Limits(disk_mb=16, wall_s=60))
    assert execution.status is Status.RE


def test_files_are_limited(box):
    source = "for i in range(100_000): open(f'{i}', 'w').close()"
    assert run(box, source, limits=Limits(disk_mb=8, cpu_s=20, wall_s=60)).status is Status.RE


AT_THE_USERS_COST = """
import fcntl, os, socket
r, w = os.pipe()
try:
    fcntl.fcntl(w, 1031, 1 << 19)
    print("grown")
except PermissionError:
    pass
a, b = socket.socketpair()
try:
    socket.send_fds(a, [b"x"], [0])
    print("sent")
except PermissionError:
    print("refused")
"""


def test_a_program_that_shares_its_user_takes_nothing_that_is_counted_by_user(box):
    """Descriptors in messages and the size of pipes, which the caller would be refused too when there are many."""
    stdout = run(box, AT_THE_USERS_COST).stdout
    assert stdout == b"refused\n" or (os.geteuid() == 0 and stdout == b"grown\nsent\n")


@pytest.mark.parametrize(("number", "times"), [(errno.ETOOMANYREFS, 3), (errno.ENOMEM, 1)])
def test_an_input_that_could_not_be_sent_is_sent_again_and_not_held_against_the_program(monkeypatch, number, times):
    failures = []
    sendmsg = slot.socket.socket.sendmsg

    def failing(self, buffers, *rest):
        if buffers == [b"!"] and len(failures) < times:
            failures.append(number)
            raise OSError(number, "as if")
        return sendmsg(self, buffers, *rest)

    monkeypatch.setattr(slot.socket.socket, "sendmsg", failing)
    with open_or_skip(tier="A", slots=1) as box:
        statuses = [execution.status for execution in box.run_each(Program("print(1)"), [b""] * 3, limits=CALM)]
    assert (statuses, len(failures)) == ([Status.OK] * 3, times)


def test_nothing_is_written_to_a_disk_for_a_program(box):
    """All says that it went well, of a pipe too, which cannot be written to a disk."""
    source = """
import ctypes, os
os.sync()
os.fsync(1)
os.fdatasync(1)
print(ctypes.CDLL(None).syncfs(999))
with open("x", "w") as file:
    os.fsync(file.fileno())"""
    execution = run(box, source)
    assert (execution.status, execution.stdout) == (Status.OK, b"0\n"), execution


SHARED_MEMORY = """
import mmap, os, time
for _ in range({processes} - 1):
    if os.fork() == 0:
        break
blocks = []
for _ in range(10):
    blocks.append(mmap.mmap(-1, {mb} << 20))
    blocks[-1].write(b"x" * ({mb} << 20))
    blocks[-1].madvise(mmap.MADV_DONTNEED)
time.sleep(9)
"""


@pytest.mark.parametrize(("count", "mb"), [(1, 40), (4, 10)])
def test_shared_memory_that_is_let_go_of_counts(box, count, mb):
    source = SHARED_MEMORY.format(processes=count, mb=mb)
    execution = run(box, source, limits=Limits(memory_mb=96, wall_s=30))
    assert execution.status is Status.MLE or (execution.status is Status.RE and box.groups), execution


def test_buffers_of_sockets_grow_only_where_they_are_counted(box):
    source = """
import socket
a, b = socket.socketpair()
for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
    try:
        a.setsockopt(socket.SOL_SOCKET, option, 1 << 20)
        print("grown")
    except PermissionError:
        print("refused")
a.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)"""
    execution = run(box, source)
    assert execution.stdout == (b"grown\n" if "memory" in box.groups else b"refused\n") * 2, execution


def test_shared_memory_counts_once_and_by_what_it_was(tmp_path, monkeypatch):
    def maps(*sizes):
        lines = [
            f"{0x1000_0000 * i:x}-{0x1000_0000 * i + (mb << 20):x} rw-s 0 00:01 {number} /dev/zero (deleted)\n"
            for i, (number, mb) in enumerate(sizes, 1)
        ]
        return "".join(["5000-6000 rw-p 0 00:00 0 [heap]\n", *lines])

    shown = {1: maps((7, 10), (8, 20), (7, 5)), 2: maps((8, 30))}
    monkeypatch.setattr("builtins.open", lambda path, mode: io.BytesIO(shown[int(path.split("/")[2])].encode()))
    assert processes.shared_mb([1, 2], {b"8": 25.0, b"7": 18.0, b"9": 99.0}) == {b"7": 18.0, b"8": 30.0}


def test_one_run_cannot_reach_into_the_process_that_forks_the_next(box):
    source = (
        "import os\nfor what in ('mem', 'oom_score_adj', 'environ'):\n"
        "    try: print(open(f'/proc/{os.getppid()}/{what}', 'r+b'))\n    except OSError: pass"
    )
    assert [e.stdout for e in box.run_each(Program(source), [b""] * 3, limits=CALM)] == [b""] * 3


def test_a_slow_writer_is_a_sleeper_in_each_of_several_runs(box):
    source = "import time\nwhile True: print(1, flush=True); time.sleep(.01)"
    executions = list(box.run_each(Program(source), [b""] * 2, limits=Limits(wall_s=0.5)))
    assert [e.status for e in executions] == [Status.TLE] * 2


def test_what_does_not_compile_is_ce_for_every_input_and_however_soon_its_process_ends(box):
    for _ in range(20):
        executions = list(box.run_each(Program("print("), [b"", b""], limits=CALM))
        assert [execution.status for execution in executions] == [Status.CE, Status.CE]


def test_the_wall_clock_stands_still_for_one_that_waits_and_not_once_for_each(monkeypatch):
    monkeypatch.setattr(processes, "namespace", lambda: [1, 2, 3])
    monkeypatch.setattr(processes, "waited_seconds", lambda pid: 0.5)
    watch = Watch(lambda: None, apart=True)
    watch.start(1, {"wall_s": 1.0}, "/tmp")
    assert [watch.sleeps(passed) for passed in (0.9, 1.4, 1.6)] == [False, False, True]


@pytest.mark.parametrize(("together", "is_over"), [(False, False), (True, True)])
def test_the_wall_clock_stands_still_for_those_that_have_ended_but_once_for_all_of_one_time(
    monkeypatch, together, is_over
):
    now, waits = [0.0], {1: 0.0}
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    monkeypatch.setattr(processes, "namespace", lambda: list(waits))
    monkeypatch.setattr(processes, "waited_seconds", lambda pid: waits[pid])
    watch = Watch(lambda: None, apart=True)
    watch.start(1, {"wall_s": 1.5, "cpu_s": 1e9, "memory_mb": 1e9}, "/tmp")
    children = range(10, 20)
    for child in children:  # each lives for half a second, and waits for most of it
        alive = range(child, 20) if together else [child]
        now[0] += 0.5 / (len(children) if together else 1)
        waits.clear()
        waits.update({1: 0.0} | dict.fromkeys(alive, 0.4))
        watch.over()
    waits = {1: 0.0}
    watch.over()
    assert watch.sleeps(5.0) is is_over


@pytest.mark.parametrize("source", ["print('x' * 200_000)", "print('x' * 200_000, flush=True)\nf = lambda x: x"])
def test_a_caller_that_is_held_up_makes_no_sleeper_of_a_program(monkeypatch, source):
    """As by another thread that keeps the lock of the interpreter."""
    with open_or_skip(tier="A", slots=1) as box:
        run(box, "")
        read = Stream.read
        held_up = []

        def late(self):
            if not held_up:
                held_up.append(time.sleep(2))
            read(self)

        monkeypatch.setattr(Stream, "read", late)
        limits = Limits(wall_s=0.5)
        if "f =" in source:
            execution = next(box.call_each(Program(source), "f", [[1]], limits=limits))
        else:
            execution = run(box, source, limits=limits)
        assert (execution.status, len(execution.stdout), len(held_up)) == (Status.OK, 200_001, 1), execution.note


FIRST_THREAD_ENDS = """
import ctypes, os, threading, time
if os.fork() == 0:
    def stay():
        {what}
        time.sleep(60)
        os._exit(0)
    threading.Thread(target=stay).start()
    ctypes.CDLL(None).syscall({exit_thread}, 0)
time.sleep(0.3)
print("done", flush=True)
{then}
"""
EXIT_THREAD = 60 if platform.machine() == "x86_64" else 93


def test_a_process_whose_first_thread_has_ended_is_killed_like_any_other(box):
    started = time.monotonic()
    execution = run(box, FIRST_THREAD_ENDS.format(what="", exit_thread=EXIT_THREAD, then=""))
    assert (execution.status, execution.stdout) == (Status.OK, b"done\n")
    assert time.monotonic() - started < 50  # or somebody has waited for it


def test_memory_of_a_process_whose_first_thread_has_ended_counts(box):
    source = FIRST_THREAD_ENDS.format(
        what="big = b'x' * (400 << 20)", exit_thread=EXIT_THREAD, then="import signal\nos.wait()"
    )
    assert run(box, source, limits=Limits(cpu_s=20, wall_s=30, memory_mb=128)).status is Status.MLE


def test_time_of_children_that_nobody_collects_counts(box):
    source = """
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for _ in range(6):
    reader, writer = os.pipe()
    if os.fork() == 0:
        while time.process_time() < 0.3: pass
        os._exit(0)
    os.close(writer)
    os.read(reader, 1)
print("done")
"""
    assert run(box, source, limits=Limits(cpu_s=1, wall_s=60)).status is Status.TLE
    assert run(box, source, limits=Limits(cpu_s=4, wall_s=60)).status is Status.OK


@pytest.mark.parametrize(
    "source",
    [
        "import sys\nprint('done')\nsys.stdout.close()",
        "import codecs, sys\nsys.stdout = codecs.getwriter('utf-8')(sys.stdout.detach())\nprint('done')",
        "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.detach(), encoding='utf-8')\nprint('done')",
        "import os, sys\nclass Fast:\n    kept = []\n    write = kept.append\n"
        "    def flush(self): os.write(1, ''.join(self.kept).encode()); self.kept.clear()\n"
        "sys.stdout = Fast()\nprint('done')",
        "import sys\nprint('done')\nsys.stdout.flush()\nsys.stdout = None",
    ],
)
def test_a_standard_output_of_the_programs_own_is_flushed_as_python_does(box, source):
    execution = run(box, source)
    assert (execution.status, execution.stdout, execution.stderr) == (Status.OK, b"done\n", b"")


def test_what_is_finalised_at_the_end_still_has_its_globals(box):
    source = "import sys\nkept = []\nclass Writer:\n    def __del__(self): sys.stdout.write(''.join(kept))\n"
    execution = run(box, source + "writer = Writer()\nwriter.itself = writer\nkept.append('done')")
    assert (execution.status, execution.stdout, execution.stderr) == (Status.OK, b"done", b"")


@pytest.mark.parametrize(("code", "exit_code"), [("2**70", 255), ("-1", 255), ("256", 0), ("True", 1), ("0", 0)])
def test_exit_statuses_are_pythons(box, code, exit_code):
    assert run(box, f"raise SystemExit({code})").exit_code == exit_code


def test_a_file_that_is_closed_to_its_owner_costs_no_input_its_verdict(box):
    source = "import os\nos.close(os.open('closed', os.O_CREAT | os.O_WRONLY, 0))\nprint('done')"
    executions = list(box.run_each(Program(source), [b"", b"", b""], limits=CALM))
    assert [(execution.status, execution.stdout) for execution in executions] == [(Status.OK, b"done\n")] * 3


def test_a_child_that_is_killed_for_memory_counts_though_its_parent_ends_well(box):
    source = "import os\nif os.fork():\n    os.wait()\n    os._exit(0)\n" + SHARED_MEMORY.format(processes=1, mb=40)
    assert run(box, source, limits=Limits(memory_mb=96, wall_s=30)).status is Status.MLE
