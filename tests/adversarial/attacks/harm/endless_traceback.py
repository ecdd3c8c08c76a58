"""Raises an error with a text of 50 MB and a chain of thousands of causes.

task: squares
status: RE OLE MLE TLE
"""

import os

os.write(2, b"attempt\n")
error = None
for number in range(3000):
    later = ValueError(number)
    later.__cause__ = error
    error = later
error.args = ("x" * 50_000_000,)
raise error
