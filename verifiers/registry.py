"""The reward function that a name asks for: ours, another package's, or a function anywhere.

Another package adds its own with an entry point for a function (completion, ground_truth) → Verdict or Reward:

    [project.entry-points."r1_verifiers.rewards"]
    proof = "my_package.rewards:verify_proof"
"""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from .types import Reward, Verdict

GROUP = "r1_verifiers.rewards"
"""The group of entry points by which other packages add reward functions."""
SUMS = {"r1_zero": "R1_ZERO", "r1_reasoning": "R1_REASONING"}
"""Name → the sum in `verifiers.reward` that it stands for."""


class Unknown(ValueError):
    """There is no such reward function; the message names the nearest."""


def find(name: str) -> Callable[[str, Any], Verdict | Reward]:
    """What `math`, `r1_zero`, an entry point's name, `module:function` or `path/to/file.py:function` stands for.

    >>> find("countdown")("<answer>(6 - 2) * 3</answer>", {"numbers": [2, 3, 6], "target": 12}).score
    1.0
    >>> find("maths")
    Traceback (most recent call last):
    verifiers.registry.Unknown: no reward function 'maths': did you mean 'math'?
    """
    if ":" in name:
        return load(name)
    from . import reward

    if name in reward.VERIFIERS:
        return reward.VERIFIERS[name]
    if name in SUMS:
        return getattr(reward, SUMS[name])  # type: ignore[no-any-return]
    others = others_by_name()
    if name in others:
        try:
            return others[name].load()  # type: ignore[no-any-return]
        except Exception as error:  # loading runs another package's code
            said = f"{type(error).__name__}: {error}"
            raise Unknown(f"{name!r}, which is {others[name].value}, cannot be loaded: {said}") from error
    near = difflib.get_close_matches(name, [*reward.VERIFIERS, *SUMS, *others], 1, 0)[0]
    raise Unknown(f"no reward function {name!r}: did you mean {near!r}?")


@lru_cache(1)
def others_by_name() -> dict[str, importlib.metadata.EntryPoint]:
    """The entry points that other packages have added."""
    return {point.name: point for point in importlib.metadata.entry_points(group=GROUP)}


def load(spec: str) -> Callable[..., Any]:
    """The function of `module:function` or `path/to/file.py:function`; Unknown where there is none."""
    place, _, name = spec.rpartition(":")
    if not place or not name:
        raise Unknown(f"{spec!r} names no function: write module:function or path/to/file.py:function")
    if place.endswith(".py") or os.sep in place:
        path = Path(place).resolve()
        if not path.is_file():
            raise Unknown(f"there is no file {place}")
        module_name = f"_loaded_{path.stem}"
        found = importlib.util.spec_from_file_location(module_name, path)
        if found is None or found.loader is None:
            raise Unknown(f"{place} is not a Python file")
        module = sys.modules.get(module_name)
        if module is None or module.__file__ != str(path):
            if str(path.parent) not in sys.path:
                sys.path.append(str(path.parent))
            module = importlib.util.module_from_spec(found)
            sys.modules[module_name] = module
            try:
                found.loader.exec_module(module)
            except BaseException:  # as an import does: half a module is not to be found again
                del sys.modules[module_name]
                raise
    else:
        try:
            module = importlib.import_module(place)
        except ModuleNotFoundError as error:
            raise Unknown(f"the module of {spec} cannot be imported: {error}") from error
    value: Any = module
    for part in name.split("."):
        value = getattr(value, part, None)
    if not callable(value):
        raise Unknown(f"{place} has no function {name!r}")
    return value  # type: ignore[no-any-return]
