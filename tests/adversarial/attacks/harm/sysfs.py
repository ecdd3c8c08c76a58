"""Opens control groups, devices and debugging files of /sys for writing.

task: squares
status: RE WA
"""

import os
import time

os.write(2, b"attempt\n")
end, last = time.monotonic() + 0.5, ""
for folder, folders, names in os.walk("/sys"):
    folders[:] = folders[:50]
    for name in names[:100]:
        try:
            os.close(os.open(os.path.join(folder, name), os.O_WRONLY | os.O_NONBLOCK))
            last = os.path.join(folder, name)
        except OSError:
            pass
    if time.monotonic() > end:
        break
for path in ("/sys/fs/cgroup", "/sys/fs/cgroup/pids", "/sys/fs/cgroup/memory"):
    try:
        os.mkdir(path + "/@TOKEN@")
        last = path
    except OSError:
        pass
if last:
    print("ESCAPED may write", last)
print(0)
