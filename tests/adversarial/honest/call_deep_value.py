"""Takes and returns lists nested sixty deep.

task: nested
status: AC
"""


def wrap(value):
    return [value]
