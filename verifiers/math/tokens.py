"""Text to tokens in one pass: one spelling for what LaTeX, plain text and Unicode spell in many ways."""

from __future__ import annotations

import re
from typing import NamedTuple

from .spelling import ascii_spelling, pairs
from .tree import Unreadable

MAX_TOKENS = 4_000  # beside the & between the cells of a matrix


class Token(NamedTuple):
    """kind: num, word, op or end. A word that was a macro (\\pi) or stood in \\text{} says so."""

    kind: str
    text: str
    spaced: bool = False
    quoted: bool = False
    macro: bool = False


_WRAPPERS = frozenset(
    """
     bm bold boldsymbol boxed  displaylines emph ensuremath fbox hbox mathbf mathbin mathcal
    mathfrak mathit mathnormal mathop mathord mathrel mathrm mathscr mathsf mathtt mbox operatorname overbrace
    pmb smash text textbf textit textnormal textrm textsf textsl texttt textup uline underbrace underline
    
    """.split()
)
"""Macros that only style what is in their braces."""
_QUOTING = frozenset(
    """
    emph hbox mathrm mathsf mathtt mbox operatorname text textbf textit textnormal textrm textsf textsl texttt
    textup underline
    """.split()
)
"""Those of them that hold words."""
_DROPPED = frozenset(
    """
    Big Bigg Biggl Biggr Bigl Bigr Large allowbreak angle bf big bigg biggl biggr bigl bigm bigr cal centering
    displaystyle enspace footnotesize hfill hline it large left limits mathstrut measuredangle medspace middle
    negthinspace nobreak nobreakspace noindent nolimits nonumber normalsize notag qquad quad relax right rm
    scriptscriptstyle scriptstyle sf small space strut textstyle thickspace thinspace tiny  tt unicode
    """.split()
)
_SKIPPED = frozenset(
    """
    color colorbox hphantom hskip hspace kern label mspace phantom rule tag textcolor vphantom vspace
    """.split()
)
"""Macros that go with their braces and all."""
_OPERATORS = pairs(
    r"""
    cdot *  times *  ast *  bullet *  div /  over over  pm pm  mp mp  le <=  leq <=  leqslant <=  leqq <=  ge >=
    geq >=  geqslant >=  geqq >=  lt <  gt >  ne !=  neq !=  approx ~=  simeq ~=  thickapprox ~=  equiv ===  in in
    smallsetminus minus  isin in
    cup cup  cap cap  setminus minus  backslash minus  colon :  mid |  vert |  lvert |  rvert |  Vert ||
    lVert ||  rVert ||  to ->  rightarrow ->  lbrace \{  rbrace \}  lparen (  rparen )  lbrack [  rbrack ]
    langle langle  rangle rangle  lfloor lfloor  rfloor rfloor  lceil lceil  rceil rceil  dots ...  ldots ...
    cdots ...  dotsc ...  dotsb ...  dotso ...  degree °  circ °  deg °  degrees °  percent %  prime '  land and
    lor or  wedge and  vee or  ratio :  dotsm ...  vdots vdots  choose choose  bmod bmod  mod mod  pmod pmod
    pod pmod  minus -  plus +  coloneqq =  colonequals =  implies =>  Rightarrow =>  iff =>  Longrightarrow =>
    textdollar cur  sim ~=  cong =  union cup  bigcup cup  bigcap cap  mathcolon :  dollar $  pounds £  euro €  yen ¥
    """
)
"""Macros that are operators, by their one spelling."""
_WORDS = pairs(
    """
    infty infinity  infin infinity  varnothing emptyset  empty emptyset  O emptyset  dfrac frac  tfrac frac
    cfrac frac  dbinom binom  tbinom binom  bar overline  varphi phi  varepsilon epsilon  vartheta theta
    varrho rho  Re re  Im im  arcsin asin  arccos acos  arctan atan  arccot acot  arcsec asec  arccsc acsc  imath i
    jmath j  sgn sign  lg log  tg tan  ctg cot  arctg atan  reals ℝ  R ℝ  Reals ℝ  Z ℤ  N ℕ  Q ℚ  C ℂ  integers ℤ
    uppi pi  upalpha alpha  upbeta beta  upgamma gamma  uptheta theta  upmu mu  exponentialE e  imaginaryI i
    """
)
"""Macros that are names, by their one spelling."""
_SIZES = frozenset("left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr".split())
_SETS = pairs("R ℝ  Z ℤ  N ℕ  Q ℚ  C ℂ")

