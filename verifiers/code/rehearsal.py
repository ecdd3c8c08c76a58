"""Test code in a box of its own. This file is a program for the sandbox, never imported: the judge calls `rehearse`.

The program under test is elsewhere; here are the values that it returned, for the calls made so far. A call not made
yet gives a Guess, which passes most assertions, so that one rehearsal finds as many calls as it can. The judge makes
them and rehearses again, until nothing is guessed: that rehearsal counts.
"""

import ast
import builtins
import contextlib
import copy
import hashlib
import importlib
import itertools
import pickle
import random
import zlib
from collections import Counter
from collections.abc import Callable, Coroutine, Generator, Iterator
from typing import Any

MOST_CALLS = 256  # wanted by one rehearsal: what guesses lead to may never end
MOST_GUESSED = 10_000  # operations on guesses, for the same reason
SCALARS = {bool, int, float, complex, str, bytes, type(None)}


class Stop(BaseException):
    """The rehearsal goes no further; not an Exception, so that test code does not catch it by accident."""


class Guess:
    """Stands for a value not known yet: equal to all, above all, below all, and so is what is computed from it."""

    done = itertools.count()

    def __float__(self) -> float:
        return 0.0

    def __bool__(self) -> bool:
        return self.itself() is self

    def __iter__(self) -> Iterator[Any]:
        return iter(())  # else __getitem__ would serve, and never end

    def __hash__(self) -> int:
        return 0

    def itself(self, *_: Any) -> "Guess":
        """What comes of every operation."""
        if next(Guess.done) >= MOST_GUESSED:
            raise Stop
        return self


for _name in "abs eq ne lt le gt ge add radd sub rsub mul rmul truediv rtruediv getitem round".split():
    setattr(Guess, f"__{_name}__", Guess.itself)


class Items(Iterator[Any]):
    """Stands for an iterator of the program's: its first items, and where they are not all, how to get all."""

    def __init__(self, items: list[Any], whole: "Callable[[], list[Any]] | None", at: int = 0) -> None:
        self.items, self.whole, self.at = items, whole, at

    def __next__(self) -> Any:
        if self.at == len(self.items) and self.whole:
            self.items, self.whole = self.whole(), None
        if self.at >= len(self.items):
            raise StopIteration
        self.at += 1
        return self.items[self.at - 1]

    def __deepcopy__(self, _: Any) -> "Items":
        return Items(copy.deepcopy(self.items), self.whole, self.at)

    def known(self) -> list[Any]:
        """What is left of the items here, taken."""
        left, self.at = self.items[self.at :], len(self.items)
        return left


class Awaited(Coroutine[Any, Any, Any]):
    """Stands for a coroutine of the program's, which it has run to its end."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def send(self, _: Any) -> Any:
        raise StopIteration(self.value)

    def throw(self, *error: Any) -> Any:
        raise error[0]

    def close(self) -> None: ...

    def __await__(self) -> Generator[Any, Any, Any]:
        yield from ()
        return self.value


class Solution:
    """Stands for the class and for each of its objects: a method is called as the function of its name."""

    def __init__(self, rehearsal: "Rehearsal") -> None:
        self.rehearsal = rehearsal

    def __call__(self, *args: Any, **keywords: Any) -> "Solution":
        if args or keywords:
            self.rehearsal.stop("the test code makes a Solution with arguments, but each call has a fresh one without")
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.rehearsal.function(name)


class Rehearsal:
    """The functions that stand in for the program's, and what was asked of them."""

    def __init__(self, known: dict[str, list[Any]], guessing: bool) -> None:
        self.known, self.guessing = known, guessing
        self.times: Counter[str] = Counter()
        self.wanted: list[list[Any]] = []
        self.used = 0
        self.raised: tuple[BaseException | None, str] = None, ""
        self.failed = self.wrong = self.fault = ""

    def function(self, name: str) -> Any:
        def stand_in(*args: Any, **keywords: Any) -> Any:
            return self.call(name, list(args), keywords)

        stand_in.__name__ = name
        return stand_in

    def call(self, name: str, args: list[Any], keywords: dict[str, Any]) -> Any:
        given: list[tuple[Any, Any]] = [*enumerate(args), *keywords.items()]
        iterators = [place for place, arg in given if type(arg) is Items]
        for place in iterators:
            whose: Any = args if isinstance(place, int) else keywords
            whose[place] = whose[place].known()
        text = _text([args, keywords, iterators])
        if text is None:
            return Guess().itself()
        if text.startswith("!!"):
            self.wrong = f"it returned {text[2:]}, which the test code passes on to {name}"
            raise Stop
        if text.startswith("!"):
            self.stop(f"the test code passes {name} a value of type {text[1:]}, which cannot be sent")
        asked = f"{name} {hashlib.sha256(text.encode(errors='surrogatepass')).hexdigest()}"
        self.times[asked] += 1
        key = f"{asked} {self.times[asked]}"
        call = [name, args, keywords, iterators]
        if key not in self.known:
            self.want([key, *call, ""])
            return Guess()
        how, value = self.answer(key)
        if how == "iterator":
            items, more = value
            call = copy.deepcopy(call)  # the test code may change its arguments before it gets to the end
            return Items(items, (lambda: self.whole(f"{key} whole", call)) if more else None)
        return Awaited(value) if how == "awaited" else value

    def answer(self, key: str) -> list[Any]:
        """How the call ended, and with what."""
        how, packed = self.known[key]
        value = pickle.loads(zlib.decompress(packed))
        self.used += 1
        if how == "raised":
            error = _error(*value)
            self.raised = error, key
            raise error
        if how == "ended":
            self.failed = key
            raise Stop
        return [how, value]

    def whole(self, key: str, asked: list[Any]) -> Any:
        """All items of what a call returned."""
        if key not in self.known:
            self.want([key, *asked, "__iter__"])
            raise Stop
        return self.answer(key)[1]

    def want(self, call: list[Any]) -> None:
        self.wanted.append(copy.deepcopy(call))
        if not self.guessing or len(self.wanted) >= MOST_CALLS:
            raise Stop

    def stop(self, fault: str) -> None:
        self.fault = fault
        raise Stop


