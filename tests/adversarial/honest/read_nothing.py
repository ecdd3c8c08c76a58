"""Does not read its input, which is larger than a pipe holds.

task: ignored_input
status: AC
"""

print(42)
