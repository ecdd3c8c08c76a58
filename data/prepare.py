"""Public question sets → task JSONL, every ground truth checked against its published solution.

python data/prepare.py gsm8k test.jsonl -o gsm8k_test.jsonl --split-name gsm8k-test
python data/prepare.py humaneval HumanEval.jsonl.gz -o humaneval.jsonl --split-name humaneval
"""

import argparse
import ast
import difflib
import gzip
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.progress import track

Task = dict[str, object]
LONGEST_TEST = 100_000
_GSM8K_ANSWER = re.compile(r"####\s*(-?[\d,]*\.?\d+)\s*\Z")


class Refused(ValueError):
    """A line that is no task; the message says what was expected."""


class Draft(NamedTuple):
    """A task, and what proves it: a completion that the verifier must accept."""

    question: str
    ground_truth: object
    verifier: str
    right: str
    note: str = ""
    """What of the row is not in the task."""


def texts(row: Mapping[str, object], *keys: str) -> list[str]:
    """What stands under the keys; Refused where one of them has no text."""
    found = [value for value in map(row.get, keys) if isinstance(value, str) and value.strip()]
    if len(found) != len(keys):
        named = " and ".join(f'"{key}"' for key in keys)
        raise Refused(f"expected texts under {named}, found the keys {sorted(row)}")
    return found


def gsm8k(row: Mapping[str, object]) -> Draft:
    """The task of a GSM8K row: its answer ends in `#### 18`.

    >>> gsm8k({"question": "How many?", "answer": "500 * 2 = 1000\\n#### 1,000"})[:2]
    ('How many?', '1000')
    """
    question, answer = texts(row, "question", "answer")
    found = _GSM8K_ANSWER.search(answer)
    if not found:
        raise Refused(f'expected "answer" to end in "#### NUMBER", found {answer[-40:]!r}')
    number = found[1].replace(",", "")
    return Draft(question.strip(), number, "math", f"\\boxed{{{number}}}")


def humaneval(row: Mapping[str, object]) -> Draft:
    """The task of a HumanEval row: a function to complete, and `check(candidate)`."""
    prompt, solution, test, entry_point = texts(row, "prompt", "canonical_solution", "test", "entry_point")
    ground_truth = {"kind": "assert", "entry_point": entry_point, "test": test}
    if len(re.findall(r"^def ", prompt, re.MULTILINE)) > 1:
        ground_truth["setup"] = prompt  # a helper that the test calls too must not be the answer's own
    return Draft(to_complete(prompt), ground_truth, "code", fenced(prompt + solution))


def humaneval_plus(row: Mapping[str, object]) -> Draft:
    """The task of a HumanEval+ row (EvalPlus): inputs, expected of which is what the canonical solution returns."""
    prompt, solution, entry_point = texts(row, "prompt", "canonical_solution", "entry_point")
    groups = [row.get("base_input"), row.get("plus_input")]
    inputs = [args for group in groups if isinstance(group, list) for args in group if isinstance(args, list)]
    if not inputs or not all(isinstance(group, list) for group in groups):
        raise Refused('expected lists of arguments under "base_input" and "plus_input"')
    made = zip(inputs, returned(prompt + solution, entry_point, inputs), strict=True)
    tests = [test for args, expected in made if short(test := {"args": args, "expected": expected})]
    ground_truth: dict[str, object] = {"kind": "function", "entry_point": entry_point, "tests": tests}
    tolerance = row.get("atol")
    if entry_point == "find_zero":  # any root will do, as in EvalPlus
        ground_truth["compare"] = {"mode": "checker", "program": ROOT_CHECKER.replace("TOLERANCE", repr(tolerance))}
    elif tolerance:
        ground_truth["compare"] = {"mode": "float", "abs": tolerance}
    left_out = len(inputs) - len(tests)
    note = f"left out {left_out} of {len(inputs)} tests, of more than {LONGEST_TEST:,} characters" if left_out else ""
    return Draft(to_complete(prompt), ground_truth, "code", fenced(prompt + solution), note)


def short(test: object) -> bool:
    """Whether JSON text can hold the test, and a file of tasks should."""
    try:
        return len(json.dumps(test)) <= LONGEST_TEST
    except ValueError:  # an integer of more digits than Python writes or reads
        return False


ROOT_CHECKER = """import json
question = json.load(open(0))
[coefficients], x = question["input"], question["actual"]
value = sum(c * x**i for i, c in enumerate(coefficients)) if type(x) in (int, float) else 1
print("AC" if abs(value) <= TOLERANCE else "WA")
"""


def returned(program: str, entry_point: str, inputs: list[list[object]]) -> list[object]:
    """What the program's function returns for each of the inputs."""
    from sandbox import Limits, Program, Status
    from verifiers.code.boxes import shared_sandbox
    from verifiers.code.values import json_fault

    values: list[object] = []
    limits = Limits(cpu_s=10, wall_s=60, output_kb=16_384)
    for execution in shared_sandbox().call_each(Program(program), entry_point, inputs, limits=limits):
        fault = str(execution.status) if execution.status is not Status.OK else json_fault(execution.value)
        if fault:
            raise Refused(f"the canonical solution answers input {len(values) + 1} with {fault} {execution.note}")
        values.append(execution.value)
    return values


