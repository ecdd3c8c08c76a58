"""Take out of a file of tasks what stands in evaluation sets too, by 10-grams of words (DeepSeek-R1's supplement).

python data/decontaminate.py train.jsonl --against data/math_500.jsonl data/aime_2024.jsonl -o train_clean.jsonl
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from sets.bar import watched
from sets.output import read_manifest, write_manifest, written
from sets.overlap import Index, N, Seen, index, overlap
from sets.sources import NoSource, sha256
from sets.tasks import tasks

SHOWN = 5


def questions(paths: Sequence[Path]) -> Iterator[tuple[Seen, str]]:
    """The questions of evaluation sets, with where they are from."""
    for path in paths:
        for task in tasks(path):
            yield Seen(path.name, str(task["id"])), str(task["question"])


def decontaminate(source: Path, against: Index, out: Path) -> tuple[int, list[dict[str, object]]]:
    """Write the tasks that share nothing, and return how many there were and what was dropped for what."""
    dropped: list[dict[str, object]] = []
    read = 0
    with written(out) as kept:
        for task in watched(tasks(source), source.name):
            read += 1
            if found := overlap(str(task["question"]), against):
                dropped.append({"id": task["id"], "set": found.seen.set, "task": found.seen.id, "words": found.words})
            else:
                kept.write(task)
    return read, dropped


def report(read: int, dropped: Sequence[dict[str, object]]) -> None:
    """How many were dropped, for which sets, and the first and the commonest runs of words."""
    print(f"read {read}, kept {read - len(dropped)}, dropped {len(dropped)}", file=sys.stderr)
    for name, count in Counter(row["set"] for row in dropped).most_common():
        print(f"  {count} share words with {name}", file=sys.stderr)
    often = Counter(row["words"] for row in dropped).most_common(SHOWN)
    for run, count in often:
        if count > 1:
            print(f"  {count} of them by {str(run)!r}", file=sys.stderr)
    for row in dropped[:SHOWN]:
        print(f"  {row['id']} and {row['task']}: {row['words']!r}", file=sys.stderr)


def main(argv: Sequence[str] | None = None) -> int:
    """Write what is left, what was dropped and the manifest; a file that is none ends the program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tasks", type=Path, help="task JSONL to train on")
    parser.add_argument("--against", type=Path, nargs="+", required=True, help="task JSONL of evaluation sets")
    parser.add_argument("-o", "--out", type=Path, required=True, help="what is left; OUT.dropped.jsonl names the rest")
    parser.add_argument("-n", type=int, default=N, help="words in a row; shorter questions are compared whole")
    parser.add_argument(
        "--common", type=int, default=0, metavar="QUESTIONS",
        help="words in a row that more evaluation questions than this have are a manner of speaking (default: none is)",
    )  # fmt: skip
    args = parser.parse_args(argv)
    if args.n < 1 or args.common < 0:
        parser.error(f"-n {args.n} --common {args.common}: give 1 or more words, 0 or more questions")
    if args.out.resolve() in {path.resolve() for path in (args.tasks, *args.against)}:
        parser.error(f"{args.out} is read: name another file for what is left")
    dropped_file = args.out.with_name(args.out.name.removesuffix(".jsonl") + ".dropped.jsonl")
    try:
        against = index(questions(args.against), args.n, args.common)
        read, dropped = decontaminate(args.tasks, against, args.out)
        with written(dropped_file) as lines:
            for row in dropped:
                lines.write(row)
    except (NoSource, OSError, EOFError) as error:
        parser.error(str(error))
    if against.common:
        print(f"{len(against.common)} runs of words stand in more than {args.common} questions", file=sys.stderr)
    report(read, dropped)
    sets = {path.name: sha256(path) for path in args.against}
    said = {"n": args.n, "common": args.common, "against": sets, "read": read, "dropped": len(dropped)}
    write_manifest(args.out, read_manifest(args.tasks) | {"decontaminated": said, "sha256": sha256(args.out)})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
