"""Puts its own library and start-up files into the environment of what is started next.

task: squares
status: RE WA
"""

import os
import subprocess
import sys

os.write(2, b"attempt\n")
for name, value in {
    "LD_PRELOAD": "/tmp/@TOKEN@.so",
    "PYTHONPATH": "/tmp",
    "PYTHONSTARTUP": "/tmp/@TOKEN@.py",
    "PYTHONINSPECT": "1",
    "BASH_ENV": "/tmp/@TOKEN@.py",
}.items():
    os.environ[name] = value
try:
    with open("/tmp/sitecustomize.py", "w") as file:
        file.write("print(0)\n")
    subprocess.run([sys.executable, "-c", ""], timeout=1, stdin=subprocess.DEVNULL)
except (OSError, subprocess.TimeoutExpired) as error:
    print(error)
print(0)
