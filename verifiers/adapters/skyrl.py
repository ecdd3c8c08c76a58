"""A single-turn environment of SkyRL: `register("r1", "math", undecided=0.0)` in the task that trains."""

from __future__ import annotations

from typing import Any

from ..pool import TIMEOUT_S
from .common import answer_of, check_undecided, decided, judge_one, number_of, reason_of, verdicts_of
from .rows import Choice, choose, truth_for
from .truths import ground_truth_in


def register(id: str = "r1", verifier: Choice = None, *, undecided: float | str, timeout: float = TIMEOUT_S) -> None:
    """Make it the environment of the rows whose `env_class` says `id`. None chooses by the row's `data_source`.

    The ground truth is the row's `reward_spec.ground_truth`. SkyRL cannot leave a rollout out: an undecided one gets
    the number `undecided`, or with "stop" ends the run; the metric `undecided` is their share.
    """
    import skyrl_gym

    if isinstance(verifier, str):
        choose(verifier)
    if undecided != "stop":
        check_undecided(undecided, "SkyRL")
    options = {"verifier": verifier, "undecided": undecided, "timeout": timeout}
    skyrl_gym.register(id=id, entry_point=f"{__name__}:Environment", kwargs=options)


def __getattr__(name: str) -> Any:
    if name != "Environment":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = _environment()
    return globals()[name]


def _environment() -> type:
    """The class, which SkyRL wants to be one of its own."""
    from skyrl_gym.envs.base_text_env import BaseTextEnv, BaseTextEnvStepOutput

    class Environment(BaseTextEnv):  # type: ignore[misc]  # it has no types
        def __init__(
            self, env_config: Any, extras: dict[str, Any], verifier: Choice, undecided: float | str, timeout: float
        ) -> None:
            super().__init__()
            source = extras.get("data_source")
            self.function = choose(verifier, source=source)
            truth = ground_truth_in(extras.get("reward_spec") or {}, "ground_truth")
            self.ground_truth = truth_for(self.function, source, truth)
            self.undecided, self.timeout = undecided, timeout
            self.metrics: dict[str, Any] = {}

        def step(self, action: str) -> Any:
            said = judge_one(self.function, action, self.ground_truth, timeout=self.timeout)
            scores = {name: verdict.score for name, verdict in verdicts_of(said).items()}
            self.metrics = {"undecided": number_of(said) is None, **scores}  # SkyRL's means leave None out
            reward = decided(said, self.undecided, "SkyRL")
            metadata = {"reason": str(reason_of(said)), "answer": answer_of(said), **self.metrics}
            return BaseTextEnvStepOutput(observations=[], reward=reward, done=True, metadata=metadata)

        def get_metrics(self) -> dict[str, Any]:
            return self.metrics

    Environment.__module__, Environment.__qualname__ = __name__, "Environment"
    return Environment
