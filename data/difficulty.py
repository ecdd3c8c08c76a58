"""Keep tasks that a model solves neither always nor never, by what `python -m grpo.evaluate` made of them.

python -m grpo.evaluate MODEL --tasks train.jsonl --samples 8 --out runs/difficulty
python data/difficulty.py train.jsonl --completions runs/difficulty/*/completions.jsonl -o middle.jsonl
"""

import argparse
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from sets.bar import watched
from sets.drafts import Refused
from sets.output import read_manifest, write_manifest, written
from sets.sources import NoSource, nearest, opened, read_line, sha256
from sets.tasks import tasks


def pass_rates(paths: Sequence[Path]) -> dict[str, float | None]:
    """Task → the share of its completions that are right; what could not be decided is left out, None is all of it."""
    right: dict[str, list[float]] = {}
    for path in paths:
        if not path.is_file():
            raise NoSource(f"{path} is no file: {nearest(path)}")
        with opened(path) as lines:
            for number, line in enumerate(lines, 1):
                row = read_line(line)
                scores = None if isinstance(row, Refused) else row.get("right")
                if isinstance(row, Refused) or "task" not in row or not isinstance(scores, list):
                    raise NoSource(
                        f"{path} line {number}: expected {{task, right: [1.0, …]}}, as in completions.jsonl of "
                        "`python -m grpo.evaluate`"
                    )
                right.setdefault(str(row["task"]), []).extend(score for score in scores if score is not None)
    return {task: sum(scores) / len(scores) if scores else None for task, scores in right.items()}


def keep(source: Path, rates: Mapping[str, float | None], low: float, high: float, out: Path) -> Counter[str]:
    """Write the tasks whose pass rate lies between, both ends included, with it; return what became of all."""
    count: Counter[str] = Counter()
    with written(out) as lines:
        for task in watched(tasks(source), source.name):
            rate = rates.get(str(task["id"]))
            if rate is None:
                count["undecided" if task["id"] in rates else "not asked"] += 1
            elif rate < low:
                count["too hard"] += 1
            elif rate > high:
                count["too easy"] += 1
            else:
                count["kept"] += 1
                lines.write(task | {"pass_rate": rate})
        if count.total() == count["not asked"]:
            raise NoSource(f"{source} and the completions have no task in common: were these tasks evaluated?")
    return count


def main(argv: Sequence[str] | None = None) -> int:
    """Write what is kept and the manifest; a file that is none ends the program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", type=Path, help="task JSONL that was evaluated")
    parser.add_argument("--completions", type=Path, nargs="+", required=True, help="completions.jsonl, of one or more")
    parser.add_argument("--between", type=float, nargs=2, default=(0.1, 0.9), metavar=("LOW", "HIGH"))
    parser.add_argument("-o", "--out", type=Path, required=True, help="task JSONL to write, with `pass_rate`")
    args = parser.parse_args(argv)
    low, high = args.between
    if not 0 <= low <= high <= 1:
        parser.error(f"--between {low} {high}: give two shares from 0 to 1, the lower first")
    if args.out.resolve() == args.tasks.resolve():
        parser.error(f"{args.out} is read: name another file for what is kept")
    try:
        count = keep(args.tasks, pass_rates(args.completions), low, high, args.out)
    except (NoSource, OSError, EOFError) as error:
        parser.error(str(error))
    said = ", ".join(f"{what} {number}" for what, number in count.items() if what != "kept")
    print(f"read {count.total()}, kept {count['kept']}" + (f", {said}" if said else ""), file=sys.stderr)
    about = {"between": [low, high], "completions": {path.name: sha256(path) for path in args.completions}, **count}
    write_manifest(args.out, read_manifest(args.tasks) | {"pass_rate": about, "sha256": sha256(args.out)})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
