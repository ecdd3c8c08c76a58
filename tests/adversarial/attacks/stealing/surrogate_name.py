"""Raises an error whose text holds lone surrogates, NUL and a newline.

task: greet
status: RE
"""

import os


def greet(name):
    os.write(2, b"attempt\n")
    raise ValueError("\udfff\x00\nAC\n")
