"""The whole of an answer: lists, statements, sets of numbers, quantities and words, around the values in them."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from fractions import Fraction

from .parse import GREEK, FUNCTIONS, Reader, split_at, closers
from .tokens import Token, ascii_spelling, tokenize
from .tree import VALUES, Node, Unreadable, levels, negative, nodes, number, symbols
from .units import MAGNITUDES, NOT_UNITS, Unit, read_unit

MAX_PARTS = 200
MAX_LEVELS = 150
MODULO = ("mod", "pmod", "bmod", "modulo")
RELATIONS = {"=", "<", ">", "<=", ">=", "!=", "~=", "in", "notin", "===", "=>"}
_CARDINALS = {
    name: value
    for value, name in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen twenty".split()
    )
} | {"thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_CARDINALS |= {"hundred": 100, "thousand": 1000, "million": 10**6}
_DENIALS = frozenset(
    "not no isn never neither nor wrong incorrect maybe perhaps either or if unless except guess probably possibly unsure".split()
)
_SPECIAL = {
    **dict.fromkeys(["undefined", "not defined", "indefinite"], "undefined"),
    **dict.fromkeys(["does not exist", "dne", "doesn't exist", "doesnt exist", "nonexistent", "do not exist"], "does not exist"),
    **dict.fromkeys(["none exist"], "does not exist"),
    **dict.fromkeys(
        ["no solution", "no solutions", "empty set", "the empty set", "no real solution", "no real solutions", "none"], "none"
    ),
    **dict.fromkeys(["all real numbers", "all reals", "real numbers", "all real", "the real numbers", "any real number"], "reals"),
    **dict.fromkeys(["infinitely many", "infinitely many solutions", "infinite solutions"], "infinitely many"),
    **dict.fromkeys(["infinity", "positive infinity", "infinite", "+infinity"], "infinity"),
    **dict.fromkeys(["negative infinity", "minus infinity", "-infinity"], "-infinity"),
}
_SUBJECT = re.compile(
    r"^(?:(?:the |this )?(?:limit|value|expression|function|derivative|it|sum|series|integral|answer|equation|system|inequality)\b ?)?"
    r"(?:(?:there )?(?:is|are|has|have|exists?)\b ?)?"
)
_CLOCK = re.compile(r"(1[0-2]|[1-9])([ap]m)")
_DOTTED = re.compile(r"[0-9A-Za-z]+ *_ *\{? *\d+ *\}?")
_FOLD = re.compile(r"\\(?:boxed|fbox|text|textbf|textit|textrm|mathrm|mathbf|mbox|emph|textnormal|operatorname|displaystyle)\b|\\[ ,;:!()\[\]]|[{}$\s~]+")


def fold(text: str) -> str:
    """What two spellings of the same words have in common."""
    return _FOLD.sub("", ascii_spelling(text)).casefold().strip(".,;:!?\"'`*")


@functools.lru_cache(maxsize=4096)
def read(text: str, commas: bool = True) -> Node:
    r"""An answer as typed values.

    Raises Unreadable.

    >>> read(r"\{1, 2\}").kind, read("x > 3").kind, read("5 cm").kind, read(r"2\frac13").value
    ('set', 'rel', 'quantity', Fraction(7, 3))
    """
    node = read_list(tokenize(text, commas=commas), 0)
    if len(text) > MAX_LEVELS and levels(node) > MAX_LEVELS:
        raise Unreadable(f"more than {MAX_LEVELS} operations inside one another")
    return node


def read_list(tokens: Sequence[Token], depth: int) -> Node:
    """Several answers, or one."""
    tokens = trim(tokens)
    words = special(tokens)
    if words is not None:
        return words
    closers(tokens)
    if any(token.text == "===" for token in tokens):
        return congruence(tokens, depth)
    parts = [(mark, trim(part)) for mark, part in split_at(tokens, {",", ";", "and", "or"})]
    if len(parts) > 1:
        if any(not part for mark, part in parts if mark in ("", ",", ";")) and not parts[-1][1]:
            parts = parts[:-1]
        filled = [(mark, part) for mark, part in parts if part]
        if len(filled) > MAX_PARTS:
            raise Unreadable(f"more than {MAX_PARTS} parts")
        if len(filled) > 1 or parts[0][1]:
            marks = {mark for mark, part in parts} - {"", ",", ";"}
            return gather([read_item(part, depth) for _, part in filled], marks)
    return read_item(tokens, depth)


def gather(items: list[Node], marks: set[str]) -> Node:
    """A list; of inequalities, the set of numbers that they say together."""
    flat = [part for item in items for part in (item.args if item.kind == "list" else (item,))]
    if len(flat) == 1:
        return flat[0]
    if all(item.kind == "rel" and not {"=", "~="} & set(item.value) for item in flat):
        exclusive = any("!=" in item.value for item in flat)
        kind = "inter" if marks == {"and"} or (exclusive and "or" not in marks) else "union"
        return Node(kind, tuple(flat))
    if marks == {"or"} and all(item.kind in ("rel", "tuple", "union") and item.value in ("()", "[]", "[)", "(]", None) or is_inequality(item) for item in flat) and any(map(is_inequality, flat)):
        return Node("union", tuple(flat))
    return Node("list", tuple(flat))


def is_inequality(node: Node) -> bool:
    """Whether it says that something is less or more."""
    return node.kind == "rel" and not {"=", "~=", "!="} & set(node.value)


def trim(tokens: Sequence[Token]) -> list[Token]:
    """Without what is no part of an answer at either end."""
    start, end = 0, len(tokens)
    while start < end and tokens[start].kind == "op" and tokens[start].text in (".", "=", ":", "~=", ",", ";", "row", "=>") :
        start += 1
    while end > start and tokens[end - 1].kind == "op" and tokens[end - 1].text in (".", ":", "row"):
        end -= 1
    inner = _unwrapped(tokens[start:end])
    while len(inner) > 1 and inner[0] == Token("op", "{", inner[0].spaced) and inner[-1].text == "}" and closers_match(inner):
        inside = inner[1:-1]
        if len(split_at(inside, {",", ";", ":", "|"})) > 1:
            break
        inner = inside
    return inner


def _unwrapped(tokens: Sequence[Token]) -> list[Token]:
    """Without the brackets around all of it, however many."""
    tokens = list(tokens)
    if not tokens or tokens[0].text not in ("(", "{") or tokens[0].kind != "op":
        return tokens
    ends = closers(tokens)
    last, layers = len(tokens) - 1, 0
    while ends.get(layers) == last - layers and tokens[layers].text in ("(", "{") and tokens[last - layers].text in (")", "}"):
        layers += 1
    return tokens[layers - 1 : last - layers + 2] if layers > 1 else tokens


def closers_match(tokens: Sequence[Token]) -> bool:
    """Whether the first token is closed by the last."""
    try:
        return closers(tokens).get(0) == len(tokens) - 1
    except Unreadable:
        return False


def special(tokens: Sequence[Token]) -> Node | None:
    """Words of a language: a number, what has no value, or a text."""
    if not tokens or any(
        token.kind not in ("word", "op") or token.kind == "op" and token.text not in ("-", "'", ".", ",", "!", "?") for token in tokens
    ):
        return None
    words = [token for token in tokens if token.kind == "word"]
    if not words or any(token.macro for token in words):
        return None
    phrase = "".join(
        token.text if token.kind == "op" or not n or tokens[n - 1].text in ("-", "'") else " " + token.text for n, token in enumerate(tokens)
    ).strip(" .,!?")
    low = phrase.lower()
    low = low if low in _SPECIAL else _SUBJECT.sub("", low)
    if low in _SPECIAL:
        name = _SPECIAL[low]
        if name in ("infinity", "-infinity"):
            node = Node("const", (), "infinity")
            return negative(node) if name[0] == "-" else node
        if name == "none":
            return Node("set")
        return Node("reals", (), "ℝ") if name == "reals" else Node("special", (), name)
    count = cardinal(low)
    if count is not None:
        return number(count)
    if any(token.kind == "op" and token.text in ",;" for token in tokens):
        return None
    quoted = all(token.quoted for token in words)
    longest = max((token.text for token in words), key=len)
    if any(_is_math_word(token.text) for token in words) and not quoted:
        return None
    if len(longest) >= 4 or (len(words) > 1 and len(longest) >= 3 and " " in phrase) or (quoted and len(longest) > 1):
        if any(token.text in ("and", "or") for token in words) and not all(token.quoted for token in words):
            return None
        return Node("text", (), fold(phrase))
    return None


def _is_math_word(word: str) -> bool:
    return word in FUNCTIONS or word in GREEK or word in ("sqrt", "pi", "frac") or (word.startswith(("sin", "cos", "tan", "sqrt")) and len(word) < 6)


def cardinal(words: str) -> int | None:
    """Twenty-five, two hundred."""
    total = value = 0
    parts = words.replace("-", " ").split()
    if not parts or len(parts) > 8:
        return None
    for word in parts:
        if word == "and" and value:
            continue
        count = _CARDINALS.get(word)
        if count is None:
            return None
        if count >= 1000:
            total, value = total + max(value, 1) * count, 0
        elif count == 100:
            value = max(value, 1) * 100
        else:
            if value % 100 and not (value % 10 == 0 and count < 10):
                return None
            value += count
    return total + value


def read_item(tokens: Sequence[Token], depth: int) -> Node:
    """One answer."""
    tokens = trim(tokens)
    if not tokens:
        raise Unreadable("nothing to read")
    words = special(tokens)
    if words is not None:
        return words
    parts = split_at(tokens, RELATIONS)
    if len(parts) > 1:
        return statement(parts, depth)
    return quantity(tokens, depth)


def read_condition(tokens: Sequence[Token], depth: int) -> Node:
    """What a set-builder says of its variable."""
    return read_list(tokens, depth)


def expression(tokens: Sequence[Token], depth: int) -> Node:
    """One expression; with a sign ± in it, the list of what it stands for."""
    reader = Reader(tokens, depth)
    value = reader.whole()
    value = spread(value) if reader.signs else value
    if value.kind in ("mul", "div", "add", "neg") and any(node.kind in ("matrix", "tuple") for node in nodes(value)):
        return entrywise(value)
    return value


def entrywise(node: Node) -> Node:
    """Sums and multiples of matrices or tuples, entry by entry."""
    if node.kind == "neg":
        inner = entrywise(node.args[0])
        return inner._replace(args=tuple(map(negative, inner.args))) if inner.kind in ("matrix", "tuple") else negative(inner)
    if node.kind not in ("mul", "div", "add"):
        return node
    parts = [entrywise(arg) for arg in node.args]
    shaped = [part for part in parts if part.kind in ("matrix", "tuple")]
    if not shaped:
        return node
    if node.kind == "add":
        if len(shaped) < len(parts) or len({(part.kind, part.value, len(part.args)) for part in parts}) > 1:
            raise Unreadable("a sum of different shapes")
        return shaped[0]._replace(args=tuple(Node("add", entries) for entries in zip(*(part.args for part in parts))))
    if len(shaped) > 1 or node.kind == "div" and parts[0] is not shaped[0]:
        raise Unreadable("a product of matrices")
    place = parts.index(shaped[0])
    return shaped[0]._replace(
        args=tuple(node._replace(args=(*parts[:place], entry, *parts[place + 1 :])) for entry in shaped[0].args)
    )


def spread(value: Node) -> Node:
    """±a as a, -a; signs ∓ go against the first ±, several ± go their own ways."""
    signs = [node for node in nodes(value) if node.kind == "pm"]
    if len(signs) > 4:
        raise Unreadable("more than four signs ±")
    together = any(node.value < 0 for node in signs)
    results: list[Node] = []
    for choice in range(2 if together else 2 ** len(signs)):
        counter = [0]

        def pick(node: Node, choice: int = choice, counter: list[int] = counter) -> Node:
            if node.kind == "pm":
                place, counter[0] = counter[0], counter[0] + 1
                bit = choice if together else choice >> place & 1
                inner = pick(node.args[0])
                return negative(inner) if (bit == 0) != (node.value > 0) else inner
            if not node.args:
                return node
            return node._replace(args=tuple(pick(arg) if isinstance(arg, Node) else arg for arg in node.args))

        result = pick(value)
        if result not in results:
            results.append(result)
    return Node("list", tuple(results)) if len(results) > 1 else results[0]


def statement(parts: list[tuple[str, list[Token]]], depth: int) -> Node:
    """Equations, inequalities, membership, congruence."""
    marks = [mark for mark, _ in parts[1:]]
    sides = [part for _, part in parts]
    if "=>" in marks:
        raise Unreadable("an implication is no answer")
    if not all(sides):
        raise Unreadable("a relation without one of its sides")
    if marks == ["in"]:
        subject = quantity(sides[0], depth)
        inside = read_list(sides[1], depth)
        if subject.kind not in ("sym", "index", "tuple"):
            raise Unreadable("only a variable can be an element")
        return inside
    if set(marks) == {"="} and (label := phrase_label(sides[0])):
        if label & _DENIALS:
            raise Unreadable("words that deny")
        sides, marks = sides[1:], marks[1:]
        if not marks:
            return read_list(sides[0], depth)
    values = [quantity(side, depth) for side in sides]
    if set(marks) <= {"=", "~="}:
        return equation(values, marks)
    if any(value.kind == "list" for value in values):
        raise Unreadable("several values in an inequality")
    return Node("rel", tuple(values), tuple(marks))


def phrase_label(tokens: Sequence[Token]) -> set[str]:
    """The words of "Area" or "Total cost", that only name what stands behind the sign."""
    if len(tokens) > 3 and tokens[1].text == "(" and tokens[-1].text == ")" and len(tokens[0].text) <= 5:  # P(two heads)
        inner = {token.text.lower() for token in tokens[2:-1] if token.kind == "word"}
        if max(map(len, inner), default=0) >= 3 and not any(map(_is_math_word, inner)):
            return inner
    words = [token for token in tokens if token.kind == "word"]
    if len(words) != len(tokens) or any(token.macro for token in words):
        return set()
    names = {token.text.lower() for token in words}
    longest = max(map(len, names), default=0)
    if longest >= 3 and not any(_is_math_word(name) for name in names):
        return names
    return set()


def equation(values: list[Node], marks: list[str]) -> Node:
    """a = b = c: a name and its value, where it is that."""
    if marks == ["~="]:
        return Node("about", tuple(values))
    if marks[-1] == "~=" and len(values) > 2:
        return Node("about", (equation(values[:-1], marks[:-1]), values[-1]))
    name, last = values[0], values[-1]
    if len(values) > 2:
        middle = values[1:-1] if is_name(name) else values[:-1]
        return Node("chain", (name if is_name(name) else Node("special", (), "nothing"), last, *middle))
    if last.kind == "list":  # y = ±2x
        return Node("list", tuple(equation([name, one], ["="]) for one in last.args))
    if name.kind == "list":
        return Node("list", tuple(equation([one, last], ["="]) for one in name.args))
    if is_name(name):
        return Node("named", (name, last))
    if is_name(last) and name.kind != "index":
        return Node("named", (last, name)) if not symbols(last) & symbols(name) else Node("rel", tuple(values), ("=",))
    return Node("rel", tuple(values), ("=",))


def is_name(node: Node) -> bool:
    """A variable, a function of something, or a tuple of variables."""
    return node.kind in ("sym", "index") or (node.kind == "tuple" and all(arg.kind == "sym" for arg in node.args)) or (
        node.kind == "call" and node.value in ("overline", "vec", "hat", "norm", "overrightarrow") and node.args[0].kind in ("sym", "mul")
    ) or (node.kind == "mul" and all(arg.kind == "sym" and arg.value.isupper() for arg in node.args))


def congruence(tokens: Sequence[Token], depth: int) -> Node:
    """x ≡ 3 (mod 7), x ≡ 2, 3 (mod 5)."""
    sides = split_at(tokens, {"==="})
    if len(sides) != 2 or not sides[0][1]:
        raise Unreadable("more than one congruence")
    right = sides[1][1]
    place = next((i for i, token in enumerate(right) if token.text in MODULO and token.kind != "num"), None)
    if place is None:
        raise Unreadable("a congruence without its modulus")
    stop = place - 1 if place and right[place - 1].text == "(" else place
    found = []
    for _, part in split_at(trim(right[:stop]), {",", "and", "or"}):
        if part:
            value, modulus = modulo([*part, *right[stop:]], depth)
            found.append(Node("residue", (value, modulus), "pmod"))
    return found[0] if len(found) == 1 else Node("list", tuple(found))


def modulo(tokens: Sequence[Token], depth: int) -> tuple[Node, Node | None]:
    """The value and the modulus of 3 (mod 7); None where there is no modulus."""
    tokens = list(tokens)
    place = next((i for i, token in enumerate(tokens) if token.text in MODULO and token.kind != "num"), None)
    if place is None:
        return expression(tokens, depth), None
    before, after = tokens[:place], tokens[place + 1 :]
    if before and before[-1].text == "(" and after and after[-1].text == ")":
        before, after = before[:-1], after[:-1]
    return expression(before, depth), expression(after, depth)


def quantity(tokens: Sequence[Token], depth: int) -> Node:
    """A value with its unit, a ratio, a time, a number in a base, a residue; else an expression."""
    tokens = trim(tokens)
    if not tokens:
        raise Unreadable("nothing to read")
    based = in_base(tokens)
    if based is not None:
        return based
    if any(token.text in MODULO and token.kind != "num" for token in tokens):
        value, modulus = modulo(tokens, depth)
        sign = next(token.text for token in tokens if token.text in MODULO)
        return Node("residue", (value, modulus), sign) if modulus is not None else value
    colons = split_at(tokens, {":", "to"})
    if len(colons) > 1:
        return ratio(tokens, colons, depth)
    if clock := _CLOCK.fullmatch("".join(token.text for token in tokens[:8]).lower().replace(".", "")):
        return Node("time", (), (int(clock[1]), 0, clock[2]))
    tokens, money = currency(tokens)
    value, unit = with_unit(tokens, depth)
    if money is not None:
        if unit is not None and unit.bases != money.bases:
            raise Unreadable("two different currencies")
        unit = unit or money
    if unit is None and value.kind == "degrees":
        value, unit = value.args[0], Unit(Fraction(1), (("°", 1),))
    elif unit is None and value.kind == "neg" and value.args[0].kind == "degrees":
        value, unit = negative(value.args[0].args[0]), Unit(Fraction(1), (("°", 1),))
    if unit is None:
        return value
    if value.kind == "list":
        return Node("list", tuple(Node("quantity", (one,), unit) for one in value.args))
    return Node("quantity", (value,), unit)


def in_base(tokens: Sequence[Token]) -> Node | None:
    """1011_2, 4B_{16}"""
    if tokens[0].text == "-":
        found = in_base(tokens[1:]) if len(tokens) > 3 else None
        return found and found._replace(value=(-found.value[0], found.value[1]))
    spot = next((i for i, token in enumerate(tokens) if token.text == "_"), 0)
    if not spot or spot > 200 or tokens[0].kind == "op" and tokens[0].text != "(" or not any(t.kind == "num" for t in tokens[:spot]):
        return None
    digits, base = "".join(t.text for t in tokens[:spot]).strip("()"), "".join(t.text for t in tokens[spot + 1 :]).strip("{}()")
    whole, _, after = digits.partition(".")
    if base.isdigit() and (whole + after).isalnum() and len(base) < 3 and 2 <= int(base) <= 36:
        try:
            return Node("based", (), (Fraction(int(whole + after, int(base)), int(base) ** len(after)), int(base)))
        except ValueError as error:
            raise Unreadable(f"{digits!r} are no digits in base {base}") from error
    words = re.fullmatch("base(two|three|four|five|six|seven|eight|nine|ten)", base)
    return None if not words else in_base([*tokens[: spot + 1], Token("num", str(_CARDINALS[words[1]]))])


def ratio(tokens: Sequence[Token], parts: list[tuple[str, list[Token]]], depth: int) -> Node:
    """2:3, and 3:45 as a time."""
    text = "".join(token.text for token in tokens).lower().replace(".", "")
    clock = re.fullmatch(r"(\d{1,2}):([0-5]\d)(?::[0-5]\d)?(am|pm|)(?:est|edt)?", text)
    if clock and int(clock[1]) <= 24 and tokens[0].kind == "num":
        return Node("time", (), (int(clock[1]), int(clock[2]), clock[3]))
    if not all(part for _, part in parts) or len(parts) > 8:
        raise Unreadable("a ratio without one of its parts")
    return Node("ratio", tuple(expression(part, depth) for _, part in parts))


def currency(tokens: list[Token]) -> tuple[list[Token], Unit | None]:
    """Without a sign of money in front."""
    first = 1 if tokens[0].text in ("-", "+") and len(tokens) > 1 else 0
    token = tokens[first]
    if token.kind == "op" and token.text in ("cur", "€", "£", "¥", "₹") or token.kind == "word" and token.text in ("USD", "EUR", "GBP", "US", "Rs"):
        stop = first + 1
        if token.text == "US" and len(tokens) > stop and tokens[stop].text == "cur":
            stop += 1
        elif token.text == "US":
            return tokens, None
        if token.text == "Rs" and len(tokens) > stop and tokens[stop].text == ".":
            stop += 1
        if len(tokens) > stop and tokens[stop].kind == "op" and tokens[stop].text == "-" and not first:
            pass
        unit = read_unit([Token("op", "cur") if token.text in ("cur", "US", "USD") else token])
        if unit is not None and len(tokens) > stop:
            return [*tokens[:first], *tokens[stop:]], unit
    return tokens, None


def with_unit(tokens: list[Token], depth: int) -> tuple[Node, Unit | None]:
    """The value, and the unit that stands behind it."""
    start = _unit_start(tokens)
    if start is None:
        return expression(tokens, depth), None
    if tokens[start].kind == "op" and tokens[start].text == "°":
        if start and tokens[start - 1].text == "^":
            return expression(tokens[: start - 1], depth), Unit(Fraction(1), (("°", 1),))
    before, after = tokens[:start], tokens[start:]
    power = 0
    while after and after[0].kind == "word" and after[0].text.lower() in MAGNITUDES and (after[0].text != "k"):
        power += MAGNITUDES[after[0].text.lower()]
        after = after[1:]
    unit = read_unit(after) if after else None
    if after and unit is None:
        if power:
            raise Unreadable("words that are no unit")
        return expression(tokens, depth), None
    while before and before[-1].kind == "op" and before[-1].text == "-":  # 5-cm
        before = before[:-1]
    value = expression(before, depth)
    if value.kind not in VALUES and value.kind not in ("list",):
        if unit and not unit.letters:
            raise Unreadable("a unit after something that is no value")
        return expression(tokens, depth), None
    if power:
        value = Node("mul", (value, number(10**power)))
    return value, unit


def _unit_start(tokens: Sequence[Token]) -> int | None:
    """Where the words of a unit begin, if any stand at the end."""
    if tokens[-1].kind == "num" and not (len(tokens) > 2 and tokens[-2].text == "^"):
        return None
    start = None
    for i in range(len(tokens) - 1, 0, -1):
        token = tokens[i]
        per = i > 2 and tokens[i - 1].text == "/" and tokens[i - 2].kind == "word"
        if token.kind == "word":
            if token.macro or not (token.quoted or token.spaced or len(token.text) > 1 or per):
                break
            if _is_math_word(token.text) and not (token.text == "min" and i == len(tokens) - 1) or token.text in ("e", "i", "x", "y", "n"):
                break
            if len(token.text) == 1 and not (token.quoted or token.spaced) and not per:
                break
            if not token.quoted and read_unit([token]) is None and token.text.lower() not in MAGNITUDES and token.text.lower() not in ("per", "square", "cubic", "sq", "cu", "squared", "cubed", "of"):
                break
            start = i
        elif token.kind == "op" and token.text in ("%", "'", "cur", "€", "°") and (token.text != "°" or start == i + 1) and (tokens[i - 1].kind == "num" or tokens[i - 1].text in (")", "}", "^", "pi")):
            start = i
        elif not (token.kind == "op" and token.text in ("^", "/", "*", "{", "}", "-", ".") or token.kind == "num" and len(token.text) == 1 and i > 1 and tokens[i - 1].text in ("^", "-", "{")):
            break
    if start is not None and tokens[start - 1].kind == "op" and tokens[start - 1].text in ("+", "*", "/", "(", "_", "=", "pm"):
        return None
    return start
