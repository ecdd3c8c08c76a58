"""Overwrites cached bytecode and sources of the standard library.

task: squares
status: RE WA
"""

import glob
import json
import os
import random

os.write(2, b"attempt\n")
for module in (os, json, random):
    folder = os.path.dirname(module.__file__)
    for path in [module.__file__, *glob.glob(folder + "/__pycache__/*.pyc")[:20]]:
        try:
            with open(path, "r+b") as file:
                file.write(b"")
            print("ESCAPED may write", path)
        except OSError:
            pass
        try:
            os.utime(path, (1, 1))
            os.chmod(path, 0o666)
            print("ESCAPED may change", path)
        except OSError:
            pass
print(0)
