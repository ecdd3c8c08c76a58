"""Spins inside one C call, where no Python signal handler runs.

task: squares
status: TLE
"""

import os

os.write(2, b"attempt\n")
print(sum(range(10**12)))
