"""Holds a NUL character.

task: total
status: CE
"""

@NUL@
