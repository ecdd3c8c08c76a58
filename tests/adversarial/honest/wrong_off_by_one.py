"""Is off by one on a large number.

ground_truth: {"kind": "stdin", "tests": [{"input": "1\n", "output": "1000000000000000001\n"}]}
status: WA
"""

print(10**18)
