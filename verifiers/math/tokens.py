"""Text to tokens in one pass: one spelling for what LaTeX, plain text and Unicode spell in many ways."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import NamedTuple

from ..extract import _INVISIBLE
from .tree import Unreadable

MAX_TOKENS = 8_000


class Token(NamedTuple):
    """kind: num, word, op or end. A word that was a macro (\\pi) or stood in \\text{} says so."""

    kind: str
    text: str
    spaced: bool = False
    quoted: bool = False
    macro: bool = False


_WRAPPERS = {  # macros that only style what is in their braces
    *("text", "textbf", "textit", "textrm", "textnormal", "textsf", "texttt", "mathrm", "mathit", "mathsf", "mathtt"),
    *("mathbf", "mbox", "hbox", "operatorname", "boxed", "fbox", "boldsymbol", "bm", "emph", "underline", "mathcal"),
    *("ensuremath", "mathop", "displaylines", "mathord", "mathbin", "mathrel", "uline", "pmb", "mathscr", "mathfrak"),
    *("overbrace", "underbrace", "cancel", "bcancel", "xcancel", "smash", "bold", "textup", "textsl", "mathnormal"),
}
_QUOTING = {
    *("text", "textbf", "textit", "textrm", "textnormal", "textsf", "texttt", "mathrm", "mbox", "hbox", "emph"),
    *("operatorname", "textup", "textsl", "mathsf", "mathtt", "underline"),
}
_DROPPED = {
    *("left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "biggl", "biggr", "Biggl"),
    *("Biggr", "bigm", "middle", "displaystyle", "textstyle", "scriptstyle", "scriptscriptstyle", "limits", "nolimits"),
    *("rm", "bf", "it", "sf", "tt", "cal", "mathstrut", "strut", "quad", "qquad", "thinspace", "medspace", "thickspace"),
    *("enspace", "negthinspace", "nobreak", "allowbreak", "centering", "normalsize", "large", "Large", "small", "hfill"),
    *("nonumber", "notag", "hline", "noindent", "space", "nobreakspace", "tiny", "footnotesize", "unicode", "relax", "angle", "triangle", "measuredangle"),
}
_SKIP_BODY = {"color", "phantom", "hphantom", "vphantom", "hspace", "vspace", "label", "tag", "hskip", "textcolor"}
_SKIP_BODY |= {"colorbox", "mspace", "kern", "rule"}
_OPERATORS = {  # macros that are operators, by their one spelling
    **{"cdot": "*", "times": "*", "ast": "*", "bullet": "*", "div": "/", "over": "over", "pm": "pm", "mp": "mp"},
    **{"le": "<=", "leq": "<=", "leqslant": "<=", "leqq": "<=", "ge": ">=", "geq": ">=", "geqslant": ">=", "geqq": ">="},
    **{"lt": "<", "gt": ">", "ne": "!=", "neq": "!=", "approx": "~=", "simeq": "~=", "thickapprox": "~=", "equiv": "==="},
    **{"in": "in", "isin": "in", "cup": "cup", "cap": "cap", "setminus": "minus", "backslash": "minus", "colon": ":"},
    **{"mid": "|", "vert": "|", "lvert": "|", "rvert": "|", "Vert": "||", "lVert": "||", "rVert": "||", "to": "->"},
    **{"rightarrow": "->", "lbrace": "\\{", "rbrace": "\\}", "lparen": "(", "rparen": ")", "lbrack": "["},
    **{"rbrack": "]", "langle": "langle", "rangle": "rangle", "lfloor": "lfloor", "rfloor": "rfloor", "lceil": "lceil"},
    **{"rceil": "rceil", "dots": "...", "ldots": "...", "cdots": "...", "dotsc": "...", "dotsb": "...", "dotso": "..."},
    **{"degree": "°", "circ": "°", "deg": "°", "degrees": "°", "percent": "%", "prime": "'", "land": "and", "lor": "or"},
    **{"wedge": "and", "vee": "or", "ratio": ":", "dotsm": "...", "vdots": "vdots", "choose": "choose", "bmod": "bmod"},
    **{"mod": "mod", "pmod": "pmod", "pod": "pmod", "minus": "-", "plus": "+", "coloneqq": "=", "colonequals": "="},
    **{"implies": "=>", "Rightarrow": "=>", "iff": "=>", "Longrightarrow": "=>", "sim": "~=", "cong": "=", "union": "cup"},
    **{"bigcup": "cup", "bigcap": "cap", "mathcolon": ":", "dollar": "$", "pounds": "£", "euro": "€", "yen": "¥"},
}
_WORDS = {  # macros that are names, by their one spelling
    **{"infty": "infinity", "infin": "infinity", "varnothing": "emptyset", "empty": "emptyset", "O": "emptyset"},
    **{"dfrac": "frac", "tfrac": "frac", "cfrac": "frac", "dbinom": "binom", "tbinom": "binom", "bar": "overline"},
    **{"varphi": "phi", "varepsilon": "epsilon", "vartheta": "theta", "varrho": "rho", "Re": "re", "Im": "im"},
    **{"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arccot": "acot", "arcsec": "asec", "arccsc": "acsc"},
    **{"imath": "i", "jmath": "j", "sgn": "sign", "lg": "log", "tg": "tan", "ctg": "cot", "arctg": "atan"},
    **{"reals": "ℝ", "R": "ℝ", "Reals": "ℝ", "Z": "ℤ", "N": "ℕ", "Q": "ℚ", "C": "ℂ", "integers": "ℤ"},
    **{"exponentialE": "e", "imaginaryI": "i"},
}
_SETS = {"R": "ℝ", "Z": "ℤ", "N": "ℕ", "Q": "ℚ", "C": "ℂ"}
_CHARACTERS = {
    **{"−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "‒": "-", "×": "*", "·": "*", "⋅": "*", "∗": "*", "•": "*"},
    **{"÷": "/", "⁄": "/", "∕": "/", "∞": "\\infty ", "π": "\\pi ", "≤": "\\le ", "≥": "\\ge ", "⩽": "\\le ", "⩾": "\\ge "},
    **{"≠": "\\ne ", "±": "\\pm ", "∓": "\\mp ", "∪": "\\cup ", "∩": "\\cap ", "∅": "\\emptyset ", "∈": "\\in ", "º": "°"},
    **{"˚": "°", "∘": "°", "’": "'", "‘": "'", "′": "'", "“": '"', "”": '"', "√": "\\sqrt ", "∶": ":", "∣": "|", "∖": "\\setminus "},
    **{"≈": "\\approx ", "≅": "=", "≡": "\\equiv ", "…": "...", "⋯": "...", "ℝ": "\\mathbb{R}", "ℤ": "\\mathbb{Z}"},
    **{"ℕ": "\\mathbb{N}", "ℚ": "\\mathbb{Q}", "ℂ": "\\mathbb{C}", "→": "\\to ", "⟨": "\\langle ", "⟩": "\\rangle "},
    **{"〈": "\\langle ", "〉": "\\rangle ", "⌊": "\\lfloor ", "⌋": "\\rfloor ", "⌈": "\\lceil ", "⌉": "\\rceil ", "∧": "\\land "},
    **{"∨": "\\lor ", "∑": "\\sum ", "∏": "\\prod ", "∫": "\\int ", "∛": "\\sqrt[3]", "∜": "\\sqrt[4]", "ⅈ": "i", "ⅇ": "e"},
    **{"⇒": "\\implies ", "∆": "\\Delta ", "、": ",", "ø": "\\emptyset ", "Ø": "\\emptyset ", "≦": "\\le ", "≧": "\\ge "},
}
_CHARACTERS |= dict.fromkeys("\u2006\u2008\u2009\u200a\u202f\u205f", "\\,")  # thin spaces
_GREEK = {
    **{"α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ϵ": "epsilon", "ζ": "zeta", "η": "eta"},
    **{"θ": "theta", "ϑ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "µ": "mu", "ν": "nu", "ξ": "xi"},
    **{"ρ": "rho", "σ": "sigma", "τ": "tau", "υ": "upsilon", "φ": "phi", "ϕ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega"},
    **{"Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Φ": "Phi", "Ψ": "Psi"},
    **{"Ω": "Omega"},
}
_CHARACTERS |= {character: f"\\{name} " for character, name in _GREEK.items()}

_START, _END = "\ue000", "\ue001"  # the braces of a raised or lowered character, until its neighbours have joined it
_SEPARATOR = r"(?:,\\!|\{,\}|\\,\\!|\\,|\\!|\\ )"
_TOKEN = re.compile(
    rf"""
    (?P<space>(?:[\s~]|\\[,;:!>\s/])+)
  | (?P<num>\d{{1,3}}(?:{_SEPARATOR}\d{{3}})+(?![\d])(?:\.\d+)?        # 1{{,}}000
      | (?P<comma>[1-9]\d{{0,2}}(?:,\d{{3}})+(?!\d|,\d)(?:\.\d+)?)       # 1,000: a list to some
      | (?P<repeat>\d*\.\d*\s*(?:\\(?:overline|bar|dot)\s*\{{\s*\d+\s*\}}|\\(?:overline|bar|dot)\s*\d|\(\d+\)(?!\w)))
      | (?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{{1,7}}(?![\w^]|\.\d))?)
  | \\(?P<macro>[A-Za-z]+)[ ]?
  | (?P<escape>\\[^A-Za-z]?)
  | (?P<word>[A-Za-z]+)
  | (?P<op>\*\*|<=|>=|!=|===|==|->|=>|\.\.\.+|\|\||.)
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)


