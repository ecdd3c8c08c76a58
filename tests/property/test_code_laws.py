"""Laws of the code verifier: what is a program, the same output, the same value, a ground truth."""

import itertools
import json
import re
import time

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tests.strategies import anything
from verifiers import Reason, verify_code
from verifiers.code.asserts import read_asserts
from verifiers.code.ground_truth import BadGroundTruth, read_ground_truth
from verifiers.code.output import EXACT_MODES, lines_of, same_bytes, same_floats, same_lines, same_tokens
from verifiers.code.program import find_program
from verifiers.code.values import json_fault, same, same_unordered

finite = st.floats(allow_nan=False, allow_infinity=False)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), finite, st.text(max_size=5))
keys = st.text(max_size=3)
json_values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=12
)
hashable = st.one_of(scalars, st.binary(max_size=3), st.complex_numbers(), st.floats())
returned = st.recursive(
    hashable,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.lists(inner, max_size=4).map(tuple), st.sets(hashable, max_size=4),
        st.dictionaries(hashable, inner, max_size=4),
    ),
    max_leaves=12,
)  # fmt: skip
words = st.text("abc 019.-\t", min_size=1, max_size=8).filter(str.strip)
outputs = st.lists(words, min_size=1, max_size=5)
programs = st.lists(
    st.sampled_from(["```", "~~~~", "x = 1", "", "    ````", "`", "# ~~~ ```", "π"]), min_size=1
).filter(lambda lines: any(map(str.strip, lines)))


def served(value, draw):
    """The same value as a program may rightly return it: tuples for lists, ints for whole floats."""
    if isinstance(value, list):
        parts = [served(part, draw) for part in value]
        return tuple(parts) if draw(st.booleans()) else parts
    if isinstance(value, dict):
        return {key: served(part, draw) for key, part in reversed(value.items())}
    if isinstance(value, float) and value.is_integer() and draw(st.booleans()):
        return int(value)
    return value


def spoiled(value, draw):
    """The value with one thing changed: another value, another type, one item more or less."""
    if isinstance(value, (list, dict)) and value and draw(st.integers(0, 3)):
        place = draw(st.sampled_from(range(len(value)) if isinstance(value, list) else sorted(value)))
        changed = value.copy()
        changed[place] = spoiled(value[place], draw)
        return changed
    if isinstance(value, list):
        return draw(st.sampled_from([[*value, None], value[:-1] if value else None, {"list": value}, str(value)]))
    if isinstance(value, dict):
        return draw(st.sampled_from([{**value, "another key": 1}, list(value.items()), list(value), str(value)]))
    if isinstance(value, bool):
        return draw(st.sampled_from([not value, int(value), float(value), str(value)]))
    if isinstance(value, int):
        return draw(st.sampled_from([value + 1, -value - 1, str(value), [value], bool(value), complex(0, value)]))
    if isinstance(value, float):
        return draw(st.sampled_from([value * 2 + 1e-300, float("nan"), repr(value), value != 0]))
    if isinstance(value, str):
        return draw(st.sampled_from([value + "\0", value + " ", [value], value.encode(), None]))
    return draw(st.sampled_from([False, 0, "", "None", [], {}]))


@given(value=json_values, data=st.data())
def test_a_value_is_the_same_however_it_may_be_returned(value, data):
    assert same(served(value, data.draw), value)
    assert json_fault(value) == ""


@given(value=json_values, data=st.data())
def test_one_change_anywhere_in_a_value_is_seen(value, data):
    changed = spoiled(value, data.draw)
    assume(changed != value or type(changed) is not type(value))
    assert not same(changed, value)


@given(actual=returned, expected=json_values, tolerance=st.sampled_from([0.0, 1e-6, 1e300]))
def test_any_plain_value_against_any_expected_one_is_decided(actual, expected, tolerance):
    assert same(actual, expected, tolerance, tolerance) in (True, False)
    assert same_unordered(actual, expected) in (True, False)
    assert isinstance(json_fault(actual), str)


@given(values=st.lists(json_values, max_size=6), data=st.data())
def test_where_order_is_free_every_order_is_the_same(values, data):
    assert same_unordered([served(value, data.draw) for value in data.draw(st.permutations(values))], values)
    if values:
        assert not same_unordered(values[1:], values)
        assert not same_unordered([*values, values[0]], values)


few_numbers = st.lists(st.lists(st.sampled_from([0, 0.0, 1, 1.0]), min_size=1, max_size=2), max_size=4)


@given(expected=few_numbers, data=st.data())
def test_where_order_is_free_some_order_is_the_same(expected, data):
    parts = [[data.draw(st.sampled_from([int(n), float(n)])) for n in part] for part in expected]
    actual = data.draw(st.permutations(parts))
    assert same_unordered(actual, expected) == any(same(order, expected) for order in itertools.permutations(actual))


