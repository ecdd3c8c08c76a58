"""Returns an int beyond 64 bits, and one of thousands of digits.

task: power
status: AC
"""


def power(n):
    return 2**n
