"""`python -m verifiers doctor`: is this installation sound? `… explain math ANSWER GROUND_TRUTH`: why this verdict?

Programs come in files: `… explain code COMPLETION_FILE GROUND_TRUTH_FILE`.
`… audit module:function --kind math`: which laws does that reward function break?
`… serve`: score completions that arrive by HTTP.
"""

from __future__ import annotations

import difflib
import importlib.metadata
import sys
from pathlib import Path

COMMANDS = ("doctor", "explain", "audit", "score", "serve")
USAGE = """usage: python -m verifiers explain math ANSWER_OR_COMPLETION GROUND_TRUTH
       python -m verifiers explain code FILE_OF_PROGRAM_OR_COMPLETION FILE_OF_GROUND_TRUTH
       python -m verifiers audit MODULE:FUNCTION --kind math     which laws a reward function breaks
       python -m verifiers score FILE.jsonl --verifier math      every completion of a file, with its score
       python -m verifiers serve [--port 8643] [--workers N]     scores completions that arrive by HTTP
       python -m verifiers doctor                                whether this installation is sound"""


def doctor() -> list[tuple[bool, str]]:
    """Each check: whether it passed, and what it found."""
    return [_name(), *map(_version, ("math-verify", "sympy")), _worker(), _fallback(), _language()]


def _name() -> tuple[bool, str]:
    """PyPI has another distribution that installs the import name `verifiers`."""
    try:
        other = importlib.metadata.distribution("verifiers")
    except importlib.metadata.PackageNotFoundError:
        return True, f"the import name verifiers is ours alone ({Path(__file__).parent})"
    return False, (
        f"the distribution verifiers {other.version} is installed too, and owns the same import name: "
        "give it an environment of its own (python -m venv), or uninstall both and install r1-verifiers again"
    )


def _version(distribution: str) -> tuple[bool, str]:
    try:
        return True, f"{distribution} {importlib.metadata.version(distribution)}"
    except importlib.metadata.PackageNotFoundError:
        return False, f"{distribution} is not installed: pip install {distribution}"


def _worker() -> tuple[bool, str]:
    from .format import verify_format
    from .pool import verify_batch

    verdict = verify_batch(verify_format, ["<think>a</think><answer>b</answer>"], [None], workers=1)[0]
    if verdict.correct:
        return True, "worker processes start"
    return False, f"worker processes do not start: {verdict.reason} {verdict.note}"


def _fallback() -> tuple[bool, str]:
    from .math import equivalent

    verdict = equivalent(r"\int_0^x t\,dt", r"\frac{x^2}{2}")
    if verdict.correct and verdict.details.get("proof") == "fallback":
        return True, "Math-Verify answers in its worker"
    return False, f"Math-Verify does not answer: {verdict.reason} {verdict.note}"


def _language() -> tuple[bool, str]:
    from .language.identify import identifier, model_file

    found = identifier()
    install = 'pip install "r1-verifiers[language]"'
    if found.probabilities is None:
        return True, f"verify_language tells scripts apart, not languages that share one: {install}"
    if found.name.startswith("fasttext"):
        return True, f"languages are told apart by {found.name} ({model_file()})"
    return True, f"languages are told apart by {found.name}, the second choice: {install} for fastText"


def explain(arguments: list[str]) -> int:
    """0 where there is something to explain."""
    if len(arguments) != 3 or arguments[0] not in ("math", "code"):
        print(USAGE, file=sys.stderr)
        return 2
    texts = arguments[1:]
    if arguments[0] == "math":
        from .math.explain import explain as explain_verdict
    else:
        from .code.explain import explain as explain_verdict

        try:
            texts = [Path(name).read_text(encoding="utf-8") for name in texts]
        except (OSError, UnicodeDecodeError) as error:
            print(f"cannot read a file of text: {error}", file=sys.stderr)
            return 2
    for name, said in explain_verdict(*texts):
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
    checks = doctor()
    for passed, found in checks:
        print(f"{'ok  ' if passed else 'FAIL'}  {found}")
    return 0 if all(passed for passed, _ in checks) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
