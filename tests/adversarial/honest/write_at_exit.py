"""Prints its answer in an atexit handler.

task: total
status: AC
"""

import atexit

input()
atexit.register(print, sum(map(int, input().split())))
