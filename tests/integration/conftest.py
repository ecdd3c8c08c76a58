"""What the tests of whole commands share."""

import pytest


@pytest.fixture(scope="session")
def client():
    """A Docker engine that has the tests' image."""
    pytest.importorskip("docker", reason="pip install 'r1-verifiers[docker]'")
    from tests.engine import engine_or_skip

    with engine_or_skip() as client:
        yield client
