"""Uses numpy where it is installed.

task: total
status: AC
needs: numpy
limits: cpu_s=3 memory_mb=512
"""

import numpy as np

input()
numbers = np.array(input().split(), dtype=np.int64)
assert np.linalg.inv(np.eye(3))[0, 0] == 1
print(numbers.sum())
