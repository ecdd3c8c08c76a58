"""Values of a subclass go as their base, whatever the subclass says of itself."""

import collections
import enum
import typing

import numpy
import pytest

from sandbox.values import Refused, decode, encode

LIES = """
    def __eq__(self, other): return True
    def __hash__(self): return 0
    def __iter__(self): return iter([9])
    def __len__(self): return 1 << 40
    def __getitem__(self, at): return 9
    def __contains__(self, part): return True
    def __bool__(self): return False
    def __repr__(self): return "[9]"
    def __str__(self): return "nine"
    def __format__(self, how): return "nine"
    def __int__(self): return 9
    def __index__(self): return 9
    def __float__(self): return 9.0
    def __complex__(self): return 9j
    def __pos__(self): return 9
    def __bytes__(self): return b"nine"
    def __buffer__(self, flags): return memoryview(b"nine")
    def __reduce__(self): return list, ([9],)
    def bit_length(self): return 1
    def encode(self, *how): return b"nine"
    def hex(self): return "39"
    def items(self): return [(9, 9)]
    def keys(self): return [9]
    def values(self): return [9]
    real = imag = 9.0
    __class__ = list
"""


def liar(base: type) -> typing.Any:
    """A class whose every method tells of a nine that is not there."""
    space: dict[str, typing.Any] = {"base": base}
    exec(f"class Liar(base):{LIES}", space)
    return space["Liar"]


def typed(value: object) -> str:
    return f"{type(value).__name__} {value!r}"


@pytest.mark.parametrize(
    "value",
    [3, 10**40, -0.0, float("inf"), 1 - 2j, "text", "\ud800", "", b"bytes", b"", [1, [2]], [], (1,), {"a": 1}, {1},
     set(), frozenset([1])],
    ids=repr,
)  # fmt: skip
def test_a_liar_says_what_its_base_holds(value):
    kind = type(value)
    forged = liar(kind)(value)
    assert forged == 1234  # it does lie
    assert typed(decode(encode(forged))) == typed(value)
    assert typed(decode(encode([forged, forged]))) == typed([value, value])
    assert typed(decode(encode({"key": (forged,)}))) == typed({"key": (value,)})


def test_a_liar_for_a_key_says_what_its_base_holds():
    assert decode(encode({liar(int)(3): 1})) == {3: 1}
    assert decode(encode({liar(str)("three")})) == {"three"}


class Suit(enum.IntEnum):
    HEARTS = 1


class Colour(str, enum.Enum):
    RED = "red"


class Point(typing.NamedTuple):
    x: int
    y: int


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (collections.Counter("aab"), {"a": 2, "b": 1}),
        (collections.defaultdict(list, a=[1]), {"a": [1]}),
        (collections.OrderedDict(a=1), {"a": 1}),
        (Point(1, 2), (1, 2)),
        (Suit.HEARTS, 1),
        (Colour.RED, "red"),
        (numpy.float64(0.1), 0.1),
        (numpy.float32(0.5), 0.5),
        (numpy.int64(3), 3),
        (numpy.bool_(True), True),
        (numpy.str_("a"), "a"),
        ([numpy.uint8(255)], [255]),
    ],
    ids=repr,
)
def test_what_is_equal_to_a_plain_value_goes_as_it(value, plain):
    assert value == plain
    assert typed(decode(encode(value))) == typed(plain)


@pytest.mark.parametrize(
    "value",
    [collections.deque([1]), numpy.array([1, 2]), range(3), iter([1]), {}.keys(), object(), list,
     collections.UserList([1])],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_has_no_plain_type_for_a_base_is_refused(value):
    with pytest.raises(Refused, match="is no plain value"):
        encode(value)


def test_a_class_that_only_says_that_it_is_a_list_is_refused():
    with pytest.raises(Refused, match="Liar is no plain value"):
        encode(liar(object)())


def test_half_of_the_keys_may_not_collide_either():
    modulus = (1 << 61) - 1  # of the hash of an int
    with pytest.raises(Refused, match="collide"):
        decode(encode({n * modulus for n in range(200)} | set(range(400))))
    powers = {2**n for n in range(3000)}  # 61 hashes for all of them
    assert decode(encode(powers)) == powers
