"""How far is the language score from the truth, by kind of text, and how fast? python tests/bench/language.py --half 1

Half 1 holds the sentences that nothing was tuned on. `--without-fasttext` measures the second choice.
`--english FILE.jsonl --key solution` reads texts that are known to be English instead.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.language_texts import Mix, mixes
from verifiers.language import identify, verify_language


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100, help="texts of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--half", type=int, default=1, choices=[0, 1])
    parser.add_argument("--without-fasttext", action="store_true")
    parser.add_argument("--english", type=Path)
    parser.add_argument("--key", default="solution")
    arguments = parser.parse_args()
    if arguments.without_fasttext:
        identify._loaded = identify._langdetect()
    if arguments.english:
        lines = arguments.english.read_text(encoding="utf-8").splitlines()[: arguments.count * 12]
        texts = [Mix("english", json.loads(line)[arguments.key], "en", 1.0) for line in lines]
    else:
        texts = mixes(arguments.count, arguments.seed, arguments.half)
    verify_language("so it is loaded before the clock starts")
    errors = defaultdict(list)
    started = time.process_time()
    for text in texts:
        score = verify_language(text.text, language=text.target).score or 0.0
        errors[text.kind].append(score if text.share is None else abs(score - text.share))
    seconds = time.process_time() - started
    for kind, found in errors.items():
        print(row(kind, found))
    print(row("all", [error for found in errors.values() for error in found]))
    size = sum(len(text.text.encode()) for text in texts)
    print(f"{identify.identifier().name}: {size / seconds / 1e6:.2f} MB a CPU-second")


def row(kind: str, found: list[float]) -> str:
    near = sum(error <= 0.1 for error in found) / len(found)
    return f"{kind:20s} {len(found):5d} mean error {sum(found) / len(found):.4f}  within .10 {near:.3f}"


if __name__ == "__main__":
    main()
