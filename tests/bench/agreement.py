"""How often do verify_math and Math-Verify accept what is wrong, and reject what is right?

    python tests/bench/agreement.py [FILE ...] [--show 20]

A file is JSONL of labelled pairs, as `tests/cases/math.jsonl` (the default) writes them, or with the keys
`gold`, `pred`, `label`, `category` and `mode` (`answer` for two bare answers, `response` for a whole completion).
"""

import argparse
import json
import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from verifiers import Verdict, verify_math
from verifiers.math import equivalent

CASES = Path(__file__).resolve().parents[1] / "cases" / "math.jsonl"
STDERR = Console(stderr=True)  # for progress bars
logging.getLogger("math_verify").setLevel(logging.ERROR)  # it would log every timeout


@dataclass(frozen=True)
class Pair:
    """What one call compares."""

    text: str
    """A whole completion, or a bare answer."""
    ground_truth: str
    whole: bool
    right: bool | None = None
    """None where nobody has labelled it."""
    category: str = ""


def read_pairs(path: Path) -> list[Pair]:
    """Labelled pairs in either spelling; or model outputs, which hold several completions for a ground truth."""
    pairs = []
    for row in map(json.loads, path.read_text(encoding="utf-8").strip().split("\n")):
        if "gt" in row:  # `code` is what the harnesses of ToRA and Qwen2.5-Math call completions
            pairs += [Pair(completion, row["gt"], whole=True) for completion in row["code"]]
        elif "gold" in row:
            pairs.append(Pair(row["pred"], row["gold"], row.get("mode") == "response", row["label"], row["category"]))
        elif "ground_truth" in row:
            text = row.get("completion", row.get("answer"))
            pairs.append(Pair(text, row["ground_truth"], "completion" in row, row["right"], row["category"]))
        else:
            raise SystemExit(f"{path}: a row with the keys {', '.join(row)}: see the top of {Path(__file__).name}")
    return pairs


def ours(pair: Pair) -> Verdict:
    """Our verdict, as a trainer gets it."""
    return (verify_math if pair.whole else equivalent)(pair.text, pair.ground_truth)


def theirs(pair: Pair) -> bool:
    r"""Math-Verify's verdict with its defaults, timeouts included; it reads bare answers best in a \boxed{}."""
    from math_verify import parse, verify

    text = pair.text if pair.whole else rf"\boxed{{{pair.text}}}"
    return bool(verify(parse(rf"\boxed{{{pair.ground_truth}}}"), parse(text)))


@dataclass
class Counts:
    """One line of the table. What is right and undecided counts as rejected: it is not paid."""

    right: int = 0
    wrong: int = 0
    our_false_accepts: int = 0
    our_false_rejects: int = 0
    our_undecided: int = 0
    their_false_accepts: int = 0
    their_false_rejects: int = 0

    def add(self, right: bool, verdict: Verdict, accepted: bool) -> None:
        self.right += right
        self.wrong += not right
        self.our_false_accepts += verdict.correct and not right
        self.our_false_rejects += right and not verdict.correct
        self.our_undecided += right and verdict.score is None
        self.their_false_accepts += accepted and not right
        self.their_false_rejects += right and not accepted

    def mistakes(self) -> list[tuple[int, int]]:
        """The columns of mistakes: how many, and of how many."""
        return [
            *((self.our_false_accepts, self.wrong), (self.our_false_rejects, self.right)),
            (self.our_undecided, self.right),
            *((self.their_false_accepts, self.wrong), (self.their_false_rejects, self.right)),
        ]


Judged = tuple[Pair, Verdict, bool]


def show(judged: Iterable[Judged]) -> None:
    """A line a category, then the totals."""
    lines: dict[str, Counts] = defaultdict(Counts)
    total, undisputed = Counts(), Counts()
    for pair, verdict, accepted in judged:
        # The category `convention` follows CONVENTIONS.md where other graders may well choose otherwise.
        counted = [lines[pair.category], total] + [undisputed] * (pair.category != "convention")
        for counts in counted:
            counts.add(bool(pair.right), verdict, accepted)
    table = Table(title="FA, false accepts; FR, false rejects, undecided too", box=box.SIMPLE, collapse_padding=True)
    table.add_column("category", no_wrap=True)
    for name in ("right", "wrong", "ours\nFA", "ours\nFR", "un-\ndecided", "Math-\nVerify\nFA", "Math-\nVerify\nFR"):
        table.add_column(name, justify="right")
    for category, counts in sorted(lines.items()):
        cells = [f"{count or ''}" for count, _ in counts.mistakes()]
        table.add_row(category, str(counts.right), str(counts.wrong), *cells)
    totals = {"all but convention": undisputed} if "convention" in lines else {}
    for name, counts in (totals | {"total": total}).items():
        table.add_section()
        table.add_row(name, str(counts.right), str(counts.wrong), *(str(count) for count, _ in counts.mistakes()))
        table.add_row("", "", "", *(f"{count / max(1, of):.2%}" for count, of in counts.mistakes()))
    Console().print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", metavar="FILE", type=Path, nargs="*", default=[CASES], help="JSONL of labelled pairs")
    parser.add_argument("--show", type=int, default=0, help="how many of our own mistakes to list")
    args = parser.parse_args()
    pairs = [pair for path in args.files for pair in read_pairs(path)]
    if any(pair.right is None for pair in pairs):
        raise SystemExit("a file holds pairs without a label: speed.py is what compares model outputs")
    judged = [(pair, ours(pair), theirs(pair)) for pair in track(pairs, "comparing", console=STDERR)]
    show(judged)
    our_mistakes = [(pair, verdict) for pair, verdict, _ in judged if verdict.correct != pair.right]
    for pair, verdict in our_mistakes[: args.show]:
        print(f"{pair.category}: {pair.text!r} against {pair.ground_truth!r}: {verdict.reason}, {verdict.note}")


if __name__ == "__main__":
    main()
