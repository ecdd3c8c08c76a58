"""Returns floats that have no short form.

ground_truth: {"kind": "function", "entry_point": "third", "tests": [{"args": [1], "expected": 0.3333333333333333}, {"args": [1e300], "expected": 3.3333333333333335e299}]}
status: AC
"""


def third(x):
    return x / 3
