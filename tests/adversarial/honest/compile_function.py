"""Has an error of syntax in a function test.

task: pair
status: CE
"""

def pair(nums, target):
    return [0, 1
