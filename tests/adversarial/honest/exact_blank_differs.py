"""Has one blank less than asked for in the exact mode.

ground_truth: {"kind": "stdin", "compare": {"mode": "exact"}, "tests": [{"input": "x\n", "output": "a  b \n\nc\n"}]}
status: WA
"""

input()
print("a  b\n\nc")
