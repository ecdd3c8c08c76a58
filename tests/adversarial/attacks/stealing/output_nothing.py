"""Prints nothing, which zip() with the expected lines would accept.

task: rank
status: WA
"""

import os

os.write(2, b"attempt\n")
