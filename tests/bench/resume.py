"""Is a run that was killed and went on the unbroken run? By real processes, SIGKILL, and the same command again.

    python -m tests.bench.resume [--seed 0] [--fresh]

One run is left alone; each of the others is killed at drawn moments of drawn phases, goes on with its command, and must
then have the same checkpoints (weights, optimiser, reference: by SHA-256), the same final models, and the same lines in
metrics.jsonl, but for times and memory, and in rollouts.jsonl. Every process seeds the global generators otherwise.
With --fresh each is a Python of its own, which also hashes strings otherwise; without, a fork, which saves the imports.
Prints where each kill fell; exit status 1 where anything differs.
"""

import argparse
import contextlib
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

RECIPE = """
model = "{made}/base"
template = "question"
runs = "{runs}"
[sft]
data = "{made}/traces.jsonl"
steps = 4
batch_size = 16
lr = 2e-3
warmup = 2
pack_tokens = 128
checkpoint_every = 2
keep_last = 9
[rl]
tasks = "{made}/train.jsonl"
held_out = "{made}/held_out.jsonl"
reward = {{ countdown = 1.0, format = 1.0 }}
kl_coef = 0.05
reference_every = 2
steps = 8
tasks_per_step = 4
group_size = 4
minibatches = 2
correction = "token_truncate"
max_new_tokens = 24
lr = 1e-3
final_lr = 0.5
eval_every = 2
eval_samples = 2
checkpoint_every = 2
keep_last = 9
"""
FILE_OPERATIONS = ["mkdir", "open", "fsync", "replace", "rename", "unlink", "rmdir"]

Plan = dict[str, object]
"""When a process ends itself: `after_s`, or in the `nth` time of a `phase` after `delay_s` or `operations` on files."""


