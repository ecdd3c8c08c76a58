"""The wheel, installed elsewhere, runs the default recipe without the checkout."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_wheel_alone_runs_the_default_recipe(tmp_path):
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, text=True)
    (wheel,) = tmp_path.glob("r1_verifiers-*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    assert {path.name for path in site.iterdir() if not path.name.endswith(".dist-info")} == {
        "verifiers",
        "sandbox",
        "grpo",
    }
    assert all((site / package / "py.typed").is_file() for package in ("verifiers", "sandbox", "grpo"))

    assert (site / "sandbox" / "Dockerfile").is_file()

    short = ["--sft.steps", "2", "--rl.steps", "1", "--rl.max-new-tokens", "8", "--rl.eval-samples", "1"]
    script = f"import grpo.train; print(grpo.__file__); raise SystemExit(grpo.train.main({short!r}))"
    environment = os.environ | {"PYTHONPATH": str(site), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(site))
    assert (tmp_path / "runs" / "tiny_cpu" / "report.html").is_file()
