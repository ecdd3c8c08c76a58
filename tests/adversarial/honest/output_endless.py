"""Prints without end.

task: total
status: OLE
"""

while True:
    print("x" * 1000)
