"""Opens files without an encoding, and finds UTF-8.

task: total
status: AC
"""

import sys

with open("text", "w") as file:
    file.write("日本")
with open("text", "rb") as file:
    assert file.read() == "日本".encode()
assert sys.stdout.encoding.lower() == "utf-8"
input()
print(sum(map(int, input().split())))
