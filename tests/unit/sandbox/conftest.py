"""One sandbox for each tier of isolation that is to be had here."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from sandbox import Sandbox, open_sandbox
from sandbox.slot import CannotStart


@pytest.fixture(scope="session", params=["A", "B"])
def box(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    try:
        sandbox = open_sandbox(tier=request.param, slots=1)
    except CannotStart as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"NO TIER {request.param} HERE, and so its tests prove nothing: {error}")
    with sandbox:
        yield sandbox
