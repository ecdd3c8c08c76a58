"""Burns CPU in children only, each for less than the limit.

task: squares
status: TLE
"""

import os
import time

os.write(2, b"attempt\n")
while True:
    child = os.fork()
    if child == 0:
        end = time.process_time() + 0.2
        while time.process_time() < end:
            pass
        os._exit(0)
    os.waitpid(child, 0)
