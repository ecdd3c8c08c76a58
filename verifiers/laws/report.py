"""What an audit found: a table for people, JSON for machines."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .dress import Dress
from .search import Counterexample

if TYPE_CHECKING:
    from rich.console import RenderableType

_MOST = 160  # characters of a text that a table shows

_GROUPS = 4  # names of groups that it shows


@dataclass(frozen=True)
class Finding:
    """What one law says of the function."""

    law: str
    sentence: str
    status: str
    """kept, broken, advice, or not run (the law is none for this kind)."""
    calls: int
    counterexamples: tuple[Counterexample, ...] = ()
    """The smallest of each group of tasks, the smallest of all first."""
    cut_short: bool = False
    """The function is so slow that not every example was tried."""


@dataclass(frozen=True)
class Report:
    """What `check_reward` found."""

    function: str
    kind: str
    stack: str
    """Whose way of calling a reward function this one has."""
    dress: Dress
    """How it wants its completions and ground truths."""
    threshold: float
    """From which score on an answer is accepted."""
    profile: str
    seed: int
    calls: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """True where no law is broken; advice is none."""
        return not self.broken

    @property
    def broken(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.status == "broken")

    @property
    def advice(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.status == "advice")

    def to_json(self) -> str:
        """All of it, as JSON."""
        return json.dumps({"ok": self.ok, **asdict(self)}, default=_plain, indent=2)

    def __bool__(self) -> bool:
        raise TypeError("a report is not just true: use .ok, .broken or .advice")

    def __str__(self) -> str:
        from rich.console import Console

        console = Console(width=120, color_system=None, force_terminal=False, highlight=False)
        with console.capture() as text:
            console.print(self)
        return text.get()

    def __rich__(self) -> RenderableType:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(title=f"{self.function} as a reward of kind {self.kind}", title_justify="left", show_lines=True)
        for column, ratio in (("", None), ("law", 3), ("smallest counter-example", 5), ("said", 3)):
            table.add_column(column, ratio=ratio, overflow="fold")
        for finding in (*self.broken, *self.advice):
            first = finding.counterexamples[0]
            groups = list(dict.fromkeys(one.group for one in finding.counterexamples if one.group))
            more = f" and {len(groups) - _GROUPS} more" if len(groups) > _GROUPS else ""
            said = first.said + (f"\nin {', '.join(groups[:_GROUPS])}{more}" if groups else "")
            case = f"completion {shown(first.completion)}\nground truth {shown(first.ground_truth)}"
            if finding.law == "it_travels_to_another_process":
                case = ""  # no call was made
            style = "red" if finding.status == "broken" else "yellow"
            table.add_row(Text(finding.status, style), Text(finding.law.replace("_", " ")), Text(case), Text(said))
        kept = sum(finding.status == "kept" for finding in self.findings)
        line = f"{kept} laws kept, {len(self.broken)} broken, {len(self.advice)} advice; {self.calls:,} calls"
        slow = [finding.law.replace("_", " ") for finding in self.findings if finding.cut_short]
        how = f"called as {self.stack}; completions like {shown(self.dress.completion('ANSWER'))}"
        lines = [line, f"{how}; accepted from {self.threshold:g} on; profile {self.profile}, seed {self.seed}"]
        lines += [f"cut short, since the function is slow: {', '.join(slow)}"] if slow else []
        summary = Text("\n".join(lines))
        return Group(table, summary) if self.broken or self.advice else Group(Text(str(table.title)), summary)


def shown(value: Any) -> str:
    """A text as Python would write it, its middle left out where it is long."""
    text = repr(value)
    if len(text) <= _MOST:
        return text
    size = len(value) if isinstance(value, str) else len(text)
    return f"{text[: _MOST // 2]} … {text[-_MOST // 4 :]} ({size:,} characters)"


def _plain(value: Any) -> Any:
    return str(value)
