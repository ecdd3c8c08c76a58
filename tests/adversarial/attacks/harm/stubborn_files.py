"""Leaves what is hard to remove: folders without permissions, names with newlines and bytes, pipes, sockets.

task: squares
status: RE WA
"""

import os

os.write(2, b"attempt\n")
for folder in (b"/tmp/", b"/dev/shm/", b"./"):
    try:
        os.mkdir(folder + b"@TOKEN@ locked")
        open(folder + b"@TOKEN@ locked/inner", "w").close()
        open(folder + b"@TOKEN@\n-rf \xff\xfe ; *", "w").close()
        os.mkfifo(folder + b"@TOKEN@ fifo")
        os.chmod(folder + b"@TOKEN@ locked", 0)
        os.chmod(b".", 0)
    except OSError as error:
        print(error)
print(0)
