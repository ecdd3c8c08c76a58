"""Returns tuples, sets, dicts with keys of many kinds, bytes and None, which no JSON holds.

task: kinds
status: AC
"""


def build(kind):
    return {
        "tuple": (1, (2, "x")),
        "set": {1, 2, 3},
        "keys": {1: "one", (2, 3): None, None: 4.5},
        "bytes": b"\x00\xff",
        "frozen": frozenset({"a"}),
        "complex": 1 + 2j,
        "none": None,
    }[kind]
