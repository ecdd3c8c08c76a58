"""Reads what a program has no business with: accounts, keys, the host's folders, the canary.

task: squares
status: RE WA
"""

import glob
import os
import sys

os.write(2, b"attempt\n")
paths = ["@CANARY@", "/proc/1/root@CANARY@", "/proc/self/root@CANARY@", "/proc/self/cwd/../..@CANARY@", "/etc/shadow"]
paths += glob.glob("/root/.*") + glob.glob("/home/*/.ssh/*") + glob.glob("/proc/*/root@CANARY@")
for path in paths:
    try:
        text = open(path).read()
    except OSError:
        continue
    sys.stderr.write(text)
    if text and path == "/etc/shadow":
        print("ESCAPED read", path)
for path in ("@VICTIM@", os.path.dirname("@VICTIM@")):
    try:
        if os.listdir(path):
            print("ESCAPED listed", path)
    except OSError:
        pass
print(0)
