"""What the programs are asked for: ground truths, with answers that no constant guesses."""

from __future__ import annotations

import random
from typing import Any

LIMITS: dict[str, Any] = {
    "cpu_s": 1,
    "wall_s": 2,
    "memory_mb": 256,
    "output_kb": 256,
    "processes": 16,
    "disk_mb": 8,
}

_draw = random.Random(4)
_lists = [[_draw.randrange(-999, 999) for _ in range(size)] for size in (16, 23, 15)]


def _listed(numbers: list[int]) -> str:
    return f"{len(numbers)}\n{' '.join(map(str, numbers))}\n"


def _stdin(outputs: list[str], **more: object) -> dict[str, Any]:
    tests = [{"input": _listed(numbers), "output": output} for numbers, output in zip(_lists, outputs, strict=True)]
    return {"kind": "stdin", "tests": tests, **more}


def _function(entry_point: str, *tests: tuple[list[Any], Any]) -> dict[str, Any]:
    rows = [{"args": args, "expected": expected} for args, expected in tests]
    return {"kind": "function", "entry_point": entry_point, "tests": rows}


def _longest(numbers: list[int]) -> int:
    best: list[int] = []
    for i, number in enumerate(numbers):
        best.append(1 + max((best[j] for j in range(i) if numbers[j] < number), default=0))
    return max(best)


def _bucket(numbers: list[int], k: int) -> list[int]:
    return [sum(number % k == rest for number in numbers) for rest in range(k)]


_depths: list[Any] = [[], [[]]]
for _ in range(60):
    _depths.append([_depths[-1]])

_CHECKER = """\
import json, sys
question = json.load(sys.stdin)
n, divisor = int(question["input"]), int(question["actual"])
print("AC" if 1 <= divisor < n and n % divisor == 0 else "WA")
"""

TASKS: dict[str, dict[str, Any]] = {
    # Text in, text out.
    "squares": _stdin([f"{sum(n * n for n in numbers) % 1000003}\n" for numbers in _lists]),
    "total": _stdin([f"{sum(numbers)}\n" for numbers in _lists]),
    "rank": _stdin(["\n".join(map(str, sorted(numbers))) + "\n" for numbers in _lists]),
    "small": _stdin([f"{sum(numbers) % 7 + 1}\n" for numbers in _lists]),
    "mean_text": _stdin([f"{sum(n) / len(n):.10f}\n" for n in _lists], compare={"mode": "float", "abs": 1e-6}),
    "tokens": _stdin(["\n".join(map(str, numbers)) + "\n" for numbers in _lists], compare={"mode": "tokens"}),
    "unordered": _stdin(["\n".join(map(str, numbers)) + "\n" for numbers in _lists], compare={"mode": "unordered"}),
    "ignored_input": {"kind": "stdin", "tests": [{"input": "line of input\n" * 80_000, "output": "42\n"}]},
    "first_line": {"kind": "stdin", "tests": [{"input": "first\n" + "more\n" * 200_000, "output": "first\n"}]},
    "many_numbers": {"kind": "stdin", "tests": [{"input": "12345\n" * 150_000, "output": "1851750000\n"}]},
    "near_cap": {"kind": "stdin", "tests": [{"input": "250000\n", "output": "." * 250_000 + "\n"}]},
    "any_divisor": {
        "kind": "stdin",
        "tests": [{"input": "60\n", "output": "2\n"}, {"input": "49\n", "output": "7\n"}],
        "compare": {"mode": "checker", "program": _CHECKER},
    },
    # Values in, a value out.
    "longest": _function("longest", *(([numbers], _longest(numbers)) for numbers in _lists)),
    "bucket": _function("bucket", *(([numbers, 5], _bucket(numbers, 5)) for numbers in _lists)),
    "greet": _function("greet", (["Ann"], "Hello, Ann!"), (["Bob"], "Hello, Bob!")),
    "letters": _function("letters", (["aab"], {"a": 2, "b": 1}), (["c"], {"c": 1})),
    "parity": _function("parity", ([3], 1), ([4], 0)),
    "distinct": _function("distinct", ([[1, 2, 2, 3]], [1, 2, 3])),
    "mean": _function("mean", ([[1, 2]], 1.5), ([[2, 3, 3, 5]], 3.25)),
    "pair": _function("pair", ([[2, 7, 11, 15], 9], [0, 1]), ([[3, 2, 4], 6], [1, 2])),
    "power": _function("power", ([200], 2**200), ([9000], 2**9000)),
    "fifty_calls": _function("total", *(([list(range(n))], n * (n - 1) // 2) for n in range(0, 5000, 100))),
    "nested": _function(
        "wrap", *(([below], above) for below, above in zip(_depths[5::20], _depths[6::20], strict=False))
    ),
    # Asserts: those read from the syntax tree, and those that need the test's code to run.
    "close": {
        "kind": "assert",
        "entry_point": "has_close",
        "test": "def check(candidate):\n"
        "    assert candidate([1.0, 2.0, 3.9, 4.0, 5.0, 2.2], 0.3) == True\n"
        "    assert candidate([1.0, 2.0, 3.9, 4.0, 5.0, 2.2], 0.05) == False\n"
        "    assert candidate([1.0, 2.0, 5.9, 4.0, 5.0], 0.95) == True\n",
    },
    "root": {
        "kind": "assert",
        "entry_point": "root",
        "test": "import math\n\ndef near(a, b):\n    return abs(a - b) < 1e-6\n\ndef check(candidate):\n"
        "    for n in (1.5, 2.0, 12.0):\n        assert near(candidate(n * n), n)\n"
        "        assert math.isclose(candidate(n), n ** 0.5)\n",
    },
    "kinds": {
        "kind": "assert",
        "entry_point": "build",
        "test": "assert build('tuple') == (1, (2, 'x'))\nassert build('set') == {3, 2, 1}\n"
        "assert build('keys') == {1: 'one', (2, 3): None, None: 4.5}\nassert build('bytes') == b'\\x00\\xff'\n"
        "assert build('frozen') == frozenset({'a'})\nassert build('complex') == 1 + 2j\nassert build('none') is None\n",
    },
    "refuses": {
        "kind": "assert",
        "entry_point": "parse",
        "test": "def check(candidate):\n    assert candidate('5') == 5\n    try:\n        candidate('x')\n"
        "    except ValueError:\n        pass\n    else:\n        assert False\n",
    },
    "split": {
        "kind": "assert",
        "entry_point": "split",
        "test": "def check(candidate):\n    words = candidate('a b')\n    assert len(words) == 2\n"
        "    assert words[0] == 'a' and 'b' in words\n    for word in words:\n        assert word.strip() == word\n",
    },
}
