"""Fails asserts on distances.

task: root
status: WA
"""


def root(x):
    return x / 2
