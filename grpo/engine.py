"""What rollouts are sampled with: token ids in, token ids out, with the log-probs they were drawn at."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from .config import RecipeError
from .generate import Rollout, stream
from .policy import Policy, positions_of
from .settings import Recipe
from .shards import full_weights


class Engine(Protocol):
    """Samples from a policy that it may hold a copy of."""

    @property
    def tokenizer(self) -> Any:
        """The model's own."""

    @property
    def positions(self) -> int | None:
        """The most tokens that a prompt and its completion may have together; None where there is no limit."""

    def sample(
        self, prompts: Sequence[Sequence[int]], group_size: int,
        *, max_new_tokens: int, temperature: float, top_p: float, seed: int, places: Sequence[int] | None = None,
    ) -> Iterator[tuple[int, Rollout]]:  # fmt: skip
        """`group_size` rollouts of each prompt as they finish, each with its place: group after group.

        The rollout at a place is the same every time for the same arguments; the order in which they finish need not
        be. With `places` only those are sampled, and they are the same as among all: so can several ranks share them.
        """

    def push(self, policy: Policy) -> float | None:
        """Sample from this policy's weights from now on; how far a probe's log-probs are from the policy's.

        None where the weights are the policy's own. RecipeError where they did not arrive.
        """

    def sleep(self) -> None:
        """Give memory back until the next `sample`, where the engine holds any that the update could use."""

    def close(self) -> None:
        """Let go of all it holds."""


@dataclass(frozen=True)
class TransformersEngine:
    """The engine that is always here: the policy itself, in this process."""

    policy: Policy
    rows: int
    """Completions sampled at the same time."""
    home: torch.device | None = None
    """Where the policy is while it samples, if it is a whole copy of one that is sharded over ranks."""

    @property
    def tokenizer(self) -> Any:
        """The policy's."""
        return self.policy.tokenizer

    @property
    def positions(self) -> int | None:
        """The model's own limit."""
        return positions_of(self.policy)

    def sample(
        self, prompts: Sequence[Sequence[int]], group_size: int,
        *, max_new_tokens: int, temperature: float, top_p: float, seed: int, places: Sequence[int] | None = None,
    ) -> Iterator[tuple[int, Rollout]]:  # fmt: skip
        """See `Engine`."""
        if self.home:
            self.policy.model.to(self.home)
        yield from stream(
            self.policy, prompts, group_size, max_new_tokens=max_new_tokens, temperature=temperature, top_p=top_p,
            seed=seed, rows=self.rows, places=places,
        )  # fmt: skip

    def push(self, policy: Policy) -> float | None:
        """Nothing to do where the weights are the policy's own; a copy takes over the whole of each."""
        if policy.model is not self.policy.model:
            own = self.policy.model.state_dict()
            for name, weight in full_weights(policy.model):
                own[name].copy_(weight)
        return None

    def sleep(self) -> None:
        """A copy makes room on the accelerator; else nothing to do, for a cache lives for one call of `sample`."""
        if self.home:
            self.policy.model.to("cpu")

    def close(self) -> None:
        """Nothing to do."""


def open_engine(policy: Policy, rows: int, recipe: Recipe, home: torch.device | None = None) -> Engine:
    """The engine that the recipe names, for so many completions at the same time; `home` is of a copy of the policy."""
    if recipe.engine == "vllm":
        from .vllm_engine import open_vllm

        return open_vllm(policy, rows, recipe)
    if recipe.engine != "transformers":
        from .vllm_server import open_server

        return open_server(policy, rows, recipe.engine)
    return TransformersEngine(policy, rows, home)


def require_room(engine: Engine, prompts: Sequence[Sequence[int]], max_new_tokens: int) -> None:
    """RecipeError where a prompt with its completion may be longer than the engine takes: vLLM cuts it off unsaid."""
    need = max(map(len, prompts), default=0) + max_new_tokens
    if engine.positions and need > engine.positions:
        raise RecipeError(
            f"a prompt with its completion may have {need} tokens, and the engine takes {engine.positions}: raise "
            "vllm_positions (of a server --max-model-len), or lower max_new_tokens"
        )


def in_order(rollouts: Iterable[tuple[int, Rollout]]) -> list[Rollout]:
    """The rollouts by place."""
    found = dict(rollouts)
    return [found[place] for place in range(len(found))]
