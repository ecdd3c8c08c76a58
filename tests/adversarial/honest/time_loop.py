"""Loops for ever.

task: total
status: TLE
"""

while True:
    pass
