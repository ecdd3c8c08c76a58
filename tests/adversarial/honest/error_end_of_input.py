"""Reads more than there is.

task: total
status: RE
"""

input(), input(), input()
