"""Returns a generator that the test turns into a list.

task: listed
status: AC
"""


def count(n):
    yield from range(n)
