"""Looks for what an earlier program left, and leaves the same for the next: files, names, environment, processes.

task: squares
status: RE WA
"""

import glob
import os
import sys

os.write(2, b"attempt\n")
for folder in ("/tmp", "/var/tmp", "/dev/shm", "/run", "/dev/mqueue", os.getcwd(), os.path.expanduser("~")):
    for path in glob.glob(folder + "/adv*"):
        print("ESCAPED found", path)
    try:
        with open(folder + "/@TOKEN@.left", "w") as file:
            file.write(sys.stdin.read())
    except OSError:
        pass
print(0)
