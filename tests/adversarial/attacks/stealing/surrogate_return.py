"""Returns a lone surrogate, which cannot be encoded.

task: greet
status: WA RE
"""

import os


def greet(name):
    os.write(2, b"attempt\n")
    return "\ud800" + name