_SEPARATOR = r"(?:,\s?\\!\s?|\{,\}|\\,\\!|\\,|\\!|\\[ ])"
_TOKEN = re.compile(
    rf"""
    (?P<space>(?:[\s~]|\\[,;:!>\s/])+)
  | (?P<num>\d{{1,3}}{_SEPARATOR}\d{{3}}(?:(?:{_SEPARATOR}|,)\d{{3}})*(?!\d)(?:\.\d+)?        # 1{{,}}000
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
_SEPARATORS = re.compile(_SEPARATOR + "|,")
_LETTER = re.compile(r"\s*(?:\{\s*[A-Z]\s*\}|[A-Z])")
_ENVIRONMENT = re.compile(r"\s*\{\s*[A-Za-z]*\*?\s*\}")
_COLUMNS = re.compile(r"\s*\{[^{}]*\}")
_GAP = re.compile(r"\[\s*-?[\d.]+\s*(?:pt|em|ex|mm|cm|in)\s*\]")
_DENIED = re.compile(r"\s*(?:=|\\in(?![a-z])|\\equiv)")
_OPENING, _CLOSING = {"(", "[", "\\{", "langle"}, {")", "]", "\\}", "rangle"}
_ESCAPES = {
    **{"\\{": "\\{", "\\}": "\\}", "\\%": "%", "\\$": "cur", "\\&": "&", "\\_": "_", "\\|": "||", "\\\\": "row"},
    **dict.fromkeys(("\\(", "\\)", "\\[", "\\]"), "$"),
}


class Scanner:
    """A cursor over the text, with what is open around it."""

    def __init__(self, text: str, commas: bool) -> None:
        self.text = text
        self.commas = commas
        self.tokens: list[Token] = []
        self.braces: list[str] = []  # what each open brace is: group, plain (it only styles) or quote
        self.at = self.depth = self.quoted = self.cells = 0
        self.spaced = False

    def scan(self) -> list[Token]:
        """All tokens; raises Unreadable."""
        readers = {"num": self.number, "op": self.operator, "escape": self.escape, "macro": self.macro}
        while self.at < len(self.text):
            found = _TOKEN.match(self.text, self.at)
            if found is None or len(self.tokens) - min(self.cells, MAX_TOKENS) > MAX_TOKENS:
                raise Unreadable(f"more than {MAX_TOKENS} tokens")
            start, self.at = self.at, found.end()
            if found.lastgroup == "space":
                self.spaced = True
            elif found.lastgroup == "word":
                self.put("word", found["word"])
            else:
                readers[found.lastgroup or ""](found, start)
        if self.braces:
            raise Unreadable("a brace is not closed")
        return _tidy(_without_dollars(self.tokens))

    def put(self, kind: str, text: str, macro: bool = False) -> None:
        """One more token."""
        self.tokens.append(Token(kind, text, self.spaced, bool(self.quoted) and kind != "op", macro))
        if kind == "op":
            self.depth += (text in _OPENING) - (text in _CLOSING)
            self.cells += text == "&"
        self.spaced = False

    def number(self, found: re.Match[str], start: int) -> None:
        """Digits, with whatever separates thousands or repeats."""
        number = found["num"]
        if found["comma"]:
            if not self.commas or self.depth or (start and self.text[start - 1] in ",.0123456789"):
                number = number[: number.index(",")]
                self.at = start + len(number)
            number = number.replace(",", "")
        elif found["repeat"]:
            alone = len(number) == len(self.text.strip(" $"))
            if number.endswith(")") and ".(" not in number and not alone:  # 0.5(3) within more is a product
                number = number[: number.index("(")].strip()
                self.at = start + len(number)
        else:
            number = _SEPARATORS.sub("", number)
        if number.endswith("."):
            self.at -= 1
            number = number[:-1]
        self.put("num", number)

    def operator(self, found: re.Match[str], start: int) -> None:
        """One sign."""
        mark = found["op"]
        if mark == "{":
            self.braces.append("group")
        elif mark == "}":
            if not self.braces:
                raise Unreadable("a brace is closed that was not opened")
            was = self.braces.pop()
            self.quoted -= was == "quote"
            if was != "group":
                self.spaced |= was == "quote"
                return
        elif mark in '`"':
            self.spaced = True
            return
        elif mark == "#":
            raise Unreadable("a # stands in it")
        elif mark == "$":
            self.spaced = True
        elif mark == "!=" and not self.spaced and self.tokens and self.tokens[-1].kind == "num":  # 5!=120
            self.put("op", "!")
            mark = "="
        self.put("op", "..." if mark.startswith("...") else {"**": "^", "==": "="}.get(mark, mark))

    def escape(self, found: re.Match[str], start: int) -> None:
        """A backslash and one sign."""
        mark = found["escape"]
        if mark not in _ESCAPES:
            raise Unreadable(f"{mark!r} is nothing that we read")
        if mark == "\\\\" and (gap := _GAP.match(self.text, self.at)):
            self.at = gap.end()
        self.put("op", _ESCAPES[mark])

    def macro(self, found: re.Match[str], start: int) -> None:
        """A LaTeX command."""
        name = found["macro"]
        if name in _SKIPPED:
            close = self.text.find("}", self.at) if self.text.startswith("{", self.at) else -1
            self.at = close + 1 if close >= 0 else self.at
            self.spaced = True
        elif name in _WRAPPERS:
            if self.text.startswith("{", self.at):
                self.at += 1
                quote = name in _QUOTING
                self.braces.append("quote" if quote else "plain")
                self.quoted += quote
                self.spaced |= quote
        elif name in ("mathbb", "Bbb"):
            letter = self.expect(_LETTER, "\\mathbb without a letter").strip("{} ")
            self.put("word", _SETS.get(letter, letter), macro=True)
        elif name in ("begin", "end"):
            environment = (
                self.expect(_ENVIRONMENT, f"\\{name} without an environment").strip("{}* ").replace("Bm", "bm")
            )
            if environment == "array" and name == "begin" and (columns := _COLUMNS.match(self.text, self.at)):
                self.at = columns.end()
            self.put("op", f"{name} {environment}")
        elif name in _DROPPED:
            self.at += name in ("left", "right") and self.text.startswith(".", self.at)
            self.spaced |= name not in _SIZES
        elif name == "not":
            denied = self.expect(_DENIED, "\\not").strip()
            self.put("op", "!=" if denied == "=" else "notin")
        elif name == "cr":
            self.put("op", "row")
        elif name in _OPERATORS:
            self.put("op", _OPERATORS[name])
        else:
            self.put("word", _WORDS.get(name, name), macro=True)

    def expect(self, pattern: re.Pattern[str], otherwise: str) -> str:
        """What comes next, if it is that."""
        found = pattern.match(self.text, self.at)
        if found is None:
            raise Unreadable(otherwise)
        self.at = found.end()
        return found.group()


def tokenize(text: str, *, commas: bool = True) -> list[Token]:
    """The tokens of an answer; with commas, 1,000 outside of any bracket is one number.

    Raises Unreadable.
    """
    return Scanner(ascii_spelling(text), commas).scan()


def _tidy(tokens: list[Token]) -> list[Token]:
    """Without empty groups; a U between two brackets is a union."""
    kept: list[Token] = []
    for place, token in enumerate(tokens):
        last = kept[-1] if kept else None
        after = tokens[place + 1] if place + 1 < len(tokens) else None
        empty = token.text == "}" and last is not None and last.text == "{" and last.kind == token.kind == "op"
        if empty and len(kept) > 1 and not (after and after.text in ("_", "^")) and kept[-2].text not in "^_":
            kept.pop()
        elif (
            token.text == "U" and last and after and last.text in (")", "]", "\\}") and after.text in ("(", "[", "\\{")
        ):
            kept.append(Token("op", "cup"))
        else:
            kept.append(token)
    return kept


def _without_dollars(tokens: list[Token]) -> list[Token]:
    """Math delimiters go; a lone $ before or after a number is money."""
    marks = {i for i, token in enumerate(tokens) if token.kind == "op" and token.text == "$"}
    if len(marks) == 1:
        (place,) = marks
        return [*tokens[:place], Token("op", "cur", tokens[place].spaced), *tokens[place + 1 :]]
    return [token for i, token in enumerate(tokens) if i not in marks] if marks else tokens
