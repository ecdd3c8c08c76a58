"""Programs that want a reward they have not earned."""

import pytest
from probes import hold
from programs import load


@pytest.mark.parametrize("case", load("attacks/stealing"), ids=lambda case: case.name)
def test_no_reward_is_stolen(case, box, host):
    if case.skip:
        pytest.skip(case.skip)
    hold(case, box, host)
