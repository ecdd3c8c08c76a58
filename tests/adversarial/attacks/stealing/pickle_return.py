"""Returns an object whose unpickling runs code in the judge.

task: longest
status: WA RE
"""

import os


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("/tmp/@TOKEN@",)


def longest(nums):
    os.write(2, b"attempt\n")
    return Bomb()
