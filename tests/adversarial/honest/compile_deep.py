"""Is nested deeper than the parser goes.

task: total
status: CE RE MLE
"""

@DEEP@
