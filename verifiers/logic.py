"""Does the answer assign to every name of a logic puzzle exactly what it is?"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from .extract import INVISIBLE, extract_answer
from .mapping import read_mapping
from .types import Reason, Verdict, need_text

T = TypeVar("T")
_MAX_CHARS = 10_000
_MOST = 100
_LONGEST = 100
_DRESS = re.compile(
    r"\\(?:text|textbf|textit|textrm|mathrm|mathbf|mathit|boldsymbol|quad|qquad|begin\{\w+\}|end\{\w+\})\s?"
    r"|\\[ ,;:!()\[\]]|[*`$]"
)
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_JOINED = re.compile(r"(?<=\w)[-_](?=\w)")
_NUMBERED = re.compile(r"^[ \t>]*(?:\(\d{1,3}\)|\d{1,3}[.)])[ \t]+(?=\S)", re.MULTILINE)
_HEADING = re.compile(r"^[ \t>]*#{1,6}[ \t]+", re.MULTILINE)
_NUMBER = re.compile(r"(\b(?:house|person|position|inhabitant) |^)(?:#|no\. ?|number )(?=\d)", re.MULTILINE)
_CAPITAL = re.compile(r"((?:^[-*> \t\d.()]*|[,;.]\s*|\band )A)(?= )", re.MULTILINE)
"""Where A may be a name: at a beginning, if what follows is its value."""
_NAMED = "\ue000"
_LINKS = frozenset("is are was were be : = -> => → ⇒ - – —".split())
_MANY = frozenset(["are", "were"])
_SEPARATORS = frozenset(
    ", ; . | & / and while whereas but also so thus hence therefore a an the both all must as".split()
)
_OPENINGS = frozenset(
    "final correct answer solution assignment assignments follows we have get conclude conclusion that this then here "
    "role roles identity identities type types name names of each person people inhabitant inhabitants character "
    "characters house houses position following in my our result results".split()
)
"""What may stand before the first name, and says nothing."""
_OF_NAMES = frozenset("house person position inhabitant".split())
"""What may stand before the name of a row."""
_NOBODY = frozenset("none nobody".split())
_SIGNS = re.compile(r"->|=>|---+|\(\d{1,3}\)|[-+./–]{1,9}\d[\w.]*|[\w']+|\S")
_SIGNED = re.compile(r"(?:[:=>→⇒|&,]|[-–—](?= )|\b(?:is|are|was|were|be)\b)[ \"'(]*(?:[-–./]+ +|—+ *)[.\d]")
"""A sign or a point that stands apart, where no dash is needed for a link."""
_QUIET = frozenset("()[]{}\"'")


@dataclass(frozen=True)
class _Puzzle:
    flat: Mapping[str, str]
    """The value of each name; empty for a puzzle with rows."""
    rows: Mapping[str, Mapping[str, str]]
    """The attributes of each name."""
    find: re.Pattern[str]
    """A name, an attribute or a value of this puzzle, at its place."""
    names: frozenset[str]
    values: Mapping[str, str]
    """Each value by its spellings: alone, and as said of several names."""
    owners: Mapping[str, frozenset[str]]
    """The attributes that have a value."""


class _Fault(Exception):
    """What keeps the answer from being the assignment, as a sentence."""


def verify_logic(completion: str, ground_truth: object) -> Verdict:
    """Score 1 for an answer that assigns every name exactly once, exactly right, and says nothing else.

    The ground truth is a mapping or its JSON text: of names to values, or of names to mappings of attributes to values.
    A negation assigns nothing: "Zoey is not a knave" is wrong even where there are only knights and knaves.

    >>> roles = {"Zoey": "knight", "Oliver": "knave"}
    >>> verify_logic("<answer>(1) Zoey is a knight\\n(2) Oliver is a knave</answer>", roles).score
    1.0
    >>> verify_logic("<answer>Zoey: knight</answer>", roles).note
    'nothing is said of oliver'
    >>> verify_logic('<answer>{"1": {"pet": "cat"}}</answer>', {"1": {"pet": "dog"}}).score
    0.0
    """
    completion = need_text(completion, "verify_logic")
    puzzle = _puzzle(ground_truth)
    if isinstance(puzzle, str):
        return Verdict(None, Reason.BAD_GROUND_TRUTH, note=puzzle)
    found = extract_answer(completion)
    if found.answer is None:
        return Verdict(0.0, Reason.NO_ANSWER, note=found.note)
    try:
        _check(found.answer, puzzle)
    except _Fault as fault:
        return Verdict(0.0, Reason.WRONG, found.answer, str(fault))
    return Verdict(1.0, Reason.CORRECT, found.answer)


def _puzzle(ground_truth: object) -> _Puzzle | str:
    """The puzzle, or a sentence that says what is wrong with it."""
    found = read_mapping(ground_truth, "of names to what they are")
    if isinstance(found, str):
        return found
    if not 1 <= len(found) <= _MOST:
        return f"the ground truth has {len(found)} names, not 1 to {_MOST}"
    nested = [isinstance(value, Mapping) for value in found.values()]
    if any(nested) and not all(nested):
        return "the ground truth gives some names a value and others a mapping"
    try:
        if not any(nested):
            return _known(_folded(found, _value), {})
        return _known({}, _folded(found, _row))
    except ValueError as error:
        return str(error)


def _folded(given: Mapping[object, object], read: Callable[[object], T]) -> dict[str, T]:
    if len(given) > _MOST:
        raise ValueError(f"the ground truth has a mapping of more than {_MOST}")
    folded = {_value(key): read(value) for key, value in given.items()}
    if len(folded) < len(given):
        raise ValueError("the ground truth has two names that differ in case or spacing alone")
    return folded


def _row(given: object) -> dict[str, str]:
    if not isinstance(given, Mapping) or not given:
        raise ValueError("the ground truth has a name with no attributes")
    return _folded(given, _value)


def _value(given: object) -> str:
    if isinstance(given, int) and abs(given) < 10**15:
        given = str(given)
    plain = _plain(given) if isinstance(given, str) and len(given) <= _LONGEST else ""
    if not any(map(str.isalnum, plain)):
        shown = given[:40] if isinstance(given, str) else type(given).__name__
        raise ValueError(f"the ground truth holds {shown!r}, where a short text or a whole number belongs")
    return plain


def _known(flat: Mapping[str, str], rows: Mapping[str, Mapping[str, str]]) -> _Puzzle:
    names = frozenset(flat or rows)
    attributes = {attribute for row in rows.values() for attribute in row}
    own = set(flat.values()) | {value for row in rows.values() for value in row.values()}
    values = {plural: value for value in own for plural in _plurals(value)} if flat else {}
    values |= {value: value for value in own}
    owners = {value: frozenset(key for row in rows.values() for key in row if row[key] == value) for value in own}
    words = sorted(names | attributes | values.keys(), key=len, reverse=True)
    find = re.compile(rf"(?<!\w)(?:{'|'.join(map(_in_place, words))})(?!\w)")
    return _Puzzle(flat, rows, find, names, values, owners)


def _in_place(word: str) -> str:
    """No number is told by its last digits: -3, .3 and 1/3 are not 3; in "Alice–3" the dash is a link."""
    return (r"(?<![-+./])(?<!\W–)" if re.match(r"[-+.]*\d", word) else "") + re.escape(word)


def _plurals(value: str) -> list[str]:
    endings = [(value, "s"), (value, "es")]
    endings += [(value.removesuffix("y"), "ies")] if value.endswith("y") else []
    endings += [(value.removesuffix("f"), "ves")] if value.endswith("f") else []
    return [stem + ending for stem, ending in endings]


def _plain(text: str) -> str:
    """Lower case, without the looks; spaces for the hyphens and underscores within a name."""
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).translate(INVISIBLE).replace("\\\\", "\n")
    return "\n".join(" ".join(line.split()) for line in _JOINED.sub(" ", _DRESS.sub("", text)).casefold().split("\n"))


def _check(answer: str, puzzle: _Puzzle) -> None:
    """Raises what is wrong with the answer."""
    if len(answer) > _MAX_CHARS:
        raise _Fault(f"the answer has {len(answer)} characters, more than {_MAX_CHARS}")
    text = _plain(_CAPITAL.sub(rf"\1{_NAMED}", answer) if "a" in puzzle.names else answer)
    text = _NUMBER.sub(r"\1", _HEADING.sub("", text))
    if not any(name.isdecimal() for name in puzzle.names):
        text = _NUMBERED.sub("", text)
    if _SIGNED.search(text):
        raise _Fault("a sign or a point stands before a number")
    tokens = _tokens(text, puzzle)
    said = _flat(tokens, puzzle) if puzzle.flat else _rows(tokens, puzzle)
    wanted: Mapping[str, object] = puzzle.flat or puzzle.rows
    for name in wanted:
        if name not in said:
            raise _Fault(f"nothing is said of {name}")
    for name, value in said.items():
        if value != wanted[name]:
            raise _Fault(f"what is said of {name} is not so")


def _tokens(text: str, puzzle: _Puzzle) -> list[str]:
    """The puzzle's own words whole, and what stands between them, a word or a sign each."""
    tokens: list[str] = []
    place = 0
    for found in puzzle.find.finditer(text):
        tokens += _SIGNS.findall(text[place : found.start()])
        if not _is_article(found, text, puzzle):
            tokens.append(found.group())
        place = found.end()
    tokens += _SIGNS.findall(text[place:])
    return [token for token in tokens if token not in (*_QUIET, _NAMED) and not token.startswith(("---", "("))]


