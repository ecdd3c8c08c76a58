"""The scores of models side by side, as the paper has them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

Scores = Mapping[str, Any]


def columns(models: Sequence[str]) -> list[str]:
    """A short name for each model: as much of the end of its path as tells it from the others, without `final`.

    >>> columns(["runs/tiny/1-sft/final", "runs/tiny/2-rl/final", "owner/model"])
    ['1-sft', '2-rl', 'model']
    >>> columns(["runs/a/2-rl/final", "runs/b/2-rl/final"])
    ['a/2-rl', 'b/2-rl']
    """
    paths = [[part for part in Path(model).parts if part != "final"] or [model] for model in models]

    def end(path: Sequence[str], length: int) -> str:
        return "/".join(path[-length:])

    names = []
    for path in paths:
        alike = [other for other in paths if other is not path]
        lengths = range(1, len(path) + 1)
        names.append(
            next(
                (end(path, n) for n in lengths if all(end(path, n) != end(other, n) for other in alike)), end(path, 99)
            )
        )
    return names


def rows(found: Sequence[Scores]) -> list[list[str]]:
    """A line a figure: its name, then each model's; after them pass@1 at each level."""
    names = dict.fromkeys(name for scores in found for name in scores)
    shown = [name for name in names if name not in ("model", "levels") and not name.endswith((" low", " high"))]
    lines = [[name, *(cell(scores, name) for scores in found)] for name in shown]
    levels = dict.fromkeys(level for scores in found for level in scores["levels"])
    for level in levels:
        own = [scores["levels"].get(level, {}) for scores in found]
        lines.append([f"level {level}: pass@1", *(cell(scores, "pass@1") for scores in own)])
    return lines


def cell(scores: Scores, name: str) -> str:
    """A figure as text: shares in %, with their interval where there is one."""
    value = scores.get(name)
    if value is None:
        return "–"
    if "@" not in name and name not in ("truncated", "language"):
        return f"{value:.0f}"
    low, high = scores.get(f"{name} low"), scores.get(f"{name} high")
    return f"{100 * value:.1f}" + (
        f" ({100 * low:.1f}–{100 * high:.1f})" if low is not None and high is not None else ""
    )


def on_screen(found: Sequence[Scores]) -> Table:
    """For the terminal."""
    table = Table()
    table.add_column("")
    for name in columns([scores["model"] for scores in found]):
        table.add_column(Text(name), justify="right", overflow="fold")
    for line in rows(found):
        table.add_row(*map(Text, line), style="dim" if line[0].startswith("level ") else "")
    return table


def markdown(found: Sequence[Scores], said: str) -> str:
    """The same in Markdown, under a sentence on how it was measured."""
    lines = [["", *columns([scores["model"] for scores in found])], ["---", *["---:"] * len(found)], *rows(found)]
    table = "\n".join(f"| {' | '.join(map(escaped, line))} |" for line in lines)
    return f"{escaped(said)}\n\n{table}\n"


def escaped(text: str) -> str:
    """In a cell: one line, and no bar of its own.

    >>> escaped("a|b")
    'a\\\\|b'
    """
    return " ".join(text.split()).replace("|", "\\|")
