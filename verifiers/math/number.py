"""Text to an exact number with its unit, or None where it is no such thing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from ..arithmetic import NotArithmetic, evaluate
from .normal import plain

_MAGNITUDES = {"hundred": 2, "thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_NOT_UNITS = {
    *(
        "and",
        "or",
        "not",
        "no",
        "nor",
        "is",
        "but",
        "maybe",
        "wrong",
        "incorrect",
        "to",
        "than",
        "about",
        "approximately",
    ),
    *("if", "when", "where", "for", "all", "any", "mod", "modulo", "base", "choose", "over", "plus", "minus", "times"),
    *_WORDS,
    *("divided", "squared", "cubed", "half", "third", "factorial", "infinity", "pi", "sqrt", "log", "ln", "sin", "cos"),
    *(
        "tan",
        "exp",
        "except",
        "false",
        "more",
        "less",
        "least",
        "most",
        "unless",
        "otherwise",
        "alternatively",
        "either",
    ),
    *(
        "dozen",
        "score",
        "percentage",
        "point",
        "points",
        "wait",
        "actually",
        "unknown",
        "undefined",
        "solutions",
        "tau",
        "dot",
        "comma",
        "decimal",
        "then",
        "instead",
        "versus",
        "never",
        "negative",
        "imaginary",
        "opposite",
        "inverse",
        "reciprocal",
        "doubled",
        "lakh",
        "crore",
        "halves",
        "thirds",
        "quarter",
        "quarters",
        "tenth",
        "tenths",
        "hundredth",
        "hundredths",
        "thousandth",
        "thousandths",
    ),
}
_KNOWN_UNITS = {
    *(
        "m",
        "cm",
        "mm",
        "km",
        "kg",
        "g",
        "mg",
        "s",
        "ms",
        "h",
        "hr",
        "min",
        "ft",
        "in",
        "yd",
        "mi",
        "lb",
        "lbs",
        "oz",
        "mph",
    ),
    *(
        "kph",
        "km/h",
        "m/s",
        "l",
        "ml",
        "j",
        "kj",
        "n",
        "w",
        "kw",
        "v",
        "a",
        "k",
        "hz",
        "pa",
        "mol",
        "usd",
        "eur",
        "cents",
    ),
}
_CURRENCY = re.compile(r"^([+-]?) ?(\\\$|\$|€|£|¥|usd |eur |us\\\$)", re.IGNORECASE)
_TAIL = re.compile(r"^(.*?[\d)}!.]) ?(\\%|%|\^ ?\{?°\}?|°|[A-Za-z][A-Za-z .'^/*\d{}-]*)$", re.DOTALL)
_UNIT = re.compile(r"[a-z][a-z'-]*(?:[ */.]{0,2}[a-z][a-z'-]*){0,3}(?: ?\^ ?\{?-?\d\}?)?(?:/[a-z]+(?:\^\{?\d\}?)?)?$")
_BASE = re.compile(r"([0-9][0-9A-Za-z ]{0,200}) ?_ ?\{?(\d{1,2})\}?", re.ASCII)
_MIXED_FRACTION = re.compile(r"(?<![\w.)}])(\d+) ?(?=\\frac)", re.ASCII)
_MIXED_SLASH = re.compile(r"(?<![\w.)}/^])(\d+) (\d+) ?/ ?(\d+)(?![\w.])", re.ASCII)
_FRACTION = re.compile(r"\\frac ?(?:\{([^{}]*)\}|(\d)) ?(?:\{([^{}]*)\}|(\d))", re.ASCII)
_DECIMAL = re.compile(r"[+-]? ?\d*\.(\d+)$", re.ASCII)


@dataclass(frozen=True)
class Quantity:
    """An exact value, how many decimals it was written with (None: not a plain decimal), and its unit."""

    value: Fraction
    decimals: int | None = None
    unit: str = ""

    @property
    def digits(self) -> int:
        """Significant digits as written; leading zeros are none."""
        return len(str(abs(self.value.numerator) * 10 ** (self.decimals or 0) // self.value.denominator))


def quantity(text: str) -> Quantity | None:
    r"""An exact number, whether written as arithmetic, a mixed number, a percentage or with a unit.

    Raises TooBig or ZeroDivisionError where the arithmetic does.

    >>> quantity(r"2\frac13").value, quantity("36 apples").unit, quantity("x+1")
    (Fraction(7, 3), 'apples', None)
    """
    text = plain(text)
    unit, power = "", 0
    if text.lower() in _WORDS:
        return Quantity(Fraction(_WORDS.index(text.lower())))
    if (found := _BASE.fullmatch(text)) and 2 <= int(found[2]) <= 36:
        try:
            return Quantity(Fraction(int(found[1].replace(" ", ""), int(found[2]))), unit="base")
        except ValueError:
            return None
    if found := _CURRENCY.match(text):
        unit, text = "$" if "$" in found[2] else found[2].strip().lower(), found[1] + text[found.end() :]
    value = rational(text)
    if value is None and (found := _TAIL.match(text)):
        named = _unit(found[2])
        if named is None:
            return None
        power, tail = named
        if tail and unit and tail not in ("dollars", "dollar", "usd", unit):
            return None
        unit, text = unit or tail, found[1]
        value = rational(text)
    if value is None:
        return None
    decimal = _DECIMAL.match(text)
    decimals = len(decimal[1]) if decimal and len(decimal[1]) <= 1000 and not power else None
    return Quantity(value * 10**power, decimals, {"dollars": "$", "dollar": "$", "usd": "$"}.get(unit, unit))


def _unit(tail: str) -> tuple[int, str] | None:
    """The power of ten and the unit that words after a number stand for, or None if they are something else."""
    tail = tail.strip().lower().rstrip(".").strip()
    if tail in ("\\%", "%", "percent"):
        return 0, "%"
    if "°" in tail or tail in ("degrees", "degree"):
        return 0, "°"
    words = tail.split()
    power = 0
    while words and words[0] in _MAGNITUDES:
        power += _MAGNITUDES[words.pop(0)]
    if not words:
        return power, ""
    name = " ".join(words)
    if not _UNIT.fullmatch(name) or set(re.findall(r"[a-z]+", name)) & _NOT_UNITS:
        return None
    first = re.split(r"[ ^/*.]", name)[0]
    if first not in _KNOWN_UNITS and (len(first) < 3 or not set(first) & set("aeiouy")):
        return None
    return power, name


def rational(text: str) -> Fraction | None:
    """The exact value of plain arithmetic on numbers, or None."""
    for _ in range(50):  # fractions within fractions, from the inside
        if "\\frac" not in text:
            break
        text = _MIXED_FRACTION.sub(r"\1&", text)
        inner = _FRACTION.sub(lambda f: f"(({f[1] or f[2]})/({f[3] or f[4]}))", text)
        if inner == text:
            return None
        text = inner
    text = _MIXED_SLASH.sub(r"(\1&(\2/\3))", text).replace("{", "(").replace("}", ")").replace("**", "^")
    if "\\" in text or "[" in text:
        return None
    try:
        return evaluate(text).value
    except NotArithmetic:
        return None
