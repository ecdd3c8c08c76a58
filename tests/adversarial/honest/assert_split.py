"""Passes asserts on lengths and items.

task: split
status: AC
"""


def split(text):
    return text.split()
