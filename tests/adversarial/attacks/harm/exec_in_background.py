"""Becomes a shell that starts a renamed sleeper in the background.

task: squares
status: RE WA
"""

import os

os.write(2, b"attempt\n")
script = (
    "cp /bin/sleep ./@TOKEN@ || cp /bin/sleep /tmp/@TOKEN@; (setsid ./@TOKEN@ 60 || setsid /tmp/@TOKEN@ 60) & echo 0"
)
try:
    os.execv("/bin/sh", ["sh", "-c", script])
except OSError:
    print(0)