def mbpp(row: Mapping[str, object]) -> Draft:
    """The task of an MBPP row, as google-research publishes it or as SandboxFusion does.

    One assertion of the first list goes into the question, for the names; the others, and the challenges, judge.
    """
    names = ("content", "canonical_solution") if "content" in row else ("text", "code")
    question, solution = texts(row, *names)
    rest = row.get("labels", row)
    lists = [row.get("test_list"), rest.get("challenge_test_list") if isinstance(rest, Mapping) else None]
    if not all(isinstance(tests, list) and all(isinstance(test, str) for test in tests) for tests in lists):
        raise Refused('expected lists of texts under "test_list" and "challenge_test_list"')
    tests = [test for tests in lists for test in tests]
    if not tests:
        raise Refused('expected an assertion under "test_list"')
    ground_truth = {"kind": "assert", "test": "\n".join(tests), **under_test(solution, tests)}
    if rest.get("test_setup_code"):
        ground_truth["setup"] = rest["test_setup_code"]
    asked = f"{question.strip()}\n\nYour program must pass tests like this one:\n\n{fenced(tests[0].strip())}"
    return Draft(asked, ground_truth, "code", fenced(solution))


def under_test(solution: str, tests: list[str]) -> dict[str, str]:
    """The function of the solution that the tests call, where there is one: it may be called `sum`."""
    try:
        defined = {node.name for node in ast.parse(solution).body if isinstance(node, ast.FunctionDef)}
        nodes = [node for test in tests for node in ast.walk(ast.parse(test))]
    except SyntaxError:  # the check will say so
        return {}
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return {"entry_point": min(called & defined)} if len(called & defined) == 1 else {}


def to_complete(prompt: str) -> str:
    return f"Complete this Python function, and write the whole program:\n\n{fenced(prompt.strip())}"


def fenced(program: str) -> str:
    return f"```python\n{program}\n```"


SETS: dict[str, Callable[[Mapping[str, object]], Draft]] = {
    "gsm8k": gsm8k,
    "humaneval": humaneval,
    "humaneval_plus": humaneval_plus,
    "mbpp": mbpp,
}


def check(draft: Draft) -> None:
    """Refuse a ground truth by which the verifier would not accept the published solution."""
    from verifiers import VERIFIERS

    verdict = VERIFIERS[draft.verifier](draft.right, draft.ground_truth)
    if verdict.score != 1:
        raise Refused(
            f"verify_{draft.verifier} does not accept the published solution: {verdict.reason}"
            + (f": {verdict.note}" if verdict.note else "")
        )


def convert(name: str, lines: Sequence[str], split: str) -> Iterator[tuple[int, Task | Refused, str]]:
    """For every line that is not blank its number, its task or why it was refused, and what was left out."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if not isinstance(row, dict):
                raise Refused(f"expected a JSON object, found {line.strip()[:40]!r}")
            draft = SETS[name](row)
            check(draft)
            # The id is the place in the file, so that it stays when another line is refused.
            task: Task = {"id": f"{split}-{number - 1}", "question": draft.question}
            yield number, task | {"ground_truth": draft.ground_truth}, draft.note
        except json.JSONDecodeError as error:
            yield number, Refused(f"expected one JSON object, found {line.strip()[:40]!r} ({error.msg})"), ""
        except Refused as error:
            yield number, error, ""


def prepare(name: str, source: Path, out: Path | None, split: str, *, skip_bad: bool = False) -> int:
    """Write the tasks, say what became of every line, and return the exit status."""
    content = gzip.decompress(source.read_bytes()) if source.suffix == ".gz" else source.read_bytes()
    lines = content.decode("utf-8").split("\n")
    shown = track(
        convert(name, lines, split), name, total=len(lines), console=Console(stderr=True), transient=True,
        disable=not sys.stderr.isatty(),
    )  # fmt: skip
    tasks: list[Task] = []
    refused: list[tuple[int, Refused]] = []
    for number, item, note in shown:
        if note:
            print(f"{source} line {number}: {note}", file=sys.stderr)
        if isinstance(item, Refused):
            refused.append((number, item))
        else:
            tasks.append(item)
    for number, why in refused:
        print(f"{source} line {number}: {why}", file=sys.stderr)
    read = f"read {len(tasks) + len(refused)}"
    if refused and not skip_bad:
        print(f"{read}, refused {len(refused)}, wrote none: mend them, or pass --skip-bad", file=sys.stderr)
        return 1
    text = "".join(json.dumps(task, ensure_ascii=False) + "\n" for task in tasks)
    if out is None:
        sys.stdout.write(text)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        beside = out.with_name(f".{out.name}.new")
        beside.write_text(text, encoding="utf-8")
        os.replace(beside, out)
    print(f"{read}, wrote {len(tasks)}, refused {len(refused)}", file=sys.stderr)
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", help=f"which set the file is of: {', '.join(SETS)}")
    parser.add_argument("file", type=Path, help="the file as published, .gz or not")
    parser.add_argument("-o", "--out", type=Path, help="task JSONL to write (default: standard output)")
    parser.add_argument("--split-name", help="what the ids begin with (default: the file's name)")
    parser.add_argument("--skip-bad", action="store_true", help="leave out the refused lines and write the others")
    args = parser.parse_args(argv)
    if args.set not in SETS:
        near = difflib.get_close_matches(args.set, SETS, n=1, cutoff=0)[0]
        parser.error(f"no set is called {args.set!r}: did you mean {near!r}?")
    if not args.file.is_file():
        names = [entry.name for entry in args.file.absolute().parent.glob("*.jsonl*")]
        near_files = difflib.get_close_matches(args.file.name, names, n=1, cutoff=0)
        hint = f"did you mean {args.file.parent / near_files[0]}?" if near_files else "give the path of a JSONL file"
        parser.error(f"{args.file} is no file: {hint}")
    split = args.split_name or Path(args.file.name.removesuffix(".gz")).stem
    return prepare(args.set, args.file, args.out, split, skip_bad=args.skip_bad)


if __name__ == "__main__":
    raise SystemExit(main())
