"""Maps its input into memory.

task: total
status: AC
"""

import mmap

print(sum(map(int, mmap.mmap(0, 0, access=mmap.ACCESS_READ).read().split()[1:])))
