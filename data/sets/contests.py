"""Programs of contests: APPS, TACO, CodeContests.

A row may leave open how its outputs are meant; each reading is a draft, and the first that a published solution passes
is taken.
"""

import json
import re
from collections.abc import Mapping

from .drafts import Draft, LeftOut, Refused, Row, columns, fenced, first_text
from .programs import LONGEST_TEST, short

MOST_SOLUTIONS = 5
ASKED = "Write a Python program that reads from standard input and prints to standard output."
MODULES = "bisect collections copy functools heapq itertools math random re string sys time"
PRELUDE = f"import {', '.join(MODULES.split())}\n" + "".join(
    f"from {name} import *\n" for name in "bisect collections functools heapq itertools math string typing".split()
)
PRELUDE += "from builtins import pow\n"  # that of math takes no modulus
"""What the graders of these sets import before a published solution; a policy's program has to say it itself."""
SOURCES = {1: "codechef", 2: "codeforces", 3: "hackerearth", 4: "codejam", 6: "atcoder", 7: "aizu"}
DIFFICULTIES = dict(enumerate("unknown easy medium hard harder hardest external A B C D E F G H I J K".split()))
DIFFICULTIES |= dict(enumerate("L M N O P Q R S T U V".split(), start=19))
PYTHON3, CPP = 3, 2
TOLERANCE = {"abs": 1e-6, "rel": 1e-6}
_AMOUNT = re.compile(r"\s*([\d.]+)\s*(\w*)")
_CHECKED = re.compile(r"^check\(([\w().]+)\)\s*\Z", re.MULTILINE)
_DECIMAL = re.compile(r"(?<![\w.])-?\d+\.\d+(?:[eE][-+]?\d+)?(?![\w.])")
_MEGABYTES = {"b": 1 / (1 << 20), "k": 1 / 1024, "m": 1, "g": 1024}


def apps(row: Row) -> list[Draft]:
    """The task of an APPS or TACO row: the tests are JSON text, `input_output` = {inputs, outputs, fn_name?}.

    {problem_id, question, solutions, input_output, difficulty, url, starter_code}: codeparrot/apps, with `solutions`
    JSON text too; hendrycks/apps has a folder a problem, with these as files. {question, starter_code, input_output,
    difficulty, solutions, source, time_limit: "2.0 seconds", memory_limit: "256.0 megabytes", …}: BAAI/TACO.
    How hendrycks/apps reads them is in its eval/testing_util.py: `inputs` of a function are lists of arguments, and an
    output may stand in a list of its own; texts for standard input may be lists of lines.
    """
    question = first_text(row, "question")
    tests = read_json(row.get("input_output"), '"input_output"')
    if not isinstance(tests, dict):
        raise Refused('expected {"inputs": […], "outputs": […]} under "input_output"', "no tests")
    inputs, outputs, name = tests.get("inputs"), tests.get("outputs"), tests.get("fn_name")
    if not isinstance(inputs, list) or not isinstance(outputs, list) or len(inputs) != len(outputs):
        raise Refused('expected "inputs" and as many "outputs" under "input_output"', "no tests")
    if not inputs:
        raise Refused('no tests under "input_output"', "no tests")
    published = row.get("solutions") or []
    solutions = read_json(published, '"solutions"') if published != "" else []
    programs = [text for text in solutions if isinstance(text, str)] if isinstance(solutions, list) else []
    kept = columns(row, level=("difficulty",), source=("source", "url"))
    starter = row.get("starter_code")
    begin = f"\n\nBegin with:\n\n{fenced(starter.strip())}" if isinstance(starter, str) and starter.strip() else ""
    rights = tuple(map(graded, programs[:MOST_SOLUTIONS]))
    if isinstance(name, str) and name.strip():
        asked = f"{question.strip()}{begin}\n\nWrite a Python program with the function {name.split('.')[-1]}."
        truths = functions(name, inputs, outputs, limits(row))
    else:
        asked = f"{question.strip()}{begin}\n\n{ASKED}"
        truths = standard_input(list(map(as_text, inputs)), list(map(as_text, outputs)), limits(row))
    return drafts(asked, truths, rights, len(inputs), kept)


