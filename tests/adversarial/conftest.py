"""The sandboxes there are on this machine, and the host that programs may not harm.

The programs are run in a sandbox and never imported: pytest must not look for tests in them.
"""

import os
import sysconfig

import pytest
from probes import Host

from sandbox import Program, open_sandbox
from sandbox.slot import CannotStart
from tests.engine import IMAGE, engine_or_skip

collect_ignore = ["attacks", "honest", "look.py", "victim.py"]
BACKENDS = {"A": ("embedded", "A"), "B": ("embedded", "B"), "docker": ("docker", None)}


@pytest.fixture(scope="session")
def host():
    host = Host()
    yield host
    host.close()


@pytest.fixture(scope="session", params=BACKENDS)
def box(request, host):  # the host first: its secret must be there to be found
    with opened(request.param, request) as box:
        yield box


@pytest.fixture
def box_with_packages(request):
    with opened(request.node.callspec.params["box"], request, packages=[sysconfig.get_path("platlib")]) as box:
        yield box


@pytest.fixture(scope="session")
def image():
    with engine_or_skip():
        yield IMAGE


def opened(name, request, **options):
    """A sandbox of that name; CI fails where a user's machine skips."""
    kind, tier = BACKENDS[name]
    if kind == "docker":
        options["image"] = request.getfixturevalue("image")
    try:
        box = open_sandbox(kind, tier=tier, slots=2, **options)
        two = (box.call_each(Program("def f(): pass"), "f", [[]]) for _ in range(2))
        list(zip(*two, strict=True))  # at the same time: no slot starts later, when processes are counted
        return box
    except CannotStart as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"NO {name} HERE, and so its tests prove nothing: {error}")
