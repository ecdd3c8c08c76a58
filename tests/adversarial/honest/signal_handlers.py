"""Uses a timer, a signal handler and SIGPIPE.

task: total
status: AC
"""

import signal
import time

seen = []
signal.signal(signal.SIGALRM, lambda *a: seen.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.05)
time.sleep(0.1)
assert seen
signal.signal(signal.SIGPIPE, signal.SIG_DFL)
input()
print(sum(map(int, input().split())))
