"""Burns CPU in threads that release the interpreter lock.

task: squares
status: TLE
"""

import hashlib
import os
import threading

os.write(2, b"attempt\n")
data = bytes(1 << 20)


def burn():
    while True:
        hashlib.sha256(data).digest()


for _ in range(4):
    threading.Thread(target=burn).start()
