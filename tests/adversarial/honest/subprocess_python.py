"""Runs another Python.

task: total
status: AC
limits: cpu_s=3
"""

import subprocess
import sys

input()
code = "print(sum(map(int, input().split())))"
done = subprocess.run([sys.executable, "-c", code], input=input(), text=True, capture_output=True, check=True)
print(done.stdout, end="")
