"""One spelling for what LaTeX and Unicode spell in many ways."""

from __future__ import annotations

import re
import unicodedata

from ..extract import _INVISIBLE

_UNWRAP = {
    *("text", "textbf", "textit", "textrm", "textnormal", "mathrm", "mathbf", "mathit", "mathsf", "mathbb", "mathcal"),
    *("mbox", "hbox", "operatorname", "boxed", "fbox", "boldsymbol", "bm", "emph", "underline", "ensuremath"),
}
_DROP = {
    "left",
    "right",
    "big",
    "Big",
    "bigg",
    "Bigg",
    "bigl",
    "bigr",
    "displaystyle",
    "textstyle",
    "limits",
    "rm",
    "bf",
}
_SPACE = {"quad", "qquad", "thinspace"}
_SKIP_BODY = {"color", "phantom", "hspace", "vspace", "label", "tag"}
_ALIAS = {
    **{"dfrac": "\\frac", "tfrac": "\\frac", "cfrac": "\\frac", "le": "\\leq", "ge": "\\geq", "ne": "\\neq", "to": "→"},
    **{"leqslant": "\\leq", "geqslant": "\\geq", "lt": "<", "gt": ">", "colon": ":", "degree": "°", "circ": "°"},
    **{"cdot": "*", "times": "*", "ast": "*", "div": "/", "lbrace": "\\{", "rbrace": "\\}", "dots": "\\ldots"},
    **{"varnothing": "\\emptyset", "lparen": "(", "rparen": ")", "cdots": "\\ldots", "infin": "\\infty"},
}
_CHARACTERS = {
    **{
        "−": "-",
        "–": "-",
        "—": "-",
        "×": "*",
        "·": "*",
        "⋅": "*",
        "÷": "/",
        "⁄": "/",
        "∕": "/",
        "∞": "\\infty ",
        "π": "\\pi ",
    },
    **{"≤": "\\leq ", "≥": "\\geq ", "≠": "\\neq ", "±": "\\pm ", "∪": "\\cup ", "∩": "\\cap ", "∅": "\\emptyset "},
    **{"∈": "\\in ", "º": "°", "˚": "°", "’": "'", "′": "'", "“": '"', "”": '"', "√": "\\sqrt ", "∶": ":"},
}
_CHARACTERS |= dict.fromkeys("\u2006\u2009\u200a\u202f", "\\,")  # thin spaces
_STRONG = r"(?:,\\!|\{,\}|\\,\\!|\\,|\\!)"
_STRONG_THOUSANDS = re.compile(rf"(?<![\w.,])[1-9]\d{{0,2}}(?:{_STRONG}\d{{3}})+(?!\d)", re.ASCII)
_COMMA_THOUSANDS = re.compile(r"(?<![\w.,])[1-9]\d{0,2}(?:,\d{3})+(?!\d|,\d)", re.ASCII)
_MACRO = re.compile(r"\\([A-Za-z]+) ?|\\(.)|([{}])", re.DOTALL)
_DELIMITERS = [("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]")]


def plain(text: str) -> str:
    r"""The text in one spelling: ASCII digits and signs, no styling, braces only where they group.

    >>> plain(r"$\dfrac{1}{2}$"), plain(r"\text{Yes}."), plain("12{,}345"), plain("½")
    ('\\frac{1}{2}', 'Yes', '12345', '\\frac{1}{2}')
    """
    text = _characters(text).strip()
    while True:  # each turn shortens the text, and the pairs nest only a few deep in practice
        bare = _undelimited(text)
        if bare == text:
            break
        text = bare
    text = _STRONG_THOUSANDS.sub(lambda found: re.sub(_STRONG, "", found.group()), text)
    text = re.sub(r"\s+", " ", _macros(text)).strip().replace("**", "^")
    text = re.sub(r"(?<![A-Za-z\\])pi(?![A-Za-z])", r"\\pi", text)
    if not any(bracket in text for bracket in "([{"):  # in (100,200) the comma parts a point's coordinates
        text = _COMMA_THOUSANDS.sub(lambda found: found.group().replace(",", ""), text)
    if text.endswith(".") and not text.endswith(".."):
        text = text[:-1].rstrip()
    return text


def key(text: str) -> str:
    """What two texts that differ in spacing alone have in common."""
    text = re.sub(r"(?<![A-Za-z0-9\\]) | (?![A-Za-z0-9])", "", plain(text))
    return re.sub(r"([\^_])\{(\w)\}", r"\1\2", text)


def _characters(text: str) -> str:
    spelled = []
    for character in text.translate(_INVISIBLE):
        if character.isascii():
            spelled.append(character)
            continue
        kind, _, body = unicodedata.decomposition(character).partition(" ")
        digit = unicodedata.decimal(character, None)
        if character in _CHARACTERS:
            spelled.append(_CHARACTERS[character])
        elif digit is not None:
            spelled.append(str(digit))
        elif kind in ("<super>", "<sub>"):
            spelled.append(f"{'^' if kind == '<super>' else '_'}{{{unicodedata.normalize('NFKC', character)}}}")
        elif kind == "<fraction>" and len(parts := unicodedata.normalize("NFKC", character).split("⁄")) == 2:
            spelled.append(f"\\frac{{{parts[0]}}}{{{parts[1]}}}")
        else:
            spelled.append(unicodedata.normalize("NFKC", character) if body else character)
    return "".join(spelled).replace("}^{", "").replace("}_{", "")


def _undelimited(text: str) -> str:
    text = text.strip().removesuffix(".").rstrip() if text.rstrip().endswith(("$.", "\\).", "\\].")) else text.strip()
    for start, end in _DELIMITERS:
        inner = text[len(start) : -len(end)]
        if text.startswith(start) and text.endswith(end) and len(text) > len(start + end) and "$" not in inner:
            return inner if not inner.endswith("\\") else text
    return text


def _macros(text: str) -> str:
    """Every macro by its one name, in one pass; the braces of a macro that only styles go with it."""
    out: list[str] = []
    kept: list[bool] = []  # of the open braces, which are written
    at = 0
    while found := _MACRO.search(text, at):
        out.append(text[at : found.start()])
        at = found.end()
        name, escaped, brace = found.groups()
        if brace == "{":
            kept.append(True)
            out.append("{")
        elif brace == "}":
            if kept and not kept.pop():
                out.append(" ")
            else:
                out.append("}")
        elif escaped is not None:
            out.append(" " if escaped in ",;:! \n" else "\\" + escaped)
        elif name in _UNWRAP:
            if text.startswith("{", at):
                at += 1
                kept.append(False)
            out.append(" ")
        elif name in _SKIP_BODY:
            end = text.find("}", at) if text.startswith("{", at) else -1
            at = end + 1 if end >= 0 else at
        elif name in _DROP or name in _SPACE:
            out.append(" ")
        else:
            following = text[at : at + 1]
            spelled = _ALIAS.get(name, "\\" + name)
            out.append(spelled + " " if spelled[-1].isalpha() and following.isalpha() else spelled)
    return "".join([*out, text[at:]])
