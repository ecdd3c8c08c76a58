"""What of the host's files programs can read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from sandbox import Program, root
from tests.boxes import open_or_skip

READ_INSTALLED = """
import os
import sysconfig
for kind in ("purelib", "platlib"):
    for folder, _, files in os.walk(sysconfig.get_path(kind)):
        for name in files:
            try:
                open(os.path.join(folder, name), "rb").close()
                print(folder, name)
            except OSError:
                pass
"""


@pytest.mark.parametrize("folder", ["/usr/src", "/usr/local/src", "/usr/local/share", "/usr/share/doc", "/opt", "/srv"])
def test_folders_where_applications_lie_are_not_shown(box, folder):
    execution = box.run(Program(f"import os\nprint(os.listdir({folder!r}))"))
    assert (str(execution.status), execution.stdout) == ("RE", b""), execution


def test_what_is_installed_for_python_is_not_readable_unless_it_is_named(box):
    execution = box.run(Program(READ_INSTALLED))
    assert (str(execution.status), execution.stdout) == ("OK", b""), execution


def test_what_is_installed_for_python_is_readable_where_it_is_named(box):
    """Also where what is named lies within what is hidden."""
    names = ["site-packages", "dist-packages", f"python3.{sys.version_info[1]}/site-packages", "python3/dist-packages"]
    prefixes = [f"{os.path.realpath(sys.base_prefix)}/lib", "/usr/lib"]
    folders = [f"{prefix}/{name}" for prefix in prefixes for name in names]
    below = [str(path.parent) for folder in folders for path in Path(folder).glob("*/__init__.py")]
    assert below, "no package is installed here"
    with open_or_skip(tier=box.isolation, slots=1, packages=below[:1]) as other:
        execution = other.run(Program(f"print(open({below[0]!r} + '/__init__.py').read() and 7)\n{READ_INSTALLED}"))
    assert (str(execution.status), execution.stdout[:1]) == ("OK", b"7"), execution
    read = {line.split()[0].decode() for line in execution.stdout.splitlines()[1:]}
    assert all(f"{folder}/".startswith(below[0] + "/") for folder in read), read


def test_beside_what_is_hidden_all_stays(tmp_path):
    lib = tmp_path / "lib"
    for name in ("python3.11/os", "python3.11/site-packages/app", "python3/dist-packages/app", "x86_64/gconv"):
        (lib / name).mkdir(parents=True)
    hidden = root.hidden([str(lib)], [])
    assert hidden == [f"{lib}/python3.11/site-packages", f"{lib}/python3/dist-packages"]
    whole, names = root.apart([str(lib)], hidden)
    assert sorted(whole) == [f"{lib}/python3.11/os", f"{lib}/x86_64"]
    assert sorted(names) == [str(lib), f"{lib}/python3", f"{lib}/python3.11"]
    assert root.hidden([str(lib)], [f"{lib}/python3/dist-packages"]) == hidden[:1]
