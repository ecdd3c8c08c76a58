"""Is the module __main__, found by import and by sys.modules.

task: total
status: AC
"""

import sys

import __main__

value = 5
assert __main__.value == 5
assert sys.modules["__main__"].__dict__ is globals()
input()
print(sum(map(int, input().split())))
