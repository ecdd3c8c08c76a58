"""`python -m verifiers audit module:function --kind math`: the table, and exit status 0 only when no law is broken."""

from __future__ import annotations

import argparse
import os
import sys

from .audit import PROFILES, check_reward
from .signature import NotUnderstood

EPILOG = """examples:
  python -m verifiers audit my_rewards:accuracy --kind math
  python -m verifiers audit path/to/file.py:compute_score --kind math --set data_source=openai/gsm8k --groups integers
  python -m verifiers audit trl.rewards:think_format_reward --kind format --json"""


def audit(arguments: list[str]) -> int:
    """0 where every law is kept, 1 where one is broken, 2 where the function cannot be called."""
    options = _parser().parse_args(arguments)
    sys.path.insert(0, os.getcwd())
    try:
        report = check_reward(
            options.function,
            options.kind,
            threshold=options.threshold,
            profile=options.profile,
            seed=options.seed,
            timeout=options.timeout,
            columns=dict(options.set),
            groups=options.groups,
            laws=options.laws,
            said=options.said,
            truth=options.truth,
        )
    except (NotUnderstood, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.json:
        print(report.to_json())
    else:
        from rich.console import Console

        Console().print(report)
    return 0 if report.ok else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m verifiers audit",
        description="Which laws does a reward function break?",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("function", help="module:function, or path/to/file.py:function")
    parser.add_argument("--kind", default="math", help="math (default), code, format, language, choice or countdown")
    parser.add_argument("--profile", default="default", choices=list(PROFILES))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threshold", type=float, help="the score from which an answer is accepted")
    parser.add_argument("--timeout", type=float, help="seconds after which a call hangs")
    parser.add_argument("--set", type=_pair, action="append", default=[], metavar="NAME=VALUE", help="fix a parameter")
    parser.add_argument("--groups", type=_names, help="kinds of values, such as integers,fractions")
    parser.add_argument("--laws", type=_names, help="some laws alone")
    parser.add_argument("--said", help="how a completion says its ANSWER, such as '#### ANSWER'")
    parser.add_argument("--truth", help="how a ground truth is written, such as '$TRUTH$'")
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]
