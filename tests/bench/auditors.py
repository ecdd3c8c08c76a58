"""Our verifiers under the two auditors of reward functions on PyPI, which know numbers and not verdicts.

In an environment of their own, with this repository on PYTHONPATH: pip install reward-doctor==0.2.0 rewardprobe==0.1.0.
`reward-doctor audit tests.bench.auditors:math_completion`; `python -m tests.bench.auditors FOLDER` writes tasks for
`rewardprobe test tests/bench/auditors.py::math_completion --dataset FOLDER/math.jsonl`.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from verifiers import verify_countdown, verify_format, verify_math
from verifiers.math import equivalent

TASKS = {
    "math": [
        *[
            {"question": f"What is {a} times {b}?", "answer": str(a * b)}
            for a, b in [(6, 7), (12, 12), (25, 48), (9, 99)]
        ],
        {"question": "What is one half plus one quarter?", "answer": "\\frac{3}{4}"},
        {"question": "Solve x > 3 or x = 3 as an interval.", "answer": "[3,\\infty)"},
    ],
    "format": [{"question": f"What is {a} plus 2?", "answer": str(a + 2)} for a in range(1, 7)],
    "countdown": [
        {"question": "Make 12 of 2, 3, 6.", "answer": {"numbers": [2, 3, 6], "target": 12}},
        {"question": "Make 25 of 4, 5, 5.", "answer": {"numbers": [4, 5, 5], "target": 25}},
        {"question": "Make 7 of 3, 4.", "answer": {"numbers": [3, 4], "target": 7}},
    ],
}


def math_completion(completion: str, answer: str) -> "float | None":
    """A whole completion: a number that merely occurs in it is no answer."""
    return verify_math(completion, answer).score


def math_answer(completion: str, answer: str) -> "float | None":
    """What states no answer is taken for a bare one."""
    verdict = verify_math(completion, answer)
    return equivalent(completion, answer).score if str(verdict.reason) == "NO_ANSWER" else verdict.score


def format_completion(completion: str, answer: object = None) -> "float | None":
    return verify_format(completion).score


def countdown_completion(completion: str, answer: object) -> "float | None":
    return verify_countdown(completion, answer).score


def main(folder: Path) -> None:
    """One file of tasks a verifier, as rewardprobe reads them."""
    for name, tasks in TASKS.items():
        path = folder / f"{name}.jsonl"
        path.write_text("".join(json.dumps(task) + "\n" for task in tasks), encoding="utf-8")
        print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
