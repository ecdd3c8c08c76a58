"""How near to the machine's own limits is the arithmetic of sampling and update, by CPU time?

Counted are the products with the weights, once forward and twice backward, and the bytes of weights, keys and values
that each token has to read: attention, norms and what is computed twice do not count, but their time does.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Model = Any


@dataclass(frozen=True)
class Work:
    """What was done in how many CPU seconds."""

    cpu_s: float = 0.0
    gflop: float = 0.0
    gb: float = 0.0

    def __add__(self, other: "Work") -> "Work":
        return Work(self.cpu_s + other.cpu_s, self.gflop + other.gflop, self.gb + other.gb)


def weights_of(model: Model) -> tuple[int, int]:
    """Numbers in the linear layers; and in the output head."""
    from torch import nn

    head = model.get_output_embeddings()
    inner = sum(layer.weight.numel() for layer in model.modules() if isinstance(layer, nn.Linear) and layer is not head)
    return inner, head.weight.numel()


def of_sampling(model: Model, prompts: Sequence[int], lengths: Sequence[int], cpu_s: float) -> Work:
    """Of rollouts of these lengths, all at once: each prompt is read once, and then a token of each at a time."""
    inner, head = weights_of(model)
    config, group, steps = model.config, len(lengths) // len(prompts), max(lengths)
    width = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    token_bytes = 2 * 4 * config.num_hidden_layers * config.num_key_value_heads * width
    seen = sum(n * prompts[b // group] + n * (n - 1) // 2 for b, n in enumerate(lengths))
    flops = 2 * inner * (sum(prompts) + sum(lengths) - len(lengths)) + 2 * head * sum(lengths)
    return Work(cpu_s, flops / 1e9, (steps * 4 * (inner + head) + seen * token_bytes) / 1e9)


def of_update(model: Model, prompts: Sequence[int], lengths: Sequence[int], cpu_s: float) -> Work:
    """Of one forward and backward pass, each prompt once, and of AdamW's step, which moves 7 numbers a weight."""
    inner, head = weights_of(model)
    flops = 6 * inner * (sum(prompts) + sum(lengths) - len(lengths)) + 6 * head * sum(lengths)
    return Work(cpu_s, flops / 1e9, 4 * 7 * (inner + head) / 1e9)


def limits() -> tuple[float, float]:
    """GFLOP and GB in a CPU second: of the faster library's product of 1,024 rows; of reading and writing 256 MB."""
    import torch

    from grpo.linear import product

    x, weight, large = torch.randn(1024, 576), torch.randn(1536, 576), torch.ones(1 << 26)
    target = torch.empty_like(large)
    with torch.no_grad():
        seconds = min(best_of(lambda: product(x, weight)), best_of(lambda: x @ weight.T))
        moving = best_of(lambda: target.copy_(large))
    return 2 * 1024 * 1536 * 576 / 1e9 / seconds, 2 * 4 * large.numel() / 1e9 / moving


def best_of(work: Callable[[], object], rounds: int = 5) -> float:
    """CPU seconds of the fastest of some rounds of four."""
    found = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(4):
            work()
        found.append((time.process_time() - start) / 4)
    return min(found)


def shares_of(works: dict[str, Work]) -> dict[str, float]:
    """The limits; and of each work its CPU seconds, GFLOP and GB a CPU second, and their shares of the limits."""
    gflops, gbs = limits()
    line = {"limit/gflops": gflops, "limit/gb_per_s": gbs}
    for name, work in works.items():
        line |= {f"{name}/cpu_s": work.cpu_s, f"{name}/gflops": work.gflop / work.cpu_s}
        line |= {f"{name}/gemm_share": work.gflop / work.cpu_s / gflops}
        line |= {f"{name}/gb_per_s": work.gb / work.cpu_s, f"{name}/bandwidth_share": work.gb / work.cpu_s / gbs}
    return {key: round(value, 3) for key, value in line.items()}
