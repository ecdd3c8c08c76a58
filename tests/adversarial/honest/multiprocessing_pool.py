"""Works in a pool of processes.

task: total
status: AC
fails: B
"""

from multiprocessing import Pool


def double(number):
    return 2 * number


if __name__ == "__main__":
    input()
    with Pool(2) as pool:
        print(sum(pool.map(double, map(int, input().split()))) // 2)
