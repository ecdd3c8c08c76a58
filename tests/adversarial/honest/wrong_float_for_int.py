"""Writes 7.0 where 7 is expected.

ground_truth: {"kind": "stdin", "tests": [{"input": "4\n", "output": "7\n"}]}
status: WA
"""

print(7.0)
