"""Has no entry point under an assert-style test.

task: close
status: RE
"""


def other(numbers, threshold):
    return True
