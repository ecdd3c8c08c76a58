"""Fresh pairs with their truth built in, through `equivalent`: what is wrongly accepted or refused, by kind.

    python tests/bench/constructed.py --pairs 4000 --seed 1 --show 20

Exit status 1 for one false positive, one exception, or more than 0.5 % false negatives.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

from rich.console import Console
from rich.markup import escape
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.math_answers import KINDS, Pair, pairs
from verifiers.math import equivalent

MOST_FALSE_NEGATIVES = 0.005
Failure = tuple[Pair, str]


def judged(pair: Pair, fallback: bool) -> str:
    """ "" where the verdict is the label, else what went wrong."""
    answer, ground_truth, right, _ = pair
    try:
        verdict = equivalent(answer, ground_truth, fallback=fallback)
    except Exception as error:  # to be listed, not to end the run
        return f"exception {error!r}"
    if verdict.correct == right:
        return ""
    return (
        f"false {'negative' if right else 'positive'} ({verdict.reason}{f': {verdict.note}' if verdict.note else ''})"
    )


def summary(drawn: "Counter[tuple[str, bool]]", failures: list[Failure]) -> Table:
    table = Table("kind", *("right", "false negatives", "wrong", "false positives", "exceptions"))
    said = Counter((pair[3], failure.split(" (")[0]) for pair, failure in failures)
    for kind in sorted({kind for kind, _ in drawn}):
        negatives, positives = said[kind, "false negative"], said[kind, "false positive"]
        exceptions = sum(pair[3] == kind and failure.startswith("exception") for pair, failure in failures)
        row = [kind, drawn[kind, True], negatives or "", drawn[kind, False], positives or "", exceptions or ""]
        table.add_row(*map(str, row), style="red" if positives or exceptions else "yellow" if negatives else "")
    return table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", choices=sorted(KINDS), help="only this kind")
    parser.add_argument("--show", type=int, nargs="?", const=10**9, default=0, help="list (at most N) failing pairs")
    parser.add_argument("--fallback", action="store_true", help="let Math-Verify decide what is left undecided")
    options = parser.parse_args()

    rng, console = Random(options.seed), Console()
    drawn: Counter[tuple[str, bool]] = Counter()
    failures: list[Failure] = []
    start = time.process_time()
    for _ in range(options.pairs):
        pair = pairs(rng, options.kind or "")
        drawn[pair[3], pair[2]] += 1
        if failure := judged(pair, options.fallback):
            failures.append((pair, failure))
    spent = time.process_time() - start

    for (answer, ground_truth, _, kind), failure in failures[: options.show]:
        console.print(
            escape(f"{kind}: {answer!r} against {ground_truth!r}: {failure}"), highlight=False, soft_wrap=True
        )
    console.print(summary(drawn, failures))
    count = Counter(failure.split(" (")[0] if failure.startswith("false") else "exception" for _, failure in failures)
    right = sum(number for (_, label), number in drawn.items() if label)
    positives, negatives, exceptions = (count[name] for name in ("false positive", "false negative", "exception"))
    console.print(
        f"{options.pairs} pairs of seed {options.seed}: {positives} false positives of {options.pairs - right}, "
        f"{negatives} false negatives of {right}, {exceptions} exceptions; "
        f"{1000 * spent / max(options.pairs, 1):.2f} ms of CPU a pair"
    )
    return 1 if positives or exceptions or negatives > MOST_FALSE_NEGATIVES * right else 0


if __name__ == "__main__":
    sys.exit(main())
