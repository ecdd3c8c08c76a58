"""OpenRLHF's executor over completions that an engine would have written: run by test_adapters_openrlhf.py."""

import asyncio
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

from openrlhf.utils.agent import SingleTurnAgentExecutor
from tiny_model import make_tokenizer

MATH = 'from verifiers.adapters.openrlhf import reward\nreward_func = reward("math", undecided=-0.25)\n'
PROMPT = "Question: what is 2 + 2?\nAnswer in a box.\nAssistant:"
SLOW = """import time
from verifiers import verify_math

def patient(completion, ground_truth):
    if "wait" in completion:
        time.sleep(600)
    return verify_math(completion, ground_truth)
"""


class Engine:
    """Stands in for vLLM: writes what it is told to."""

    def __init__(self, tokenizer, text: str, ended: bool) -> None:
        self.ids = tokenizer(text)["input_ids"] + [tokenizer.eos_token_id] * ended
        self.reason = "stop" if ended else "length"

    async def generate(self, prompt_token_ids, params, multi_modal_data=None):
        written = SimpleNamespace(token_ids=self.ids, finish_reason=self.reason, logprobs=None)
        return SimpleNamespace(outputs=[written])


def main(folder: Path) -> None:
    tokenizer = make_tokenizer(eos="<|im_end|>")
    params = SimpleNamespace(max_tokens=64, logprobs=None)

    def execute(reward: str, rows, max_length=4096):
        (folder / "reward.py").write_text(reward)
        executor = SingleTurnAgentExecutor([str(folder / "reward.py")])

        async def all_rows():
            return await asyncio.gather(*(
                executor.execute(prompt, label, params, max_length, tokenizer, Engine(tokenizer, text, ended))
                for prompt, text, ended, label in rows
            ))  # fmt: skip

        return asyncio.run(all_rows())

    def numbers(outputs):
        return [None if output["reward"] is None else float(output["reward"]) for output in outputs]

    cases = {
        "right": (PROMPT, r" \boxed{4}", True, "4"),
        "wrong": (PROMPT, r" \boxed{5}", True, "4"),
        "cut off": (PROMPT, r" \boxed{4}", False, "4"),
        "the prompt holds the answer": (r"Write \boxed{4}.", "no", True, "4"),
        "no ground truth": (PROMPT, r" \boxed{4}", True, ""),
    }
    said = {"math": dict(zip(cases, numbers(execute(MATH, cases.values())), strict=True))}
    long = "Once upon a time. " * 20 + PROMPT
    rows = [(long, rf" \boxed{{{n}}}", True, "4") for n in (4, 5)]
    said["long prompt"] = numbers(execute(MATH, rows, max_length=64 + 100))

    zero = MATH.replace('"math"', '"r1_zero"')
    outputs = execute(zero, [cases["right"], (PROMPT, r" \boxed{4}", True, {"verifier": "nonsense"})])
    for name in ("ray", "ray.util", "ray.util.placement_group", "ray.util.scheduling_strategies", "vllm", "vllm.inputs",
                 "vllm.utils"):  # fmt: skip
        sys.modules[name] = MagicMock()  # what the sampler's module imports, and the method below does not use
    from openrlhf.trainer.ppo_utils.samples_generator import SamplesGenerator

    experiences = [
        SamplesGenerator._process_response_into_experience(MagicMock(), output, max_len=4096) for output in outputs
    ]
    said["experience"] = {
        "rewards": [experience.rewards.tolist() for experience in experiences],
        "info": [
            {key: value.tolist() for key, value in experience.info.items() if key != "response_clip_ratio"}
            for experience in experiences
        ],
    }

    (folder / "slow.py").write_text(SLOW)
    slow = MATH.replace('"math"', '"slow:patient", timeout=4')
    rows = [(PROMPT, text, True, "4") for text in (r"\boxed{4}", r"wait \boxed{4}", r"\boxed{4}")]
    said["hang"] = numbers(execute(slow, rows))
    try:
        execute(MATH.replace(", undecided=-0.25", ""), [])
    except TypeError as error:
        said["refused"] = str(error)
    print("\n" + json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
