"""Runs a shell, and reads from it with popen.

task: total
status: AC
"""

import os
import subprocess

input()
numbers = input().split()
assert os.system("exit 3") >> 8 == 3
assert os.popen("echo here").read() == "here\n"
expression = " + ".join(f"({number})" for number in numbers)
print(subprocess.check_output(["sh", "-c", f"echo $(( {expression} ))"], text=True), end="")
