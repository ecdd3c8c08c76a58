"""Ends in a core dump, as large as it can.

task: squares
status: RE
"""

import os
import resource
import signal

os.write(2, b"attempt\n")
try:
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
except (OSError, ValueError):
    hard = 0
if hard:
    print("ESCAPED may write a core of", hard, flush=True)
os.kill(os.getpid(), signal.SIGABRT)
