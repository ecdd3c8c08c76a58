"""Is our trainer faster than TRL's GRPOTrainer on the same tasks, and how much memory does each take?

    python tests/bench/trainer.py --trl-python trl-env/bin/python --model MODEL [--rounds 3] [--steps 3]

They run in turn (ours, TRL, ours, TRL, …), each in a fresh process. See `README.md`.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from trl_grpo import GROUP_SIZE, LEARNING_RATE, NEW_TOKENS, PROMPTS, clocks, record, reward, worker_arguments

HERE = Path(__file__).resolve().parent

NEEDS_TRL = """TRL runs in an environment of its own. Make it once (two pip commands), then name its Python:

    python -m venv trl-env
    trl-env/bin/pip install "torch==2.13.0"
    trl-env/bin/pip install "trl==1.16.0" "transformers==5.23.0"
    python tests/bench/trainer.py --trl-python trl-env/bin/python --model MODEL"""


def ours(args: argparse.Namespace) -> str:
    """Our side: the sampling and the update of `train_grpo`, a step on PROMPTS tasks in the file's order."""
    import torch

    from grpo.config import fill_preset
    from grpo.engine import open_engine
    from grpo.groups import sample_groups
    from grpo.policy import keep_freed_memory, load_policy
    from grpo.settings import Recipe, Rl
    from grpo.tasks import Task
    from grpo.train import update
    from verifiers import Reward

    def paid(completion: str, ground_truth: str) -> Reward:
        return Reward(reward(completion, ground_truth), {})

    keep_freed_memory()  # as grpo.train does
    rl = Rl(algorithm="dapo", group_size=GROUP_SIZE, max_new_tokens=NEW_TOKENS, forward_tokens=1024)
    recipe = Recipe(name="bench", model=str(args.model), rl=fill_preset(rl))
    policy = load_policy(recipe.model, device="cpu")
    engine = open_engine(policy, rl.sample_rows, recipe)
    optimizer = torch.optim.AdamW(
        policy.model.parameters(), lr=LEARNING_RATE, betas=(0.9, 0.95), weight_decay=0.0, fused=True
    )
    tasks = [Task(**json.loads(line)) for line in args.tasks.read_text(encoding="utf-8").splitlines()]
    start, prompt_tokens, completion_tokens = clocks(), 0, 0
    for step in range(args.steps + 1):
        groups = sample_groups(engine, tasks[step * PROMPTS :][:PROMPTS], GROUP_SIZE, recipe, paid, args.seed + step)
        update(policy, None, optimizer, groups, recipe.rl)
        if step == 0:  # the warm-up
            start = clocks()
            continue
        prompt_tokens += sum(len(group.prompt_ids) * GROUP_SIZE for group in groups)
        completion_tokens += sum(len(rollout.ids) for group in groups for rollout in group.rollouts)
    return record("ours", start, clocks(), args.steps, prompt_tokens, completion_tokens)


def make_tasks(count: int, seed: int) -> list[dict[str, str]]:
    """Small sums and products whose explanation is longer than the 64 tokens that a completion may have."""
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trl-python", type=Path, help="the Python of TRL's environment")
    parser.add_argument("--model", type=Path, required=True, help="folder with config.json and safetensors")
    parser.add_argument("--rounds", type=int, default=3, help="how often each side runs")
    parser.add_argument("--steps", type=int, default=3, help="timed steps a run, after one to warm up")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of each worker; 1 on a busy machine")
    parser.add_argument(
        "--trl-micro-batch", nargs="+", default=["32", "4"], help="sequences in one of TRL's passes; each is a side"
    )
    parser.add_argument("--only", choices=["ours", "trl"], help="measure one side")
    args = parser.parse_args()
    if args.only != "ours" and not (args.trl_python and args.trl_python.exists()):
        raise SystemExit(f"--trl-python {args.trl_python or 'is missing'}: no such Python.\n{NEEDS_TRL}")
    if not (args.model / "config.json").exists():
        raise SystemExit(f"--model {args.model}: no config.json; python data/fetch_smollm2.py makes such a folder")

    # absolute(), not resolve(): the python of a virtual environment is a link, and following it leaves the environment.
    trl = [str(args.trl_python and args.trl_python.absolute()), str(HERE / "trl_grpo.py"), "--micro-batch"]
    workers = {"ours": [sys.executable, str(HERE / "trainer.py"), "--worker"]}
    workers |= {f"trl, {size} at a time": [*trl, size] for size in args.trl_micro_batch}
    sides = [side for side in workers if not args.only or side.startswith(args.only)]
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        tasks = Path(folder) / "tasks.jsonl"
        for seed in range(args.rounds):
            lines = map(json.dumps, make_tasks(PROMPTS * (args.steps + 1), seed))
            tasks.write_text("\n".join(lines) + "\n", encoding="utf-8")
            options = [f"--model={args.model}", f"--tasks={tasks}", f"--steps={args.steps}", f"--seed={seed}"]
            rounds.append({side: run(workers[side] + options, args.threads) for side in sides})
            if len({line["prompt_tokens"] for line in rounds[-1].values()}) > 1:
                raise SystemExit("the sides read different prompts (see prompt_tokens): no comparison")
    show(rounds)


if __name__ == "__main__":
    if "--worker" in sys.argv:
        sys.argv.remove("--worker")
        print(ours(worker_arguments().parse_args()))
    else:
        main()
