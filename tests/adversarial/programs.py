"""The programs of a folder, each with the header in its docstring: what it is judged by and what must come of it.

'''Reads what the program before it has left behind.

task: squares            one of tasks.py; or ground_truth: {…}, in JSON
status: WA RE            what may come of the first test that is not AC
limits: cpu_s=1          where they are not those of tasks.LIMITS
seconds: 5               the judge must have its verdict by then
machine: x86_64          where the program holds numbers of system calls
needs: numpy             a module without which the program proves nothing
fails: B                 where it is misjudged as yet: a hole that the sandbox's README names
'''
"""

from __future__ import annotations

import importlib.util
import json
import platform
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tasks import LIMITS, TASKS

HERE = Path(__file__).parent
_HEADER = re.compile(r'"""(.*?)\n\n(.*?)"""', re.DOTALL)
_NO_HANG_S = 60
"""A machine under load takes its time; a judge that hangs takes for ever."""
_KEYS = {"task", "ground_truth", "status", "limits", "seconds", "machine", "needs", "fails"}


@dataclass(frozen=True)
class Case:
    """One program and what its header says."""

    name: str
    idea: str
    source: str
    ground_truth: dict[str, Any]
    statuses: frozenset[str]
    seconds: float
    skip: str = ""
    """Why it would prove nothing on this machine."""
    notes: dict[str, str] = field(default_factory=dict)

    def completion(self, **names: object) -> str:
        """What a policy would have written, with what is called @NAME@ in the program filled in."""
        source = self.source
        for name, value in names.items():
            source = source.replace(f"@{name.upper()}@", str(value))
        return f"<think>Let me see.</think>\n<answer>\n```python\n{source}\n```\n</answer>"


def load(folder: str, **limits: float) -> list[Case]:
    """Every program of the folder, in the order of their names; `limits` for those that ask for no other."""
    return [_case(path, limits) for path in sorted((HERE / folder).glob("*.py"))]


def _case(path: Path, limits: dict[str, float]) -> Case:
    source = path.read_text(encoding="utf-8")
    header = _HEADER.search(source)
    assert header, f"{path} has no header: see {__file__}"
    lines = (line.partition(": ") for line in header[2].splitlines() if line)
    notes = {key: value.strip() for key, _, value in lines}
    assert not notes.keys() - _KEYS, f"the header of {path} has the unknown keys {', '.join(notes.keys() - _KEYS)}"
    given = json.loads(notes["ground_truth"]) if "ground_truth" in notes else dict(TASKS[notes["task"]])
    wished = dict(pair.split("=") for pair in notes.get("limits", "").split())
    numbers = {key: float(value) if key.endswith("_s") else int(value) for key, value in wished.items()}
    given["limits"] = {**LIMITS, **limits, **given.get("limits", {}), **numbers}
    seconds = float(notes.get("seconds", _NO_HANG_S))
    skip = ""
    if notes.get("machine", platform.machine()) != platform.machine():
        skip = f"holds system calls of {notes['machine']}, and this is {platform.machine()}"
    elif "needs" in notes and importlib.util.find_spec(notes["needs"]) is None:
        skip = f"needs {notes['needs']}, which is not installed"
    return Case(path.stem, header[1].strip(), source, given, frozenset(notes["status"].split()), seconds, skip, notes)
