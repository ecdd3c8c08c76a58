"""What must hold of each command in a document: it is run, or its own parser takes it."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Any

import tyro
from packaging.requirements import Requirement

from grpo.config import RecipeError, load_recipe, tomllib
from grpo.rewards import make_reward
from grpo.settings import Recipe

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


class Bad(AssertionError):
    """What is wrong with a block, and where it stands."""


def run(command: list[str], folder: Path) -> None:
    """Bad with what it said where the command fails."""
    for entry in ROOT.iterdir():  # what a reader has at hand; what is written stays in the scratch
        if entry.name not in (".git", "runs", "build") and not (folder / entry.name).exists():
            (folder / entry.name).symlink_to(entry)
    environment = os.environ | {"PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1", "COLUMNS": "120"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Bad(
            f"{shlex.join(command[:4])[:200]} ended with {done.returncode}:\n{(done.stderr or done.stdout)[-3000:]}"
        )


def commands_in(text: str) -> Iterator[list[str]]:
    """
    >>> list(commands_in("A=1 a 'b c' && d > e  # f\\ng \\\\\\n  h"))
    [['a', 'b c'], ['d'], ['g', 'h']]
    """
    line = ""
    for part in text.splitlines():
        line = f"{line}{part}"
        if line.endswith("\\"):
            line = line[:-1]
            continue
        try:
            tokens = list(tokens_of(line))
        except ValueError:  # a quotation goes on in the next line
            line += "\n"
            continue
        line, words = "", []
        for token in [*tokens, ";"]:
            if re.fullmatch(r"[<>]+", token):
                words.append(token)
            elif re.fullmatch(r"[;&|()]+", token):
                kept = [word for at, word in enumerate(words) if not {word, *words[at - 1 : at]} & {"<", ">", ">>"}]
                while kept and re.match(r"[A-Z_][A-Z_0-9]*=", kept[0]):
                    kept.pop(0)
                if kept:
                    yield kept
                words = []
            else:
                words.append(token)
    if line:
        raise Bad(f"the command {line!r} does not end")


def tokens_of(line: str) -> Iterator[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=";&|()<>")
    lexer.whitespace_split = True
    return iter(lexer)


def check_command(words: list[str], scratch: Path) -> None:
    """Bad where the command is of no class, or of one that it does not keep."""
    program = re.sub(r"^[\w./-]*/bin/(?=pip|python)", "", words[0])
    said = " ".join([program, *words[1:]])
    for word in words[1:]:
        if re.match(r"(tests|grpo|verifiers|sandbox|\.ci)/[\w./-]+\.\w+$", word) and not (ROOT / word).is_file():
            raise Bad(f"{said}: there is no file {word}")
    for pattern, checked in COMMANDS.items():
        if re.match(pattern, said):
            return checked([program, *words[1:]], scratch)
    raise Bad(f"{said!r} is of no class: give it one in COMMANDS of tests/readme_commands.py")


def run_command(words: list[str], scratch: Path) -> None:
    run([sys.executable, *words[1:]], scratch)


class Parsed(BaseException):
    """The command line was accepted."""


@contextmanager
def parsing_alone() -> Iterator[None]:
    """Nothing happens after a command line was parsed: Parsed is raised."""
    parse, cli = argparse.ArgumentParser.parse_args, tyro.cli

    def then_stop(real: Callable[..., Any]) -> Callable[..., Any]:
        def parse_and_stop(*args: Any, **named: Any) -> Any:
            real(*args, **named)
            raise Parsed

        return parse_and_stop

    argparse.ArgumentParser.parse_args = then_stop(parse)  # type: ignore[method-assign]
    tyro.cli = then_stop(cli)
    try:
        yield
    finally:
        argparse.ArgumentParser.parse_args, tyro.cli = parse, cli  # type: ignore[method-assign]


def parse_command(words: list[str], scratch: Path) -> None:
    """`python -m MODULE …`: its own parser takes the words, and nothing of it is run."""
    module = module_of(words[2])
    try:
        with parsing_alone(), redirect_stderr(StringIO()) as said:
            module.main(words[3:])
    except Parsed:
        return
    except SystemExit as error:
        raise Bad(f"{shlex.join(words)}: its parser ends with {error.code}: {said.getvalue()[-1000:]}") from None
    raise Bad(f"{shlex.join(words)}: no parser has seen it: {said.getvalue()[-1000:]}")


def module_of(name: str) -> Any:
    """What `python -m NAME` runs."""
    try:
        module = importlib.import_module(name)
        return importlib.import_module(f"{name}.__main__") if hasattr(module, "__path__") else module
    except ModuleNotFoundError as error:
        raise Bad(f"python -m {name}: {error}") from None


def parse_script(words: list[str], scratch: Path) -> None:
    """`python FILE …`, the same, in a process of its own: scripts find their modules beside them."""
    if not (ROOT / words[1]).is_file():
        raise Bad(f"there is no file {words[1]}")
    hook = (
        "import runpy, sys; from tests.readme_commands import Parsed, parsing_alone\n"
        "sys.argv = sys.argv[1:]; import pathlib; sys.path[0] = str(pathlib.Path(sys.argv[0]).resolve().parent)\n"
        "try:\n    with parsing_alone(): runpy.run_path(sys.argv[0], run_name='__main__')\n"
        "except Parsed: sys.exit(0)\n"
        "sys.exit('no parser has seen it')"
    )
    run([sys.executable, "-c", hook, *words[1:]], scratch)


def check_recipe(args: list[str]) -> None:
    """RecipeError where the recipe, or a reward that it names, is wrong."""
    recipe = load_recipe(args)
    if isinstance(recipe, Recipe):
        make_reward(recipe)


def parse_training(words: list[str], scratch: Path) -> None:
    """The recipe exists, its numbers go together with the overrides, and nothing is trained."""
    try:
        with redirect_stderr(StringIO()) as said:
            check_recipe([word for word in words[3:] if word != "--dry-run"])
    except RecipeError as error:
        raise Bad(f"{shlex.join(words)}: {error}") from None
    except SystemExit:
        raise Bad(f"{shlex.join(words)}: {said.getvalue()[-1000:]}") from None


def parse_torchrun(words: list[str], scratch: Path) -> None:
    """torchrun's parser takes its own options; what is behind them is a training of ours."""
    from torch.distributed.run import get_args_parser

    try:
        with redirect_stderr(StringIO()) as said:
            options = get_args_parser().parse_args(words[1:])
    except SystemExit:
        raise Bad(f"{shlex.join(words)}: {said.getvalue()[-1000:]}") from None
    if not options.module:
        raise Bad(f"{shlex.join(words)}: torchrun runs a module of ours, as -m grpo.train")
    check_command(["python", "-m", options.training_script, *options.training_script_args], scratch)


