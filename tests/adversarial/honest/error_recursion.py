"""Recurses past the limit.

task: total
status: RE
"""


def down():
    return down() + 1


down()
