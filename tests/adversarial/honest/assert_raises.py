"""Raises the error that the test expects.

task: refuses
status: AC
"""


def parse(text):
    if not text.isdigit():
        raise ValueError(text)
    return int(text)
