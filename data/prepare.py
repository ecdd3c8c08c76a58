"""Public sets → task JSONL, every ground truth checked against its published solution.

python data/prepare.py gsm8k test.jsonl -o data/gsm8k_test.jsonl --split-name gsm8k-test
python data/prepare.py math hf:HuggingFaceH4/MATH-500@main::test -o data/math_500.jsonl
python data/prepare.py reasoning_gym knights_knaves --size 500 --config '{"n_people": 3}' -o data/knights.jsonl
python data/prepare.py apps train.jsonl --check       # writes nothing: which ground truths do not accept themselves?
"""

import argparse
import difflib
import json
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sets.bar import watched
from sets.checks import check, checked, in_order
from sets.drafts import Draft, LeftOut, Refused
from sets.output import write_manifest, written
from sets.programs import humaneval, humaneval_plus
from sets.sources import NoSource, Place, Source, generated, open_source
from sets.table import SETS, PublicSet, read

__all__ = ["SETS", "Draft", "Refused", "check", "humaneval", "humaneval_plus", "main", "prepare"]
MOST_PLACES = 20


@dataclass(frozen=True, kw_only=True)
class Options:
    """What is asked, beside the rows."""

    split: str
    seed: int = 0
    trust: bool = False
    """Take ground truths unchecked."""
    limit: int = 0
    workers: int = 1


@dataclass
class Count:
    """What became of the rows."""

    wrote: int = 0
    refused: dict[str, list[str]] = field(default_factory=dict)
    """Reason → where."""
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def bad(self) -> int:
        """How many were refused."""
        return sum(map(len, self.refused.values()))

    @property
    def read(self) -> int:
        """How many there were."""
        return self.wrote + self.bad + self.left_out.total()


def drafted(chosen: PublicSet, place: Place, options: Options) -> Draft | Refused:
    """What a row becomes."""
    try:
        if isinstance(place.row, Refused):
            return place.row
        drafts = read(chosen, place.row, options.seed)
        return drafts[0] if options.trust else checked(drafts)
    except Refused as refused:
        return refused


def convert(chosen: PublicSet, source: Source, options: Options) -> Iterator[tuple[Place, Draft | Refused]]:
    """Every row and what it becomes, in order."""
    rows = islice(source.rows(), options.limit or None)
    yield from in_order(lambda place: (place, drafted(chosen, place, options)), rows, options.workers)


def write_tasks(chosen: PublicSet, source: Source, options: Options, out: Path, label: str) -> tuple[Count, str]:
    """Write the tasks, and say what became of the other rows; the sha256 of what was written comes with the counts."""
    count = Count()
    shown = watched(convert(chosen, source, options), label, options.limit or source.total)
    with written(out) as lines:
        for place, draft in shown:
            if isinstance(draft, LeftOut):
                count.left_out[draft.reason] += 1
            elif isinstance(draft, Refused):
                count.refused.setdefault(draft.reason, []).append(place.where)
                print(f"{source.name} {place.where}: {draft}", file=sys.stderr)
            else:
                if draft.note:
                    print(f"{source.name} {place.where}: {draft.note}", file=sys.stderr)
                # The id is the place in the file, so that it stays when another line is refused.
                task = {"id": f"{options.split}-{place.name}", "question": draft.question}
                lines.write(task | {"ground_truth": draft.ground_truth} | dict(draft.columns))
                count.wrote += 1
        return count, lines.sha256


def prepare(
    name: str, source: Source, out: Path | None, options: Options, *, skip_bad: bool = False, only_check: bool = False,
    licence: str = "",
) -> int:  # fmt: skip
    """Write the tasks and their manifest, say what became of every row, and return the exit status."""
    chosen = SETS[name]
    hidden = f".{out.name}-" if out else None
    with tempfile.TemporaryDirectory(dir=make_parent(out), prefix=hidden) as folder:
        made = Path(folder) / "tasks.jsonl"
        count, sha256 = write_tasks(chosen, source, options, made, name)
        stop = bool(count.bad) and not skip_bad
        if only_check:
            print(f"read {count.read}, accepted {count.wrote}, refused {count.bad}{left_out(count)}", file=sys.stderr)
        elif stop:
            said = f"read {count.read}, refused {count.bad}, wrote none"
            print(f"{said}: mend them, or pass --skip-bad", file=sys.stderr)
        else:
            print(f"read {count.read}, wrote {count.wrote}, refused {count.bad}{left_out(count)}", file=sys.stderr)
        for reason, places in sorted(count.refused.items(), key=lambda pair: -len(pair[1])):
            more = f" and {len(places) - MOST_PLACES} more" if len(places) > MOST_PLACES else ""
            print(f"  {reason} {len(places)}: {', '.join(places[:MOST_PLACES])}{more}", file=sys.stderr)
        if stop or only_check:
            return int(stop)
        if out is None:
            with made.open(encoding="utf-8") as file:
                shutil.copyfileobj(file, sys.stdout)
            return 0
        os.replace(made, out)
    about = {
        "set": name,
        "licence": licence or chosen.licence,
        "published": chosen.published,
        "source": source.about,
        "read": count.read,
        "tasks": count.wrote,
        "refused": {reason: len(places) for reason, places in count.refused.items()},
        "left_out": dict(count.left_out),
        "checked": not options.trust,
        "seed": options.seed,
        "sha256": sha256,
    }
    write_manifest(out, about)
    return 0


