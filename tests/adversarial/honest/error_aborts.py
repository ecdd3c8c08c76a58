"""Is killed by its own signal.

task: total
status: RE
"""

import os
import signal

os.kill(os.getpid(), signal.SIGABRT)
