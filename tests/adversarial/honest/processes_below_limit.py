"""Has a good part of the processes it may at once, and many one after another.

task: total
status: AC
"""

import os
import time

children = []
for _ in range(8):
    child = os.fork()
    if child == 0:
        time.sleep(0.1)
        os._exit(0)
    children.append(child)
for child in children:
    assert os.waitpid(child, 0)[1] == 0
for _ in range(40):
    if (child := os.fork()) == 0:
        os._exit(0)
    os.waitpid(child, 0)
input()
print(sum(map(int, input().split())))
