"""What the README shows, works."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEST_COMMAND = 'pip install -e ".[dev]" && pytest'


def test_its_first_python_is_six_lines():
    code = re.findall(r"```python\n(.*?)```", README, re.DOTALL)[0]
    assert len([line for line in code.splitlines() if line.strip()]) == 6


@pytest.mark.parametrize("file", ["README.md", "verifiers/README.md"])
def test_all_its_python_runs(file):
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / file).read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 2
    for code in blocks:
        subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=ROOT, check=True)


def test_ci_calls_its_test_command():
    assert TEST_COMMAND in README
    assert TEST_COMMAND in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", README))))
def test_every_link_into_the_tree_leads_somewhere(link):
    assert (ROOT / link).exists()
