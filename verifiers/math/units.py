"""Units: what they measure, and how many of the base unit they are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from .tokens import Token


class Unit(NamedTuple):
    """factor × the product of base units, each to its power; letters: how it was written, if that may be variables."""

    factor: Fraction
    bases: tuple[tuple[str, int], ...]
    letters: str = ""


_INCH, _POUND, _GALLON = Fraction(254, 10_000), Fraction(45_359_237, 100_000), Fraction(3_785_411_784, 10**12)
_TABLE: dict[str, tuple[int | Fraction, str]] = {}


def _define(base: str, size: int | Fraction, *names: str) -> None:
    for name in names:
        _TABLE[name] = (size, base)


_SMALL: dict[str, tuple[str, int | Fraction]] = {
    "k": ("kilo", 1000),
    "": ("", 1),
    "d": ("deci", Fraction(1, 10)),
    "c": ("centi", Fraction(1, 100)),
}
_SMALL |= {"m": ("milli", Fraction(1, 1000)), "μ": ("micro", Fraction(1, 10**6)), "n": ("nano", Fraction(1, 10**9))}
for _prefix, (_word, _size) in _SMALL.items():
    _define("m", Fraction(_size), _prefix + "m", _word + "meter", _word + "metre")
    _define("g", Fraction(_size), _prefix + "g", _word + "gram", _word + "gramme")
    _define("s", Fraction(_size), _prefix + "s", _word + "second")
    _define("m3", Fraction(_size) / 1000, _prefix + "L", _prefix + "l", _word + "liter", _word + "litre")
_LARGE: dict[str, tuple[str, int | Fraction]] = {
    "M": ("mega", 10**6),
    "k": ("kilo", 1000),
    "": ("", 1),
    "m": ("milli", Fraction(1, 1000)),
    "G": ("giga", 10**9),
}
_NAMED = {"J": "joule", "N": "newton", "W": "watt", "V": "volt", "A": "ampere", "Hz": "hertz", "Pa": "pascal"}
_NAMED |= {"Ω": "ohm", "C": "coulomb", "F": "farad", "mol": "mole", "cal": "calorie", "eV": "electronvolt"}
for _prefix, (_word, _size) in _LARGE.items():
    for _symbol, _long in _NAMED.items():
        _define(_long, Fraction(_size), _prefix + _symbol, _word + _long)
_define("m", _INCH, "in", "inch")
_define("s", 1, "sec", "secs")
_define("g", 1, "gm", "gms")
for _plural in ("kms", "cms", "mms", "kgs"):
    _TABLE[_plural] = _TABLE[_plural[:-1]]
_define("m", 12 * _INCH, "ft", "foot", "feet")
_define("m", 36 * _INCH, "yd", "yds", "yard")
_define("m", 63_360 * _INCH, "mi", "mile")
_define("g", _POUND / 16, "oz", "ounce")
_define("g", _POUND, "lb", "lbs", "pound")
_define("g", 10**6, "ton", "tonne", "t")
_define("s", 60, "min", "mins", "minute")
_define("s", 3600, "h", "hr", "hrs", "hour")
_define("s", 86_400, "day", "d")
_define("s", 604_800, "week", "wk", "wks")
_define("month", 1, "month", "mo")
_define("month", 12, "year", "yr")
_define("m3", _GALLON, "gallon", "gal")
_define("m3", _GALLON / 4, "quart", "qt")
_define("m3", _GALLON / 8, "pint", "pt")
_define("m3", _GALLON / 16, "cup")
_define("m3", _GALLON / 256, "tablespoon", "tbsp")
_define("m3", _GALLON / 768, "teaspoon", "tsp")
_define("cent", 1, "cent", "¢")
_define("cent", 100, "dollar", "$", "usd", "USD", "buck")
_define("euro", 1, "euro", "€", "eur", "EUR")
_define("sterling", 1, "£", "gbp", "GBP")
_define("yen", 1, "yen", "¥", "jpy", "JPY")
_define("rupee", 1, "rupee", "Rs", "₹", "INR")
_define("°", 1, "degree", "deg", "°")
_define("°", Fraction(1, 60), "arcminute", "arcmin")
_define("rad", 1, "radian", "rad")
_define("kelvin", 1, "kelvin", "K")
_define("celsius", 1, "celsius")
_define("fahrenheit", 1, "fahrenheit")
_define("%", 1, "percent", "%", "percentage", "pct")
_COMPOUND = {
    **{
        "mph": "mi/h",
        "kph": "km/h",
        "kmph": "km/h",
        "kmh": "km/h",
        "fps": "ft/s",
        "mps": "m/s",
        "rpm": "revolution/min",
    },
    **{"sqft": "ft^2", "cc": "cm^3", "acre": "acre", "kmhr": "km/h"},
}
_SINGLE = {"m", "g", "s", "h", "L", "l", "J", "N", "W", "V", "A", "K", "C", "F", "t", "d"}
NOT_UNITS = frozenset(
    """
    about accept actually all almost also alternatively and another answer any approximately are around as
    assistant at base be because billion both but by choose comma complex composite correct cos crore cube cubed
    decimal divided dot doubled down dozen eight either eleven equal equals error even exactly except exp
    factorial fail false final five for four from gold grade guess half halves hence hmm hundred hundredth if
    ignore imaginary  incorrect infinity instead integer inverse is isn judge lakh least less ln log maybe
    mean means million minus mod modulo more most nan nearly negative neither never nine no none nor not null
    odd on one only opposite or other otherwise over pass perhaps pi plus point positive possibly power prime
    probably quarter radical rather rational real reciprocal reject rem remainder reward right root roughly
    score seven sin since six so solution sorry sqrt squared system tan tau ten tenth than that the then think
    third this thousand thousandth three thus times to too trillion true twelve two undecided undefined unknown
    unless unsure up user versus vs wait was when where with without wrong zero
    above bad below binary candidate contradiction denied doubtful double eighth excluded fake fewer fifteen fifth
    fifty forty fourteen googol greater gross guessed halved hardly hex higher impossible invalid lie likely lower mil
    mistaken nah negated nope ninth octal off permille possible presumably quadrillion quintillion refuted rejected
    seventh sixth supposedly thirteen thirty triple tripled twelfth twenty under unlikely unproven untrue values zillion
    """.split()
)
"""Words that say something else of the number before them."""
MAGNITUDES = {"dozen": 12, "hundred": 100, "thousand": 1000, "k": 1000, "lakh": 10**5, "million": 10**6}
MAGNITUDES |= {"crore": 10**7, "billion": 10**9, "trillion": 10**12}
_COUNTED = {"integer", "point", "solution", "root", "cube", "prime", "real", "square", "answer", "rational"}
_NO_NOUN = re.compile("(?:ed|ing|ly|ous|ive|able|ible|less|ful|wards?|wise)$", re.IGNORECASE)
"""The endings of words that say something of a number rather than what there are so many of."""
_VOWEL = re.compile("[aeiouyAEIOUY]")


def singular(name: str) -> str:
    """One of them."""
    low = name.lower()
    if low in ("feet", "inches", "people", "children", "men", "women"):
        return {
            "feet": "foot",
            "inches": "inch",
            "people": "person",
            "children": "child",
            "men": "man",
            "women": "woman",
        }[low]
    if len(low) > 3 and low.endswith("ies"):
        return low[:-3] + "y"
    if len(low) > 3 and low.endswith(("xes", "ches", "shes", "sses")):
        return low[:-2]
    return low[:-1] if len(low) > 3 and low.endswith("s") and not low.endswith("ss") else low


def known(name: str) -> tuple[Fraction, str] | None:
    """Size and base of a unit of the table."""
    found = (
        _TABLE.get(name)
        or (_TABLE.get(singular(name)) if len(name) > 3 else None)
        or (_TABLE.get(name.lower()) if len(name) > 3 else None)
    )
    return None if found is None else (Fraction(found[0]), found[1])


def read_unit(tokens: Sequence[Token]) -> Unit | None:
    """The unit that these tokens write, or None: cm, m/s^2, miles per hour, square feet, apples."""
    if not tokens or len(tokens) > 16:
        return None
    bases: dict[str, int] = {}
    factor, side, power_ahead, named, letters = Fraction(1), 1, 1, 0, ""
    at, labels = 0, 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        low = token.text.lower()
        if token.kind == "op" and token.text in ("%", "°", "'", "cur", "€", "£", "¥"):
            name = {"'": "arcminute", "cur": "$"}.get(token.text, token.text)
        elif token.kind == "op" and token.text in ("/", "*", "."):
            if not named or (at == len(tokens) and token.text != "."):
                return None
            side = -1 if token.text == "/" else side
            continue
        elif token.kind == "op" and token.text == "-" and named and at < len(tokens):
            continue
        elif token.kind != "word" or token.macro:
            return None
        elif low == "per" and named:
            side = -1
            continue
        elif low in ("square", "sq", "squared", "cubic", "cubed", "cu"):
            power = 2 if low.startswith("sq") else 3
            if low.endswith("ed"):
                return None
            if at < len(tokens) and tokens[at].text == ".":
                at += 1
            power_ahead = power
            continue
        else:
            name = token.text
        power = power_ahead
        if at < len(tokens) and tokens[at].kind == "word" and tokens[at].text in ("squared", "cubed"):
            power, at = (2 if tokens[at].text == "squared" else 3), at + 1
        elif at < len(tokens) and tokens[at].text == "^":
            exponent = [t for t in tokens[at + 1 : at + 5] if t.text not in ("{",)]
            sign = -1 if exponent and exponent[0].text == "-" else 1
            exponent = exponent[1:] if sign < 0 else exponent
            if not exponent or exponent[0].text not in ("1", "2", "3", "4"):
                return None
            power = sign * int(exponent[0].text)
            at += 1
            while at < len(tokens) and tokens[at].text in ("{", "-", "}", exponent[0].text):
                at += 1
        power_ahead = 1
        named += 1
        for part, sign, extra in _parts(name):
            found = known(part)
            if found is None or (part in NOT_UNITS and not token.quoted):
                label = singular(part)
                if (
                    (label in NOT_UNITS and not (label in _COUNTED and label != part.lower()))
                    or (part.lower() in NOT_UNITS)
                    or len(part) < (2 if token.quoted else 3)
                    or not _VOWEL.search(part)
                    or (len(part) > 5 and _NO_NOUN.search(part))
                ):
                    return None
                labels += 1
                found = (Fraction(1), label)
            elif len(part) == 1 and not token.quoted and part in _SINGLE:
                letters += part
            size, base = found
            if base == "m3":
                base, extra = "m", extra * 3
                factor *= size ** (power * sign * side)
            else:
                factor *= size ** (power * sign * side * extra)
            bases[base] = bases.get(base, 0) + power * sign * side * extra
    if not named or labels > 3:
        return None
    if "celsius" in bases or "fahrenheit" in bases or "kelvin" in bases:
        bases.pop("°", None)
    return Unit(factor, tuple(sorted((base, power) for base, power in bases.items() if power)), letters)


def _parts(name: str) -> list[tuple[str, int, int]]:
    compound = _COMPOUND.get(name.lower())
    if compound is None:
        return [(name, 1, 1)]
    found = []
    for i, part in enumerate(compound.split("/")):
        base, _, power = part.partition("^")
        found.append((base, -1 if i else 1, int(power or 1)))
    return found
