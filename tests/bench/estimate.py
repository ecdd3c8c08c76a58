"""Does `--dry-run` say what then happens? Whole runs of some shapes of recipe, memory and time against the estimate.

    python tests/bench/estimate.py [--model data/models/smollm2-135m-instruct] [--only NAME …]

Estimate and run are processes of their own, one after the other. Time is that of all processors, which other work on
the machine changes least, for the mean step after the first; memory is the most that the process had.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
TINY = ["tiny_cpu", "--rl.eval-every", "0", "--rl.held-out", ""]
SMOLLM2 = ["smollm2_cpu", "--rl.eval-every", "0", "--rl.held-out", "", "--rl.steps", "3", "--rl.tasks-per-step", "4"]
EVERY_GROUP = ["--rl.algorithm", "r1_zero"]  # the KL term has a gradient where a group is silent
SHAPES = {
    "tiny: SFT, then RL": [*TINY, "--sft.steps", "600", "--rl.steps", "12"],
    "tiny: RL alone, KL, 2 minibatches": [
        *TINY, *EVERY_GROUP, "--sft.steps", "0", "--rl.steps", "4", "--rl.minibatches", "2",
    ],
    "tiny: 1,024 short rows": [
        *TINY, *EVERY_GROUP, "--sft.steps", "0", "--rl.steps", "4", "--rl.tasks-per-step", "64",
        "--rl.max-new-tokens", "24",
    ],
    "smollm2: 4 × 8, KL": [*SMOLLM2, *EVERY_GROUP],
    "smollm2: LoRA": [*SMOLLM2, *EVERY_GROUP, "--rl.lora-rank", "16", "--rl.lr", "1e-4"],
    "smollm2: 4 × 4 longer, recomputed": [
        *SMOLLM2, *EVERY_GROUP, "--rl.recompute", "--rl.group-size", "4", "--rl.max-new-tokens", "64",
        "--instruction", "{question} Think aloud, step by step.",
    ],
    "smollm2: silent groups": [*SMOLLM2],
}  # fmt: skip


def predict(args: list[str]) -> None:
    """Print the estimate of each stage."""
    from grpo.config import load_recipe
    from grpo.estimate import estimate
    from grpo.loading import quiet_transformers
    from grpo.malloc import keep_freed_memory
    from grpo.train import MAKERS, update

    quiet_transformers()
    keep_freed_memory()
    found = {
        entry.stage: {
            "memory_gb": entry.memory.peak / 1e9, "tokens": entry.tokens, "why": entry.why,
            "step": list(entry.sampling + entry.update),
        }
        for entry in estimate(load_recipe(args), MAKERS, update)
    }  # fmt: skip
    print(json.dumps(found))


def run(args: list[str]) -> None:
    """Train, and print what each stage took."""
    from grpo.config import load_recipe
    from grpo.log import read_metrics
    from grpo.memory import peak_memory_gb
    from grpo.runs import run_folder
    from grpo.train import main

    with tempfile.TemporaryDirectory() as folder:
        args = [*args, "--runs", folder, "--name", "bench"]
        assert main(args) == 0
        rows = [row for row in read_metrics(run_folder(load_recipe(args))) if row["split"] == "train"]
    import torch

    found: dict[str, object] = {"memory_gb": peak_memory_gb(torch.device("cpu"))}
    for stage in dict.fromkeys(row["stage"] for row in rows):
        own = [row for row in rows if row["stage"] == stage][1:]
        found[stage] = {
            "step": [sum(row[key] for row in own) / len(own) for key in ("wall_s", "cpu_s")],
            **{
                key: sum(row[key] for row in own) / len(own)
                for key in ("completion_tokens", "silent_groups")
                if key in own[0]
            },
        }
    print(json.dumps(found))


def child(kind: str, args: list[str]) -> dict[str, dict[str, object]]:
    """What a fresh process of that kind prints last."""
    line = [sys.executable, "-m", "tests.bench.estimate", kind, *args]  # beside this file is another sandbox.py
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(line, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, dict[str, object]] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def compare(only: list[str], model: str) -> None:
    """A row for each stage of each shape."""
    table = Table(title="--dry-run against what then happened; a step's CPU seconds, tokens a completion, GB at most")
    for column in ("shape", "stage", "CPU s, said", "taken", "off", "tokens, said", "written", "off a token", "silent",
                   "GB, said", "taken", "off"):  # fmt: skip
        table.add_column(column)
    for name, args in SHAPES.items():
        if only and not any(word in name for word in only):
            continue
        args = args + (["--model", model] if name.startswith("smollm2") else [])
        said, taken = child("predict", args), child("run", args)
        most = max(stage["memory_gb"] for stage in said.values())
        for stage, entry in said.items():
            own = taken[stage]
            step, real = entry["step"][1], own["step"][1]
            cells = [name, stage, f"{step:.3f}", f"{real:.3f}", f"{step / real - 1:+.0%}"]
            written = own.get("completion_tokens", entry["tokens"])
            cells += [f"{entry['tokens']:.1f} {entry['why']}", f"{written:.1f}"]
            cells += [f"{step / entry['tokens'] / (real / written) - 1:+.0%}"]
            cells += [f"{own.get('silent_groups', 0):.2f}", f"{most:.2f}", f"{taken['memory_gb']:.2f}"]
            table.add_row(*cells, f"{most / taken['memory_gb'] - 1:+.0%}")
            print(json.dumps({"shape": name, "stage": stage, "said": entry, "taken": own, "gb": taken["memory_gb"]}))
    Console(width=180).print(table)


if __name__ == "__main__":
    if sys.argv[1:2] in (["predict"], ["run"]):
        {"predict": predict, "run": run}[sys.argv[1]](sys.argv[2:])
    else:
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--model", default="data/models/smollm2-135m-instruct")
        parser.add_argument("--only", nargs="*", default=[])
        chosen = parser.parse_args()
        compare(chosen.only, chosen.model)
