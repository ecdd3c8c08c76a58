"""Gets text that is not ASCII and insists on ASCII.

ground_truth: {"kind": "stdin", "tests": [{"input": "é\n", "output": "é\n"}]}
status: RE
"""

import sys

sys.stdin.reconfigure(encoding="ascii")
print(input())
