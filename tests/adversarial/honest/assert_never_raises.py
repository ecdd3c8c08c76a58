"""Does not raise the error that the test expects.

task: refuses
status: WA RE
"""


def parse(text):
    return 5
