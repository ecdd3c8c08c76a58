"""Changes modules that are already imported, which the process it was forked from may share.

task: squares
status: RE WA
"""

import builtins
import json
import os
import random
import sys

os.write(2, b"attempt\n")
print(0)
builtins.print = builtins.len = builtins.open = lambda *a, **k: 0
json.dumps = json.loads = random.random = os.listdir = lambda *a, **k: 0
sys.path[:] = ["/tmp"]
sys.setrecursionlimit(50)
os.umask(0o777)
os.environ["PYTHONSTARTUP"] = "@TOKEN@"
