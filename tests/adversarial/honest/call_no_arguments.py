"""Takes no arguments, or a default.

ground_truth: {"kind": "function", "entry_point": "word", "tests": [{"args": [], "expected": "none"}, {"args": ["x"], "expected": "x"}]}
status: AC
"""


def word(text="none"):
    return text
