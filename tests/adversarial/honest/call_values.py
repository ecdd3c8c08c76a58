"""Returns values of every JSON type.

ground_truth: {"kind": "function", "entry_point": "same", "tests": [{"args": [null], "expected": null}, {"args": [true], "expected": true}, {"args": [-0.5], "expected": -0.5}, {"args": ["é🙂\u0000"], "expected": "é🙂\u0000"}, {"args": [{"a": [1, {"b": null}], "": {}}], "expected": {"a": [1, {"b": null}], "": {}}}, {"args": [[[], [[]]]], "expected": [[], [[]]]}]}
status: AC
"""


def same(value):
    return value
