"""Public question sets → task JSONL, every ground truth checked against itself.

python data/prepare.py gsm8k test.jsonl -o gsm8k_test.jsonl --split-name gsm8k-test
"""

import argparse
import difflib
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.progress import track

Task = dict[str, object]
_GSM8K_ANSWER = re.compile(r"####\s*(-?[\d,]*\.?\d+)\s*\Z")


class Refused(ValueError):
    """A line that is no task; the message says what was expected."""


def gsm8k(row: Mapping[str, object]) -> tuple[str, str]:
    """Question and ground truth of a GSM8K row: its answer ends in `#### 18`.

    >>> gsm8k({"question": "How many?", "answer": "500 * 2 = 1000\\n#### 1,000"})
    ('How many?', '1000')
    """
    question, answer = row.get("question"), row.get("answer")
    if not (isinstance(question, str) and question.strip() and isinstance(answer, str)):
        raise Refused(f'expected texts under "question" and "answer", found the keys {sorted(row)}')
    found = _GSM8K_ANSWER.search(answer)
    if not found:
        raise Refused(f'expected "answer" to end in "#### NUMBER", found {answer[-40:]!r}')
    return question.strip(), found[1].replace(",", "")


SETS: dict[str, Callable[[Mapping[str, object]], tuple[str, str]]] = {"gsm8k": gsm8k}


def check(ground_truth: str) -> None:
    """Refuse a ground truth that the verifier would not accept as its own answer."""
    from verifiers import verify_math

    verdict = verify_math(f"\\boxed{{{ground_truth}}}", ground_truth)
    if verdict.score != 1:
        raise Refused(f"verify_math does not accept the ground truth {ground_truth!r} as itself: {verdict.reason}")


def convert(name: str, lines: Sequence[str], split: str) -> Iterator[tuple[int, Task | Refused]]:
    """For every line that is not blank its number, with its task or why it was refused."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise Refused(f"expected a JSON object, found {line.strip()[:40]!r}")
            question, ground_truth = SETS[name](row)
            check(ground_truth)
            # The id is the place in the file, so that it stays when another line is refused.
            yield number, {"id": f"{split}-{number - 1}", "question": question, "ground_truth": ground_truth}
        except json.JSONDecodeError as error:
            yield number, Refused(f"expected one JSON object, found {line.strip()[:40]!r} ({error.msg})")
        except Refused as error:
            yield number, error


def prepare(name: str, source: Path, out: Path | None, split: str, *, skip_bad: bool = False) -> int:
    """Write the tasks, say what became of every line, and return the exit status."""
    lines = source.read_text(encoding="utf-8").split("\n")
    shown = track(
        convert(name, lines, split), name, total=len(lines), console=Console(stderr=True), transient=True,
        disable=not sys.stderr.isatty(),
    )  # fmt: skip
    tasks: list[Task] = []
    refused: list[tuple[int, Refused]] = []
    for number, item in shown:
        if isinstance(item, Refused):
            refused.append((number, item))
        else:
            tasks.append(item)
    for number, why in refused:
        print(f"{source} line {number}: {why}", file=sys.stderr)
    read = f"read {len(tasks) + len(refused)}"
    if refused and not skip_bad:
        print(f"{read}, refused {len(refused)}, wrote none: mend them, or pass --skip-bad", file=sys.stderr)
        return 1
    text = "".join(json.dumps(task, ensure_ascii=False) + "\n" for task in tasks)
    if out is None:
        sys.stdout.write(text)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = out.with_name(f".{out.name}.new")
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, out)
    print(f"{read}, wrote {len(tasks)}, refused {len(refused)}", file=sys.stderr)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", help=f"which set the file is of: {', '.join(SETS)}")
    parser.add_argument("file", type=Path, help="the file as published")
    parser.add_argument("-o", "--out", type=Path, help="task JSONL to write (default: standard output)")
    parser.add_argument("--split-name", help="what the ids begin with (default: the file's name)")
    parser.add_argument("--skip-bad", action="store_true", help="leave out the refused lines and write the others")
    args = parser.parse_args(argv)
    if args.set not in SETS:
        near = difflib.get_close_matches(args.set, SETS, n=1, cutoff=0)[0]
        parser.error(f"no set is called {args.set!r}: did you mean {near!r}?")
    if not args.file.is_file():
        names = [entry.name for entry in args.file.absolute().parent.glob("*.jsonl")]
        near_files = difflib.get_close_matches(args.file.name, names, n=1, cutoff=0)
        hint = f"did you mean {args.file.parent / near_files[0]}?" if near_files else "give the path of a JSONL file"
        parser.error(f"{args.file} is no file: {hint}")
    return prepare(args.set, args.file, args.out, args.split_name or args.file.stem, skip_bad=args.skip_bad)


if __name__ == "__main__":
    raise SystemExit(main())
