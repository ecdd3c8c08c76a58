"""Is our sampler faster than transformers' `generate`, and than vLLM's engine, on the same prompts?

    python tests/bench/rollouts.py --model MODEL [--rounds 5] [--vllm-python vllm-env/bin/python]

They run in turn (ours, generate, …), each in a fresh process after a short warm-up: 8 prompts × 8 rollouts of exactly
128 tokens at temperature 1 in float32, no end of sequence. `generate` gets the rollouts as one batch of 64. Seconds of
the CPU are those of the process and all that it started. See `README.md`.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).resolve().parent
PROMPTS, GROUP_SIZE, WARM_UP = 8, 8, 4
QUESTION = "What is {} * 7 + {}? Explain every step of the calculation in full sentences, then answer."


def prompts_of(model: str) -> list[list[int]]:
    """The chat template's token ids of some questions."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    asked = [[{"role": "user", "content": QUESTION.format(3 + i, 21 + 9 * i)}] for i in range(PROMPTS)]
    return [tokenizer.apply_chat_template(chat, add_generation_prompt=True, return_dict=False) for chat in asked]


def ours(model: str, prompts: list[list[int]]):
    """Our sampler, with no token that ends a completion."""
    from dataclasses import replace

    from grpo.generate import sample
    from grpo.malloc import keep_freed_memory
    from grpo.policy import load_policy

    keep_freed_memory()  # as grpo.train does
    policy = replace(load_policy(model, device="cpu"), eos_ids=frozenset({-1}))
    return policy.model, lambda tokens: [
        rollout.ids for rollout in sample(policy, prompts, GROUP_SIZE, max_new_tokens=tokens, seed=tokens)
    ]


def generate(model: str, prompts: list[list[int]]):
    """transformers' own, as it comes."""
    import torch
    from transformers import AutoModelForCausalLM

    loaded = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    longest = max(map(len, prompts))
    rows = [prompt for prompt in prompts for _ in range(GROUP_SIZE)]
    ids = torch.tensor([[0] * (longest - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows])

    def run(tokens: int) -> list[list[int]]:
        made = loaded.generate(
            ids, attention_mask=mask, do_sample=True, temperature=1.0, top_k=0, top_p=1.0, min_new_tokens=tokens,
            max_new_tokens=tokens, pad_token_id=0,
        )  # fmt: skip
        return made[:, longest:].tolist()

    return None, run


def vllm(model: str, prompts: list[list[int]]):
    """vLLM's engine on a CPU, in float32."""
    from vllm import LLM, SamplingParams

    engine = LLM(model=model, dtype="float32", max_model_len=512, max_num_seqs=PROMPTS * GROUP_SIZE)

    def run(tokens: int) -> list[list[int]]:
        wanted = SamplingParams(n=GROUP_SIZE, temperature=1.0, max_tokens=tokens, ignore_eos=True, detokenize=False)
        made = engine.generate([{"prompt_token_ids": prompt} for prompt in prompts], wanted, use_tqdm=False)
        return [list(one.token_ids) for request in made for one in request.outputs]

    return None, run


SIDES = {"ours": ours, "generate": generate, "vllm": vllm}


def cpu_seconds() -> float:
    """Of this process and all that it started and that still run."""
    import psutil

    me = psutil.Process()
    return sum(sum(process.cpu_times()[:2]) for process in [me, *me.children(recursive=True)])


def worker(side: str, model: str, tokens: int) -> str:
    """One side's record."""
    import resource

    prompts = prompts_of(model)
    loaded, run = SIDES[side](model, prompts)
    run(WARM_UP)
    wall, cpu = time.perf_counter(), cpu_seconds()
    made = run(tokens)
    wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
    if [len(ids) for ids in made] != [tokens] * PROMPTS * GROUP_SIZE:
        raise SystemExit(f"{side} made completions of {sorted(set(map(len, made)))} tokens, not of {tokens}")
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    count = tokens * PROMPTS * GROUP_SIZE
    line = {"side": side, "wall_s": wall, "cpu_s": cpu, "tokens_per_s": count / wall, "tokens_per_cpu_s": count / cpu}
    line |= {"peak_memory_gb": peak / 2**20}
    if loaded is not None:
        from limits import of_sampling, shares_of

        lengths = [tokens] * PROMPTS * GROUP_SIZE
        line |= shares_of({"sampling": of_sampling(loaded, [len(prompt) for prompt in prompts], lengths, cpu)})
    return json.dumps({key: round(value, 3) if isinstance(value, float) else value for key, value in line.items()})


def run(python: str, side: str, args: argparse.Namespace) -> dict:
    """Run one worker to its end; its record."""
    environment = os.environ | {
        "OMP_NUM_THREADS": str(args.threads),
        "OMP_WAIT_POLICY": "passive",
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "VLLM_CPU_KVCACHE_SPACE": "2",
        "VLLM_LOGGING_LEVEL": "ERROR",
    }
    command = [python, str(HERE / "rollouts.py"), "--worker", side, "--model", args.model]
    done = subprocess.run(
        [*command, "--new-tokens", str(args.new_tokens)], env=environment, capture_output=True, text=True
    )
    if done.returncode or not done.stdout.strip():
        raise SystemExit(f"{side} ended with status {done.returncode}:\n{done.stderr[-4000:]}")
    line = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(line), flush=True)
    return line


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", required=True, help="folder with config.json and safetensors")
    parser.add_argument("--rounds", type=int, default=5, help="how often each side runs")
    parser.add_argument("--new-tokens", type=int, default=128)
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of each worker; 1 on a busy machine")
    parser.add_argument("--vllm-python", help="the Python of an environment with vLLM's CPU build")
    parser.add_argument("--worker", choices=SIDES, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        print(worker(args.worker, args.model, args.new_tokens))
        return
    pythons = {"ours": sys.executable, "generate": sys.executable}
    pythons |= {"vllm": args.vllm_python} if args.vllm_python else {}
    rounds = [{side: run(python, side, args) for side, python in pythons.items()} for _ in range(args.rounds)]
    for side in pythons:
        middle = {name: median(sides[side][name] for sides in rounds) for name in rounds[0][side] if name != "side"}
        print(f"{side:9}", "  ".join(f"{name} {value:.2f}" for name, value in middle.items()))
    for side in [side for side in pythons if side != "ours"]:
        for name in ("tokens_per_s", "tokens_per_cpu_s", "peak_memory_gb"):
            ratios = sorted(sides["ours"][name] / sides[side][name] for sides in rounds)
            print(f"ours / {side:9} {name:17} {median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})")


if __name__ == "__main__":
    if str(HERE) in sys.path:
        sys.path.remove(str(HERE))  # or its sandbox.py is found in place of the package
    sys.path.append(str(HERE))
    main()