def name_module(words: list[str], scratch: Path) -> None:
    """The module exists; another program reads the options behind it."""
    if importlib.util.find_spec(words[2]) is None:
        raise Bad(f"{shlex.join(words)}: no module {words[2]}")


def parse_pip(words: list[str], scratch: Path) -> None:
    """Requirements are spelled rightly, our extras exist, and a stack's version is the one that tests/peers runs."""
    extras = PYPROJECT["project"]["optional-dependencies"]
    for word in [word for word in words[2:] if not word.startswith("-")]:
        wanted = Requirement(re.sub(r"^\.(?=\[|$)", "r1-verifiers", word))
        if wanted.name == "r1-verifiers":
            if unknown := wanted.extras - set(extras):
                raise Bad(f"{shlex.join(words)}: pyproject.toml has no extra {', '.join(unknown)}")
        elif (pinned := pinned_version(wanted.name)) and pinned not in wanted.specifier:
            raise Bad(f"{shlex.join(words)}: tests/peers runs {wanted.name} {pinned}")


def pinned_version(package: str) -> str:
    """The version of a stack that has a list of its own in tests/peers; empty where it has none."""
    listed = ROOT / "tests" / "peers" / f"{package}.txt"
    text = listed.read_text(encoding="utf-8") if listed.is_file() else ""
    return next(iter(re.findall(rf"^{re.escape(package)}==(\S+)", text, re.MULTILINE)), "")