def ascii_spelling(text: str) -> str:
    r"""Every character by its plain spelling.

    >>> ascii_spelling("½ × π"), ascii_spelling("x² ≤ １２")
    ('\\frac{1}{2} * \\pi ', 'x^{2} \\le  12')
    """
    if text.isascii():
        return text
    table = {ord(character): _spelled(character) for character in set(text) if not character.isascii()}
    text = text.translate(table).replace(f"{_END}^{_START}", "").replace(f"{_END}_{_START}", "")  # x²³ is x^{23}
    return text.replace(_START, "{").replace(_END, "}")


@functools.lru_cache(maxsize=4096)
def _spelled(character: str) -> str:
    if ord(character) in _INVISIBLE:
        return ""
    if character in _CHARACTERS:
        return _CHARACTERS[character]
    kind, _, body = unicodedata.decomposition(character).partition(" ")
    digit = unicodedata.decimal(character, None)
    folded = "".join(_CHARACTERS.get(c, c) for c in unicodedata.normalize("NFKC", character))
    if kind in ("<super>", "<sub>"):
        return f"{'^' if kind == '<super>' else '_'}{_START}{folded}{_END}"
    if digit is not None:
        return str(digit)
    if kind == "<fraction>" and folded.count("/") == 1:
        return "\\frac{%s}{%s}" % tuple(folded.split("/"))
    return folded if body and kind != "<circle>" else character  # ⑫ is no 12