def deepcoder(row: Row) -> list[Draft]:
    """The task of a row of DeepCoder's mix: {problem, solutions, tests}, the tests those of an APPS row, or a list of
    {input, output, testtype, metadata: {func_name}}, or {functional: "def check(candidate): …"}: agentica-org/
    DeepCoder-Preview-Dataset, and the files of rllm/data in agentica-project/rllm."""
    question, tests, solutions = (
        first_text(row, "problem"),
        read_json(row.get("tests"), '"tests"'),
        row.get("solutions"),
    )
    if isinstance(solutions, str) and not solutions.lstrip().startswith("["):
        solutions = [solutions]
    if isinstance(tests, dict) and isinstance(check := tests.get("functional"), str):
        called = _CHECKED.search(check)
        if not called:
            raise Refused('expected "functional" to end in check(…)', "no tests")
        truth: dict[str, object] = {"kind": "assert", "entry_point": called[1], "test": check[: called.start()]}
        published = solutions if isinstance(solutions, list) else []
        rights = tuple(graded(text) for text in published[:MOST_SOLUTIONS] if isinstance(text, str))
        return drafts(question.strip(), [truth], rights, 0, {})
    if isinstance(tests, list):
        own = [test for test in tests if isinstance(test, dict)]
        about: Row = next((test["metadata"] for test in own if isinstance(test.get("metadata"), dict)), {})
        sides = {f"{side}s": [test.get(side) for test in own] for side in ("input", "output")}
        tests = {**sides, "fn_name": about.get("func_name")}
    return apps({**row, "question": question, "input_output": tests, "solutions": solutions})


def codecontests(row: Row) -> list[Draft]:
    """The task of a CodeContests row, deepmind/code_contests on the hub: {name, description, public_tests,
    private_tests, generated_tests: {input, output}, solutions: {language, solution}, source, difficulty, cf_rating,
    time_limit: {seconds, nanos}, memory_limit_bytes, input_file, output_file, …}; the numbers are those of
    google-deepmind/code_contests' contest_problem.proto."""
    question = first_text(row, "description")
    for key in ("input_file", "output_file"):
        if row.get(key) and row[key] not in ("stdin", "stdout"):
            raise LeftOut(f"its programs use the file {row[key]!r}, not standard input and output", "files")
    tests: dict[str, str] = {}
    for key in ("public_tests", "private_tests", "generated_tests"):
        group = row.get(key)
        if group is None:
            continue
        if not isinstance(group, dict) or not all(isinstance(group.get(side), list) for side in ("input", "output")):
            raise Refused(f'expected lists of "input" and "output" under "{key}"')
        tests |= zip(map(as_text, group["input"]), map(as_text, group["output"]), strict=False)
    if not tests:
        raise Refused("no tests under public_tests, private_tests and generated_tests", "no tests")
    found = row.get("solutions")
    listed = found if isinstance(found, dict) else {}
    pairs = list(zip(listed.get("language", []), listed.get("solution", []), strict=False))
    rights = [fenced(text) for language, text in pairs if language in (PYTHON3, "PYTHON3")][:MOST_SOLUTIONS]
    rights = rights or [fenced(text, "cpp") for language, text in pairs if language in (CPP, "CPP")][:2]
    kept = {"level": row.get("cf_rating") or named(row.get("difficulty"), DIFFICULTIES)}
    kept["source"] = named(row.get("source"), SOURCES)
    truths = standard_input(list(tests), list(tests.values()), limits(row))
    shown = question.count("<image>")
    note = f"the question shows {shown} image{'s'[: shown > 1]} that are not in the set" if shown else ""
    kept = {key: value for key, value in kept.items() if value}
    return drafts(f"{question.strip()}\n\n{ASKED}", truths, tuple(rights), len(tests), kept, note)


def graded(solution: str) -> str:
    """A published solution as the set's grader runs it."""
    return fenced(solution if "__future__" in solution else f"{PRELUDE}\n{solution}")


def named(given: object, names: Mapping[int, str]) -> object:
    """The name of a number of contest_problem.proto; None for 0, which is unknown."""
    return names.get(given, given) if isinstance(given, int) and given else None


def drafts(
    question: str, truths: list[dict[str, object]], rights: tuple[str, ...], given: int, kept: Row, note: str = ""
) -> list[Draft]:
    """One draft for each reading of the tests."""
    right, others = (rights[0], rights[1:]) if rights else ("", ())
    made = []
    for truth in truths:
        tests = truth.get("tests")
        left = given - len(tests) if isinstance(tests, list) else 0
        said = f"left out {left} of {given} tests, of more than {LONGEST_TEST:,} characters" if left else ""
        made.append(Draft(question, truth, "code", right, "; ".join(filter(None, (said, note))), others, kept))
    return made


