"""Builds a tree deeper than a path may be long, which a careless clean-up cannot remove.

task: squares
status: RE WA TLE MLE
"""

import os

os.write(2, b"attempt\n")
try:
    for _ in range(1500):
        os.mkdir("@TOKEN@" + "d" * 200)
        os.chdir("@TOKEN@" + "d" * 200)
except OSError as error:
    print(error)
print(0)
