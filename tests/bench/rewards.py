"""How long does a step take when its rewards take time: computing, waiting, or hanging?

    python tests/bench/rewards.py [--rollouts 32] [--every 0.05] [--timeout 5]

An engine that yields a rollout every so many seconds stands for the sampling, and computes all the while where
`--busy` is given; sample_groups does the rest. On an older commit, run this file with PYTHONPATH set to its tree.
"""

import argparse
import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from grpo import groups
from grpo.generate import Rollout
from grpo.settings import Recipe, Rl
from grpo.tasks import Task
from verifiers import Reason, Reward, Verdict

GROUP = 8


@dataclass(frozen=True)
class Paced:
    """A rollout every so many seconds."""

    every: float
    busy: bool
    tokenizer: None = None
    positions: None = None

    def sample(self, prompts, group_size, **options):
        """See grpo.engine."""
        for place in range(len(prompts) * group_size):
            end = time.perf_counter() + self.every
            if self.busy:
                while time.perf_counter() < end:
                    pass
            else:
                time.sleep(self.every)
            yield place, Rollout([place], [0.0], 0.5, truncated=True)


@dataclass(frozen=True)
class Costs:
    """A reward that takes so many seconds of CPU time, or of sleep; of one completion, for ever."""

    cpu_s: float = 0.0
    sleep_s: float = 0.0
    hangs: bool = False

    def __call__(self, completion: str, ground_truth: object) -> Reward:
        if self.hangs and completion == "0":
            re.match("(a|a)*$", "a" * 60 + "b")
        end = time.thread_time() + self.cpu_s
        while time.thread_time() < end:
            pass
        time.sleep(self.sleep_s)
        return Reward(1.0, {"cost": Verdict(1.0, Reason.CORRECT)})


CASES = {
    "0 ms": Costs(),
    "20 ms of CPU": Costs(cpu_s=0.02),
    "200 ms of CPU": Costs(cpu_s=0.2),
    "20 ms of sleep": Costs(sleep_s=0.02),
    "200 ms of sleep": Costs(sleep_s=0.2),
    "one hangs": Costs(hangs=True),
}


def main() -> None:
    """A line of JSON a case."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rollouts", type=int, default=32)
    parser.add_argument("--every", type=float, default=0.05, help="seconds between rollouts")
    parser.add_argument("--busy", action="store_true", help="the sampling takes a core")
    parser.add_argument("--timeout", type=float, default=5.0, help="rl.reward_timeout_s")
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    args = parser.parse_args()
    groups.make_prompts = lambda engine, questions, recipe: (list(questions), [[1]] * len(questions))
    groups.completions_of = lambda tokenizer, rollouts: [str(rollout.ids[0]) for rollout in rollouts]
    known = {"reward_timeout_s": args.timeout} if hasattr(Rl, "reward_timeout_s") else {}
    recipe = Recipe(name="bench", model="none", rl=Rl(**known))
    tasks = [Task(str(i), "q", None) for i in range(args.rollouts // GROUP)]
    print(f"{Path(groups.__file__).parents[1]}, {os.cpu_count()} cores", flush=True)
    for name in args.only:
        engine = Paced(args.every, args.busy)
        groups.sample_groups(engine, tasks[:1], GROUP, recipe, Costs(), 0)  # the warm-up
        start = time.perf_counter()
        made = groups.sample_groups(engine, tasks, GROUP, recipe, CASES[name], 0)
        line = {"case": name, "sampling_s": args.every * args.rollouts, "step_s": time.perf_counter() - start}
        line |= {key: value for key, value in groups.describe(made, "cost").items() if key.startswith("reward_")}
        line["undecided"] = sum(reward.value is None for group in made for reward in group.rewards)
        print(json.dumps({key: round(v, 3) if isinstance(v, float) else v for key, v in line.items()}), flush=True)


if __name__ == "__main__":
    main()