def _is_article(found: re.Match[str], text: str, puzzle: _Puzzle) -> bool:
    """Whether this is no name, as the second in "A is a knight"; in "A knight, B knave" the first is one."""
    if found.group() not in ("a", "an", "the"):
        return False
    gap = re.compile(rf"{_NAMED}? ").match(text, found.end())
    value = puzzle.find.match(text, gap.end()) if gap else None
    if not gap or not value or value.group() not in puzzle.values:
        return False
    after = _SIGNS.match(text[value.end() : value.end() + 10].lstrip(" "))
    return gap.group() == " " or bool(after and after.group() in _LINKS)


def _flat(tokens: list[str], puzzle: _Puzzle) -> dict[str, str]:
    """What each name is said to be: "Zoey and Mia are knights", or "knights: Zoey, Mia"."""
    said: dict[str, str] = {}
    waiting: list[str] = []  # names that wait for their value
    many = False
    opened = ""  # a value that waits for its names
    filled = True
    for place, token in enumerate(tokens):
        after = tokens[place + 1] if place + 1 < len(tokens) else ""
        if token in puzzle.names and not (waiting and token in puzzle.values and token not in waiting):
            if opened:
                _assign(said, token, opened)
                filled = True
                if after in _LINKS:
                    raise _Fault(f"two things are said of {token}")
            else:
                waiting.append(token)
        elif token in puzzle.values:
            if not filled:
                raise _Fault(f"nobody is said to be {opened}")
            if waiting:
                if len(waiting) > 1 and not many and token == puzzle.values[token]:
                    raise _Fault(f"it is not said what {waiting[0]} is")
                for name in waiting:
                    _assign(said, name, puzzle.values[token])
                waiting, many, opened = [], False, ""
            elif after in _LINKS and (opened or not said):
                opened, filled = puzzle.values[token], False
            else:
                raise _Fault(f"{token} is said of nobody")
        elif token in _NOBODY and opened and not filled:
            filled = True
        elif token in _MANY and waiting:
            many = True
        else:
            _expect_filler(token, bool(said or waiting or opened))
    if waiting or not filled:
        raise _Fault("the last assignment is not whole")
    return said


