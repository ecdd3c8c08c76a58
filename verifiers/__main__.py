"""`python -m verifiers doctor`: is this installation sound? `… explain math ANSWER GROUND_TRUTH`: why this verdict?

Programs come in files: `… explain code COMPLETION_FILE GROUND_TRUTH_FILE`.
`… audit module:function --kind math`: which laws does that reward function break?
`… score FILE.jsonl --verifier math`: every completion of a file, with its score.
`… serve`: score completions that arrive by HTTP.
"""

from __future__ import annotations

import difflib
import sys
from functools import partial
from pathlib import Path

COMMANDS = ("doctor", "explain", "audit", "score", "serve")
USAGE = """usage: python -m verifiers explain math ANSWER_OR_COMPLETION GROUND_TRUTH
       python -m verifiers explain code FILE_OF_PROGRAM_OR_COMPLETION FILE_OF_GROUND_TRUTH
       python -m verifiers explain format COMPLETION
       python -m verifiers explain language COMPLETION [en]
       python -m verifiers explain choice|countdown COMPLETION GROUND_TRUTH
       python -m verifiers audit MODULE:FUNCTION --kind math     which laws a reward function breaks
       python -m verifiers score FILE.jsonl --verifier math      every completion of a file, with its score
       python -m verifiers serve [--port 8643] [--workers N]     scores completions that arrive by HTTP
       python -m verifiers doctor                                whether this installation is sound"""


EXPLAINED = {
    "math": (2, 2),
    "code": (2, 2),
    "format": (1, 1),
    "language": (1, 2),
    "choice": (2, 2),
    "countdown": (2, 2),
}
"""What can be explained → how many texts it takes, at least and at most."""


def explain(arguments: list[str]) -> int:
    """0 where there is something to explain."""
    kind, texts = arguments[0] if arguments else "", arguments[1:]
    fewest, most = EXPLAINED.get(kind, (1, 0))
    if not fewest <= len(texts) <= most:
        print(USAGE, file=sys.stderr)
        return 2
    if kind == "math":
        from .math.explain import explain as explain_verdict
    elif kind != "code":
        from . import explain as simple

        explain_verdict = partial(simple.explain, kind)
        texts = [*texts, ""][:2]
    else:
        from .code.explain import explain as explain_verdict

        try:
            texts = [Path(name).read_text(encoding="utf-8") for name in texts]
        except (OSError, UnicodeDecodeError) as error:
            print(f"cannot read a file of text: {error}", file=sys.stderr)
            return 2
    try:
        lines = explain_verdict(*texts)
    except ValueError as error:  # a language that is not known
        print(error, file=sys.stderr)
        return 2
    for name, said in lines:
        print(f"{name:<14}  " + f"\n{'':16}".join(said.split("\n")))
    return 0


def main(arguments: list[str]) -> int:
    """0 only when all is well."""
    if arguments in ([], ["-h"], ["--help"]):
        print(USAGE, file=sys.stdout if arguments else sys.stderr)
        return 0 if arguments else 2
    if arguments[:1] == ["explain"]:
        return explain(arguments[1:])
    if arguments[:1] == ["audit"]:
        try:
            from .laws.command import audit
        except ModuleNotFoundError as error:
            print(error, file=sys.stderr)
            return 2
        return audit(arguments[1:])
    if arguments[:1] == ["score"]:
        from .scoring.command import command

        return command(arguments[1:])
    if arguments[:1] == ["serve"]:
        try:
            from .server.command import main as serve
        except ModuleNotFoundError as error:
            print(f"{error.name} is missing: pip install 'r1-verifiers[server]'", file=sys.stderr)
            return 1
        return serve(arguments[1:])
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        said = " ".join(arguments)[:80]
        near = difflib.get_close_matches(said, COMMANDS, 1, 0)[0]
        print(f"unknown command {said!r}: did you mean `python -m verifiers {near}`?", file=sys.stderr)
        return 2
    from .doctor import main as doctor

    return doctor()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
