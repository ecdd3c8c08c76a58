"""Has no input at all.

ground_truth: {"kind": "stdin", "tests": [{"input": "", "output": "empty\n"}]}
status: AC
"""

import sys

print("empty" if sys.stdin.read() == "" else "something")
