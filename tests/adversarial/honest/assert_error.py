"""Raises under an assert-style test.

task: close
status: RE
"""


def has_close(numbers, threshold):
    return numbers[100]