def _rows(tokens: list[str], puzzle: _Puzzle) -> dict[str, dict[str, str]]:
    """The attributes said of each name, row by row; a value without its attribute must belong to one alone."""
    said: dict[str, dict[str, str]] = {}
    row: dict[str, str] | None = None
    attribute = ""
    attributes = {key for own in puzzle.rows.values() for key in own}
    for token in tokens:
        if token in puzzle.names and not (attribute and token in puzzle.values):
            if token in said or attribute:
                raise _Fault(f"{token} is said twice, or in the place of a value")
            row = said[token] = {}
        elif token in attributes and not (attribute and token in puzzle.values):
            if attribute:
                raise _Fault(f"no value is said of {attribute}")
            attribute = token if row is not None else ""  # before the first name it is the head of a table
        elif token in puzzle.values and row is not None:
            owners = puzzle.owners[token]
            key = attribute or (min(owners) if len(owners) == 1 else "")
            if not key:
                raise _Fault(f"it is not said which attribute {token} is")
            _assign(row, key, token)
            attribute = ""
        else:
            _expect_filler(token, row is not None and token not in _OF_NAMES)
    if attribute:
        raise _Fault("the last assignment is not whole")
    return said


def _assign(said: dict[str, str], name: str, value: str) -> None:
    if name in said:
        raise _Fault(f"two things are said of {name}")
    said[name] = value


def _expect_filler(token: str, begun: bool) -> None:
    if token not in _LINKS and token not in _SEPARATORS and (begun or token not in _OPENINGS):
        raise _Fault(f"{token[:40]!r} is no part of an assignment")
