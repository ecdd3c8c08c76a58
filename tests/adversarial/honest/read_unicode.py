"""Reads and writes text beyond ASCII without a word about encodings.

ground_truth: {"kind": "stdin", "tests": [{"input": "naïve 日本語 🙂\n", "output": "🙂 日本語 naïve\n"}]}
status: AC
"""

print(*reversed(input().split()))