def make_parent(out: Path | None) -> Path | None:
    """The folder of the output, so that what is written there needs no copy; the system's where there is none."""
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
    return out.parent if out is not None else None


def left_out(count: Count) -> str:
    """How many were left out and why, where any were."""
    why = ", ".join(f"{reason} {number}" for reason, number in count.left_out.items())
    return f", left out {count.left_out.total()} ({why})" if why else ""


def parsed(argv: Sequence[str] | None) -> tuple[argparse.ArgumentParser, argparse.Namespace]:
    """The command line, with the parser that says what is wrong with it."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="prepare.py SET FILE [-o OUT] …",
    )
    parser.add_argument("set", help=f"which set the file is of: {', '.join(SETS)}")
    parser.add_argument(
        "file", help="as published: .jsonl, .json, .csv (.gz or not), .parquet, a folder of them, or of the hub, "
        "hf:OWNER/NAME@REVISION:CONFIG:SPLIT; for reasoning_gym the dataset's name",
    )  # fmt: skip
    parser.add_argument("-o", "--out", type=Path, help="task JSONL to write, with OUT.meta.json (default: to stdout)")
    parser.add_argument("--split-name", help="what the ids begin with (default: the file's name)")
    parser.add_argument("--skip-bad", action="store_true", help="leave out the refused rows and write the others")
    parser.add_argument("--check", action="store_true", help="say which ground truths fail; without -o write nothing")
    parser.add_argument("--no-check", action="store_true", help="take ground truths on trust: no solution is run")
    parser.add_argument("--limit", type=int, default=0, help="only so many rows, the first")
    parser.add_argument("--seed", type=int, default=0, help="of the order of choices, and of what is generated")
    parser.add_argument("--size", type=int, default=500, help="of what reasoning_gym generates")
    parser.add_argument("--config", default="{}", help="of the reasoning_gym dataset, as JSON")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="rows checked at the same time")
    parser.add_argument("--licence", default="", help="for the manifest, where this script does not know it")
    return parser, parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Convert a set; the exit status is 0 only when no row was refused, or those that were are to be skipped."""
    parser, args = parsed(argv)
    if args.set not in SETS:
        near = difflib.get_close_matches(args.set, SETS, n=1, cutoff=0)[0]
        parser.error(f"no set is called {args.set!r}: did you mean {near!r}?")
    if args.check and args.no_check:
        parser.error("--check and --no-check exclude each other")
    for option in ("limit", "size", "workers"):
        if getattr(args, option) < (option != "limit"):
            parser.error(f"--{option} {getattr(args, option)}: it must be {int(option != 'limit')} or more")
    try:
        if args.set == "reasoning_gym":
            source = generated(args.file, args.size, args.seed, config_of(args.config))
        else:
            source = open_source(args.file, SETS[args.set].columns)
    except NoSource as error:
        parser.error(str(error))
    split = args.split_name or Path(args.file.removesuffix("/").split(":")[-1].removesuffix(".gz")).stem or args.set
    options = Options(split=split, seed=args.seed, trust=args.no_check, limit=args.limit, workers=args.workers)
    only_check = args.check and args.out is None
    try:
        return prepare(
            args.set, source, args.out, options, skip_bad=args.skip_bad, only_check=only_check, licence=args.licence
        )
    except (OSError, EOFError) as error:  # a damaged .gz, a full disk, a hub that goes away
        parser.error(f"{args.file}: {error}")


def config_of(text: str) -> dict[str, object]:
    """The config of a generated set; NoSource where it is none."""
    try:
        config = json.loads(text)
    except ValueError as error:
        raise NoSource(f"--config is not JSON: {error}") from None
    if not isinstance(config, dict):
        raise NoSource(f'--config {text} is not a mapping, such as {{"n_people": 3}}')
    return config


if __name__ == "__main__":
    raise SystemExit(main())
