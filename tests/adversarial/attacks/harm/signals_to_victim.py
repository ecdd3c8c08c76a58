"""Signals a process of the host by its pid: with kill, tgkill, pidfd, a queue and a descriptor's owner.

task: squares
status: RE WA TLE
machine: x86_64
"""

import ctypes
import fcntl
import os
import signal

os.write(2, b"attempt\n")
victim = int("@VICTIM_PID@")
libc = ctypes.CDLL(None, use_errno=True)
for attempt in (
    lambda: os.kill(victim, signal.SIGUSR1),
    lambda: os.killpg(victim, signal.SIGUSR1),
    lambda: signal.pidfd_send_signal(os.pidfd_open(victim), signal.SIGUSR1),
):
    try:
        attempt()
    except OSError as error:
        print(error)
libc.syscall(200, victim, signal.SIGUSR1)  # tkill
libc.syscall(234, victim, victim, signal.SIGUSR1)  # tgkill
try:
    out, into = os.pipe()
    fcntl.fcntl(out, fcntl.F_SETOWN, victim)
    fcntl.fcntl(out, 10, signal.SIGUSR1)  # F_SETSIG
    fcntl.fcntl(out, fcntl.F_SETFL, fcntl.fcntl(out, fcntl.F_GETFL) | os.O_ASYNC | os.O_NONBLOCK)
    os.write(into, b"x")
except OSError as error:
    print(error)
print(0)
