"""What a word in an expression stands for: a function, a constant, a variable, letters side by side."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .calculus import big, derivative
from .numerals import read_number
from .tokens import Token
from .tree import ONE, Node, Unreadable, negative, number
from .units import NOT_UNITS

if TYPE_CHECKING:
    from .parse import Reader

FUNCTIONS = frozenset(
    """
    Gamma abs acos acosh acot acsc arg asec asin asinh atan atanh ceil cos cosh cot coth csc det exp floor gcd
    im lcm ln log max min re sec sign sin sinh tan tanh zeta
    """.split()
)
_INVERSE = {name: f"a{name}" for name in ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh")}
_SPELLED = {  # names that plain text spells otherwise
    **{"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arccot": "acot", "arcsec": "asec", "arccsc": "acsc"},
    **{
        "arcsinh": "asinh",
        "arccosh": "acosh",
        "arctanh": "atanh",
        "Ln": "ln",
        "Log": "log",
        "ceiling": "ceil",
        "sgn": "sign",
    },
    **{"Sin": "sin", "Cos": "cos", "Tan": "tan", "Sqrt": "sqrt", "Pi": "pi", "inf": "infinity", "oo": "infinity"},
    **{"Infinity": "infinity", "cbrt": "cbrt", "comb": "binom", "binomial": "binom", "factorial": "factorial"},
    **{"conj": "overline", "Abs": "abs", "root": "sqrt", "sgn": "sign"},
}
GREEK = frozenset(
    """
    Delta Gamma Lambda Omega Phi Pi Psi Sigma Theta Xi aleph alpha beta chi delta ell epsilon eta gamma hbar
    iota kappa lambda mu nabla nu omega partial phi psi rho sigma tau theta upsilon xi zeta
    """.split()
)
_TOO_SHORT = {"re", "im", "arg", "det", "root", "xi", "nu", "mu", "eta", "chi"}  # to be found within a run of letters
_NAMES = sorted(
    {*FUNCTIONS, *_SPELLED, *GREEK, "sqrt", "pi", "infinity", "frac", "binom"} - _TOO_SHORT, key=len, reverse=True
)
_LEADING_NAME = re.compile("|".join(_NAMES))


def word(reader: Reader, token: Token) -> Node:
    name = token.text
    if not token.macro:
        name = _SPELLED.get(name, name)
        if len(name) > 1 and not known_name(name):
            return letters(reader, token)
    if name == "frac":
        return fraction(reader)
    if name in ("sqrt", "cbrt"):
        return root(reader, name)
    if name == "binom":
        return binomial(reader)
    if name in FUNCTIONS and not (name in ("zeta", "Gamma") and not reader.is_op("(", "{")):
        return function(reader, name, plain=not token.macro)
    if name == "factorial" and reader.is_op("("):
        return Node("call", (reader.operand(),), name)
    if name in ("pi", "infinity"):
        return Node("const", (), name)
    if name == "e" and not reader.is_op("_"):
        return Node("const", (), "e")
    if name == "i" and not reader.is_op("_"):
        return Node("const", (), "i")
    if name in ("ℝ", "ℤ", "ℕ", "ℚ", "ℂ"):
        return Node("reals", (), name + superscript_sign(reader))
    if name == "emptyset":
        return Node("set")
    if name in ("overline", "hat", "vec", "tilde", "widehat", "overrightarrow", "dot", "ddot", "widetilde"):
        inner = reader.operand()
        if inner.kind == "num" and inner.value.denominator == 1:
            raise Unreadable("a bar over digits without a decimal point")
        if name in ("vec", "hat", "overrightarrow", "widehat") and inner.kind in ("tuple", "matrix"):
            return inner
        if inner.kind == "sym" or (inner.kind == "mul" and all(arg.kind == "sym" for arg in inner.args)):
            run = "".join(arg.value for arg in inner.args) if inner.args else inner.value
            return Node("sym", (), f"{name} {run}")
        if name != "overline":
            raise Unreadable(f"\\{name} over more than letters")
        return Node("call", (inner,), name)
    if name in ("sum", "prod", "int", "lim"):
        return big(reader, name)
    if name == "C" and reader.is_op("_"):
        return choose_after(reader)
    if name == "unitvector":
        reader.expect("{")
        unit = Node("sym", (), f"unit {reader.take().text}")
        reader.expect("}")
        return unit
    if token.macro and name not in GREEK and len(name) > 1:
        raise Unreadable(f"\\{name} is nothing that we read")
    return symbol(reader, name)


def superscript_sign(reader: Reader) -> str:
    if reader.is_op("^") and (
        reader.is_op("+", "-", ahead=1) or (reader.is_op("{", ahead=1) and reader.is_op("+", "-", ahead=2))
    ):
        braced = reader.is_op("{", ahead=1)
        sign = reader.peek(2 if braced else 1).text
        reader.at += 4 if braced else 2
        return sign
    return ""


def symbol(reader: Reader, name: str) -> Node:
    """A variable with its subscript, or a function of one that we do not know: f(2)."""
    name += reader.subscript()
    while name in tuple("fghFGH") and reader.is_op("'"):
        reader.at += 1
        name += "'"
    if name[:1] in tuple("fghFGHPC") and name.rstrip("'")[1:] == "" and reader.is_op("(") and not reader.peek().spaced:
        start = reader.at
        reader.at += 1
        arguments = reader.items(start)
        reader.at += 1
        if name == "C":
            return (
                Node("call", tuple(arguments), "binom")
                if len(arguments) == 2
                else Node("mul", (Node("sym", (), name), *arguments))
            )
        inside = "".join(token.text for token in reader.tokens[start : reader.at])
        return Node("sym", (), name + inside)
    return Node("sym", (), name)


def letters(reader: Reader, token: Token) -> Node:
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
        stop = (
            later.start()
            if later and len(later[0]) > 1 and later[0] in ("pi", "sqrt", "sin", "cos", "tan", "log", "ln")
            else len(name)
        )
        if stop > 4:
            raise Unreadable(f"the word {name[:20]!r} is nothing that we read")
        first, rest = name[:1], name[1:]
    reader.leave(token, rest)
    return word(reader, token._replace(text=first))


def fraction(reader: Reader) -> Node:
    if reader.is_op("("):  # frac(1, 2)
        start = reader.at
        reader.at += 1
        items = reader.items(start)
        reader.at += 1
        if len(items) == 2:
            return Node("div", tuple(items))
        reader.at = start
    above = reader.argument()
    below = reader.argument()
    if any(n.kind == "sym" and n.value in ("d", "partial") for n in (above, *above.args)) and (
        below.kind == "mul" and below.args[0].kind == "sym" and below.args[0].value in ("d", "partial")
    ):
        return derivative(reader, above, below)
    return Node("div", (above, below))


def root(reader: Reader, name: str) -> Node:
    degree = number(3) if name == "cbrt" else None
    if reader.is_op("["):
        start, reader.at = reader.at, reader.at + 1
        items = reader.items(start)
        reader.at += 1
        if len(items) != 1:
            raise Unreadable("a root of several degrees")
        degree = items[0]
    if reader.is_op("("):
        inner = reader.prefix()
    elif reader.peek().kind == "num":
        inner = read_number(reader.take().text)
    else:
        inner = reader.argument()
    return Node("call", (inner,), "sqrt") if degree is None else Node("call", (inner, degree), "root")


def binomial(reader: Reader) -> Node:
    if reader.is_op("("):
        start = reader.at
        reader.at += 1
        items = reader.items(start)
        reader.at += 1
        if len(items) != 2:
            raise Unreadable("a binomial of other than two numbers")
        return Node("call", tuple(items), "binom")
    return Node("call", (reader.argument(), reader.argument()), "binom")


def choose_after(reader: Reader) -> Node:
    """C_{10}^3, or a variable C_1."""
    start = reader.at
    reader.at += 1
    below = reader.argument()
    if reader.is_op("^"):
        reader.at += 1
        return Node("call", (below, reader.argument()), "binom")
    reader.at = start
    return symbol(reader, "C")


def function(reader: Reader, name: str, plain: bool = False) -> Node:
    power: Node | None = None
    base: Node | None = None
    while True:
        if reader.is_op("^") and power is None:
            reader.at += 1
            power = exponent_of_function(reader)
        elif reader.is_op("_") and base is None and name == "log":
            reader.at += 1
            whole = reader.peek().kind == "num" and (plain or reader.is_op("(", ahead=1))
            base = read_number(reader.take().text) if whole else reader.argument()
        else:
            break
    if reader.is_op("("):
        start = reader.at
        reader.at += 1
        arguments = reader.items(start)
        reader.at += 1
    elif reader.is_op("|", "||"):
        arguments = [reader.prefix()]
    else:
        arguments = [bare_argument(reader)]
    most = 2 if name == "log" else 99 if name in ("max", "min", "gcd", "lcm") else 1
    if not 1 <= len(arguments) <= most:
        raise Unreadable(f"{name} of {len(arguments)} arguments")
    if name == "log" and base is not None:
        arguments = [*arguments, base]
    if power in (number(-1), negative(ONE)) and name in _INVERSE:
        name, power = _INVERSE[name], None
    if name == "ln":
        name = "log"
    elif name == "log" and len(arguments) == 1:
        name = "log10?"
    call = Node("call", tuple(arguments), name)
    return call if power is None else Node("pow", (call, power))


def exponent_of_function(reader: Reader) -> Node:
    if reader.is_op("-"):
        reader.at += 1
        return negative(reader.deeper(lambda: exponent_of_function(reader)))
    return reader.argument()


def bare_argument(reader: Reader) -> Node:
    """The argument of sin 2x: factors side by side, up to the next function or sign."""
    return reader.deeper(lambda: factors(reader))


def factors(reader: Reader) -> Node:
    if reader.is_op("-"):
        reader.at += 1
        value = negative(factor(reader))
    else:
        value = factor(reader)
    while reader.begins_operand(value):
        token = reader.peek()
        name = _SPELLED.get(token.text, token.text)
        if token.kind == "word" and name in FUNCTIONS:
            break
        if token.kind == "op" and token.text in ("(", "[") and value.kind != "num":
            break
        more = factor(reader)
        value = value._replace(args=(*value.args, more)) if value.kind == "mul" else Node("mul", (value, more))
    return value


def factor(reader: Reader) -> Node:
    value = reader.operand()
    if reader.is_op("^"):
        reader.at += 1
        value = Node("pow", (value, reader.exponent()))
    return value


def known_name(name: str) -> bool:
    return (
        name in FUNCTIONS
        or name in GREEK
        or name in ("sqrt", "cbrt", "pi", "infinity", "frac", "binom", "emptyset", "factorial", "overline")
    )
