"""Has a class Solution with state, helpers and a static method.

task: pair
status: AC
"""


class Solution:
    def __init__(self):
        self.seen = {}

    @staticmethod
    def rest(target, number):
        return target - number

    def pair(self, nums, target):
        for i, number in enumerate(nums):
            if self.rest(target, number) in self.seen:
                return [self.seen[self.rest(target, number)], i]
            self.seen[number] = i
