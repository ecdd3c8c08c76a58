"""Has an error of indentation.

task: total
status: CE
"""

if True:
print(1)
