"""Plain values as JSON text and back, with nothing in the text that could run or pretend.

A value is None, bool, int, float, complex, str, bytes, list, tuple, dict, set or frozenset. One of a subclass, such as
a Counter, a namedtuple or an IntEnum, goes as its base, read by the base's own methods: whatever else it says of
itself, such as that it equals everything, stays behind. Whoever decodes takes the text for hostile: it is bounded in
size and depth, and only these types come out.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from typing import Any

MAX_DEPTH = 200
MAX_BYTES = 16 << 20
_SIZED = (str, bytes, list, tuple, dict, set, frozenset)
_SCALAR_BASES: dict[type, Any] = {
    int: int.__index__,
    float: float.__float__,
    complex: complex.__pos__,
    str: str.__str__,
    bytes: lambda value: bytes.__getitem__(value, slice(None)),
}
"""What makes a plain scalar of a subclass's, past every method that the subclass may have."""
_BASES: tuple[Any, ...] = (*_SCALAR_BASES, list, tuple, dict, set, frozenset)
_PLAIN = frozenset([bool, type(None), *_BASES])
_MOST_OF_ONE_HASH = 100
_SHORT = 1 << 53
_DIGITS = 17


class Refused(ValueError):
    """No plain value, or one too deep or too large."""


class TooLarge(Refused):
    """A plain value, as far as it was looked at, of more bytes than it may have."""


def encode(value: Any, *, max_bytes: int = MAX_BYTES) -> bytes:
    """The JSON text of a plain value.

    >>> encode((1, {"a": {2}}))
    b'{"tuple":[1,{"dict":[["a",{"set":[2]}]]}]}'
    """
    try:
        packed = _pack(value, MAX_DEPTH, [max_bytes])
        text = json.dumps(packed, separators=(",", ":"), allow_nan=False).encode()
    except RecursionError:
        raise Refused(f"a value deeper than {MAX_DEPTH}") from None
    if len(text) > max_bytes:
        raise TooLarge(f"a value of {len(text)} bytes: the limit is {max_bytes}")
    return text


def decode(text: bytes, *, max_bytes: int = MAX_BYTES) -> Any:
    """The value that `encode` was given; Refused for any text that `encode` cannot have written.

    >>> decode(b'{"tuple":[1,{"dict":[["a",{"set":[2]}]]}]}')
    (1, {'a': {2}})
    """
    if len(text) > max_bytes:
        raise Refused(f"{len(text)} bytes: the limit is {max_bytes}")
    try:
        data = json.loads(
            text.decode("ascii"), parse_int=_short_int, parse_constant=_no_constant, object_pairs_hook=_Tag
        )
        return _unpack(data, MAX_DEPTH)
    except Refused:
        raise
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Refused(f"not an encoded value: {type(error).__name__}") from None


def _pack(value: Any, depth: int, room: list[int]) -> Any:
    """The value with a tag on what JSON has not. `room` is how many bytes are left, at two an item or one a letter: a
    list of a few lines may hold itself a billion times over."""
    kind: Any = type(value)
    if kind not in _PLAIN:
        value = _scalar_of_numpy(value)
        kind = _base(type(value))
        value = _SCALAR_BASES[kind](value) if kind in _SCALAR_BASES else value
    if kind is bool or value is None:
        return value
    if kind is int:
        return value if -_SHORT < value < _SHORT else {"int": hex(value)}
    if kind is float:
        return value if math.isfinite(value) else {"float": repr(value)}
    if kind is complex:
        return {"complex": [_pack(value.real, 0, room), _pack(value.imag, 0, room)]}
    if kind not in _SIZED:
        raise Refused(f"{type(value).__name__} is no plain value")
    size = kind.__len__(value)
    room[0] -= size if kind is str or kind is bytes else 2 * size
    if room[0] < 0:
        raise TooLarge("a value too large to be sent")
    if kind is str:
        try:
            value.encode()
        except UnicodeEncodeError:  # JSON would join two lone surrogates into one character
            return {"str": value.encode("utf-8", "surrogatepass").hex()}
        return value
    if kind is bytes:
        return {"bytes": value.hex()}
    if depth <= 0:
        raise Refused(f"a value deeper than {MAX_DEPTH}")
    if kind is dict:
        pairs = dict.items(value)
        return {"dict": [[_pack(key, depth - 1, room), _pack(item, depth - 1, room)] for key, item in pairs]}
    items = [_pack(item, depth - 1, room) for item in kind.__iter__(value)]
    return items if kind is list else {kind.__name__: items}


def _base(kind: type) -> type | None:
    """The plain type that this one is or has for a base."""
    return kind if kind in _PLAIN else next((base for base in _BASES if issubclass(kind, base)), None)


def _scalar_of_numpy(value: Any) -> Any:
    """The number itself: in Python's eyes they are equal, as an array and a list are not."""
    numpy = sys.modules.get("numpy")
    return numpy.generic.item(value) if numpy and isinstance(value, numpy.generic) else value


class _Tag(list[tuple[str, Any]]):
    """A JSON object as its pairs, so that a key written twice is seen."""


def _unpack(data: Any, depth: int) -> Any:
    if depth < 0:
        raise Refused(f"a value deeper than {MAX_DEPTH}")
    if type(data) is list:
        return [_unpack(item, depth - 1) for item in data]
    if type(data) is not _Tag:
        return data
    [(name, body)] = data
    if name in ("int", "float", "str", "bytes"):
        if type(body) is not str:
            raise Refused(f"{name} of {type(body).__name__}")
        return _SCALARS[name](body)
    if type(body) is not list:
        raise Refused(f"{name} of {type(body).__name__}")
    items = [_unpack(item, depth - 1) for item in body]
    if name == "tuple":
        return tuple(items)
    if name == "complex":
        real, imaginary = items
        if type(real) is not float or type(imaginary) is not float:
            raise Refused("complex of other than floats")
        return complex(real, imaginary)
    if name == "dict":
        if any(type(item) is not list or len(item) != 2 for item in items):
            raise Refused("dict of other than pairs")
        _spread_out([key for key, _ in items])
        return dict(items)
    if name in ("set", "frozenset"):
        _spread_out(items)
        return set(items) if name == "set" else frozenset(items)
    raise Refused(f"unknown tag {name[:20]!r}")


def _spread_out(keys: list[Any]) -> None:
    """Refuse keys made to collide: ten thousand of one hash would keep the judge busy for seconds."""
    if len(keys) > _MOST_OF_ONE_HASH and max(Counter(map(hash, keys)).values()) > _MOST_OF_ONE_HASH:
        raise Refused("keys that collide")


def _short_int(digits: str) -> int:
    if len(digits) > _DIGITS:
        raise Refused("a long integer in decimal")
    return int(digits)


def _no_constant(name: str) -> float:
    raise Refused(f"{name} is not in JSON")


def _hexadecimal(text: str) -> int:
    if not text.startswith(("0x", "-0x")):
        raise Refused("an integer that is not hexadecimal")
    return int(text, 16)


def _special(text: str) -> float:
    return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[text]


_SCALARS: dict[str, Any] = {
    "int": _hexadecimal,
    "float": _special,
    "str": lambda text: bytes.fromhex(text).decode("utf-8", "surrogatepass"),
    "bytes": bytes.fromhex,
}
