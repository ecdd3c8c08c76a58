"""The sets by name: what reads a row, and under which licence it is published."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from . import chat, choices, contests, mathematics, programs, puzzles
from .drafts import Draft, Refused, Row

UNKNOWN = "not known here: see where the file is from, and pass --licence"


class PublicSet(NamedTuple):
    """A set as published."""

    read: Callable[..., Draft | list[Draft]]
    """A row, and what `options` name, → its task, or readings of it of which the first that passes is taken."""
    licence: str
    published: str
    options: Mapping[str, int] = MappingProxyType({})
    """What is passed on beside the row; `seed` is the user's."""
    columns: tuple[str, ...] = ()
    """Of a table without a head line."""


SETS = {
    "gsm8k": PublicSet(mathematics.gsm8k, "MIT", "openai/grade-school-math"),
    "math": PublicSet(mathematics.math, "MIT", "hendrycks/math; MATH-500: openai/prm800k"),
    "aime_2024": PublicSet(mathematics.aime, UNKNOWN, "the MAA; copies on the hub", {"year": 2024}),
    "aime_2025": PublicSet(mathematics.aime, UNKNOWN, "the MAA; copies on the hub", {"year": 2025}),
    "math_mix": PublicSet(mathematics.math_mix, UNKNOWN, "DeepScaleR (MIT) and mixes of its layout"),
    "humaneval": PublicSet(programs.humaneval, "MIT", "openai/human-eval"),
    "humaneval_plus": PublicSet(programs.humaneval_plus, "Apache-2.0", "evalplus/humanevalplus_release"),
    "mbpp": PublicSet(programs.mbpp, "CC-BY-4.0", "google-research/google-research"),
    "apps": PublicSet(contests.apps, "MIT", "hendrycks/apps"),
    "taco": PublicSet(contests.apps, "Apache-2.0", "FlagOpen/TACO"),
    "deepcoder": PublicSet(contests.deepcoder, "MIT", "agentica-org/DeepCoder-Preview-Dataset"),
    "codecontests": PublicSet(contests.codecontests, "CC-BY-4.0", "google-deepmind/code_contests"),
    "knights_knaves": PublicSet(puzzles.knights_knaves, "CC-BY-NC-SA-4.0", "K-and-K/knights-and-knaves"),
    "reasoning_gym": PublicSet(puzzles.reasoning_gym, "Apache-2.0", "open-thought/reasoning-gym"),
    "mmlu": PublicSet(choices.mmlu, "MIT", "hendrycks/test", columns=choices.MMLU_COLUMNS),
    "gpqa": PublicSet(choices.gpqa, "CC-BY-4.0", "idavidrein/gpqa", {"seed": 0}),
    "arc": PublicSet(choices.arc, "CC-BY-SA-4.0", "allenai/ai2_arc"),
    "sciq": PublicSet(choices.sciq, "CC-BY-NC-3.0", "allenai/sciq", {"seed": 0}),
    "chat": PublicSet(chat.chat, UNKNOWN, "UltraChat (MIT), WildChat (ODC-BY) and sets of their layouts"),
}


def read(chosen: PublicSet, row: Row, seed: int) -> list[Draft]:
    """The readings of a row."""
    options = {**chosen.options, **({"seed": seed} if "seed" in chosen.options else {})}
    found = chosen.read(row, **options)
    drafts = [found] if isinstance(found, Draft) else found
    try:
        drafts[0].question.encode()
    except UnicodeEncodeError as error:  # a half of a surrogate pair, with which no trainer would take the file
        raise Refused(f"the question is not Unicode text: {error.reason}", "not text") from None
    return drafts
