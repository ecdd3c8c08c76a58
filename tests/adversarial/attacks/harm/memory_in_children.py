"""Spreads its memory over children, each below the limit.

task: squares
status: MLE RE TLE
"""

import os
import time

os.write(2, b"attempt\n")
ready, done = os.pipe()
for _ in range(8):
    if os.fork() == 0:
        block = bytearray(b"x") * (150 << 20)
        os.write(done, b"x")
        time.sleep(60)
        os._exit(len(block) % 2)
os.close(done)
held = b""
while len(held) < 8:
    more = os.read(ready, 8)
    if not more:
        break
    held += more
time.sleep(0.7)
if len(held) == 8:
    os.write(1, b"ESCAPED 1200 MB in children\n")
