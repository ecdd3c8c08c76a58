"""Writes temporary files and folders, and files beside itself.

task: total
status: AC
"""

import os
import shutil
import tempfile

input()
with tempfile.NamedTemporaryFile("w+") as file:
    file.write(input())
    file.flush()
    with open(file.name) as again:
        words = again.read().split()
with tempfile.TemporaryDirectory() as folder:
    with open(os.path.join(folder, "a.txt"), "w") as file:
        file.write("x" * 100_000)
    shutil.copy(os.path.join(folder, "a.txt"), "copy.txt")
assert os.path.getsize("copy.txt") == 100_000 and "copy.txt" in os.listdir(".")
print(sum(map(int, words)))
