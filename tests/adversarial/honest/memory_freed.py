"""Uses in turn more memory than it may at once.

task: total
status: AC
"""

for _ in range(10):
    block = bytearray(b"x") * (60 << 20)
    del block
input()
print(sum(map(int, input().split())))
