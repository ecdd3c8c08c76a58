"""Collects its output in a StringIO and with redirect_stdout, and prints it at the end.

task: rank
status: AC
"""

import contextlib
import io
import sys

real, sys.stdout = sys.stdout, io.StringIO()
input()
print(*sorted(map(int, input().split())), sep="\n")
text, sys.stdout = sys.stdout.getvalue(), real
with contextlib.redirect_stdout(io.StringIO()):
    print("not seen")
print(text, end="")