def parse_pytest(words: list[str], scratch: Path) -> None:
    """What it is to collect exists."""
    for word in words[1:]:
        if not re.fullmatch(r"-[nsqkm]|\d+", word) and not (ROOT / word.partition("::")[0]).exists():
            raise Bad(f"{shlex.join(words)}: there is no {word}")


def parse_bash(words: list[str], scratch: Path) -> None:
    """The script exists and is shell; what is in it is not run."""
    run(["bash", "-n", str(ROOT / words[1])], scratch)


def ask_server(words: list[str], scratch: Path) -> None:
    """The reward server has that path, and reads that body."""
    from verifiers.server.app import app
    from verifiers.server.payloads import Malformed, Served, read_score

    url = next(word for word in words if word.startswith("http"))
    path = "/" + url.split("/", 3)[3].partition("?")[0]
    if path not in {getattr(route, "path", "") for route in app({"math": "math"}).routes}:
        raise Bad(f"{shlex.join(words)}: the server has no {path}")
    if "-d" in words:
        try:
            read_score(words[words.index("-d") + 1].encode(), Served(["math"]))
        except Malformed as error:
            raise Bad(f"{shlex.join(words)}: {error}") from None


def name_adapters(words: list[str], scratch: Path) -> None:
    """Another stack's program, which reads the options: what they name of ours is there."""
    named = [word.partition("=")[2] or word for word in words if "verifiers." in word]
    for name in named:
        module, _, function = name.removeprefix("pkg://").rpartition(".")
        if name.startswith("pkg://"):
            module, function = name.removeprefix("pkg://"), "compute_score"
        if not hasattr(module_of(module), function):
            raise Bad(f"{shlex.join(words)}: there is no {module}.{function}")


def known_to_the_system(words: list[str], scratch: Path) -> None:
    """A command of every system; what it would do is not tried."""
    if words[:3] != ["python", "-m", "venv"] and shutil.which(words[0]) is None:
        raise Bad(f"{words[0]} is not here")


COMMANDS: dict[str, Callable[[list[str], Path], None]] = {
    # Run, as they stand.
    r"python -m verifiers (doctor|explain)\b": run_command,
    r"python -m sandbox$": run_command,
    r"python -m verifiers score tests/cases/": run_command,
    r"python -m verifiers\.adapters\.prime$": run_command,
    # Parsed: they train, serve, download, or read files that only a reader has.
    r"python -m verifiers (audit|score|serve)\b": parse_command,
    r"python -m sandbox (serve|image)\b": parse_command,
    r"python -m grpo\.train\b": parse_training,
    r"python -m grpo\.(evaluate|preferences|report|replay)\b": parse_command,
    r"python (data|tests/bench)/\w+\.py\b": parse_script,
    r"torchrun ": parse_torchrun,
    r"pip install ": parse_pip,
    r"pytest\b": parse_pytest,
    r"bash \.ci/\w+$": parse_bash,
    # Named: vLLM reads the options, in tests/peers/test_vllm.py.
    r"python -m grpo\.serve_vllm\b": name_module,
    r"curl -s http://127\.0\.0\.1:8643/": ask_server,
    # Another stack's: tests/peers has its package.
    r"python -m verl\.trainer\.main_ppo ": name_adapters,
    r"python -m openrlhf\.cli\.train_ppo_ray ": name_adapters,
    r"python train\.py --custom-rm-path ": name_adapters,  # slime's
    r"(python -m venv|head|cd|git clone) ": known_to_the_system,
}
"""How each command begins → how it is checked."""
