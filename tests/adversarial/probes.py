"""Every attack is held to every probe: no reward, no effect on the host, nothing left for the program after it."""

from __future__ import annotations

import json
import os
import resource
import secrets
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from programs import HERE, Case

from sandbox import Execution, Limits, Program, Sandbox, Status
from verifiers import verify_code

_LOOK = Program((HERE / "look.py").read_text())
_TEMPORARY = ["/tmp", "/var/tmp", "/dev/shm", "/run", tempfile.gettempdir()]
_FOLDERS = [*_TEMPORARY, "/dev/mqueue", "/", "/etc", os.getcwd(), os.path.expanduser("~")]
_FOLDERS += [sysconfig.get_path("stdlib"), sysconfig.get_path("purelib")]
_DEFAULT = Limits()
_MOST_MEMORY_KB = 300 << 10
_MOST_CPU_S = 2.0
_PATIENCE_S = 3.0


class Host:
    """What attacks may look for on this machine, and what they may not change."""

    def __init__(self) -> None:
        self.secret, self.canary = f"secret-{secrets.token_hex(8)}", f"canary-{secrets.token_hex(8)}"
        os.environ["ADVERSARIAL_SECRET"] = self.secret
        self.folder = Path(tempfile.mkdtemp(prefix="r1-host-", dir="/tmp"))
        self.folder.chmod(0o777)
        self.log = self.folder / "log"
        (self.folder / "canary").write_text(self.canary)
        (self.folder / "victim").mkdir()
        (self.folder / "victim" / "keep").write_text("keep")
        (self.folder / "victim").chmod(0o777)
        abstract = secrets.token_hex(8)
        command = [sys.executable, str(HERE / "victim.py"), str(self.log), str(self.folder / "socket"), abstract]
        self.victim = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        assert self.victim.stdout
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.free_port = free.getsockname()[1]
        self.names = {
            "canary": self.folder / "canary",
            "victim": self.folder / "victim",
            "victim_pid": self.victim.pid,
            "port": int(self.victim.stdout.readline()),
            "free_port": self.free_port,
            "socket": self.folder / "socket",
            "abstract": abstract,
        }
        self.found = self._found()
        self.hostname = socket.gethostname()
        self.limits = [resource.getrlimit(kind) for kind in range(10)]
        self.worlds: dict[int, tuple[Sandbox, str]] = {}  # each with its box, or another might get the same id

    def close(self) -> None:
        self.victim.communicate()
        shutil.rmtree(self.folder)
        del os.environ["ADVERSARIAL_SECRET"]

    def _found(self) -> object:
        """Everything about the files of the host that an attack may want to change."""
        paths = [self.folder / "canary", self.folder / "victim", self.folder / "victim" / "keep"]
        try:
            found = [path.stat() for path in paths]
            metadata = [(each.st_mode, each.st_uid, each.st_size, each.st_mtime_ns, each.st_ctime_ns) for each in found]
            return metadata, os.listdir(paths[1]), paths[0].read_text()
        except OSError as error:
            return str(error)

    def world(self, box: Sandbox) -> str:
        """What a program sees before any attack has run in this sandbox."""
        if id(box) not in self.worlds:
            self.worlds[id(box)] = box, look(box)
        return self.worlds[id(box)][1]

    def faults(self, token: str) -> Iterator[str]:
        """What an attack whose mark is the token has changed on the host."""
        if self.log.exists():
            yield f"a process of the host got {self.log.read_text()}"
            self.log.unlink()
        if self.victim.poll() is not None or "\nState:\tT" in Path(f"/proc/{self.victim.pid}/status").read_text():
            yield "a process of the host was stopped or killed"
        if self._found() != self.found:
            yield f"files of the host were changed: {self._found()}"
            for path, mode in (("victim", 0o777), ("canary", 0o644), ("victim/keep", 0o644)):
                (self.folder / path).chmod(mode)  # the attacks after this one are not to blame
            self.found = self._found()
        if socket.gethostname() != self.hostname:
            yield "the machine was renamed"
        with socket.socket() as knock:
            if knock.connect_ex(("127.0.0.1", self.free_port)) == 0:
                yield "a port was left open"
        if [resource.getrlimit(kind) for kind in range(10)] != self.limits:
            yield "the limits of the judge were changed"
        yield from (f"a process was left: {name}" for name in left_processes(token))
        yield from (f"a file was left: {name!r}" for name in left_files(token)[:3])


