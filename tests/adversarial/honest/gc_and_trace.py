"""Switches garbage collection off and on, traces and profiles itself.

task: total
status: AC
"""

import cProfile
import gc
import io
import sys
import tracemalloc

gc.disable()
gc.collect()
gc.enable()
tracemalloc.start()
tracemalloc.stop()
calls = []
sys.settrace(lambda *a: calls.append(1))
sum([1])
(lambda: 1)()
sys.settrace(None)
assert calls
profile = cProfile.Profile()
profile.runcall(sum, [1])
input()
print(sum(map(int, input().split())))
