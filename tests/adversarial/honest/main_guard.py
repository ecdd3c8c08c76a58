"""Has a main function behind the usual guard, and an early return.

task: total
status: AC
"""


def main():
    n = int(input())
    if n == 0:
        return 0
    print(sum(map(int, input().split())))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
