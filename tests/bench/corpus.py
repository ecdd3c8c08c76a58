"""Mixed completions, a quarter each of mathematics, programs, layouts and languages, hostile ones among them.

    python tests/bench/corpus.py FILE.jsonl [--rows 8192] [--seed 0]

Of every kind one row in 32 is hostile: floods of up to a megabyte, towers of powers, programs that never end, sleep, or
want all memory. Of the honest programs half are wrong. The rest are the cases of `tests/cases` as they are.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

if sys.path and sys.path[0] == os.path.dirname(
    os.path.abspath(__file__)
):  # where `sandbox` would be a file beside this
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from tests.bench import hostile
from verifiers.laws.code_tasks import HACKS as PEEKING

CASES = Path(__file__).resolve().parents[1] / "cases"
GSM8K = Path(__file__).resolve().parents[2] / "data" / "samples" / "gsm8k_32.jsonl"
KINDS = ("math", "code", "format", "language")
HOSTILE = 32
"""One row in so many."""
LIMITS = {"cpu_s": 1, "wall_s": 3, "memory_mb": 256}
"""Of the programs that would use them up."""
Row = dict[str, Any]
Make = Callable[[random.Random], tuple[str, Any]]

HARMFUL = {
    "never ends": (16, "while True: pass"),
    "never ends in C": (4, "sum(range(10**15))"),
    "never ends in a regular expression": (4, "import re\nre.match(r'(a|aa)+$', 'a' * 80 + 'b')"),
    "never ends in a power": (2, "print(len(str(7 ** (7 ** 11))))"),
    "sleeps": (4, "import time\ntime.sleep(1000)"),
    "wants all memory": (8, "kept = []\nwhile True: kept.append(bytearray(10**7))"),
    "wants all memory at once": (2, "print(len([0] * 10**10))"),
    "writes without end": (6, "while True: print('x' * 10**6)"),
    "writes a megabyte": (4, "print('x' * 10**6)"),
    "forks without end": (4, "import os\nwhile True: os.fork()"),
    "recurses without end": (4, "def f(n): return f(n + 1)\nf(0)"),
    "starts threads without end": (2, "import threading as t\nwhile True: t.Thread(target=t.Event().wait).start()"),
    "peeks": (4, ""),
}  # fmt: skip
"""Name → how many of 64, and the program; the last are those of `verifiers.laws`."""


def rows(n: int, seed: int = 0) -> list[Row]:
    """`n` rows in one shuffled order: id, verifier, completion, ground_truth. The same ones for the same seed."""
    rng = random.Random(seed)
    made = []
    for number, kind in enumerate(KINDS):
        count = n // len(KINDS) + (number < n % len(KINDS))
        for make, share in ((_HOSTILE[kind], count // HOSTILE), (_HONEST[kind], count - count // HOSTILE)):
            drawn = make(rng)
            for place in range(share):
                completion, ground_truth = next(drawn)
                name = f"{kind}-{'hostile' if make is _HOSTILE[kind] else 'honest'}-{place}"
                made.append({"id": name, "verifier": kind, "completion": completion, "ground_truth": ground_truth})
    rng.shuffle(made)
    return made


def _cases(path: Path) -> list[Row]:
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _endless(found: list[Any], rng: random.Random) -> Iterator[Any]:
    """All of them in a drawn order, again and again: as even as it can be."""
    while True:
        yield from rng.sample(found, len(found))


def _math(rng: random.Random) -> Iterator[tuple[str, Any]]:
    cases = _cases(CASES / "math.jsonl")
    found = [(row.get("completion") or _answered(row["answer"]), row["ground_truth"]) for row in cases]
    tasks = _cases(GSM8K)
    for row, off in itertools.product(tasks, (0, 1)):
        worked = f"{row['question']} So we work it out step by step."
        found.append((f"<think>{worked}</think>\n\\boxed{{{row['ground_truth']}{'1' * off}}}", row["ground_truth"]))
    return _endless(found, rng)


def _hostile_math(rng: random.Random) -> Iterator[tuple[str, Any]]:
    """A third each: hostile answers against 7, pairs that are nearly equal, and completions of a megabyte."""
    alone = [(_answered(text), "7") for _, text in hostile.alone()]
    pairs = [(_answered(first), second) for _, first, second in hostile.two_sided()]
    whole = [(text, "7") for _, text in hostile.completions()]
    return _in_turn(*(_endless(found, rng) for found in (alone, pairs, whole)))


def _code(rng: random.Random) -> Iterator[tuple[str, Any]]:
    """Right programs and wrong ones in turn."""
    found = _cases(CASES / "code_sets.jsonl")
    spoil = itertools.cycle((_off_by_one, _another, _cut, _printed))
    for row in _endless(found, rng):
        yield _programmed(row["program"]), row["ground_truth"]
        other = rng.choice(found)
        yield _programmed(next(spoil)(other["program"], rng)), other["ground_truth"]


def _off_by_one(program: str, rng: random.Random) -> str:
    """Every `return X` becomes `return (X,)`."""
    return "\n".join(
        f"{line.partition('return ')[0]}return ({line.partition('return ')[2]},)" if "return " in line else line
        for line in program.split("\n")
    )


def _another(program: str, rng: random.Random) -> str:
    return "def another(a, b):\n    return a + b"


def _cut(program: str, rng: random.Random) -> str:
    return program[: rng.randrange(len(program) // 2, len(program))]


def _printed(program: str, rng: random.Random) -> str:
    return f"{program}\nraise SystemExit(1)"


def _hostile_code(rng: random.Random) -> Iterator[tuple[str, Any]]:
    sources = [source for times, source in HARMFUL.values() if source for _ in range(times)]
    peeking = _endless(list(PEEKING.values()), rng)
    sources += [next(peeking) for _ in range(64 - len(sources))]
    for place, source in enumerate(_endless(sources, rng)):
        if place % 2:
            tests: list[Row] = [{"input": f"{n}\n", "output": f"{n * n}\n"} for n in (2, 3, 4)]
            yield _programmed(source), {"kind": "stdin", "tests": tests, "limits": LIMITS}
        else:  # right twice, then not
            body = "\n".join(f"        {line}" for line in source.split("\n"))
            program = f"def square(n):\n    if n == 4:\n{body}\n    return n * n"
            tests = [{"args": [n], "expected": n * n} for n in (2, 3, 4)]
            yield _programmed(program), {"kind": "function", "entry_point": "square", "tests": tests, "limits": LIMITS}


def _format(rng: random.Random) -> Iterator[tuple[str, Any]]:
    return _endless([(row["completion"], None) for row in _cases(CASES / "format.jsonl")], rng)


def _language(rng: random.Random) -> Iterator[tuple[str, Any]]:
    """Single sentences as the cases have them, and a thinking of twenty of them, as completions have."""
    texts = [row["text"] for name in ("language", "language_blind") for row in _cases(CASES / f"{name}.jsonl")]
    for text in _endless(texts, rng):
        yield text, None
        yield f"<think>{' '.join(rng.sample(texts, 20))}</think> <answer>4</answer>", None


def _hostile_text(rng: random.Random) -> Iterator[tuple[str, Any]]:
    """Floods of 10 kB to 1 MB, inside the layout and instead of it."""
    pieces = [*hostile.WRITTEN, "字", "\u200b", "```", "word ", "слово ", "http://a.b/", "e\u0301", "\U0001f600", "a"]
    for piece in _endless(pieces, rng):
        flood = piece * (10 ** rng.randrange(4, 7) // len(piece))
        yield rng.choice([flood, f"<think>{flood}</think><answer>4</answer>", f"<think>a</think><answer>{flood}"]), None


def _in_turn(*each: Iterator[Any]) -> Iterator[Any]:
    return (next(one) for one in itertools.cycle(each))


def _answered(answer: str) -> str:
    return f"<think>so</think> <answer>{answer}</answer>"


def _programmed(source: str) -> str:
    return f"<think>so</think>\n```python\n{source}\n```"


_HONEST: dict[str, Callable[[random.Random], Iterator[tuple[str, Any]]]] = {
    "math": _math, "code": _code, "format": _format, "language": _language,
}  # fmt: skip
_HOSTILE: dict[str, Callable[[random.Random], Iterator[tuple[str, Any]]]] = {
    "math": _hostile_math, "code": _hostile_code, "format": _hostile_text, "language": _hostile_text,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows", type=int, default=8192)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with options.file.open("w", encoding="utf-8") as file:
        for row in rows(options.rows, options.seed):
            file.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
