"""Writes more to disk than it may.

task: total
status: RE OLE
"""

with open("large", "wb") as file:
    for _ in range(64):
        file.write(bytes(1 << 20))
input()
print(sum(map(int, input().split())))