@given(
    lines=outputs,
    blanks=st.lists(st.sampled_from(["", " ", "\t", "\r", " \r"]), min_size=5, max_size=5),
    last=st.booleans(),
)
def test_blanks_at_the_ends_of_lines_change_nothing(lines, blanks, last):
    expected = "\n".join(lines).encode()
    actual = "\n".join(line + blank for line, blank in zip(lines, blanks, strict=False)) + "\n \n" * last
    assert same_lines(actual.encode(), expected)
    assert same_tokens(actual.encode(), expected)


@pytest.mark.parametrize("mode", EXACT_MODES)
@given(lines=outputs, data=st.data())
def test_a_part_of_the_output_and_output_with_junk_are_wrong(mode, lines, data):
    expected = "\n".join(lines).encode()
    part = expected[: data.draw(st.integers(0, len(expected.rstrip()) - 1))]
    junk = data.draw(st.sampled_from([b"AC", b"0", b"\0", b"\xff", "\u00a0".encode(), "\u200b".encode()]))
    for actual in (part, expected + b"\n" + junk, expected + b" " + junk, junk + b" " + expected):
        if mode != "tokens" or actual.split() != expected.split():  # a part may lack nothing but blanks
            assert not EXACT_MODES[mode](actual, expected)


@given(number=st.integers(), off=st.integers(1), tolerance=st.floats(0, 1e300))
def test_an_integer_is_itself_whatever_the_tolerance(number, off, tolerance):
    for other in (number + off, number - off):
        assert not same_floats(str(other).encode(), str(number).encode(), tolerance, tolerance)
        assert not same(other, number, tolerance, tolerance)
    assert same_floats(f"{number}.0".encode(), str(number).encode(), 0, 0)


@given(number=st.floats(-1e9, 1e9), tolerance=st.floats(1e-6, 1))
def test_a_float_within_the_tolerance_is_right_and_one_beyond_is_wrong(number, tolerance):
    assume("." in repr(number) and "e" not in repr(number))
    near, far = (repr(number + factor * tolerance).encode() for factor in (0.5, 1.5))
    assert same_floats(near, repr(number).encode(), tolerance, 0)
    assert not same_floats(far, repr(number).encode(), tolerance, 0)


@given(actual=st.binary() | anything.map(lambda text: text.encode("utf-8", "replace")), expected=st.binary())
@example(actual=b"1e9999999", expected=b"1")
@example(actual=b"nan inf", expected=b"nan inf")
def test_any_bytes_against_any_others_are_decided(actual, expected):
    for compare in EXACT_MODES.values():
        assert compare(actual, expected) in (True, False)
        assert compare(actual, actual)
    assert same_floats(actual, expected, 1e-6, 1e-6) in (True, False)
    if same_bytes(actual, expected):
        assert lines_of(actual) == lines_of(expected)


@given(
    lines=programs,
    mark=st.sampled_from("`~"),
    before=st.sampled_from(["", "So:\n", "```\nold\n```\n", "~~~\n```\n~~~\n"]),
)
def test_a_program_survives_a_fence_that_is_longer_than_its_own(lines, mark, before):
    source = "\n".join(lines) + "\n"
    longest = max(map(len, re.findall(f"{mark}+", source)), default=0)
    fence = mark * max(3, longest + 1)
    for text in (f"{before}{fence}python\n{source}{fence}", f"<answer>{before}{fence}\n{source}{fence}\n</answer> ```"):
        assert find_program(text).source == source
        assert find_program(text.replace("\n", "\r\n")).source == source


@given(text=anything)
def test_any_text_has_a_program_or_a_reason_why_not(text):
    found = find_program(text)
    assert (found.source is None) == bool(found.note)
    assert (find_program(f"{text}\n").source or "").strip() == (found.source or "").strip()


