"""Is wrapped by a cache of its own and recurses.

ground_truth: {"kind": "function", "entry_point": "fib", "tests": [{"args": [90], "expected": 2880067194370816120}, {"args": [10], "expected": 55}]}
status: AC
"""

from functools import lru_cache


@lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
