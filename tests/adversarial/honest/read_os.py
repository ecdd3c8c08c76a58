"""Reads descriptor 0 with os.read and fstat.

task: total
status: AC
"""

import io
import os

text = io.BytesIO()
os.fstat(0)
while block := os.read(0, 10):
    text.write(block)
print(sum(map(int, text.getvalue().split()[1:])))
