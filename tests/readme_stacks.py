"""Code of documents that needs another stack: which, and where it is run.

REAL runs in tests/peers/test_readme.py, with the real package; here its names of ours are looked up. STAND_INS are for
stacks that no package index has: modules with the names that the adapter imports, as the contract tests have them.
"""

from __future__ import annotations

import ast
import importlib

REAL = {
    "trl": "trl",
    "inspect_ai": "stacks",
    "lighteval": "stacks",
    "verifiers.adapters.skyrl": "stacks",
}
"""What a block imports → the list of tests/peers whose environment runs it."""

STAND_INS = {
    "verifiers.adapters.open_instruct": """
put("open_instruct.ground_truth_utils", VerificationResult=object, VerifierFunction=type("VerifierFunction", (), {}))
""",
    "verifiers.adapters.nemo_rl": """
put("nemo_rl.environments.utils", register_env=lambda name, path: None)
put("nemo_rl.distributed.ray_actor_environment_registry", ACTOR_ENVIRONMENT_REGISTRY={})
put("nemo_rl.distributed.virtual_cluster", PY_EXECUTABLES=types.SimpleNamespace(SYSTEM="python"))
""",
}
PUT = """
import sys, types

def put(name, **names):
    parts = name.split(".")
    for end in range(1, len(parts) + 1):
        sys.modules.setdefault(".".join(parts[:end]), types.ModuleType(".".join(parts[:end])))
    vars(sys.modules[name]).update(names)
"""


def modules_in(text: str) -> dict[str, list[str]]:
    """Each module that the code imports, with the names that it takes from it.

    >>> modules_in("import a.b\\nfrom c import d, e")
    {'a.b': [], 'c': ['d', 'e']}
    """
    found: dict[str, list[str]] = {}
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name: [] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found[node.module] = [alias.name for alias in node.names]
    return found


def environment_of(text: str) -> str | None:
    """The environment of tests/peers in which the code runs; None where it runs in ours."""
    for module in modules_in(text):
        for stack, environment in REAL.items():
            if module == stack or module.startswith(f"{stack}."):
                return environment
    return None


def before(text: str) -> str:
    """Code that puts stand-ins where this code's adapters import from."""
    needed = [STAND_INS[module] for module in modules_in(text) if module in STAND_INS]
    return "".join([PUT, *needed]) if needed else ""


def missing_of_ours(text: str) -> list[str]:
    """The names that the code takes from our packages and that are not there."""
    lost = []
    for module, names in modules_in(text).items():
        if module.partition(".")[0] in ("verifiers", "sandbox", "grpo"):
            home = importlib.import_module(module)
            lost += [f"{module}.{name}" for name in names if not hasattr(home, name)]
    return lost
