"""A few timed steps of TRL's GRPOTrainer: the other side of `trainer.py`, run in TRL's own environment.

Everything above `main` needs the standard library only, and `trainer.py` imports it, so that both trainers give the
same reward, read the same clocks and print the same record. `README.md` says why each setting is as it is.
"""

import argparse
import json
import re
import resource
import tempfile
import time
from pathlib import Path

PROMPTS = 8
GROUP_SIZE = 8
NEW_TOKENS = 128
LEARNING_RATE = 1e-5

Clocks = tuple[float, float]


def reward(completion: str, ground_truth: str) -> float:
    """One for a right last number, and the share of characters that are no letters, so that hardly a group is silent.

    >>> reward("It is 56", "56"), reward("It is 65", "56")
    (1.5, 0.5)
    """
    numbers = re.findall(r"-?\d+", completion)
    right = bool(numbers) and numbers[-1] == ground_truth
    return right + sum(not character.isalpha() for character in completion) / max(len(completion), 1)


def clocks() -> Clocks:
    """Wall seconds, and CPU seconds (user and system) of this process and its finished children."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return time.perf_counter(), sum(usage.ru_utime + usage.ru_stime for usage in usages)


def record(
    trainer: str, start: Clocks, end: Clocks, steps: int, prompt_tokens: int, completion_tokens: int, **more: float
) -> str:
    """The one line of JSON that a worker prints: counts and seconds of the timed steps, memory of the whole process.

    A prompt counts once for each of its rollouts. Padding never counts, an end-of-text token does.
    """
    line = {
        "trainer": trainer,
        "steps": steps,
        "prompt_tokens": prompt_tokens,
        "completion_tokens": completion_tokens,
        "wall_s": round(end[0] - start[0], 3),
        "cpu_s": round(end[1] - start[1], 3),
        "peak_memory_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 3),  # from Linux's KiB
    }
    return json.dumps(line | more)


def worker_arguments() -> argparse.ArgumentParser:
    """The arguments that both workers take."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True, help="folder with config.json and safetensors")
    parser.add_argument("--tasks", type=Path, required=True, help=f"JSONL of tasks: {PROMPTS} a step, warm-up included")
    parser.add_argument("--steps", type=int, default=3, help="timed steps")
    parser.add_argument("--warm-up", type=int, default=1, help="steps before them")
    parser.add_argument("--seed", type=int, default=0)
    return parser


def main() -> None:
    """Train for the steps to warm up and `--steps` more, then print the record."""
    parser = worker_arguments()
    parser.add_argument("--micro-batch", type=int, default=4, help="sequences in one forward and backward pass")
    args = parser.parse_args()
    batch = PROMPTS * GROUP_SIZE
    if batch % args.micro_batch:
        raise SystemExit(f"--micro-batch {args.micro_batch} does not divide the batch of {batch}: use 4, 8 or 16")

    import torch
    from datasets import Dataset
    from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    tasks = [json.loads(line) for line in args.tasks.read_text(encoding="utf-8").splitlines()]
    if len(tasks) != PROMPTS * (args.steps + args.warm_up):
        raise SystemExit(f"{args.tasks} holds {len(tasks)} tasks, not {PROMPTS * (args.steps + args.warm_up)}")
    prompts = [[{"role": "user", "content": task["question"]}] for task in tasks]
    truths = [task["ground_truth"] for task in tasks]
    dataset = Dataset.from_dict({"prompt": prompts, "ground_truth": truths})
    tokenizer = AutoTokenizer.from_pretrained(args.model)
    counted = {"prompt_tokens": 0, "completion_tokens": 0}

    def rewards(prompts, completions, completion_ids, ground_truth, **_):
        """TRL calls this once for each batch of rollouts; `completion_ids` come without their padding."""
        prompt_ids = tokenizer.apply_chat_template(prompts, add_generation_prompt=True, return_dict=False)
        counted["prompt_tokens"] += sum(map(len, prompt_ids))
        counted["completion_tokens"] += sum(map(len, completion_ids))
        texts = (messages[0]["content"] for messages in completions)
        return [reward(text, truth) for text, truth in zip(texts, ground_truth, strict=True)]

    ticks = []  # at the start of the first timed step and at the end of each: the clocks, then the tokens so far
    first = args.warm_up

    class Ticks(TrainerCallback):
        def on_step_begin(self, args, state, control, **_):
            if state.global_step == first:
                ticks.append((clocks(), dict(counted)))

        def on_step_end(self, args, state, control, **_):
            if state.global_step > first:
                ticks.append((clocks(), dict(counted)))

    with tempfile.TemporaryDirectory() as folder:
        config = GRPOConfig(
            output_dir=folder, use_cpu=True, bf16=False, seed=args.seed,
            max_steps=args.steps + args.warm_up, learning_rate=LEARNING_RATE, lr_scheduler_type="constant",
            per_device_train_batch_size=args.micro_batch, gradient_accumulation_steps=batch // args.micro_batch,
            num_generations=GROUP_SIZE, max_completion_length=NEW_TOKENS, temperature=1.0, beta=0.0,
            gradient_checkpointing=False, shuffle_dataset=False, dataloader_pin_memory=False,
            logging_strategy="no", save_strategy="no", report_to="none", disable_tqdm=True,
        )  # fmt: skip
        trainer = GRPOTrainer(
            model=AutoModelForCausalLM.from_pretrained(args.model, dtype=torch.float32),
            reward_funcs=rewards,
            args=config,
            train_dataset=dataset,
            processing_class=tokenizer,
            callbacks=[Ticks()],
        )
        trainer.train()

    (start, before), (end, after) = ticks[0], ticks[-1]
    tokens = {name: after[name] - before[name] for name in counted}
    print(record("trl", start, end, steps=len(ticks) - 1, **tokens))


if __name__ == "__main__":
    main()
