"""Writes the right word in the wrong case.

ground_truth: {"kind": "stdin", "tests": [{"input": "4\n", "output": "YES\n"}]}
status: WA
"""

print("Yes")
