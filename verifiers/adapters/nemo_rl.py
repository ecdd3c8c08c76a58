"""An environment of NeMo-RL: `register("r1")` in the script that trains, and `env: {r1: {…}}` in its configuration.

env:
  r1: {verifier: math, undecided: 0.0}   # and, if wanted, workers: 8, timeout: 30
"""

from __future__ import annotations

from typing import Any

from ..pool import TIMEOUT_S
from .common import answer_of, check_undecided, decided, judge, number_of
from .rows import choose, text_of, truth_for
from .truths import ground_truth_in

KEYS = ("verifier", "undecided", "workers", "timeout")


def register(name: str = "r1") -> None:
    """Make it the environment `name` of NeMo-RL, run by the Python that runs the script."""
    from nemo_rl.distributed.ray_actor_environment_registry import ACTOR_ENVIRONMENT_REGISTRY
    from nemo_rl.distributed.virtual_cluster import PY_EXECUTABLES
    from nemo_rl.environments.utils import register_env

    actor = f"{__name__}.Actor"
    register_env(name, actor)
    ACTOR_ENVIRONMENT_REGISTRY[actor] = PY_EXECUTABLES.SYSTEM


class Environment:
    """NeMo-RL's EnvironmentInterface for one turn: judges a batch of conversations.

    It cannot leave a rollout out: an undecided one gets the number `undecided`, or with "stop" ends the run. Without
    `verifier` each row's `data_source`, in its extra_env_info, chooses.
    """

    def __init__(self, cfg: dict[str, Any]) -> None:
        options = {key: cfg[key] for key in KEYS if key in cfg}
        self.verifier = options.get("verifier")
        self.undecided = options.get("undecided")
        self.workers = options.get("workers")
        self.timeout = options.get("timeout", TIMEOUT_S)
        if isinstance(self.verifier, str):
            choose(self.verifier)
        if self.undecided != "stop":
            check_undecided(self.undecided, "NeMo-RL")

    def step(
        self, message_log_batch: list[list[dict[str, Any]]], metadata: list[Any], return_extracted_answer: bool = False
    ) -> Any:
        """One reward a conversation, for what the assistant wrote last in it."""
        import torch
        from nemo_rl.environments.interfaces import EnvironmentReturn

        sources = [row.get("data_source") for row in metadata]
        functions = [choose(self.verifier, source=source) for source in sources]
        found = [ground_truth_in(row, "ground_truth") for row in metadata]
        truths = list(map(truth_for, functions, sources, found))
        completions = [text_of(log) for log in message_log_batch]
        said = judge(functions, completions, truths, workers=self.workers, timeout=self.timeout)
        rewards = [decided(one, self.undecided, "NeMo-RL") for one in said]
        seen = ["undecided" if number is None else f"reward {number:g}" for number in map(number_of, said)]
        return EnvironmentReturn(
            observations=[{"role": "environment", "content": f"Environment: {text}"} for text in seen],
            metadata=metadata,
            next_stop_strings=[None] * len(said),
            rewards=torch.tensor(rewards, dtype=torch.float32),
            terminateds=torch.ones(len(said)),
            answers=[answer_of(one) or None for one in said] if return_extracted_answer else None,
        )

    def global_post_process_and_metrics(self, batch: Any) -> tuple[Any, dict[str, float]]:
        """The mean reward of a batch, cut-off ones as 0, as NeMo-RL's own environments count."""
        rewards = batch["rewards"] * batch["is_end"]
        return batch, {"reward": rewards.mean().item()}

    def shutdown(self) -> None:
        """Nothing is left running but warm workers, which end with their process."""


def __getattr__(name: str) -> Any:
    if name != "Actor":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import ray

    globals()[name] = ray.remote(max_restarts=-1, max_task_retries=-1, max_concurrency=1000)(Environment)
    return globals()[name]
