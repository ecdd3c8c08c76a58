from typing import Any


def rejection_sample(*a: Any, **k: Any) -> Any: ...
