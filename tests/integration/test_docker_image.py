"""`python -m sandbox image` builds what the Docker sandbox runs programs in."""

import importlib.util
import shutil
import sysconfig
import zipfile
from pathlib import Path

from sandbox import Program, Status, open_sandbox
from sandbox.__main__ import main
from tests.engine import IMAGE

TAG = "r1-sandbox-built"


def test_it_builds_an_image_that_runs_programs(client, capsys):
    assert main(["image", "--base", IMAGE, "--tag", TAG]) == 0
    printed = capsys.readouterr().out
    assert "Step 1/" in printed
    assert f"image='{TAG}'" in printed
    with open_sandbox("docker", image=TAG, slots=1) as box:
        assert box.run(Program("print(input())"), stdin=b"hello").stdout == b"hello\n"
    client.images.remove(TAG, force=True)


def test_programs_import_what_it_installs(client, tmp_path):
    """From wheels in the base image, for tests have no registry."""
    base = f"{TAG}-base"
    with zipfile.ZipFile(tmp_path / "shapes-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("shapes.py", "SIDES = 4\n")
        wheel.writestr("shapes-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: shapes\nVersion: 1\n")
        wheel.writestr("shapes-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("shapes-1.dist-info/RECORD", "")
    pip = Path(importlib.util.find_spec("pip").origin).parent
    shutil.copytree(pip, tmp_path / "pip", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "Dockerfile").write_text(
        f"FROM {IMAGE}\nCOPY pip {sysconfig.get_path('stdlib')}/pip\nCOPY *.whl /wheels/\n"
        "ENV PIP_NO_INDEX=1 PIP_FIND_LINKS=/wheels\n"
    )
    client.images.build(path=str(tmp_path), tag=base, rm=True)
    try:
        assert main(["image", "--base", base, "--tag", TAG, "--packages", "shapes>=1"]) == 0
        with open_sandbox("docker", image=TAG, slots=1) as box:
            execution = box.run(Program("import shapes; print(shapes.SIDES)"))
        assert execution.stdout == b"4\n", execution
        with open_sandbox("docker", image=IMAGE, slots=1) as box:
            assert box.run(Program("import shapes")).status is Status.RE
    finally:
        client.images.remove(TAG, force=True)
        client.images.remove(base, force=True)


def test_a_base_that_is_nowhere_is_named_with_the_fix(client, capsys):
    assert main(["image", "--base", "localhost:1/no-such-base", "--tag", TAG]) == 1
    said = capsys.readouterr().err
    assert "localhost:1/no-such-base is not here and cannot be pulled" in said
    assert "--base" in said


def test_a_step_that_fails_is_shown(client, capsys):
    assert main(["image", "--base", IMAGE, "--tag", TAG, "--packages", "no-such-package"]) == 1
    said = capsys.readouterr().err
    assert "No module named pip" in said
    assert f"{TAG} could not be built" in said


def test_without_an_engine_it_says_so(monkeypatch, capsys):
    monkeypatch.setenv("DOCKER_HOST", "unix:///no/such/socket")
    assert main(["image"]) == 1
    assert "no Docker engine answers: start one" in capsys.readouterr().err
