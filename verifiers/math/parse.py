"""Tokens to one value: a Pratt parser for the mathematics that stands in answers, bounded in depth."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from fractions import Fraction

from .brackets import CLOSERS, closers, split_at
from .names import known_name, word
from .numerals import only_digits, read_number, recurring
from .structures import bracketed, choose_before, group, matrix, set_of
from .tokens import Token
from .tree import Node, Unreadable, negative, number

MAX_DEPTH = 80
MAX_CHAIN = 100
MAX_ITEMS = 400
MAX_ARGUMENTS = 2_000
_BINARY = {  # operator: (binding power, kind)
    **{"cup": (4, "union"), "cap": (5, "inter"), "minus": (5, "minus")},
    **{"+": (10, "add"), "-": (10, "sub"), "pm": (10, "pm"), "mp": (10, "mp"), "*": (20, "mul"), "/": (20, "div")},
    **{"over": (3, "div"), "choose": (3, "binom"), "^": (40, "pow")},
}
_VECTORS = ("vec ", "nabla", "overrightarrow ")
"""Of these a dot and a cross say different things."""
_IMPLICIT = 20
_NEGATION = 25


class Reader:
    """A cursor over tokens. `value` reads one expression, structures included."""

    def __init__(self, tokens: Sequence[Token], depth: int = 0) -> None:
        self.tokens = list(tokens)
        self.ends = closers(tokens)
        self.at = 0
        self.depth = depth
        self.bars = 0
        self.signs = 0

    def peek(self, ahead: int = 0) -> Token:
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else Token("end", "")

    def take(self) -> Token:
        token = self.peek()
        self.at += 1
        return token

    def is_op(self, *marks: str, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token.kind == "op" and token.text in marks

    def inner(self, tokens: Sequence[Token]) -> Node:
        """All of some tokens within these, as one expression."""
        reader = Reader(tokens, self.depth)
        value = reader.whole()
        self.signs += reader.signs
        return value

    def expect(self, mark: str) -> None:
        if not self.is_op(mark):
            raise Unreadable(f"{self.peek().text or 'the end'!r} stands where {mark!r} should")
        self.at += 1

    def whole(self) -> Node:
        """All tokens as one expression."""
        value = self.value(0)
        if self.at < len(self.tokens):
            raise Unreadable(f"{self.peek().text!r} stands where the expression should have ended")
        return value

    def value(self, power: int) -> Node:
        """An expression whose operators bind tighter than `power`."""
        return self.deeper(lambda: self.operators(power))

    def operators(self, power: int) -> Node:
        left = self.operand()
        for turn in itertools.count():
            if turn > MAX_CHAIN and left.kind not in ("add", "mul", "union"):
                raise Unreadable(f"more than {MAX_CHAIN} operators in a row")
            token = self.peek()
            if token.kind == "op" and token.text in _BINARY:
                binds, kind = _BINARY[token.text]
                if binds <= power:
                    break
                left = self.binary(left, kind, binds)
            elif token.kind == "op" and token.text == "...":
                if power >= 10 or self.peek(1).kind != "end" or left.kind != "decimal":
                    break
                self.at += 1
                left = recurring(left)
            elif self.begins_operand(left):
                if power >= _IMPLICIT:
                    break
                left = self.beside(left)
            else:
                break
        return left

    def binary(self, left: Node, kind: str, binds: int) -> Node:
        self.at += 1
        if kind == "pow":
            inside = self.is_op("{") and self.is_op("(", ahead=1)
            if left.kind == "sym" and inside and self.ends.get(self.at + 1) == self.ends[self.at] - 1:
                raise Unreadable("an exponent in round brackets is a derivative to some")
            return Node("pow", (left, self.exponent()))
        if kind == "add" and self.is_op("..."):
            return self.ellipsis(left)
        right = self.value(binds)
        if kind == "mul" and any(n.kind == "sym" and n.value.startswith(_VECTORS) for n in (left, right)):
            raise Unreadable("a product of vectors")
        if kind == "sub" and right.kind == "set" and left.kind in ("reals", "union", "set", "tuple"):
            return Node("minus", (left, right))
        if kind == "sub":
            right, kind = negative(right), "add"
        if kind in ("pm", "mp"):
            self.signs += 1
            right, kind = Node("pm", (right,), 1 if kind == "pm" else -1), "add"
        if kind == "binom":
            return Node("call", (left, right), "binom")
        if len(left.args) > MAX_ARGUMENTS:
            raise Unreadable(f"more than {MAX_ARGUMENTS} terms in a row")
        if kind == left.kind and kind in ("add", "mul", "union"):
            return left._replace(args=(*left.args, right))
        return Node(kind, (left, right))

    def ellipsis(self, left: Node) -> Node:
        """1 + 2 + ... + n: the terms before the dots and the last one."""
        self.at += 1
        self.expect("+")
        last = self.value(10)
        return Node("dots", (*(left.args if left.kind == "add" else (left,)), last))

    def exponent(self) -> Node:
        if self.is_op("-"):
            self.at += 1
            return negative(self.deeper(self.exponent))
        if self.is_op("+"):
            self.at += 1
            return self.deeper(self.exponent)
        base = self.operand()
        if self.is_op("^"):
            self.at += 1
            return Node("pow", (base, self.deeper(self.exponent)))
        return base

    def begins_operand(self, left: Node) -> bool:
        token = self.peek()
        if token.kind == "word":
            return token.text not in ("and", "or", "to", "mod", "per")
        if token.kind == "num":
            return left.kind not in ("num", "decimal")
        if token.kind != "op":
            return False
        if token.text == "|":
            return self.bars == 0
        return token.text in ("(", "{", "[", "\\{", "langle", "lfloor", "lceil") or token.text.startswith("begin ")

    def mixed(self, token: Token) -> Node:
        """A number, or a whole number with a proper fraction beside it: 2 1/3."""
        whole = read_number(token.text)
        if not token.text.isdecimal():
            return whole
        length = 0
        if self.peek().kind == "num" and self.peek().spaced and self.is_op("/", ahead=1):
            above, below, length = self.peek().text, self.peek(2).text, 3
        elif self.peek().kind == "word" and self.peek().text == "frac":
            texts = [self.peek(ahead).text for ahead in range(1, 7)]
            if texts[0] == texts[3] == "{" and texts[2] == texts[5] == "}":
                above, below, length = texts[1], texts[4], 7
            elif len(texts[0]) == 2:
                above, below, length = texts[0][0], texts[0][1], 2
            elif len(texts[0]) == len(texts[1]) == 1:
                above, below, length = texts[0], texts[1], 3
        if not length or not (only_digits(above) and only_digits(below)) or not 0 <= int(above) < int(below):
            return whole
        self.at += length
        return Node("num", (), whole.value + Fraction(int(above), int(below)))

    def beside(self, left: Node) -> Node:
        """A product without a sign."""
        right = self.value(_IMPLICIT)
        if left.kind == "mul":
            if len(left.args) > MAX_CHAIN:
                raise Unreadable(f"more than {MAX_CHAIN} factors in a row")
            return left._replace(args=(*left.args, right))
        return Node("mul", (left, right))

    def operand(self) -> Node:
        """One operand with what follows it: n!, 60°."""
        value = self.prefix()
        marks = 0
        while True:
            token = self.peek()
            marks += 1
            if token.kind != "op" or marks > 9:
                return value
            if token.text == "!":
                self.at += 1
                double = self.is_op("!") and not self.peek().spaced
                self.at += double
                value = Node("call", (value,), "factorial2" if double else "factorial")
            elif token.text == "°":
                self.at += 1
                if value.kind == "sym" and self.begins_operand(value):
                    raise Unreadable("a function of a function")  # f ∘ g
                value = Node("degrees", (value,))
            elif token.text == "%":
                self.at += 1
                value = Node("div", (value, number(100)))
            elif token.text == "^" and (
                self.is_op("°", ahead=1) or (self.is_op("{", ahead=1) and self.is_op("°", ahead=2))
            ):
                braced = self.is_op("{", ahead=1)
                self.at += 2 + braced
                if braced:
                    self.expect("}")
                value = Node("degrees", (value,))
            elif token.text == "'" and value.kind == "sym":
                self.at += 1
                value = value._replace(value=value.value + "'")
            else:
                return value

    def prefix(self) -> Node:
        return self.deeper(self.begin)

    def begin(self) -> Node:
        token = self.take()
        if token.kind == "num":
            return self.mixed(token)
        if token.kind == "word":
            return word(self, token)
        if token.kind == "end":
            raise Unreadable("something is missing at the end")
        mark = token.text
        if mark in ("+", "-"):
            inner = self.value(_NEGATION if mark == "-" else 10)
            return negative(inner) if mark == "-" else inner
        if mark in ("pm", "mp"):
            self.signs += 1
            return Node("pm", (self.value(_NEGATION),), 1 if mark == "pm" else -1)
        if mark in ("|", "||"):
            return self.between_bars(mark)
        if mark == "{":
            return group(self)
        if mark in ("(", "[", "langle"):
            return bracketed(self)
        if mark == "\\{":
            return set_of(self)
        if mark in ("lfloor", "lceil"):
            inner = self.value(0)
            self.expect(CLOSERS[mark])
            return Node("call", (inner,), "floor" if mark == "lfloor" else "ceil")
        if mark.startswith("begin "):
            return matrix(self, mark[6:])
        if mark in ("_", "^"):
            return choose_before(self)
        raise Unreadable(f"{mark!r} stands where a value should")

    def between_bars(self, mark: str) -> Node:
        self.bars += 1
        inner = self.value(0)
        self.bars -= 1
        if mark == "|" and self.is_op("||"):  # |a||b|
            self.tokens[self.at] = self.peek()._replace(text="|")
        else:
            self.expect(mark)
        return Node("call", (inner,), "abs" if mark == "|" else "norm")

    def items(self, start: int) -> list[Node]:
        """What stands between commas inside of a bracket."""
        end = self.ends[start]
        inside = list(self.tokens[start + 1 : end])
        self.at = end
        if not inside:
            return []
        found = []
        parts = split_at(inside, {",", ";"})
        if len(parts) > MAX_ITEMS:
            raise Unreadable(f"more than {MAX_ITEMS} items in a bracket")
        for _, part in parts:
            found.append(self.inner(part))
        return found

    def subscript(self) -> str:
        """The text of _1, _{10} or _{max}."""
        if not self.is_op("_"):
            return ""
        self.at += 1
        if self.is_op("{"):
            start, self.at = self.at, self.ends[self.at] + 1
            return "_" + "".join(token.text for token in self.tokens[start + 1 : self.at - 1])
        return "_" + self.take().text

    def leave(self, token: Token, rest: str) -> None:
        """Put back what was not taken of the last token."""
        if rest:
            self.at -= 1
            self.tokens[self.at] = token._replace(text=rest, spaced=False)

    def argument(self) -> Node:
        """What \\frac and \\sqrt take: a group or one token; of \\frac12 one digit each."""
        if self.is_op("{"):
            self.at += 1
            return group(self)
        token = self.peek()
        if token.kind == "num" and token.text.isdecimal():
            self.at += 1
            self.leave(token, token.text[1:])
            return read_number(token.text[0])
        if token.kind == "word" and not token.macro and len(token.text) > 1 and not known_name(token.text):
            self.at += 1
            self.leave(token, token.text[1:])
            return word(self, token._replace(text=token.text[0]))
        if self.is_op("-"):
            self.at += 1
            return negative(self.deeper(self.argument))
        return self.prefix()

    def deeper(self, read: Callable[[], Node]) -> Node:
        """Read one level further down."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH}")
        value = read()
        self.depth -= 1
        return value
