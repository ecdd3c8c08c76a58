"""Tokens to one value: a Pratt parser for the mathematics that stands in answers, bounded in depth."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from fractions import Fraction

from .tokens import Token
from .units import NOT_UNITS
from .tree import ONE, Decimal, Node, Unreadable, negative, number

MAX_DEPTH = 80
MAX_CHAIN = 100
MAX_DIGITS = 3_000
MAX_EXPONENT = 5_000

FUNCTIONS = {
    *("sin", "cos", "tan", "cot", "sec", "csc", "asin", "acos", "atan", "acot", "asec", "acsc"),
    *("sinh", "cosh", "tanh", "coth", "asinh", "acosh", "atanh", "log", "ln", "exp", "gcd", "lcm", "max", "min"),
    *("zeta", "Gamma", "abs", "floor", "ceil", "sign", "det", "re", "im", "arg"),
}
_INVERSE = {name: f"a{name}" for name in ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh")}
_SPELLED = {  # names that plain text spells otherwise
    **{"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arccot": "acot", "arcsec": "asec", "arccsc": "acsc"},
    **{"arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh", "Ln": "ln", "Log": "log", "ceiling": "ceil"},
    **{"Sin": "sin", "Cos": "cos", "Tan": "tan", "Sqrt": "sqrt", "Pi": "pi", "inf": "infinity", "oo": "infinity"},
    **{"Infinity": "infinity", "cbrt": "cbrt", "comb": "binom", "binomial": "binom", "factorial": "factorial"},
    **{"conj": "overline", "Abs": "abs", "root": "sqrt"},
}
GREEK = {
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi"),
    *("rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi"),
    *("Sigma", "Phi", "Psi", "Omega", "ell", "hbar", "partial", "nabla", "aleph"),
}
_NAMES = sorted(
    {*FUNCTIONS, *_SPELLED, *GREEK, "sqrt", "pi", "infinity", "frac", "binom"} - {"re", "im", "arg", "det", "root", "xi", "nu", "mu", "eta", "chi"},
    key=len, reverse=True,
)  # fmt: skip
_LEADING_NAME = re.compile("|".join(_NAMES))
_CLOSERS = {"(": ")", "[": "]", "\\{": "\\}", "langle": "rangle", "lfloor": "rfloor", "lceil": "rceil", "{": "}"}
_OPENERS = {closer: opener for opener, closer in _CLOSERS.items()}
_BINARY = {  # operator: (binding power, kind)
    **{"cup": (4, "union"), "cap": (5, "inter"), "minus": (5, "minus")},
    **{"+": (10, "add"), "-": (10, "sub"), "pm": (10, "pm"), "mp": (10, "mp"), "*": (20, "mul"), "/": (20, "div")},
    **{"over": (3, "div"), "choose": (3, "binom"), "^": (40, "pow")},
}
_IMPLICIT = 20
_NEGATION = 25


def closers(tokens: Sequence[Token]) -> dict[int, int]:
    """Where each bracket that opens is closed; round and square ones may be mixed, as in (0, 1].

    Raises Unreadable.
    """
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for i, token in enumerate(tokens):
        if token.kind != "op":
            continue
        mark = token.text
        if mark in _CLOSERS or mark.startswith("begin "):
            opened.append(i)
        elif mark in _OPENERS or mark.startswith("end "):
            if not opened:
                raise Unreadable(f"{mark!r} closes nothing")
            start = tokens[opened[-1]].text
            fits = _CLOSERS.get(start) == mark or (start in "([" and mark in ")]") or start[6:] == mark[4:]
            if not fits:
                raise Unreadable(f"{start!r} is closed by {mark!r}")
            pairs[opened.pop()] = i
    if opened:
        raise Unreadable(f"{tokens[opened[-1]].text!r} is not closed")
    return pairs


def split_at(tokens: Sequence[Token], marks: set[str]) -> list[tuple[str, list[Token]]]:
    """The parts between these operators or words outside of any bracket, each with the mark before it."""
    parts: list[tuple[str, list[Token]]] = [("", [])]
    depth = 0
    for token in tokens:
        mark = token.text
        if token.kind == "op" and (mark in _CLOSERS or mark.startswith("begin ")):
            depth += 1
        elif token.kind == "op" and (mark in _OPENERS or mark.startswith("end ")):
            depth -= 1
        if depth == 0 and token.kind != "num" and mark in marks:
            parts.append((mark, []))
        else:
            parts[-1][1].append(token)
    return parts


def read_number(text: str) -> Node:
    """A number as written: 12, 3.50, 6e23, 0.1\\overline{6}."""
    found = re.fullmatch(r"(\d*)\.(\d*)\s*(?:\\\w+\s*\{?\s*|\()(\d+)\s*[)}]?", text)
    if found:
        whole, before, period = found.groups()
        if len(text) > MAX_DIGITS:
            raise Unreadable(f"a number of more than {MAX_DIGITS} digits")
        scale = 10 ** len(before)
        value = Fraction(int(whole + before or "0"), scale) + Fraction(int(period), scale * (10 ** len(period) - 1))
        return Node("num", (), value)
    digits, _, exponent = text.lower().partition("e")
    if len(digits) > MAX_DIGITS or abs(int(exponent or 0)) > MAX_EXPONENT:
        raise Unreadable(f"a number of more than {MAX_DIGITS} digits")
    if "." in digits and not exponent:
        places = len(digits.partition(".")[2])
        return Node("decimal", (), Decimal(Fraction(digits), places, len(digits.replace(".", "").lstrip("0"))))
    return Node("num", (), Fraction(text if digits[0] != "." else "0" + text))


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
            return Node("pow", (left, self.exponent()))
        if kind == "add" and self.is_op("..."):
            return self.ellipsis(left)
        right = self.value(binds)
        if kind == "sub":
            right, kind = negative(right), "add"
        if kind in ("pm", "mp"):
            self.signs += 1
            right, kind = Node("pm", (right,), 1 if kind == "pm" else -1), "add"
        if kind == "binom":
            return Node("call", (left, right), "binom")
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
        if not token.text.isdigit():
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
        if not length or not (_digits(above) and _digits(below)) or not 0 <= int(above) < int(below):
            return whole
        self.at += length
        return Node("num", (), whole.value + Fraction(int(above), int(below)))

    def beside(self, left: Node) -> Node:
        """A product without a sign."""
        right = self.value(_IMPLICIT)
        if left.kind == "mul":
            return left._replace(args=(*left.args, right))
        return Node("mul", (left, right))

    def operand(self) -> Node:
        """One operand with what follows it: n!, 60°."""
        value = self.prefix()
        for marks in itertools.count():
            token = self.peek()
            if token.kind != "op" or marks > 9:
                return value
            if token.text == "!":
                self.at += 1
                double = self.is_op("!") and not self.peek().spaced
                self.at += double
                value = Node("call", (value,), "factorial2" if double else "factorial")
            elif token.text == "°":
                self.at += 1
                value = Node("degrees", (value,))
            elif token.text == "%":
                self.at += 1
                value = Node("div", (value, number(100)))
            elif token.text == "^" and (self.is_op("°", ahead=1) or self.is_op("{", ahead=1) and self.is_op("°", ahead=2)):
                braced = self.is_op("{", ahead=1)
                self.at += 2 + braced
                if braced:
                    self.expect("}")
                value = Node("degrees", (value,))
            elif token.text == "'" and value.kind in ("sym", "index"):
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
            return self.word(token)
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
            return self.braced()
        if mark in ("(", "[", "langle"):
            return self.bracketed()
        if mark == "\\{":
            return self.set()
        if mark in ("lfloor", "lceil"):
            inner = self.value(0)
            self.expect(_CLOSERS[mark])
            return Node("call", (inner,), "floor" if mark == "lfloor" else "ceil")
        if mark.startswith("begin "):
            return self.matrix(mark[6:])
        if mark in ("_", "^"):
            return self.choose_before()
        raise Unreadable(f"{mark!r} stands where a value should")

    def between_bars(self, mark: str) -> Node:
        self.bars += 1
        inner = self.value(0)
        self.bars -= 1
        self.expect(mark)
        return Node("call", (inner,), "abs" if mark == "|" else "norm")

    def braced(self) -> Node:
        """A LaTeX group. An empty one begins {}_{10}C_3."""
        if self.is_op("}"):
            self.at += 1
            if self.is_op("_"):
                self.at += 1
                return self.choose_before()
            return Node("set")  # {} and {1, 2} are sets in plain text
        start = self.at - 1
        inside = list(self.tokens[self.at : self.ends[start]])
        if len(split_at(inside, {","})) > 1 or any(token.text in ("|", ":") and token.kind == "op" for token in inside) and any(t.text in ("<", ">", "<=", ">=", "in", "=") for t in inside):
            return self.set()
        bars, self.bars = self.bars, 0
        inner = self.value(0)
        self.bars = bars
        self.expect("}")
        return inner

    def choose_before(self) -> Node:
        above = self.operand()
        if self.take().text != "C" or not self.is_op("_"):
            raise Unreadable("a subscript before its symbol")
        self.at += 1
        return Node("call", (above, self.operand()), "binom")

    def items(self, start: int) -> list[Node]:
        """What stands between commas inside of a bracket."""
        end = self.ends[start]
        inside = list(self.tokens[start + 1 : end])
        self.at = end
        if not inside:
            return []
        found = []
        for _, part in split_at(inside, {",", ";"}):
            reader = Reader(part, self.depth)
            found.append(reader.whole())
            self.signs += reader.signs
        return found

    def bracketed(self) -> Node:
        """(x), a tuple, an interval."""
        start = self.at - 1
        opening = self.tokens[start].text
        items = self.items(start)
        closing = self.take().text
        if not items:
            raise Unreadable("empty brackets")
        if len(items) == 1 and opening in ("(", "[") and closing == _CLOSERS[opening]:
            if opening == "[" and items[0].kind == "tuple":
                return _rows(items) or items[0]
            return items[0]
        if len(items) == 1:
            raise Unreadable("one number between two different brackets")
        brackets = "()" if opening == "langle" else opening + closing
        if opening == "[" and (matrix := _rows(items)):
            return matrix
        return Node("tuple", tuple(items), brackets)

    def set(self) -> Node:
        """{1, 2} or {x : x > 0}."""
        from .answer import read_item, read_condition  # the two modules are one grammar

        start = self.at - 1
        end = self.ends[start]
        inside = list(self.tokens[start + 1 : end])
        self.at = end + 1
        if not inside:
            return Node("set")
        parts = split_at(inside, {":", "|"})
        if len(parts) == 2 and parts[0][1] and parts[1][1]:
            head = split_at(parts[0][1], {"in"})
            variable = Reader(head[0][1], self.depth).whole()
            if variable.kind == "sym":
                domain = Reader(head[1][1], self.depth).whole() if len(head) == 2 else Node("reals", (), "ℝ")
                return Node("builder", (variable, read_condition(parts[1][1], self.depth), domain))
        items = [read_item(part, self.depth) for _, part in split_at(inside, {",", ";"})]
        return Node("set", tuple(one for item in items for one in (item.args if item.kind == "list" else (item,))))

    def matrix(self, name: str) -> Node:
        if not name.endswith("matrix") and name not in ("array", ""):
            raise Unreadable(f"an environment {name!r}")
        start = self.at - 1
        end = self.ends[start]
        rows = [part for _, part in split_at(self.tokens[start + 1 : end], {"row"}) if part]
        self.at = end + 1
        cells: list[Node] = []
        widths = set()
        for row in rows:
            parts = [part for _, part in split_at(row, {"&"})]
            widths.add(len(parts))
            for part in parts:
                reader = Reader(part, self.depth)
                cells.append(reader.whole())
                self.signs += reader.signs
        if len(widths) != 1:
            raise Unreadable("a matrix whose rows differ in length")
        matrix = Node("matrix", tuple(cells), (len(rows), widths.pop()))
        return Node("call", (matrix,), "det") if name == "vmatrix" else matrix

    def subscript(self) -> str:
        """The text of _1, _{10} or _{max}."""
        if not self.is_op("_"):
            return ""
        self.at += 1
        if self.is_op("{"):
            start, self.at = self.at, self.ends[self.at] + 1
            return "_" + "".join(token.text for token in self.tokens[start + 1 : self.at - 1])
        return "_" + self.take().text

    def word(self, token: Token) -> Node:
        name = token.text
        if not token.macro:
            name = _SPELLED.get(name, name)
            if len(name) > 1 and not _known(name):
                return self.letters(token)
        if name == "frac":
            return self.fraction()
        if name in ("sqrt", "cbrt"):
            return self.root(name)
        if name == "binom":
            return self.binomial()
        if name in FUNCTIONS and not (name in ("zeta", "Gamma") and not self.is_op("(", "{")):
            return self.function(name, plain=not token.macro)
        if name == "factorial" and self.is_op("("):
            return Node("call", (self.operand(),), name)
        if name in ("pi", "infinity"):
            return Node("const", (), name)
        if name == "e" and not self.is_op("_"):
            return Node("const", (), "e")
        if name == "i" and not self.is_op("_"):
            return Node("const", (), "i")
        if name in ("ℝ", "ℤ", "ℕ", "ℚ", "ℂ"):
            return Node("reals", (), name + self.superscript_sign())
        if name == "emptyset":
            return Node("set")
        if name in ("overline", "hat", "vec", "tilde", "widehat", "overrightarrow", "dot", "ddot", "widetilde"):
            inner = self.operand()
            if inner.kind == "num" and _whole(inner):
                raise Unreadable("a bar over digits without a decimal point")
            if name in ("vec", "hat", "overrightarrow", "widehat") and inner.kind in ("tuple", "matrix"):
                return inner
            if inner.kind == "sym" or inner.kind == "mul" and all(arg.kind == "sym" for arg in inner.args):
                letters = "".join(arg.value for arg in inner.args) if inner.args else inner.value
                return Node("sym", (), f"{name} {letters}")
            if name != "overline":
                raise Unreadable(f"\\{name} over more than letters")
            return Node("call", (inner,), name)
        if name in ("sum", "prod", "int", "lim"):
            return self.big(name)
        if name == "C" and self.is_op("_"):
            return self.choose_after()
        if token.macro and name not in GREEK and len(name) > 1:
            raise Unreadable(f"\\{name} is nothing that we read")
        return self.symbol(name)

    def superscript_sign(self) -> str:
        if self.is_op("^") and (self.is_op("+", "-", ahead=1) or self.is_op("{", ahead=1) and self.is_op("+", "-", ahead=2)):
            braced = self.is_op("{", ahead=1)
            sign = self.peek(2 if braced else 1).text
            self.at += 4 if braced else 2
            return sign
        return ""

    def symbol(self, name: str) -> Node:
        """A variable with its subscript, or a function of one that we do not know: f(2)."""
        name += self.subscript()
        if name in tuple("fghFGHPC") and self.is_op("(") and not self.peek().spaced:
            start = self.at
            self.at += 1
            arguments = self.items(start)
            self.at += 1
            if name == "C":
                return Node("call", tuple(arguments), "binom") if len(arguments) == 2 else Node("mul", (Node("sym", (), name), *arguments))
            if arguments:
                return Node("index", tuple(arguments), name)
        return Node("sym", (), name)

    def letters(self, token: Token) -> Node:
        """A run of letters: names that we know and single letters, side by side."""
        name = token.text
        if name.lower() in NOT_UNITS and (len(name) > 2 or name in ("no", "is", "if", "or")):
            raise Unreadable(f"the word {name!r} says something of its own")
        if len(name) > 12:
            raise Unreadable(f"the word {name[:20]!r} is nothing that we read")
        found = _LEADING_NAME.match(name)
        if found and not (found[0] in ("ln", "gcd", "lcm", "max", "min") and len(name) > len(found[0]) + 2):
            first, rest = found[0], name[found.end() :]
        else:
            later = _LEADING_NAME.search(name)
            stop = later.start() if later and len(later[0]) > 1 and later[0] in ("pi", "sqrt", "sin", "cos", "tan", "log", "ln") else len(name)
            if stop > 4:
                raise Unreadable(f"the word {name[:20]!r} is nothing that we read")
            first, rest = name[:1], name[1:]
        self.leave(token, rest)
        return self.word(token._replace(text=first))

    def leave(self, token: Token, rest: str) -> None:
        """Put back what was not taken of the last token."""
        if rest:
            self.at -= 1
            self.tokens[self.at] = token._replace(text=rest, spaced=False)

    def argument(self) -> Node:
        """What \\frac and \\sqrt take: a group or one token; of \\frac12 one digit each."""
        if self.is_op("{"):
            self.at += 1
            return self.braced()
        token = self.peek()
        if token.kind == "num" and token.text.isdigit():
            self.at += 1
            self.leave(token, token.text[1:])
            return read_number(token.text[0])
        if token.kind == "word" and not token.macro and len(token.text) > 1 and not _known(token.text):
            self.at += 1
            self.leave(token, token.text[1:])
            return self.word(token._replace(text=token.text[0]))
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

    def fraction(self) -> Node:
        if self.is_op("("):  # frac(1, 2)
            start = self.at
            self.at += 1
            items = self.items(start)
            self.at += 1
            if len(items) == 2:
                return Node("div", tuple(items))
            self.at = start
        above = self.argument()
        below = self.argument()
        if any(n.kind == "sym" and n.value in ("d", "partial") for n in (above, *above.args)) and (
            below.kind == "mul" and below.args[0].kind == "sym" and below.args[0].value in ("d", "partial")
        ):
            return self.derivative(above, below)
        return Node("div", (above, below))

    def derivative(self, above: Node, below: Node) -> Node:
        """d/dx of what follows."""
        if above.kind != "sym" or len(below.args) != 2 or below.args[1].kind != "sym":
            raise Unreadable("a derivative of higher order")
        return Node("diff", (below.args[1], self.value(10)))

    def root(self, name: str) -> Node:
        degree = number(3) if name == "cbrt" else None
        if self.is_op("["):
            start, self.at = self.at, self.at + 1
            items = self.items(start)
            self.at += 1
            if len(items) != 1:
                raise Unreadable("a root of several degrees")
            degree = items[0]
        if self.is_op("("):
            inner = self.prefix()
        elif self.peek().kind == "num":
            inner = read_number(self.take().text)
        else:
            inner = self.argument()
        return Node("call", (inner,), "sqrt") if degree is None else Node("call", (inner, degree), "root")

    def binomial(self) -> Node:
        if self.is_op("("):
            start = self.at
            self.at += 1
            items = self.items(start)
            self.at += 1
            if len(items) != 2:
                raise Unreadable("a binomial of other than two numbers")
            return Node("call", tuple(items), "binom")
        return Node("call", (self.argument(), self.argument()), "binom")

    def choose_after(self) -> Node:
        """C_{10}^3, or a variable C_1."""
        start = self.at
        self.at += 1
        below = self.argument()
        if self.is_op("^"):
            self.at += 1
            return Node("call", (below, self.argument()), "binom")
        self.at = start
        return self.symbol("C")

    def function(self, name: str, plain: bool = False) -> Node:
        power: Node | None = None
        base: Node | None = None
        while True:
            if self.is_op("^") and power is None:
                self.at += 1
                power = self.exponent_of_function()
            elif self.is_op("_") and base is None and name == "log":
                self.at += 1
                whole = self.peek().kind == "num" and (plain or self.is_op("(", ahead=1))
                base = read_number(self.take().text) if whole else self.argument()
            else:
                break
        if self.is_op("("):
            start = self.at
            self.at += 1
            arguments = self.items(start)
            self.at += 1
        elif self.is_op("|", "||"):
            arguments = [self.prefix()]
        else:
            arguments = [self.bare_argument()]
        if name == "log" and base is not None:
            arguments = [*arguments, base]
        if power in (number(-1), negative(ONE)) and name in _INVERSE:
            name, power = _INVERSE[name], None
        if name == "ln":
            name = "log" if len(arguments) == 1 else name
        elif name == "log" and len(arguments) == 1:
            name = "log10?"
        call = Node("call", tuple(arguments), name)
        return call if power is None else Node("pow", (call, power))

    def exponent_of_function(self) -> Node:
        if self.is_op("-"):
            self.at += 1
            return negative(self.deeper(self.exponent_of_function))
        return self.argument()

    def bare_argument(self) -> Node:
        """The argument of sin 2x: factors side by side, up to the next function or sign."""
        return self.deeper(self.factors)

    def factors(self) -> Node:
        if self.is_op("-"):
            self.at += 1
            value = negative(self.factor())
        else:
            value = self.factor()
        while self.begins_operand(value):
            token = self.peek()
            name = _SPELLED.get(token.text, token.text)
            if token.kind == "word" and name in FUNCTIONS:
                break
            if token.kind == "op" and token.text in ("(", "[") and value.kind != "num":
                break
            factor = self.factor()
            value = value._replace(args=(*value.args, factor)) if value.kind == "mul" else Node("mul", (value, factor))
        return value

    def factor(self) -> Node:
        value = self.operand()
        if self.is_op("^"):
            self.at += 1
            value = Node("pow", (value, self.exponent()))
        return value

    def big(self, name: str) -> Node:
        """sum and prod: args = variable, from, to, body. int: the same. lim: variable, its limit, body."""
        low = high = None
        while self.is_op("_", "^"):
            mark = self.take().text
            if self.is_op("{"):
                start, self.at = self.at, self.ends[self.at] + 1
                part: list[Token] = list(self.tokens[start + 1 : self.at - 1])
            else:
                part = [self.take()]
                if part[0].text == "-" and part[0].kind == "op":
                    part.append(self.take())
            if mark == "_":
                low = part
            else:
                high = part
        if name == "lim":
            return self.limit(low)
        if low is None or high is None:
            raise Unreadable(f"{name} without bounds")
        upper = Reader(high, self.depth).whole()
        if name == "int":
            return self.integral(Reader(low, self.depth).whole(), upper)
        parts = split_at(low, {"="})
        if len(parts) != 2:
            raise Unreadable(f"{name} without a first index")
        variable, lower = Reader(parts[0][1], self.depth).whole(), Reader(parts[1][1], self.depth).whole()
        body = self.value(10)
        return Node("big", (variable, lower, upper, body), name)

    def limit(self, low: list[Token] | None) -> Node:
        parts = split_at(low or [], {"->"})
        if len(parts) != 2 or not parts[1][1]:
            raise Unreadable("a limit without a place")
        place, side = parts[1][1], 0
        if len(place) > 1 and place[-1].text in "+-" and place[-2].text == "^":
            side, place = (1 if place[-1].text == "+" else -1), place[:-2]
        variable, target = Reader(parts[0][1], self.depth).whole(), Reader(place, self.depth).whole()
        return Node("big", (variable, target, self.value(10), number(side)), "lim")

    def integral(self, lower: Node, upper: Node) -> Node:
        if place := next((i for i in range(self.at, len(self.tokens)) if re.fullmatch("d[a-z]", self.tokens[i].text)), None):
            after = self.tokens[place + 1] if place + 1 < len(self.tokens) else None
            if after is not None and after.text == "}" and self.tokens[place - 1].text == "{":  # dx over x
                variable = self.tokens[place].text[1]
                self.tokens[place] = Token("num", "1")
                return Node("big", (Node("sym", (), variable), lower, upper, self.value(10)), "int")
        last = next((i for i in range(len(self.tokens) - 1, self.at - 1, -1) if self.tokens[i].kind == "word"), None)
        if last is None:
            raise Unreadable("an integral without dx")
        name = self.tokens[last].text
        if name.startswith("d") and len(name) == 2:
            stop, variable = last, name[1]
        elif self.tokens[last - 1].text == "d":
            stop, variable = last - 1, name
        elif not self.tokens[last].macro and len(name) > 2 and name[-2] == "d":
            self.tokens[last] = self.tokens[last]._replace(text=name[:-2])
            stop, variable = last + 1, name[-1]
        else:
            raise Unreadable("an integral without dx")
        body_tokens = list(self.tokens[self.at : stop])
        body = Reader(body_tokens, self.depth).whole() if body_tokens else ONE
        self.at = last + 1
        return Node("big", (Node("sym", (), variable), lower, upper, body), "int")


def _whole(node: Node) -> bool:
    return node.kind == "num" and node.value.denominator == 1


def _digits(text: str) -> bool:
    return text.isdigit() and len(text) < 100


def _known(name: str) -> bool:
    return name in FUNCTIONS or name in GREEK or name in ("sqrt", "cbrt", "pi", "infinity", "frac", "binom", "emptyset", "factorial", "overline")


def _rows(items: Sequence[Node]) -> Node | None:
    """[[1, 2], [3, 4]] as a matrix."""
    if any(item.kind != "tuple" or item.value != "[]" for item in items) or len({len(item.args) for item in items}) != 1:
        return None
    return Node("matrix", tuple(cell for item in items for cell in item.args), (len(items), len(items[0].args)))


def recurring(node: Node) -> Node:
    """0.333... as the fraction that it hints at: its last digit thrice, or its last digits twice."""
    number_, places, _ = node.value
    digits = str(int(number_ * 10**places)).rjust(places, "0")[-places:] if places else ""
    for length in range(1, len(digits) // 2 + 1):
        period = digits[-length:]
        times = 3 if length == 1 else 2
        if digits.endswith(period * times):
            before = digits[: len(digits) - length]
            scale = 10 ** len(before)
            head = Fraction(int(number_ * scale), scale)
            return Node("num", (), head + Fraction(int(period), scale * (10**length - 1)))
    raise Unreadable("digits that go on, and we cannot say how")
