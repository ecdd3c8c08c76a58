"""Lets a child write to the same stdout.

task: total
status: AC
"""

import os

input()
answer = sum(map(int, input().split()))
child = os.fork()
if child == 0:
    os.write(1, f"{answer}\n".encode())
    os._exit(0)
os.waitpid(child, 0)
