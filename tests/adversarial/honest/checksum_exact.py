"""Compares without any tolerance where exactly that is asked for.

ground_truth: {"kind": "stdin", "compare": {"mode": "exact"}, "tests": [{"input": "x\n", "output": "a  b \n\nc\n"}]}
status: AC
"""

input()
print("a  b \n\nc")
