"""Gets a last line that is not ended.

ground_truth: {"kind": "stdin", "tests": [{"input": "2\n3 4", "output": "7"}]}
status: AC
"""

input()
print(sum(map(int, input().split())))
