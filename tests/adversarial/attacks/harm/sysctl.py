"""Opens the kernel's settings for writing.

task: squares
status: RE WA
"""

import glob
import os

os.write(2, b"attempt\n")
paths = ["/proc/sysrq-trigger", "/proc/kcore", "/proc/acpi", "/proc/bus/pci", "/proc/irq/default_smp_affinity"]
paths += glob.glob("/proc/sys/kernel/*") + glob.glob("/proc/sys/vm/*") + glob.glob("/proc/sys/fs/*")
paths += glob.glob("/proc/sys/net/core/*") + glob.glob("/proc/sys/kernel/*/*")
for path in paths:
    try:
        os.close(os.open(path, os.O_WRONLY))
        print("ESCAPED may write", path)
    except OSError:
        pass
print(0)