class Recorder:
    """A sandbox that keeps what each execution printed; a verdict's details hold only a part of that."""

    def __init__(self, box: Sandbox) -> None:
        self._box, self.isolation = box, box.isolation
        self.seen = ""

    def _kept(self, execution: Execution) -> Execution:
        self.seen += (execution.stdout + b"\n" + execution.stderr + b"\n").decode(errors="replace")
        return execution

    def run(self, program: Program, *, stdin: bytes = b"", limits: Limits = _DEFAULT) -> Execution:
        return self._kept(self._box.run(program, stdin=stdin, limits=limits))

    def run_each(self, program: Program, stdins: Any, *, limits: Limits = _DEFAULT) -> Iterator[Execution]:
        with closing(self._box.run_each(program, stdins, limits=limits)) as executions:
            yield from map(self._kept, executions)

    def call_each(
        self, program: Program, entry_point: str, calls: Any, *, limits: Limits = _DEFAULT
    ) -> Iterator[Execution]:
        with closing(self._box.call_each(program, entry_point, calls, limits=limits)) as executions:
            yield from map(self._kept, executions)


def look(box: Sandbox) -> str:
    execution = box.run(_LOOK)
    assert execution.status is Status.OK, f"an honest program failed: {execution}"
    return execution.stdout.decode()


def left_processes(token: str) -> list[str]:
    """The processes of the machine that bear the token as a name or an argument."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            name = Path(f"/proc/{pid}/comm").read_bytes() + b" " + Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:  # it has ended
            continue
        if token.encode() in name:
            found.append(f"{pid} {name!r}")
    return found


def left_files(token: str) -> list[str]:
    """The files of the machine's common folders that bear the token: one folder deep, three in a sandbox's own."""
    found = []
    for top in dict.fromkeys(_FOLDERS):
        found += _named(top, token, 1 if top in _TEMPORARY else 0)
    return found


def _named(folder: str, token: str, depth: int) -> Iterator[str]:
    try:
        entries = list(os.scandir(folder))
    except OSError:  # it has just gone, or there is none
        return
    for entry in entries:
        if token in entry.name:
            yield entry.path
        elif depth and entry.is_dir(follow_symlinks=False):
            yield from _named(entry.path, token, 2 if entry.name.startswith("r1-sandbox-") else depth - 1)


def descendants(root: int) -> int:
    """How many processes stem from this one, zombies included."""
    parents: dict[int, list[int]] = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        parents.setdefault(parent, []).append(int(pid))
    front, count = [root], 0
    while front:
        below = parents.get(front.pop(), [])
        count += len(below)
        front += below
    return count


def soon(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold before our patience ends."""
    end = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def hold(case: Case, box: Sandbox, host: Host) -> None:
    """Judge the attack, and fail for any harm it did or for not having been tried."""
    token = f"adv{secrets.token_hex(4)}"
    before, world = descendants(os.getpid()), host.world(box)
    begin, begin_cpu = time.monotonic(), time.process_time()
    recorder = Recorder(box)
    verdict = verify_code(case.completion(token=token, **host.names), case.ground_truth, sandbox=recorder)
    seconds, cpu = time.monotonic() - begin, time.process_time() - begin_cpu
    tests = verdict.details["tests"]
    status = next((str(test["status"]) for test in tests if str(test["status"]) != "AC"), "AC" if tests else "none")
    seen = recorder.seen

    faults = []
    if verdict.score != 0:
        faults.append(f"the score is {verdict.score}: {verdict.reason} {verdict.note}")
    if status not in case.statuses:
        faults.append(f"the status is {status}, not {' or '.join(sorted(case.statuses))}: {verdict.note}")
    if "attempt" not in seen:
        faults.append("the attack was not even tried")
    faults += [f"the program says {line}" for line in dict.fromkeys(seen.splitlines()) if "ESCAPED" in line]
    faults += [f"the program saw the {what}" for what in ("secret", "canary") if getattr(host, what) in seen]
    if seconds > case.seconds:
        faults.append(f"the verdict took {seconds:.1f} s")
    if cpu > _MOST_CPU_S:
        faults.append(f"the judge itself computed for {cpu:.1f} s")
    soon(lambda: not left_processes(token) and not left_files(token))
    faults += host.faults(token)
    if not soon(lambda: descendants(os.getpid()) <= before + 1):
        faults.append(f"{descendants(os.getpid())} processes stem from the judge, and {before} did before")
    if resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > host_memory_kb + _MOST_MEMORY_KB:
        faults.append("the judge took much memory")
    now = look(box)
    if now != world:
        faults.append(f"the next program sees {_difference(world, now)}")
    assert not faults, "\n".join([*faults, f"it printed {seen[:500]!r}"])


host_memory_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _difference(world: str, now: str) -> str:
    before, after = json.loads(world), json.loads(now)
    return "; ".join(f"{key}: {after[key]} and not {before[key]}" for key in before if before[key] != after.get(key))
