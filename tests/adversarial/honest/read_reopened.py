"""Detaches sys.stdin and wraps it anew; puts a StringIO in its place.

task: total
status: AC
"""

import io
import sys

sys.stdin = io.TextIOWrapper(sys.stdin.detach(), encoding="utf-8", newline="\n")
sys.stdin = io.StringIO(sys.stdin.read())
input()
print(sum(map(int, input().split())))
