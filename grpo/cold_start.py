from typing import Any


def cold_start_data(*a: Any, **k: Any) -> Any: ...
