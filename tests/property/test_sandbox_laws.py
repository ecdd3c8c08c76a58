"""Laws of the sandbox: values cross unchanged and nothing else does; output is what was written; each run is alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox import Limits, Program, Sandbox, Status
from sandbox.values import MAX_DEPTH, Refused, decode, encode
from tests.boxes import open_or_skip

CALM = Limits(wall_s=60)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**60), 10**60),
    st.floats(),
    st.complex_numbers(),
    st.text(st.characters(codec=None), max_size=8),
    st.binary(max_size=8),
)
hashable = st.recursive(scalars, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=4)
plain = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(hashable, inner, max_size=3)
        | st.sets(hashable, max_size=3)
    ),
    max_leaves=12,
)
json_trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from("int float str bytes complex tuple dict set frozenset list object".split()),
            inner,
            max_size=2,
        )
    ),
    max_leaves=10,
)


def written(value: Any) -> str:
    """The value in full: its types, nan, the sign of zero; sets in the order of what their members are written as."""
    if isinstance(value, dict):
        parts = [f"{written(key)}: {written(item)}" for key, item in value.items()]
    elif isinstance(value, list | tuple):
        parts = [written(item) for item in value]
    elif isinstance(value, set | frozenset):
        parts = sorted(written(item) for item in value)
    else:
        parts = [repr(value)]
    return f"{type(value).__name__}({', '.join(parts)})"


def alike(left: Any, right: Any) -> bool:
    return written(left) == written(right)


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    with open_or_skip(slots=1) as box:
        yield box


@given(value=plain)
@example("\ud83d\ude00")  # JSON joins two lone surrogates
@example(2**53)
@example(-0.0)
def test_a_plain_value_crosses_unchanged(value):
    assert alike(decode(encode(value)), value)


@given(text=st.binary(max_size=60) | json_trees.map(lambda tree: json.dumps(tree).encode()))
@example(b"[" * 100_000)
@example(b'{"int":"' + b"9" * 10_000 + b'"}')
@example(b"1" * 10_000)
@example(b"NaN")
@example(b'{"set":[[]]}')
@example(b'{"int":"0x1","int":"0x2"}')
@example(b'{"dict":[[1,2,3]]}')
@example(b'{"complex":[1,2]}')
def test_any_text_is_a_plain_value_or_refused(text):
    try:
        value = decode(text)
    except Refused:
        return
    assert alike(decode(encode(value)), value)


@given(depth=st.integers(MAX_DEPTH + 1, 5000), shape=st.sampled_from([list, tuple]))
def test_what_is_too_deep_is_refused(depth, shape):
    value: Any = 1
    for _ in range(depth):
        value = shape([value])
    with pytest.raises(Refused):
        encode(value)


@given(value=plain, limit=st.integers(0, 30))
def test_what_is_too_large_is_refused(value, limit):
    try:
        assert len(encode(value, max_bytes=limit)) <= limit
    except Refused:
        assert len(encode(value)) > limit


def test_a_value_that_holds_itself_many_times_is_refused_at_once():
    value: Any = [1]
    for _ in range(100):
        value = [value, value]
    with pytest.raises(Refused, match="too large"):
        encode(value, max_bytes=1 << 20)


def test_keys_that_collide_are_refused():
    modulus = 2**61 - 1
    keys = [hex(i * modulus) for i in range(1, 5000)]
    with pytest.raises(Refused, match="collide"):
        decode(json.dumps({"set": [{"int": key} for key in keys]}).encode())


@given(value=plain)
@settings(max_examples=25)
def test_a_call_returns_what_it_was_given(box, value):
    [execution] = box.call_each(Program("def f(x): return x"), "f", [[value]], limits=CALM)
    assert execution.status is Status.OK
    assert alike(execution.value, value)


@given(data=st.binary(max_size=300), code=st.integers(0, 255))
@settings(max_examples=25)
def test_output_is_what_was_written_and_input_is_what_was_given(box, data, code):
    source = (
        "import sys; data = sys.stdin.buffer.read()\n"
        f"sys.stdout.buffer.write(data); sys.stderr.buffer.write(data); sys.exit({code})"
    )
    execution = box.run(Program(source), stdin=data, limits=CALM)
    assert (execution.stdout, execution.stderr, execution.exit_code) == (data, data, code)
    assert execution.status is (Status.RE if code else Status.OK)


@given(source=st.text(max_size=40) | st.text("()[]:\n =+-x1'\"#\\\0", max_size=40))
@settings(max_examples=40)
@example("\0")
@example("\ud800")
@example("# coding: rot13")
@example("(" * 500)
def test_any_text_is_a_program_that_ends_in_a_decided_status(box, source):
    execution = box.run(Program(source), limits=Limits(cpu_s=1, wall_s=20))
    assert execution.status is not Status.FAILED
    assert (execution.status is Status.OK) == (execution.exit_code == 0)


@given(inputs=st.lists(st.binary(max_size=20), max_size=4))
@settings(max_examples=10)
def test_each_input_has_its_own_run_in_order(box, inputs):
    source = (
        "import os, sys\nprint(os.path.exists('seen'), flush=True)\n"
        "open('seen', 'w')\nos.write(1, sys.stdin.buffer.read())"
    )
    outputs = [e.stdout for e in box.run_each(Program(source), inputs, limits=CALM)]
    assert outputs == [b"False\n" + data for data in inputs]
