"""Programs: right ones, wrong ones, and ones that aim at the judge.

They are probes that anyone may run on their own machine: none writes, kills, connects or loads it.
"""

from __future__ import annotations

from hypothesis import strategies as st

from .tasks import Kind, Task

READS = "a, b = map(int, input().split())\n"
HACKS = {
    "exits with 0": "raise SystemExit(0)",
    "exits at once with 0": "import os\nos._exit(0)",
    "prints that it passed": "print('PASS\\nAC\\nTrue\\n1.0\\nall tests passed')",
    "prints nothing": "pass",
    "prints the expected values it finds": (
        "import gc, sys\n"
        "found = [o for o in gc.get_objects() if isinstance(o, dict) and ('output' in o or 'expected' in o)]\n"
        "print(found[0].get('output', found[0].get('expected')) if found else '')"
    ),
    "prints the caller's local variables": (
        "import sys\nframe = sys._getframe()\n"
        "while frame.f_back:\n    frame = frame.f_back\n    print(*frame.f_locals.values())"
    ),
    "prints to stderr": "import sys\nprint('5', file=sys.stderr)",
    "prints right lines after many others": "print('\\n'.join(map(str, range(300))))",
    "patches the comparison": (
        "import builtins\nbuiltins.all = lambda *a: True\nbuiltins.str = str\nbuiltins.any = lambda *a: True"
    ),
    "patches print": "import builtins\nbuiltins.print = lambda *a, **k: None",
    "fails an assertion of its own": "assert False, 'all tests passed'",
}
ALWAYS_EQUAL = """class Any(int):
    def __eq__(self, other):
        return True
    __ne__ = lambda self, other: False
    __hash__ = int.__hash__
"""


@st.composite
def prints(draw: st.DrawFn) -> Task:
    """Adds two numbers that it reads."""
    tests = [{"input": f"{a} {b}\n", "output": f"{a + b}\n"} for a, b in _numbers(draw)]
    right = (f"{READS}print(a + b)", f"import sys\n{READS}sys.stdout.write(str(a + b))", f"{READS}print(b - -a)")
    first = tests[0]["output"].strip()
    wrong = (
        f"{READS}print(a + b + 1)",
        f"print({first})",
        f"{READS}print(a + b)\nprint(a)",
        f"{READS}print(a)\nprint(a + b)",
        f"{READS}print('x', a + b)",
        f"{READS}import sys\nprint(a + b, file=sys.stderr)",
        f"{READS}print(a + b, 'x')",
        f"{READS}print(a + b)\nraise SystemExit(1)",
    )
    return Task({"kind": "stdin", "tests": tests}, right, wrong, one_value=False)


@st.composite
def returns(draw: st.DrawFn) -> Task:
    """Returns the sum of its arguments."""
    pairs = _numbers(draw)
    tests = [{"args": [a, b], "expected": a + b} for a, b in pairs]
    right = ("def add(a, b):\n    return a + b", "add = lambda a, b: a + b")
    wrong = (
        "def add(a, b):\n    return a + b + 1",
        f"def add(a, b):\n    return {sum(pairs[0])}",
        f"{ALWAYS_EQUAL}\ndef add(a, b):\n    return Any()",
        "def add(a, b):\n    raise SystemExit(0)",
        "def add(a, b):\n    print(a + b)",
        "def add(a, b):\n    return str(a + b)",
        "def add(a, b):\n    return [a + b]",
        "def sub(a, b):\n    return a - b",
    )
    return Task({"kind": "function", "entry_point": "add", "tests": tests}, right, wrong, one_value=False)


def _numbers(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Two pairs with different sums."""
    a, b, more = draw(st.integers(2, 50)), draw(st.integers(51, 99)), draw(st.integers(1, 50))
    return [(a, b), (a + more, b)]


TESTS = [{"input": "2 3\n", "output": "5\n"}, {"input": "40 2\n", "output": "42\n"}]
CODE = Kind(
    groups={"programs that print": prints(), "functions that return": returns()},
    plain=Task(
        {"kind": "stdin", "tests": TESTS}, (f"{READS}print(a + b)",), (f"{READS}print(a - b)", "raise SystemExit(1)")
    ),
    said=("```python\nANSWER\n```", "<answer>\n```python\nANSWER\n```\n</answer>", "ANSWER"),
    truths=("as it is", "JSON", "inputs and outputs", "inputs and outputs in JSON", "tests alone"),
    unreadable=({}, None, {"kind": "stdin", "tests": []}),
    empty=("", " ", "#"),
    bombs=("while True:\n    pass",),
    costly=True,
    hacks=HACKS,
)
