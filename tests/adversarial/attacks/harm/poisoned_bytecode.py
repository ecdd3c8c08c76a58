"""Overwrites cached bytecode and sources of the standard library (with nothing new, so that a success does no harm).

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
            status = os.stat(path)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
            os.chmod(path, status.st_mode & 0o7777)
            if os.stat(path).st_ctime_ns != status.st_ctime_ns:  # tier B only says that all went well
                print("ESCAPED may change", path)
        except OSError:
            pass
print(0)
