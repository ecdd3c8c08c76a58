"""The sandboxes there are on this machine, and the host that programs may not harm.

The programs are run in a sandbox and never imported: pytest must not look for tests in them.
"""

import os
import sysconfig

import pytest
from probes import Host

from sandbox import open_sandbox

collect_ignore = ["attacks", "honest", "look.py", "victim.py"]
BACKENDS = {"A": ("embedded", "A"), "B": ("embedded", "B"), "docker": ("docker", None)}


@pytest.fixture(scope="session")
def host():
    host = Host()
    yield host
    host.close()


@pytest.fixture(scope="session", params=BACKENDS)
def box(request, host):  # the host first: its secret must be there to be found
    with opened(request.param) as box:
        yield box


@pytest.fixture
def box_with_packages(request):
    if request.node.callspec.params["box"] == "docker":
        pytest.skip("the packages of a container are those of its image")
    with opened(request.node.callspec.params["box"], packages=[sysconfig.get_path("purelib")]) as box:
        yield box


def opened(name, **options):
    kind, tier = BACKENDS[name]
    try:
        return open_sandbox(kind, tier=tier, slots=2, **options)
    except (NotImplementedError, RuntimeError) as error:
        if os.environ.get("CI") and name == "A":
            raise
        pytest.skip(f"{name} is not to be had here: {error}")