def functions(name: str, inputs: list[object], outputs: list[object], bounds: Row) -> list[dict[str, object]]:
    """Ground truths of calls: first what stands alone in a list is taken out of it, then not."""
    texts = any(isinstance(each, str) for each in inputs)  # JSON of one argument a line; then the outputs are JSON too
    arguments, expected = [called(each) for each in inputs], [whole(each) if texts else each for each in outputs]
    readings = [expected]
    if all(isinstance(each, list) and len(each) == 1 for each in expected):
        readings.insert(0, [each[0] for each in expected if isinstance(each, list)])
    base: dict[str, object] = {"kind": "function", "entry_point": name.strip(), **bounds}
    if _DECIMAL.search(json.dumps(expected)):
        base["compare"] = {"mode": "float", **TOLERANCE}
    return [
        base | {"tests": bounded([{"args": a, "expected": e} for a, e in zip(arguments, reading, strict=True)])}
        for reading in readings
    ]


def standard_input(inputs: list[str], outputs: list[str], bounds: Row) -> list[dict[str, object]]:
    """Ground truths of whole programs: numbers with a point to within 1e-6, else line by line, else word by word."""
    tests = bounded([{"input": given, "output": said} for given, said in zip(inputs, outputs, strict=True)])
    modes: list[Row] = [{}, {"compare": {"mode": "tokens"}}]
    if any(_DECIMAL.search(said) for said in outputs):
        modes = [{"compare": {"mode": "float", **TOLERANCE}}]
    return [{"kind": "stdin", "tests": tests, **mode, **bounds} for mode in modes]


def bounded(tests: list[dict[str, object]]) -> list[dict[str, object]]:
    """Those that a file of tasks should hold; Refused where there are none."""
    kept = [test for test in tests if short(test)]
    if not kept:
        raise Refused(f"every test has more than {LONGEST_TEST:,} characters", "no tests")
    return kept


def called(given: object) -> list[object]:
    """The arguments of a call: a list, or text with the JSON of one a line."""
    if isinstance(given, str):
        return [read_json(line, "a line of arguments") for line in given.split("\n") if line.strip()]
    if not isinstance(given, list):
        raise Refused(f"expected a list of arguments, found {given!r:.60}", "no tests")
    return given


def whole(given: object) -> object:
    """What is expected: itself, or what its text is the JSON of."""
    try:
        return json.loads(given) if isinstance(given, str) else given
    except ValueError:
        return given


def as_text(given: object) -> str:
    """What a program reads or prints; a list is its lines."""
    if isinstance(given, list):
        given = "\n".join(map(as_text, given))
    if not isinstance(given, str):
        raise Refused(f"expected text for standard input and output, found {given!r:.60}", "no tests")
    return given


def read_json(given: object, what: str) -> object:
    """The value that a text is the JSON of; itself where it is no text."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except (ValueError, RecursionError) as error:
        raise Refused(f"{what} is not JSON: {error}", "no tests") from None


def limits(row: Row) -> Row:
    """The set's own, where they are wider than the verifier's: those were set for faster languages."""
    found = {"cpu_s": seconds(row.get("time_limit")), "memory_mb": megabytes(row)}
    usual = {"cpu_s": 3.0, "memory_mb": 512.0}
    wider = {key: int(value) for key, value in found.items() if value > usual[key]}
    return {"limits": wider} if wider else {}


def seconds(given: object) -> float:
    """Of "2.0 seconds" or {seconds, nanos}; 0 where there is none."""
    if isinstance(given, dict):
        return float(given.get("seconds") or 0) + float(given.get("nanos") or 0) / 1e9
    return amount(given)[0]


def megabytes(row: Row) -> float:
    """Of "256.0 megabytes" or of bytes; 0 where there is none."""
    count = row.get("memory_limit_bytes")
    if isinstance(count, int):
        return count / (1 << 20)
    number, unit = amount(row.get("memory_limit"))
    return number * _MEGABYTES.get(unit[:1].lower(), 0)


def amount(given: object) -> tuple[float, str]:
    """The number that a text begins with, and its unit."""
    found = _AMOUNT.match(given) if isinstance(given, str) else None
    try:
        return (float(found[1]), found[2]) if found else (0.0, "")
    except ValueError:
        return 0.0, ""
