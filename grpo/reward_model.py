from typing import Any


def train_reward_model(*a: Any, **k: Any) -> Any: ...
def train_safety_model(*a: Any, **k: Any) -> Any: ...
def load_judges(recipe: Any, helpful: Any = None, harmless: Any = None) -> Any:
    return {}
