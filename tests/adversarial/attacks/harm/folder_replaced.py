"""Renames and replaces its own working folder while it runs.

task: squares
status: RE WA
"""

import os

os.write(2, b"attempt\n")
here = os.getcwd()
for action in (
    lambda: os.rename(here, here + "@TOKEN@"),
    lambda: os.symlink("@VICTIM@", here),
    lambda: os.rmdir(here),
):
    try:
        action()
    except OSError as error:
        print(error)
print(0)