@pytest.mark.parametrize(
    "piece",
    [
        "`",
        "```",
        "```\n",
        "~~~\n```\n",
        "\n",
        " ",
        "    ```\n",
        "```a`\n",
        "\r\n",
        "> ",
        "- ",
        "1. ```\n",
        "> ```\n",
        "a ```python\n",
        "a ```",
        "`a ```py\n",
        "<answer>```\n",
        "<think>",
    ],
)
def test_a_megabyte_of_fences_is_read_in_linear_time(piece):
    start = time.process_time()
    flood = piece * (1_000_000 // len(piece))
    for text in (flood, f"```\n{flood}\n```", f"<answer>{flood}</answer>", "   " * 300_000 + "```\n" + flood):
        find_program(text)
    assert time.process_time() - start < 8


@given(value=returned, args=st.lists(json_values, max_size=3), data=st.data())
def test_an_assertion_accepts_the_value_that_it_writes_and_no_other(value, args, data):
    written = repr(value)
    assume(not re.search(r"\b(?:nan|inf|nanj|infj)\b", written))
    call = f"f({', '.join(map(repr, args))})"
    for test in (
        f"assert {call} == {written}",
        f"assert {written} == {call}, 'no'",
        f"x = {written}\nassert {call} == x",
    ):
        [found] = read_asserts(test, "f") or [None]
        if found is None:  # Python writes a complex number as a sum, and refuses a list in a set
            continue
        assert found.call.args == args
        assert found.holds(value)
        for other in (None, [value], str(value) + "x", data.draw(returned)):
            assert found.holds(other) == (other == value)


TRUTHS = [
    {
        "kind": "stdin",
        "tests": [{"input": "1", "output": "2"}],
        "compare": {"mode": "float", "abs": 1},
        "limits": {"cpu_s": 1},
    },
    {
        "kind": "function",
        "entry_point": "f",
        "tests": [{"args": [1], "expected": {"a": [2]}}],
        "compare": {"mode": "exact"},
    },
    {"kind": "assert", "entry_point": "f", "test": "assert f(1) == 2", "setup": "", "language": "python"},
]


@given(truth=st.sampled_from(TRUTHS), junk=json_values, data=st.data())
def test_any_ground_truth_is_read_or_our_fault(truth, junk, data):
    truth = json.loads(json.dumps(truth))
    place, key = truth, data.draw(st.sampled_from(sorted(truth)))
    while isinstance(place[key], (dict, list)) and place[key] and data.draw(st.booleans()):
        place = place[key]
        key = data.draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
    if data.draw(st.booleans()):
        place[key] = junk
    else:
        del place[key]
    for given_truth in (truth, json.dumps(truth), junk):
        try:
            read = read_ground_truth(given_truth)
        except BadGroundTruth as error:
            read = str(error)
        verdict = verify_code("no program", given_truth)
        if isinstance(read, str):
            assert (verdict.score, verdict.reason, verdict.note) == (None, Reason.BAD_GROUND_TRUTH, read)
        else:  # test code may still turn out to be none
            assert verdict.reason in (Reason.NO_ANSWER, Reason.BAD_GROUND_TRUTH)


# What needs the sandbox runs it a few times only.
few = settings(max_examples=8)


def answered(program):
    return f"<think>so</think><answer>```python\n{program}\n```</answer>"


@few
@given(values=st.lists(json_values, min_size=1, max_size=8), data=st.data())
def test_every_value_crosses_the_boundary_as_it_is(values, data):
    tests = [{"args": [value], "expected": value} for value in values]
    wrong = [{"args": [spoiled(value, data.draw)], "expected": value} for value in values]
    truth = {"kind": "function", "entry_point": "f", "tests": tests}
    assert verify_code(answered("def f(x): return x"), truth).correct
    for test in wrong:
        if json_fault(test["args"]) or same(test["args"][0], test["expected"]):
            continue
        assert verify_code(answered("def f(x): return x"), truth | {"tests": [test]}).score == 0


@few
@given(
    lines=st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=8), min_size=1, max_size=5)
)
def test_a_program_that_prints_its_input_is_right_where_that_is_asked_for(lines):
    text = "\n".join(lines) + "\nend"
    truth = {"kind": "stdin", "tests": [{"input": text, "output": text}], "compare": {"mode": "exact"}}
    echo = "import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())"
    assert verify_code(answered(echo), truth).correct
    assert verify_code(answered(f"{echo}\nprint()"), truth).score == 0


@few
@given(
    pairs=st.lists(
        st.tuples(st.integers(0, 9), st.sampled_from(["n + 1", "[n]", "'a' * n", "(n, None)", "n > 4"])),
        min_size=1,
        max_size=4,
    ),
    right=st.booleans(),
)
def test_assertions_read_and_assertions_run_apart_agree(pairs, right):
    program = "def f(n, kind): return eval(kind)"
    asserts = [f"assert f({n}, {kind!r}) == {eval(kind, {'n': n + (not right)})!r}" for n, kind in pairs]
    test = "\n".join(asserts)
    apart = "for _ in [0]:\n" + "\n".join(f"    {line}" for line in asserts)
    assert read_asserts(test, "f")
    assert read_asserts(apart, "f") is None
    scores = {
        verify_code(answered(program), {"kind": "assert", "entry_point": "f", "test": t}).score for t in (test, apart)
    }
    unseen = all(kind == "n > 4" and n != 4 for n, kind in pairs)  # where one more changes nothing
    assert scores == {float(right or unseen)}
