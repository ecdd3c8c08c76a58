"""Asks for the source of its own function.

task: total
status: AC
"""

import inspect


def add(numbers):
    return sum(numbers)


assert "return sum" in inspect.getsource(add)
input()
print(add(map(int, input().split())))
