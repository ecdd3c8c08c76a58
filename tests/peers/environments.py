"""Environments of other projects' packages, each with the versions of its list, built once and kept."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

LISTS = Path(__file__).parent
ROOT = LISTS.parents[1]


def python_of(name: str) -> Path:
    """The interpreter of the environment with exactly what NAME.txt lists; it is built where it is not there yet.

    It lies below `R1_PEERS`, by default the user's cache, under a name by the list and this Python: another list is
    another environment.
    """
    listed = LISTS / f"{name}.txt"
    known = hashlib.sha256(f"{sys.version} {sys.platform} {listed.read_text()}".encode()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "r1-verifiers" / "peers"
    home = Path(os.environ.get("R1_PEERS") or cache)
    home.mkdir(parents=True, exist_ok=True)
    environment = home / f"{name}-{known}"
    with open(home / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two processes of the tests build one
        if not (environment / "done").is_file():
            shutil.rmtree(environment, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", environment], check=True)
            install = [environment / "bin" / "python", "-m", "pip", "install", "-q", "--no-deps", "-r", listed]
            subprocess.run(install, check=True)
            (environment / "done").touch()
    return environment / "bin" / "python"


def ours_beside(python: Path) -> Path:
    """The same interpreter, with what our environment has after its own packages, in its child processes too."""
    [packages] = python.parent.parent.glob("lib/python*/site-packages")
    (packages / "ours.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return python


def said_by(worker: str, folder: Path, *, environment: str, **variables: str) -> Any:
    """The JSON in the last line of what a worker prints, run in that folder, with what the folder holds to import."""
    python = ours_beside(python_of(environment))
    variables |= {"PYTHONPATH": f"{ROOT}:{folder}", "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    command = [python, LISTS / f"{worker}.py", folder]
    run = subprocess.run(
        command, env=os.environ | variables, cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, f"{run.stdout[-4000:]}\n{run.stderr[-8000:]}"
    return json.loads(run.stdout.splitlines()[-1])
