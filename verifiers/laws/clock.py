"""A process whose clock can be set ahead, by whatever name it is read."""

from __future__ import annotations

import datetime
import inspect
import time
from collections.abc import Callable
from typing import Any, cast

_ahead = 0.0
_time, _time_ns = time.time, time.time_ns
_localtime, _gmtime, _ctime, _asctime, _strftime = time.localtime, time.gmtime, time.ctime, time.asctime, time.strftime


def _now() -> float:
    return _time() + _ahead


class _Reader:
    """No function: as an attribute of a class, where logging has one, it must not become a method."""

    def __init__(self, read: Callable[..., Any]) -> None:
        self.read = read

    def __call__(self, *arguments: Any) -> Any:
        return self.read(*arguments)


_READERS = {
    "time": _Reader(_now),
    "time_ns": _Reader(lambda: _time_ns() + int(_ahead * 1e9)),
    "localtime": _Reader(lambda seconds=None: _localtime(_now() if seconds is None else seconds)),
    "gmtime": _Reader(lambda seconds=None: _gmtime(_now() if seconds is None else seconds)),
    "ctime": _Reader(lambda seconds=None: _ctime(_now() if seconds is None else seconds)),
    "asctime": _Reader(lambda moment=None: _asctime(moment or _localtime(_now()))),
    "strftime": _Reader(lambda form, moment=None: _strftime(form, moment or _localtime(_now()))),
}


class _Like(type):
    """Every date is an instance of the class that took its class's place."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, vars(cls)["_real"]) if "_real" in vars(cls) else super().__instancecheck__(value)

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, vars(cls)["_real"]) if "_real" in vars(cls) else super().__subclasscheck__(other)


class _Date(datetime.date, metaclass=_Like):
    _real = datetime.date

    @classmethod
    def today(cls) -> _Date:
        return cls.fromtimestamp(_now())


class _Datetime(datetime.datetime, metaclass=_Like):
    _real = datetime.datetime

    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> _Datetime:
        return cls.fromtimestamp(_now(), tz)

    @classmethod
    def today(cls) -> _Datetime:
        return cls.fromtimestamp(_now())

    @classmethod
    def utcnow(cls) -> _Datetime:
        return cls.fromtimestamp(_now(), datetime.timezone.utc).replace(tzinfo=None)


_stand_ins: list[tuple[object, object]] = []
"""What told the time, with what takes its place."""


def install() -> None:
    """Before the function is imported, so that the names that it imports are these; nothing is ahead yet."""
    if _stand_ins:
        return
    for name, reader in _READERS.items():
        _stand_ins.append((getattr(time, name), reader))
        setattr(time, name, reader)
    for ours in cast("tuple[Any, ...]", (_Date, _Datetime)):
        real = ours._real
        ours.__name__ = ours.__qualname__ = real.__name__
        ours.__module__ = "datetime"  # where pickle looks for it
        _stand_ins.append((real, ours))
        setattr(datetime, real.__name__, ours)


def set_ahead(seconds: float, function: object) -> None:
    """From now on; a module that was imported before, as that of a closure, is given the names that it lacks."""
    global _ahead
    _ahead = seconds
    names = getattr(inspect.unwrap(cast("Any", function)), "__globals__", {})
    for name, value in list(names.items()):
        for real, ours in _stand_ins:
            if value is real:
                names[name] = ours


class Installing:
    """The first thing in a pickle: what is loaded after it finds the clock installed."""

    def __reduce__(self) -> tuple[Callable[[], None], tuple[()]]:
        return install, ()
