"""Links files of the system under a name of its own, to change them there.

task: squares
status: RE WA
"""

import os

os.write(2, b"attempt\n")
for source in ("/etc/passwd", "/etc/hosts", os.__file__, "@CANARY@"):
    for folder in (".", "/tmp"):
        try:
            os.link(source, folder + "/@TOKEN@")
            with open(folder + "/@TOKEN@", "a") as file:
                file.write("")
            print("ESCAPED may write", source)
        except OSError:
            pass
print(0)
