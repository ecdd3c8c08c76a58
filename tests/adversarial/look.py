"""An honest program that looks around: what it finds may not depend on the programs that ran before it."""

import builtins
import json
import os
import resource
import signal
import socket
import sys
import types


def listed(folder):
    try:
        return sorted(os.listdir(folder)), oct(os.stat(folder).st_mode)
    except OSError as error:
        return type(error).__name__


def lines(path):
    try:
        with open(path) as file:
            return len(file.readlines())
    except OSError as error:
        return type(error).__name__


found = {folder: listed(folder) for folder in (".", "/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/root")}
found |= {path: lines(path) for path in ("/proc/sysvipc/shm", "/proc/sysvipc/msg", "/proc/sysvipc/sem", "/proc/keys")}
found["python"] = [
    all(type(getattr(builtins, name)) is types.BuiltinFunctionType for name in ("print", "len", "open", "all", "abs")),
    json.loads(json.dumps({"a": [1.5]})) == {"a": [1.5]},
    sys.getrecursionlimit(),
    sorted(path for path in sys.path if os.path.exists(path) and path != os.getcwd()),
    sys.gettrace() is None and sys.getprofile() is None,
]
found["process"] = [
    sorted(os.environ),
    os.nice(0),
    os.sched_getscheduler(0),
    len(os.sched_getaffinity(0)),
    oct(os.umask(0o22)),
    sorted(str(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    [str(signal.getsignal(number)) for number in sorted(signal.valid_signals())],
    [resource.getrlimit(kind) for kind in range(10) if kind != resource.RLIMIT_NPROC],  # which counts the host's
    socket.gethostname(),
]
print(json.dumps(found))
