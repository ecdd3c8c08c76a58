"""Uses a good part of the memory it may.

task: total
status: AC
"""

block = bytearray(b"x") * (100 << 20)
numbers = list(range(10**6))
input()
print(sum(map(int, input().split())))
