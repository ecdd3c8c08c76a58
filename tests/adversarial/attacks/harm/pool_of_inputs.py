"""Looks for what an earlier program left, and leaves the same for the next: files, names, environment, processes.

task: squares
status: RE WA
"""

import glob
import os
import sys

os.write(2, b"attempt\n")
folders = ("/tmp", "/var/tmp", "/dev/shm", "/run", "/dev/mqueue", os.getcwd(), os.path.expanduser("~"))
for folder in folders:
    for path in glob.glob(folder + "/adv*"):
        print("ESCAPED found", path)
for folder in folders:
    try:
        with open(folder + "/@TOKEN@.left", "w") as file:
            file.write(sys.stdin.read())
    except OSError:
        pass
print(0)
