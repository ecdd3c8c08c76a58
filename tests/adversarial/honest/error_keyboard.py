"""Raises KeyboardInterrupt.

task: total
status: RE
"""

raise KeyboardInterrupt
