"""pytest: a test that bears `reward_laws` and returns a reward function fails where that breaks a law.

    @pytest.mark.reward_laws(kind="math")
    def test_my_reward():
        return my_reward

Loaded by every pytest of an environment where this is installed, so it imports nothing of its own before such a test.
"""

from __future__ import annotations

import inspect

import pytest

_USE = "reward_laws(kind, **options): the test returns a reward function, which must keep every law of its kind"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _USE)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object:
    """Instead of pytest's own call, which refuses tests that return something."""
    marker = pyfuncitem.get_closest_marker("reward_laws")
    if marker is None:
        return None
    names = inspect.signature(pyfuncitem.obj).parameters
    reward = pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names})
    if not (callable(reward) or isinstance(reward, str)):
        pytest.fail(f"a test with reward_laws returns the reward function, not {reward!r}", pytrace=False)
    from .audit import check_reward

    report = check_reward(reward, *marker.args, **marker.kwargs)
    if not report.ok:
        pytest.fail(
            f"the reward function breaks {len(report.broken)} of {len(report.findings)} laws\n{report}", pytrace=False
        )
    return True
