"""Gets lines that end as on Windows.

ground_truth: {"kind": "stdin", "tests": [{"input": "2\r\n3 4\r\n", "output": "7\r\n"}]}
status: AC
"""

input()
print(sum(map(int, input().split())))
