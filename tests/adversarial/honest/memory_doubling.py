"""Doubles a text without end.

task: total
status: MLE
"""

text = "x" * (1 << 20)
while True:
    text += text
