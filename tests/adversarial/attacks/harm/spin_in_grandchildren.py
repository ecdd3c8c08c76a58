"""Burns CPU in grandchildren that nobody of the program waits for, and sleeps itself.

task: squares
status: TLE
"""

import ctypes
import os
import time

os.write(2, b"attempt\n")
ctypes.CDLL(None).prctl(15, b"@TOKEN@", 0, 0, 0)
for _ in range(3):
    if os.fork() == 0:
        if os.fork() == 0:
            os.setsid()
            while True:
                pass
        os._exit(0)
    os.wait()
while True:
    time.sleep(1)
