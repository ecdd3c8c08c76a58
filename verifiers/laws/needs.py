"""What the extra `laws` installs, or how to get it."""

from __future__ import annotations

from importlib.util import find_spec

if missing := [name for name in ("hypothesis", "rich") if find_spec(name) is None]:
    raise ModuleNotFoundError(f"verifiers.laws needs {' and '.join(missing)}: pip install 'r1-verifiers[laws]'")
