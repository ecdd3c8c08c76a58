"""Asks for too much at once.

task: total
status: MLE
"""

table = [0] * 10**11
print(table[0])
