"""Is our trainer faster than TRL's GRPOTrainer on the same tasks, and how much memory does each take?

    python tests/bench/trainer.py --trl-python trl-env/bin/python --model MODEL [--rounds 3] [--steps 3]

They run in turn (ours, TRL, ours, TRL, …), each in a fresh process. See `README.md`.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from limits import Work, of_sampling, of_update, shares_of
from trl_grpo import GROUP_SIZE, LEARNING_RATE, NEW_TOKENS, PROMPTS, clocks, record, reward, worker_arguments

HERE = Path(__file__).resolve().parent

NEEDS_TRL = """TRL runs in an environment of its own. Make it once (two pip commands), then name its Python:

    python -m venv trl-env
    trl-env/bin/pip install "torch==2.13.0"
    trl-env/bin/pip install "trl==1.16.0" "transformers==5.23.0"
    python tests/bench/trainer.py --trl-python trl-env/bin/python --model MODEL"""


def ours(args: argparse.Namespace) -> str:
    """Our side: the sampling and the update of `train_grpo`, a step on PROMPTS tasks in the file's order."""
    sys.path.remove(str(HERE))  # or its sandbox.py is found in place of the package
    import torch

    from grpo.engine import open_engine
    from grpo.groups import sample_groups
    from grpo.malloc import keep_freed_memory
    from grpo.policy import load_policy
    from grpo.presets import fill_preset
    from grpo.settings import Recipe, Rl
    from grpo.tasks import Task
    from grpo.train import update
    from verifiers import Reward

    def paid(completion: str, ground_truth: str) -> Reward:
        return Reward(reward(completion, ground_truth), {})

    keep_freed_memory()  # as grpo.train does
    rl = Rl(
        algorithm="dapo", group_size=GROUP_SIZE, max_new_tokens=NEW_TOKENS, forward_tokens=args.forward_tokens,
        recompute=args.recompute,
    )  # fmt: skip
    recipe = Recipe(name="bench", model=str(args.model), rl=fill_preset(rl))
    policy = load_policy(recipe.model, device="cpu", recompute=args.recompute)
    engine = open_engine(policy, rl.sample_rows, recipe)
    optimizer = torch.optim.AdamW(
        policy.model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.95), weight_decay=0.0, fused=True
    )
    tasks = [Task(**json.loads(line)) for line in args.tasks.read_text(encoding="utf-8").splitlines()]
    start, prompt_tokens, completion_tokens = clocks(), 0, 0
    sampling, updating = Work(), Work()
    for step in range(args.warm_up + args.steps):
        before = clocks()
        if step == args.warm_up:
            start = before
        groups = sample_groups(engine, tasks[step * PROMPTS :][:PROMPTS], GROUP_SIZE, recipe, paid, args.seed + step)
        between = clocks()
        update(policy, None, optimizer, groups, recipe.rl)
        if step < args.warm_up:
            continue
        prompts = [len(group.prompt_ids) for group in groups]
        lengths = [len(rollout.ids) for group in groups for rollout in group.rollouts]
        sampling += of_sampling(policy.model, prompts, lengths, between[1] - before[1])
        updating += of_update(policy.model, prompts, lengths, clocks()[1] - between[1])
        prompt_tokens += sum(prompts) * GROUP_SIZE
        completion_tokens += sum(lengths)
    done = clocks()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    shares = shares_of({"sampling": sampling, "update": updating})
    line = json.loads(record("ours", start, done, args.steps, prompt_tokens, completion_tokens, **shares))
    return json.dumps(line | {"peak_memory_gb": round(memory, 3)})  # from before the limits were measured


def make_tasks(count: int, seed: int) -> list[dict[str, str]]:
    """Small sums and products whose explanation is longer than the tokens that a completion may have."""
    draw = random.Random(seed)
    tasks = []
    for index in range(count):
        a, b, c = draw.randint(3, 12), draw.randint(3, 12), draw.randint(11, 99)
        question = f"What is {a} * {b} + {c}? Explain every step of the calculation in full sentences, then answer."
        tasks.append({"id": f"bench-{seed}-{index}", "question": question, "ground_truth": str(a * b + c)})
    return tasks


