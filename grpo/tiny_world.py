from typing import Any


def make_tiny_world(*a: Any, **k: Any) -> Any: ...
