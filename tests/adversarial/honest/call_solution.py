"""Has a class Solution, as on LeetCode, and uses typing names without importing them.

task: pair
status: AC
"""


class Solution:
    def pair(self, nums: List[int], target: int) -> Optional[Tuple[int, int]]:
        table: Dict[int, int] = {}
        for i, number in enumerate(nums):
            if target - number in table:
                return [table[target - number], i]
            table[number] = i
