"""One sandbox for each tier of isolation that is to be had here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox import Sandbox
from tests.boxes import open_or_skip


@pytest.fixture(scope="session", params=["A", "B"])
def box(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with open_or_skip(tier=request.param, slots=1) as box:
        yield box