def _error(name: str, said: Any) -> Exception:
    """The built-in exception of that name, else the nearest base that one argument makes, or a RuntimeError."""
    if name == "KeyError":
        with contextlib.suppress(ValueError, SyntaxError):
            said = ast.literal_eval(said)  # of which the program has sent the repr
    kind: Any = getattr(builtins, name, None)
    # StopIteration would end a `map` or a `zip` of the test code, with the rest untested: PEP 479 has a RuntimeError.
    ends = name in ("StopIteration", "StopAsyncIteration")
    if isinstance(kind, type) and issubclass(kind, Exception) and not ends:
        for base in kind.__mro__:
            # One of a kind that takes more arguments, such as UnicodeDecodeError, is of a subclass that says the same.
            like = type(name, (base,), {"__init__": lambda *_: None, "__str__": lambda _: said})
            for made in (base, like):
                with contextlib.suppress(TypeError):
                    error: Exception = made(said)
                    return error
    return RuntimeError(f"{name}: {said}")


def _text(value: Any) -> "str | None":
    """The same text for the same plain value, whatever a set's order; None with a guess in it, "!type" if not plain.

    "!!an iterator" or the like is the program's own, where it cannot be sent back."""
    kind = type(value)
    if kind is Guess:
        return None
    if kind is int and value.bit_length() > 9_999:
        return hex(value)  # repr refuses 5,000 digits
    if kind in SCALARS:
        return repr(value)
    if kind in (list, tuple) and SCALARS.issuperset(map(type, value)):
        with contextlib.suppress(ValueError):
            return repr(value)  # much the fastest
    if kind is dict:
        parts = [_text([key, part]) for key, part in value.items()]
    elif kind in (list, tuple, set, frozenset):
        parts = [_text(part) for part in value]
    elif kind in (Items, Awaited):
        return "!!an iterator" if kind is Items else "!!a coroutine"
    else:
        return f"!{kind.__name__}"
    texts = [part for part in parts if part is not None]
    if len(texts) < len(parts):
        return None
    if unsendable := [part for part in texts if part.startswith("!")]:
        return unsendable[0]
    if kind in (set, frozenset):
        texts.sort()
    return f"{kind.__name__}({','.join(texts)})"


def _seed_once() -> None:
    """Every rehearsal makes the same calls, even where the test code asks for another seed each time."""
    seed = random.seed
    seed(0)
    random.seed = lambda a=0, version=2: seed(0 if a is None else a, version)


def _ends_well(error: SystemExit, last_line: int) -> bool:
    """Whether it is `sys.exit(0)` or the like in the last statement, and does not answer another error."""
    place = error.__traceback__
    while place and place.tb_frame.f_code.co_filename != "<test>":
        place = place.tb_next
    return error.code in (0, None) and error.__context__ is None and bool(place and place.tb_lineno >= last_line)


def rehearse(
    setup: str,
    test: str,
    entry_point: str,
    names: list[str],
    modules: list[str],
    known: dict[str, list[Any]],
    guessing: bool,
) -> dict[str, Any]:
    """Run the test code, with a stand-in for each of the names."""
    rehearsal = Rehearsal(known, guessing)
    outcome, note = "passed", ""
    try:
        _seed_once()
        space: dict[str, Any] = {"__name__": "test"}
        space.update((name, importlib.import_module(name)) for name in modules)
        exec(compile(setup, "<setup>", "exec"), space)
        space.update((name, Solution(rehearsal) if name == "Solution" else rehearsal.function(name)) for name in names)
        try:
            exec(compile(test, "<test>", "exec"), space)
        except SystemExit as error:
            if not _ends_well(error, ast.parse(test).body[-1].lineno):
                raise
        if callable(space.get("check")) and "check" not in names:
            space["check"](space[entry_point])
    except Stop:
        outcome, note = "stopped", rehearsal.wrong
    except (Exception, SystemExit) as error:
        outcome, note = "failed", f"the test code raised {type(error).__name__}: {error}"[:200]
        if error is rehearsal.raised[0]:
            rehearsal.failed = rehearsal.raised[1]
        elif isinstance(error, ImportError):
            rehearsal.fault = note
        elif isinstance(error, AssertionError):
            note = "an assertion does not hold"
    report = {name: getattr(rehearsal, name) for name in ("wanted", "used", "failed", "fault")}
    return {"outcome": outcome, "note": note, **report}
