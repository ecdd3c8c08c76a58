"""Prints more than it may, and ends.

task: total
status: OLE
"""

print("x" * 2_000_000)
