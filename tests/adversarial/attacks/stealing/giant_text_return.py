"""Returns a text of 100 MB.

task: greet
status: OLE MLE TLE WA RE
"""

import os


def greet(name):
    os.write(2, b"attempt\n")
    return "\x01" * 100_000_000
