"""Raises an IndexError.

task: total
status: RE
"""

print([][int(input())])
