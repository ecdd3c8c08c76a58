"""What a run needs beside its files, looked at before its first stage: a later one may begin after days."""

from importlib.util import find_spec

from .config import RecipeError
from .estimate import trained
from .lora import NEEDS_PEFT
from .optimizer import NEEDS_TORCHAO
from .ranks import world
from .settings import R1, Recipe, Rl
from .vllm_engine import INSTALL


def require_parts(cfg: Recipe | R1) -> None:
    """RecipeError where a package is missing that a wanted stage takes, or several processes cannot share a stage."""
    every = trained(cfg)
    samples = any(isinstance(settings, Rl) for _, settings, _ in every)
    if samples and cfg.engine == "vllm" and world() > 1:
        raise RecipeError(
            f"engine 'vllm' is for one process, and there are {world()}: start a server (python -m grpo.serve_vllm "
            "MODEL), and give its http://HOST:PORT as engine"
        )
    if samples and cfg.engine == "vllm" and not find_spec("vllm"):
        raise RecipeError(f"engine is 'vllm', which is not installed: {INSTALL}")
    for name, settings, _ in every:
        if settings.optimizer == "adamw_8bit" and not find_spec("torchao"):
            raise RecipeError(f"{name}: {NEEDS_TORCHAO}")
        if isinstance(settings, Rl) and settings.lora_rank:
            if not find_spec("peft"):
                raise RecipeError(f"{name}: {NEEDS_PEFT}")
            if world() > 1 and cfg.parallel == "fsdp":
                raise RecipeError(
                    f"{name}.lora_rank is {settings.lora_rank}: adapters cannot be trained on sharded weights: use "
                    "parallel = 'ddp', or lora_rank = 0"
                )