def tokenize(text: str, *, commas: bool = True) -> list[Token]:
    """The tokens of an answer; with commas, 1,000 outside of any bracket is one number.

    Raises Unreadable.
    """
    text = ascii_spelling(text)
    tokens: list[Token] = []
    braces: list[str] = []  # what each open brace is: group, plain (dropped) or quote
    at, depth, quoted, spaced = 0, 0, 0, False
    end = len(text)
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:  # cannot happen: the last alternative takes any character
            raise Unreadable(f"{text[at : at + 10]!r} is nothing that we read")
        kind, start, at = found.lastgroup, at, found.end()
        if len(tokens) > MAX_TOKENS:
            raise Unreadable(f"more than {MAX_TOKENS} tokens")
        if kind == "space":
            spaced = True
            continue
        if kind in ("num", "comma", "repeat"):
            number = found["num"]
            if found["comma"]:
                if not commas or depth or (start and text[start - 1] in ",.0123456789"):
                    number = re.match(r"\d+", number)[0]  # type: ignore[index]
                    at = start + len(number)
                number = number.replace(",", "")
            elif found["repeat"] and number.endswith(")") and not (
                re.search(r"\.\(", number) or len(number) == len(text.strip(" $"))
            ):
                number = number[: number.index("(")].strip()  # 0.5(3) within more is a product
                at = start + len(number)
            elif not found["repeat"]:
                number = re.sub(_SEPARATOR, "", number)
            if number.endswith(".") and "(" not in number:
                at -= 1
                number = number[:-1]
            tokens.append(Token("num", number, spaced, bool(quoted)))
        elif kind == "word":
            tokens.append(Token("word", found["word"], spaced, bool(quoted)))
        elif kind == "op":
            mark = found["op"]
            if mark == "{":
                braces.append("group")
            elif mark == "}":
                if not braces:
                    raise Unreadable("a brace is closed that was not opened")
                was = braces.pop()
                quoted -= was == "quote"
                if was != "group":
                    spaced = was == "quote" or spaced
                    continue
            elif mark in "$`\"":
                spaced = True
                if mark == "$":
                    tokens.append(Token("op", "$", spaced))
                continue
            elif mark == "#":
                raise Unreadable("a # stands in it")
            mark = {"**": "^", "==": "=", "=>": "=>"}.get(mark, "..." if mark.startswith("...") else mark)
            depth += (mark in ("(", "[")) - (mark in (")", "]"))
            if mark == "!=" and not spaced and tokens and tokens[-1].kind == "num":  # 5!=120
                tokens.append(Token("op", "!", spaced))
                mark = "="
            tokens.append(Token("op", mark, spaced))
        elif kind == "escape":
            mark = found["escape"]
            if mark in ("\\{", "\\}"):
                depth += 1 if mark == "\\{" else -1
                tokens.append(Token("op", mark, spaced))
            elif mark in ("\\%", "\\$", "\\&", "\\#", "\\_"):
                tokens.append(Token("op", "cur" if mark == "\\$" else mark[1], spaced))
            elif mark == "\\|":
                tokens.append(Token("op", "||", spaced))
            elif mark == "\\\\":
                tokens.append(Token("op", "row", spaced))
            elif mark in ("\\(", "\\)", "\\[", "\\]"):
                tokens.append(Token("op", "$", spaced))
            else:
                raise Unreadable(f"{mark!r} is nothing that we read")
        else:
            name = found["macro"]
            rest = at
            if name in _WRAPPERS or name in _SKIP_BODY or name in ("begin", "end", "mathbb", "Bbb"):
                while rest < end and text[rest] == " ":
                    rest += 1
                if name in _SKIP_BODY:
                    close = text.find("}", rest) if text.startswith("{", rest) else -1
                    at = close + 1 if close >= 0 else at
                    spaced = True
                    continue
                if name in ("mathbb", "Bbb"):
                    match = re.compile(r"\{\s*([A-Z])\s*\}|([A-Z])").match(text, rest)
                    if not match:
                        raise Unreadable("\\mathbb without a letter")
                    letter = match[1] or match[2]
                    tokens.append(Token("word", _SETS.get(letter, letter), spaced, macro=True))
                    at = match.end()
                elif name in ("begin", "end"):
                    match = re.compile(r"\{\s*([a-z]*)\*?\s*\}").match(text, rest)
                    if not match:
                        raise Unreadable(f"\\{name} without an environment")
                    at = match.end()
                    if name == "begin" and match[1] == "array":
                        columns = re.compile(r"\s*\{[^{}]*\}").match(text, at)
                        at = columns.end() if columns else at
                    tokens.append(Token("op", f"{name} {match[1]}", spaced))
                elif text.startswith("{", rest):
                    at = rest + 1
                    quote = name in _QUOTING
                    braces.append("quote" if quote else "plain")
                    quoted += quote
                    spaced = spaced or quote
                continue_spaced = spaced if name in _WRAPPERS else False
                spaced = continue_spaced
                continue
            if name in _DROPPED:
                if name in ("left", "right") and text.startswith(".", at):
                    at += 1
                spaced = True
                continue
            if name == "not":
                match = re.compile(r"\s*(?:=|\\in(?![a-z])|\\equiv)").match(text, at)
                if not match:
                    raise Unreadable("\\not")
                tokens.append(Token("op", "!=" if match[0].strip() == "=" else "notin", spaced))
                at = match.end()
            elif name in _OPERATORS:
                mark = _OPERATORS[name]
                depth += (mark in ("(", "[", "\\{", "langle")) - (mark in (")", "]", "\\}", "rangle"))
                tokens.append(Token("op", mark, spaced))
            else:
                tokens.append(Token("word", _WORDS.get(name, name), spaced, bool(quoted), macro=True))
        spaced = False
    if braces:
        raise Unreadable("a brace is not closed")
    return _without_dollars(tokens)


def _without_dollars(tokens: list[Token]) -> list[Token]:
    """Math delimiters go; a lone $ before or after a number is money."""
    marks = [i for i, token in enumerate(tokens) if token.kind == "op" and token.text == "$"]
    if len(marks) == 1:
        place = marks[0]
        return [*tokens[:place], Token("op", "cur", tokens[place].spaced), *tokens[place + 1 :]]
    if not marks:
        return tokens
    return [token for i, token in enumerate(tokens) if i not in set(marks)]
