"""Imports run one way, sandbox ← verifiers ← grpo, and `import verifiers` stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = {"sandbox", "verifiers", "grpo", "data", "tests"}
MAY_IMPORT = {"sandbox": set(), "verifiers": {"sandbox"}, "grpo": {"verifiers"}}
HEAVY = {"torch", "transformers", "sympy", "math_verify", "docker", "numpy", "rich", "asyncio"}


def imported(file: Path) -> set[str]:
    """Top-level names that a file imports from outside its own package, wherever in the file."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_run_one_way(package):
    files = sorted((ROOT / package).rglob("*.py"))
    assert files
    for file in files:
        wrong = (imported(file) & OURS) - MAY_IMPORT[package]
        assert not wrong, f"{file.relative_to(ROOT)} imports {wrong}"


def test_the_sandbox_needs_the_standard_library_only():
    extras = {"docker.py": {"docker", "requests"}, "image.py": {"docker", "rich"}}
    extras |= {"server.py": {"fastapi", "starlette", "uvicorn"}}
    for file in (ROOT / "sandbox").rglob("*.py"):
        assert imported(file) <= sys.stdlib_module_names | extras.get(file.name, set()), file


def test_only_the_code_verifier_imports_the_sandbox():
    for file in (ROOT / "verifiers").rglob("*.py"):
        assert "sandbox" not in imported(file) or file.parent.name == "code", file


def test_importing_verifiers_loads_nothing_heavy():
    script = f"import sys, verifiers; from verifiers import *; print(*({HEAVY!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
