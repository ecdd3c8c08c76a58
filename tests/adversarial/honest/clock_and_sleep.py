"""Measures time and sleeps a little, using no CPU.

task: total
status: AC
"""

import time

begin, cpu = time.perf_counter(), time.process_time()
time.sleep(0.3)
assert 0.29 < time.perf_counter() - begin and time.process_time() - cpu < 0.2
assert time.process_time() < 1  # counted from its own beginning
input()
print(sum(map(int, input().split())))
