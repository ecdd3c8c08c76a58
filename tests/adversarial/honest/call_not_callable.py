"""Has an entry point that is no function.

task: pair
status: RE
"""

pair = [0, 1]
