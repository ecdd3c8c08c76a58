"""What a program printed or returned against what it should have: each rule with what is right and what is wrong."""

import pytest

from verifiers.code.output import same_bytes, same_floats, same_lines, same_tokens, same_unordered
from verifiers.code.values import same, weight
from verifiers.code.values import same_unordered as same_list

LONG = 10**400


def floats(actual, expected):
    return same_floats(actual, expected, 1e-6, 1e-6)


@pytest.mark.parametrize(
    ("compare", "expected", "right", "wrong"),
    [
        (
            same_lines, b"1 2\n3\n",
            [b"1 2\n3", b"1 2  \r\n3\t\r\n", b"1 2\n3\n\n \n"],
            [b"1 2\n", b"1 2", b"3\n1 2\n", b"1  2\n3\n", b" 1 2\n3\n", b"\n1 2\n3\n", b"1 2\n\n3\n", b"1 2\n3\n4\n",
             b"1 2\n3\x00", b"1 2\n3\xff", "1 2\n３".encode(), "1\u00a02\n3".encode(), b"\xef\xbb\xbf1 2\n3\n", b""],
        ),
        (
            same_tokens, b"1 2\n3\n",
            [b"1 2 3", b"1\n2\n3\r\n", b"\n 1\t2 3"],
            [b"12 3", b"1 2", b"1 2 3 4", b"1 2 3.0", b"01 2 3", "1 2 ３".encode(), "1\u20032 3".encode(), b"1 2\x003"],
        ),
        (same_bytes, b"1\n", [b"1\n"], [b"1", b"1\r\n", b"1 \n", b"1\n\n"]),
        (same_unordered, b"a\nb\nb\n", [b"b\na\nb", b"b \nb\na\n\n"], [b"a\nb", b"a\na\nb", b"b b\na", b"a\nb\nb\nc"]),
        (
            floats, b"0.5 1000000007 x",
            [b"0.5000001 1000000007 x", b".5 1000000007.0\nx", b"5e-1 1000000007 x"],
            [b"0.51 1000000007 x", b"0.5 1000000008 x", b"0.5 1000000007.1 x", b"0.5 1000000007", b"nan 1000000007 x",
             b"inf 1000000007 x", b"0.5 1000000007 y", b"0.5 1_000_000_007 x", b"0,5 1000000007 x",
             b"0.5 1e999999999 x", b"1e999 1000000007 x", "٠.5 1000000007 x".encode()],
        ),
        (floats, b"nan", [], [b"nan", b"NaN", b"0", b"-nan"]),
        (floats, b"-Infinity inf", [], [b"-Infinity inf", b"-inf inf", b"-1e999 1e999"]),
        (floats, b"0.0", [b"0", b"-0.0", b"1e-7"], [b"1e-5", b"", b"o"]),
        (floats, b"1e400", [b"1e400"], [b"2e400", b"1e399", b"0"]),
    ],
)  # fmt: skip
def test_printed(compare, expected, right, wrong):
    assert [actual for actual in right if not compare(actual, expected)] == []
    assert [actual for actual in wrong if compare(actual, expected)] == []


@pytest.mark.parametrize(
    ("expected", "right", "wrong"),
    [
        (1, [1], [True, 1.0, "1", [1], None, 1 + 0j, b"1", 2]),
        (True, [True], [1, 1.0, "True", "true"]),
        (2.0, [2.0, 2], [True, "2.0", 2.0000001, float("nan"), 2 + 0j]),
        (0.0, [0.0, -0.0, 0], [False, None, ""]),
        (float("inf"), [float("inf")], [float("-inf"), LONG, "inf"]),
        (LONG, [LONG], [LONG + 1, float("inf"), 1e308]),
        (None, [None], [0, False, "", [], "None"]),
        ("1", ["1"], [1, b"1", "1 ", "１"]),
        (
            [1, [2.0]], [[1, [2.0]], (1, (2,))],
            [[1, 2.0], [1, [2.0], 3], [1], {1, 2}, {1: [2.0]}, "[1, [2.0]]", [True, [2.0]]],
        ),
        ([], [[], ()], [set(), {}, "", None, b""]),
        ({"a": [1]}, [{"a": (1,)}], [{"a": [1], "b": 2}, {}, [("a", [1])], {"b": [1]}, {b"a": [1]}]),
        ({"1": 2}, [{"1": 2}], [{1: 2}, {"1": True}]),
        ("e\u0301", ["e\u0301"], ["\u00e9"]),
    ],
)  # fmt: skip
def test_returned(expected, right, wrong):
    assert [actual for actual in right if not same(actual, expected)] == []
    assert [actual for actual in wrong if same(actual, expected)] == []


def test_a_tolerance_is_for_floats_alone():
    assert same([1, 0.3333], [1, 1 / 3], 1e-3)
    assert not same(0.34, 1 / 3, 1e-3)
    assert not same(10**9 + 1, 10**9, 10, 1)
    assert not same(1.0, 1, 1)
    assert not same(float("nan"), 1.0, 1e9, 1e9)
    assert not same(float("inf"), float("inf"), 1e-6)
    assert not same(LONG, 1.0, 1.0)
    assert same(3, 3.0000001, 1e-3)


def test_without_an_order_every_item_still_counts():
    assert same_list([[2, 1], "a", 3.5, None, {"k": 1}], [None, "a", {"k": 1}, [2, 1], 3.5])
    assert same_list((1, 2, 2), [2, 1, 2])
    assert not same_list([1, 2, 2], [1, 1, 2])
    assert not same_list([1, 2], [2])
    assert not same_list([[1, 2]], [[2, 1]])
    assert not same_list([True, 2], [2, 1])
    assert not same_list([float("nan")], [1.0])
    assert not same_list({1, 2}, [1, 2])
    assert same_list([[1, "a"], [1, "b"]], [[1.0, "a"], [1, "b"]])
    assert same_list([[0, 1], [0, 1.0]], [[0.0, 1], [0, 1.0]])
    assert same_list([[0, 1], [0, 1.0]], [[0, 1.0], [0.0, 1]])
    assert not same_list([[0, 1.0], [0, 1.0]], [[0, 1.0], [0.0, 1]])
    assert same_list([0] * 10_000, [0.0] * 10_000)


def test_the_weight_of_a_value_grows_with_all_that_it_holds():
    assert weight(None) == 1
    assert weight("a" * 100) == 101
    assert weight([{"ab": (1, 2)}]) == 8
    assert weight(1 << 6400) == 101
