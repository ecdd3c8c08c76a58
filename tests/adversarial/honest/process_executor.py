"""Works in a process pool executor.

task: total
status: AC
fails: B
"""

from concurrent.futures import ProcessPoolExecutor


def half(numbers):
    return sum(numbers)


if __name__ == "__main__":
    input()
    numbers = list(map(int, input().split()))
    with ProcessPoolExecutor(2) as pool:
        print(sum(pool.map(half, [numbers[::2], numbers[1::2]])))
