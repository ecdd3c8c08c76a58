"""Prints while it is loaded and while it is called: what a function prints is not judged.

task: pair
status: AC
"""

print("loaded")


def pair(nums, target):
    print("called with", nums, target)
    return next([i, j] for j in range(len(nums)) for i in range(j) if nums[i] + nums[j] == target)


if __name__ == "__main__":
    print("an example:", pair([1, 2], 3))
