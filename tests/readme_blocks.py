"""The code blocks of the documents, and what must hold of each kind for a test to let it stand."""

from __future__ import annotations

import doctest
import importlib.metadata
import json
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from grpo.config import RecipeError, tomllib
from grpo.tasks import read_tasks
from tests.readme_commands import ROOT, Bad, check_command, check_recipe, commands_in, run
from tests.readme_stacks import before, environment_of, missing_of_ours
from verifiers.registry import GROUP

FOLDERS = ["verifiers", "sandbox", "grpo", "data", "tests"]


@dataclass(frozen=True)
class Block:
    """A fenced block: the words behind its opening fence, its text, and where it begins."""

    kind: str
    text: str
    where: str


def documents() -> list[Path]:
    """Every README, and what GitHub shows of the project; the records in grpo/results are as they were then."""
    found = [*ROOT.glob("*.md"), *(ROOT / ".github").glob("*.md")]
    for folder in FOLDERS:
        found += [path for path in (ROOT / folder).rglob("README.md") if "models" not in path.parts]
    return sorted(found)


def blocks_of(path: Path) -> list[Block]:
    """The fenced blocks of a document; Bad where one is not closed."""
    name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name
    return blocks_in(path.read_text(encoding="utf-8"), str(name))


def blocks_in(text: str, name: str) -> list[Block]:
    """
    >>> blocks_in("~~~sh\\nls\\n~~~", "a.md")
    [Block(kind='sh', text='ls', where='a.md:1')]
    """
    found: list[Block] = []
    opened: tuple[str, str, str] | None = None
    lines: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        fence = re.match(r" *(`{3,}|~{3,})(.*)", line)
        if opened is None:
            if fence:
                opened, lines = (fence[1], fence[2].strip(), f"{name}:{number}"), []
        elif fence and fence[1].startswith(opened[0]) and not fence[2].strip():
            found.append(Block(opened[1], "\n".join(lines), opened[2]))
            opened = None
        else:
            lines.append(line)
    if opened is not None:
        raise Bad(f"{opened[2]}: the block that begins here is not closed")
    return found


def check(block: Block, scratch: Path) -> None:
    """Bad where the block would not do what it shows. `scratch` is an empty folder to run it in."""
    if block.kind not in KINDS:
        raise Bad(f"{block.where}: a block of kind {block.kind!r} is checked by nobody: use one of {', '.join(KINDS)}")
    try:
        KINDS[block.kind](block, scratch)
    except Bad as error:
        raise Bad(f"{block.where}: {error}") from error


# Python


def check_python(block: Block, scratch: Path) -> None:
    """Each block runs alone, in a new process, with warnings as errors: a reader copies one and not all.

    Tests among it are run by pytest. One that begins with `# FILE` shows that file, which is run by a test of its own;
    one that needs another stack's package is run in tests/peers.
    """
    first, _, rest = block.text.partition("\n")
    if shown := re.fullmatch(r"# (\S+\.py)", first):
        return check_shown(ROOT / shown[1], rest)
    try:
        elsewhere = environment_of(block.text)
    except SyntaxError as error:
        raise Bad(f"not Python: {error}") from None
    if elsewhere:
        if lost := missing_of_ours(block.text):
            raise Bad(f"there is no {', '.join(lost)}")
        return None
    if re.search(r"^def test_", block.text, re.MULTILINE):
        (scratch / "test_block.py").write_text(block.text, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "no:cacheprovider", "-W", "error"]
        return run([*command, "--rootdir", str(scratch), "test_block.py"], scratch)
    return run([sys.executable, "-W", "error", "-c", before(block.text) + block.text], scratch)


def check_shown(file: Path, text: str) -> None:
    """Bad where the file does not hold that text, or no test names the file."""
    if not file.is_file():
        raise Bad(f"there is no file {file.relative_to(ROOT)}")
    if text.strip("\n") not in file.read_text(encoding="utf-8"):
        raise Bad(f"{file.relative_to(ROOT)} does not hold this text, line for line")
    tests = [path for path in (ROOT / "tests").rglob("test_*.py") if path.name != "test_readme.py"]
    if not any(file.name in test.read_text(encoding="utf-8") for test in tests):
        raise Bad(f"no test names {file.name}, so nobody runs it")


def check_session(block: Block, scratch: Path) -> None:
    """A Python session says what it shows."""
    test = doctest.DocTestParser().get_doctest(block.text + "\n", {}, block.where, None, 0)
    said: list[str] = []
    if doctest.DocTestRunner(verbose=False).run(test, out=said.append).failed or not test.examples:
        raise Bad("".join(said) or "no line begins with >>>")


# Shell


def check_shell(block: Block, scratch: Path) -> None:
    """Each command of the block is of a class in COMMANDS."""
    words_of = list(commands_in(block.text))
    if not words_of:
        raise Bad("no command")
    for words in words_of:
        check_command(words, scratch)


def check_console(block: Block, scratch: Path) -> None:
    """The commands of a session, behind `$ `; what they printed is a record."""
    lines = [line[2:] for line in block.text.splitlines() if line.startswith("$ ")]
    check_shell(Block("sh", "\n".join(lines), block.where), scratch)


# Data


def check_toml(block: Block, scratch: Path) -> None:
    """A recipe that loads; or a part of a pyproject.toml whose entry points are of groups that we read."""
    try:
        table = tomllib.loads(block.text)
    except tomllib.TOMLDecodeError as error:
        raise Bad(f"not TOML: {error}") from None
    if "project" not in table:
        (scratch / "readme.toml").write_text(block.text, encoding="utf-8")
        try:
            check_recipe([str(scratch / "readme.toml")])
        except RecipeError as error:
            raise Bad(str(error)) from None
        return
    for group, points in table["project"].get("entry-points", {}).items():
        if group != GROUP:
            raise Bad(f"nothing of ours reads the entry points of {group!r}, but those of {GROUP!r}")
        for name, value in points.items():
            if not importlib.metadata.EntryPoint(name, value, group).attr:
                raise Bad(f"the entry point {name} = {value!r} is no module:function")


def check_json(block: Block, scratch: Path) -> None:
    try:
        json.loads(block.text)
    except ValueError as error:
        raise Bad(f"not JSON: {error}") from None


def check_tasks(block: Block, scratch: Path) -> None:
    """Lines of JSON; where they hold a question, lines of tasks."""
    rows = []
    for line in block.text.splitlines():
        check_json(Block("json", line, block.where), scratch)
        rows.append(json.loads(line))
    if any("question" in row for row in rows):
        (scratch / "tasks.jsonl").write_text(block.text, encoding="utf-8")
        try:
            read_tasks(scratch / "tasks.jsonl")
        except RecipeError as error:
            raise Bad(str(error)) from None


class _Loader(yaml.SafeLoader):
    """As lm-eval has it, with functions by their names."""


_Loader.add_constructor("!function", lambda loader, node: node.value)


def check_yaml(block: Block, scratch: Path) -> None:
    """A mapping; its keys are the other stack's to know."""
    try:
        table = yaml.load(block.text, _Loader)
    except yaml.YAMLError as error:
        raise Bad(f"not YAML: {error}") from None
    if not isinstance(table, dict):
        raise Bad("no mapping")


KINDS: dict[str, Callable[[Block, Path], None]] = {
    "python": check_python,
    "pycon": check_session,
    "sh": check_shell,
    "console": check_console,
    "toml": check_toml,
    "json": check_json,
    "jsonl": check_tasks,
    "yaml": check_yaml,
}
"""The word behind an opening fence → how such a block is checked. There is no other."""