def run(command: list[str], threads: int) -> dict:
    """Run one worker to its end; its record, with the rates that the table shows."""
    environment = os.environ | {
        "OMP_NUM_THREADS": str(threads),
        "OMP_WAIT_POLICY": "passive",  # a spinning thread burns CPU seconds and does no work
        "TOKENIZERS_PARALLELISM": "false",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_VERBOSITY": "error",
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        raise SystemExit(f"{' '.join(command)}\nended with status {done.returncode}:\n{done.stderr[-4000:]}")
    line = json.loads(lines[-1])
    line["tokens_per_s"] = line["completion_tokens"] / line["wall_s"]
    line["tokens_per_cpu_s"] = line["completion_tokens"] / line["cpu_s"]
    print(json.dumps(line), flush=True)
    return line


def show(rounds: list[dict[str, dict]]) -> None:
    """The medians of each side, then the median, lowest and highest of the ratios taken round by round."""
    from rich.console import Console
    from rich.table import Table

    columns = {"tokens_per_s": "tokens/s", "tokens_per_cpu_s": "tokens/CPU-s", "peak_memory_gb": "peak GiB"}
    table = Table("", *columns.values(), title=f"GRPO steps, medians of {len(rounds)} rounds")
    for side in rounds[0]:
        table.add_row(side, *(f"{median(sides[side][column] for sides in rounds):.2f}" for column in columns))
    for side in [side for side in rounds[0] if side != "ours" and "ours" in rounds[0]]:
        ratios = [[sides["ours"][column] / sides[side][column] for sides in rounds] for column in columns]
        table.add_row(f"ours / {side}", *(f"{median(each):.2f} ({min(each):.2f}–{max(each):.2f})" for each in ratios))
    Console().print(table)
    for name in [name for name in rounds[0].get("ours", {}) if name.startswith(("limit/", "sampling/", "update/"))]:
        print(f"{name:28} {median(sides['ours'][name] for sides in rounds):.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trl-python", type=Path, help="the Python of TRL's environment")
    parser.add_argument("--model", type=Path, required=True, help="folder with config.json and safetensors")
    parser.add_argument("--rounds", type=int, default=3, help="how often each side runs")
    parser.add_argument("--steps", type=int, default=3, help="timed steps a run")
    parser.add_argument("--warm-up", type=int, default=1, help="steps before them")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of each worker; 1 on a busy machine")
    parser.add_argument(
        "--trl-micro-batch", nargs="+", default=["32", "4"], help="sequences in one of TRL's passes; each is a side"
    )
    parser.add_argument("--forward-tokens", default="1024", help="of ours: tokens in one of its passes")
    parser.add_argument("--recompute", action="store_true", help="of ours: activations computed again")
    parser.add_argument("--only", choices=["ours", "trl"], help="measure one side")
    args = parser.parse_args()
    if args.only != "ours" and not (args.trl_python and args.trl_python.exists()):
        raise SystemExit(f"--trl-python {args.trl_python or 'is missing'}: no such Python.\n{NEEDS_TRL}")
    if not (args.model / "config.json").exists():
        raise SystemExit(f"--model {args.model}: no config.json; python data/fetch_smollm2.py makes such a folder")

    # absolute(), not resolve(): the python of a virtual environment is a link, and following it leaves the environment.
    trl = [str(args.trl_python and args.trl_python.absolute()), str(HERE / "trl_grpo.py"), "--micro-batch"]
    own = ["--forward-tokens", args.forward_tokens]
    own += ["--recompute"] if args.recompute else []
    workers = {"ours": [sys.executable, str(HERE / "trainer.py"), "--worker", *own]}
    workers |= {f"trl, {size} at a time": [*trl, size] for size in args.trl_micro_batch}
    sides = [side for side in workers if not args.only or side.startswith(args.only)]
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        tasks = Path(folder) / "tasks.jsonl"
        for seed in range(args.rounds):
            lines = map(json.dumps, make_tasks(PROMPTS * (args.steps + args.warm_up), seed))
            tasks.write_text("\n".join(lines) + "\n", encoding="utf-8")
            options = [f"--model={args.model}", f"--tasks={tasks}", f"--steps={args.steps}", f"--seed={seed}"]
            options += [f"--warm-up={args.warm_up}"]
            rounds.append({side: run(workers[side] + options, args.threads) for side in sides})
            if len({line["prompt_tokens"] for line in rounds[-1].values()}) > 1:
                raise SystemExit("the sides read different prompts (see prompt_tokens): no comparison")
    show(rounds)


if __name__ == "__main__":
    if "--worker" in sys.argv:
        sys.argv.remove("--worker")
        parser = worker_arguments()
        parser.add_argument("--forward-tokens", type=int)
        parser.add_argument("--recompute", action="store_true")
        print(ours(parser.parse_args()))
    else:
        main()
