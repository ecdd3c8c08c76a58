"""Ignores the signals of a CPU limit and spins.

task: squares
status: TLE
"""

import os
import signal

os.write(2, b"attempt\n")
for number in (signal.SIGXCPU, signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGVTALRM, signal.SIGPROF):
    signal.signal(number, signal.SIG_IGN)
while True:
    pass
