"""Starts with the signal handlers, mask, umask and priority of an ordinary Python.

task: total
status: AC
"""

import os
import signal

assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
assert signal.getsignal(signal.SIGPIPE) == signal.SIG_IGN
assert signal.getsignal(signal.SIGTERM) == signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL
assert not signal.pthread_sigmask(signal.SIG_BLOCK, [])
os.close(os.open("mine", os.O_CREAT | os.O_WRONLY, 0o777))
assert os.stat("mine").st_mode & 0o777 == 0o755
input()
print(sum(map(int, input().split())))
