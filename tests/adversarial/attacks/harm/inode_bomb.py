"""Makes empty files, folders and links without end.

task: squares
status: RE WA TLE MLE OLE
"""

import os

os.write(2, b"attempt\n")
made = 0
for folder in ("/tmp", "/dev/shm", "."):
    try:
        for number in range(60_000):
            os.symlink("x", f"{folder}/@TOKEN@{number}")
            made += 1
    except OSError as error:
        print(error)
if made > 50_000:
    os.write(1, b"ESCAPED 50 thousand inodes\n")
