"""Draws anew in each process: two runs forked from one parent are not equal.

ground_truth: {"kind": "stdin", "tests": [{"input": "", "output": "different\n"}]}
status: AC
"""

import os
import random

children = []
for _ in range(2):
    out, into = os.pipe()
    if os.fork() == 0:
        os.write(into, str(random.random()).encode())
        os._exit(0)
    os.wait()
    children.append(os.read(out, 100))
print("different" if children[0] != children[1] else "same")