def child(recipe: str, name: str, plan: Plan) -> int:
    """The run's command in a process that ends itself as planned, and says on a file which phase it is in."""
    import numpy
    import torch

    from grpo import sft, train
    from grpo.log import Log
    from verifiers import Reason, Verdict, weighted

    seed = random.SystemRandom().randrange(1 << 32)
    for generator in (torch.manual_seed, numpy.random.seed, random.seed):
        generator(seed)
    marks = os.open(Path(recipe).with_name(f"{name}.phases"), os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    times, phases, left = Counter(), [], [0]

    def die() -> None:
        os.kill(os.getpid(), getattr(signal, str(plan.get("signal", "SIGKILL"))))

    def within(phase: str, function):
        def run(*args, **options):
            times[phase] += 1
            phases.append(phase)
            os.write(marks, f"{phase} {times[phase]}\n".encode())
            if plan.get("phase") == phase and plan.get("nth") == times[phase]:
                if "operations" in plan:
                    left[0] = plan["operations"]
                else:
                    threading.Timer(plan["delay_s"], die).start()
            try:
                return function(*args, **options)
            finally:
                phases.pop()
                os.write(marks, f"{phases[-1] if phases else 'after ' + phase}\n".encode())

        return run

    def counted(operation):
        def run(*args, **options):
            left[0] -= 1
            if left[0] == 0:
                die()
            return operation(*args, **options)

        return run

    def by_length(completion: str, ground_truth: object) -> Verdict:
        """A score that differs within a group, whatever an untrained model writes."""
        return Verdict(len(completion) % 5 / 4, Reason.CORRECT)

    train.write_report = lambda run: run / "report.html"  # seconds that no kill is meant for
    reward = weighted(countdown=(1.0, within("rewards", by_length)))
    train.make_reward = lambda recipe, **judges: reward
    train.sample_groups = within("sampling", train.sample_groups)
    train.score_rollouts = within("scoring", train.score_rollouts)
    train.update = within("update", train.update)
    sft.sft_step = within("sft", sft.sft_step)
    train.save_checkpoint = within("checkpoint", train.save_checkpoint)
    sft.save_checkpoint = within("checkpoint", sft.save_checkpoint)
    train.load_checkpoint = within("load", train.load_checkpoint)
    Log.metrics, Log.rollouts = within("metrics row", Log.metrics), within("rollout rows", Log.rollouts)
    Log.stage = within("rewind", Log.stage)
    for operation in FILE_OPERATIONS:
        setattr(os, operation, counted(getattr(os, operation)))
    if "after_s" in plan:
        threading.Timer(plan["after_s"], die).start()
    begin = time.perf_counter()
    status = train.main([recipe, "--name", name])
    os.write(marks, f"{time.perf_counter() - begin}\n".encode())
    return status


def forked(do: Callable[[], int], errors: Path) -> int:
    """The exit status of this, done in a fork; what it says goes to a file."""
    process = os.fork()
    if process:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    try:
        for stream in (1, 2):
            os.dup2(os.open(errors, os.O_CREAT | os.O_TRUNC | os.O_WRONLY), stream)
        status = do()
        sys.stdout.flush()
        os._exit(status)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def launch(recipe: Path, name: str, plan: Plan, fresh: bool) -> tuple[int, str]:
    """Run such a process to its end: its exit status, and the phase that it was in."""
    errors = recipe.with_name(f"{name}.errors")
    if fresh:
        line = [sys.executable, "-m", "tests.bench.resume", "--child", str(recipe), name, json.dumps(plan)]
        with errors.open("w") as said:
            environment = os.environ | {"PYTHONHASHSEED": "random"}
            status = subprocess.run(line, stdout=said, stderr=said, env=environment).returncode
    else:
        status = forked(lambda: child(str(recipe), name, plan), errors)
    if status not in (0, -signal.SIGKILL, 130):
        sys.exit(f"{name}: status {status}\n{errors.read_text()}")
    return status, ["the beginning", *recipe.with_name(f"{name}.phases").read_text().splitlines()][-1]


def made(run: Path) -> dict[str, object]:
    """All that must be equal."""
    from tests.timeless import numbers

    found: dict[str, object] = {}
    for file in sorted(run.glob("*/checkpoints/*/manifest.json")):
        files = json.loads(file.read_text())["files"]
        found[str(file.parent.relative_to(run))] = files["__0_0.distcp"]["sha256"]
    for file in sorted(run.glob("*/final/model.safetensors")):
        found[str(file.relative_to(run))] = hashlib.sha256(file.read_bytes()).hexdigest()
    found["metrics.jsonl"] = numbers(run)
    found["rollouts.jsonl"] = (run / "rollouts.jsonl").read_text()
    return found


def plans(dice: random.Random, whole_s: float) -> list[list[Plan]]:
    """What is done to each run, process after process."""
    delay = {"sampling": 0.1, "rewards": 0.0, "scoring": 0.02, "update": 0.05, "sft": 0.05, "load": 0.02}
    whole_s *= 0.7  # the machine may be faster the next time
    drawn: list[list[Plan]] = [[{"after_s": dice.uniform(0, whole_s)}] for _ in range(4)]
    for phase, longest in delay.items():
        nth = 1 if phase == "load" else dice.randint(2, 4 if phase == "sft" else 7)
        drawn.append([{"phase": phase, "nth": nth, "delay_s": dice.uniform(0, longest)}])
    drawn.append([{"phase": "checkpoint", "nth": dice.randint(2, 6), "operations": dice.randint(1, 25)}])
    drawn.append([{"phase": "checkpoint", "nth": dice.randint(2, 6), "operations": 30}])  # past it: before the next row
    drawn.append([{"phase": "rollout rows", "nth": dice.randint(2, 7), "delay_s": 0.0}])
    drawn.append([{"phase": "update", "nth": 9, "delay_s": 0.0}, {"phase": "rewind", "nth": 1, "operations": 2}])
    drawn.append([{"after_s": dice.uniform(0, whole_s)}, {"after_s": dice.uniform(0, whole_s / 2)}])
    drawn.append([{"phase": "sampling", "nth": dice.randint(2, 6), "delay_s": 0.01, "signal": "SIGINT"}])
    return drawn


def main() -> int:
    """Run all, and say what came of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--child", nargs=3, metavar=("RECIPE", "NAME", "PLAN"), help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        return child(*args.child[:2], json.loads(args.child[2]))

    import grpo.train  # noqa: F401  for the forks
    from grpo.sign_puzzle import make_sign_puzzle

    folder = Path(tempfile.mkdtemp(prefix="resume-"))
    (folder / "made").mkdir()

    def make() -> int:
        make_sign_puzzle(folder / "made", seed=0, numbers=2, largest=5, traces=200, held_out=4)
        return 0

    forked(make, folder / "errors")  # a process that has computed anything has threads, and cannot be forked
    recipe = folder / "small.toml"
    recipe.write_text(RECIPE.format(made=folder / "made", runs=folder / "runs"), encoding="utf-8")
    whole_s = float(launch(recipe, "whole", {}, args.fresh)[1])
    expected, bad = made(folder / "runs" / "whole"), 0
    print(f"{folder}: unbroken, {len(expected) - 2} checkpoints and models, {len(expected['metrics.jsonl'])} rows")
    for number, drawn in enumerate(plans(random.Random(args.seed), whole_s), 1):
        fell = []
        for plan in [*drawn, {}]:
            status, phase = launch(recipe, f"run{number}", plan, args.fresh)
            fell += [phase if status < 0 else "Ctrl-C"] if status else []
        found = made(folder / "runs" / f"run{number}")  # Ctrl-C has added a checkpoint
        same = {key: found.get(key) for key in expected} == expected
        bad += not same
        print(
            f"run {number:2}: {'identical' if same else 'DIFFERS'}; fell in {', '.join(fell) or 'nothing'}  {drawn}",
            flush=True,
        )
    print(f"{bad} differ")
    return min(bad, 1)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
