"""Returns the right text as bytes.

task: greet
status: WA RE
"""

import os


def greet(name):
    os.write(2, b"attempt\n")
    return f"Hello, {name}!".encode()
