"""Every wrong reward function of the tests against every law of its kind: which law caught it, and what else broke.

python tests/bench/law_mutants.py [NAME …]
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from rich.console import Console
from rich.table import Table

from tests.wrong_rewards import ROWS
from verifiers.laws import check_reward


def main(names: list[str]) -> int:
    """0 where each is caught by its law."""
    table = Table("function", "caught by", "smallest counter-example", "said", "s", "other laws broken")
    missed = 0
    for kind, law, fn in ROWS:
        if names and fn.__name__ not in names:
            continue
        start = time.perf_counter()
        report = check_reward(fn, kind, profile="quick", timeout=2.0 if kind != "code" else 20.0)
        caught = next((finding for finding in (*report.broken, *report.advice) if finding.law == law), None)
        others = [finding.law.replace("_", " ") for finding in report.broken if finding.law != law]
        first = caught.counterexamples[0] if caught else None
        missed += first is None
        case = f"{first.completion[-60:]!r} for {str(first.ground_truth)[:40]!r}" if first else "MISSED"
        seconds = f"{time.perf_counter() - start:.1f}"
        table.add_row(
            fn.__name__, law.replace("_", " "), case, first.said[:40] if first else "", seconds, "; ".join(others)
        )
    Console(width=200).print(table, f"{missed} of {table.row_count} missed", markup=False)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
