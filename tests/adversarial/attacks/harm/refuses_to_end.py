"""Catches everything, also in handlers, finalisers and atexit, and goes on.

task: squares
status: TLE
"""

import atexit
import os

os.write(2, b"attempt\n")


@atexit.register
def again():
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue


again()
