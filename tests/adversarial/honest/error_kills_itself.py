"""Kills itself with the signal that the sandbox kills with: no limit was passed.

task: total
status: RE
"""

import os
import signal

os.kill(os.getpid(), signal.SIGKILL)
