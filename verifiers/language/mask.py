"""What is no language is blanked: code, formulas, links, paths, data, tables, tags."""

from __future__ import annotations

import re
import unicodedata
import zlib
from bisect import bisect_left
from typing import NamedTuple

BLANKS = "\U000f0000-\U000fffff"
"""Stand for what was blanked: the same sign for the same thing."""
_INVISIBLE = re.compile(
    "[\xad\u034f\u061c\u0640\u064b-\u0652\u0670\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef"
    f"\ufdfa\ufdfb{BLANKS}]+"  # \ufdfa and \ufdfb are whole sentences to NFKC
)
_SIGNS = {"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u2010": "-", "\u2011": "-"}
_FENCE = re.compile(r"`{3,}|^[ \t]{0,3}~{3,}", re.MULTILINE)
_TICKS = re.compile(r"`+")
_PARAGRAPH = re.compile(r"\n[ \t]*\n")
_BRACKET = re.compile(r"\\[\\{}]|[{}]")
_MACRO = re.compile(r"\\(?:begin|end)\{([a-zA-Z]{1,20}\*?)\}|\\[a-zA-Z]+\*?")
_DRIVE = re.compile(r"(?<!\w)[A-Z]:\\[A-Za-z0-9_.\\-]*")
_JSON = re.compile(r"\{\s{0,99}[\"']")
_DOLLARS = re.compile(r"(?<!\\)\$\$?")
_NEAR = 200  # so far before a trigger a link or a name may begin
_LONG = 4_000  # a formula, an inline piece of code or a table row is shorter
_URL = (
    r"(?:https?|ftp)://[!-~]*(?:(?<=[/=?&#])[^\x00-\x7f\s、。」』】》]+[!-~]*)*"
    r"|\bwww\.[!-~]+|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,5}"
    r"|(?<![\w-])(?:[A-Za-z0-9-]{1,64}\.){1,4}(?:com|org|net|edu|gov|io|cn|de|fr|uk|jp|ru)\b(?:/[!-~]*)?"
)
_PATH = (
    r"(?<![\w/.~])(?:~|\.{1,2})?(?:/[A-Za-z0-9_.%~+-]+){2,}/?"
    r"|(?<![\w/.-])(?:[A-Za-z0-9_-]{1,64}/){0,9}[A-Za-z0-9_-]{1,64}"
    r"\.(?:py|txt|md|json|jsonl|csv|tsv|js|ts|c|cc|cpp|h|hpp|java|rs|go|sh|rb|html?|css|xml|ya?ml|toml|ini|cfg|log|pdf|png|jpe?g|tex|zip|gz|ipynb)\b"
)
_CODE = (
    r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9_]{0,60}(?:\.[A-Za-z0-9_]{1,60}){0,5}\([^()\s]{0,60}\)"  # f(x), math.sqrt(16)
    r"|(?<![A-Za-z0-9])[A-Za-z][A-Za-z0-9_]{0,60}\[[^\[\]\s]{1,20}\]"  # dp[i]
    r"|(?<![A-Za-z0-9])(?:[A-Za-z][A-Za-z0-9]{0,60})?_[A-Za-z0-9_]{1,60}"  # snake_case, a_n
    r"|(?<![A-Za-z0-9])[a-z]{1,60}(?:[A-Z][a-z0-9]{0,60}){1,9}(?![A-Za-z0-9])"  # camelCase
    r"|(?<![A-Za-z0-9])[A-Z]{1,9}[a-z][a-z0-9]{0,60}(?:[A-Z][a-z0-9]{1,60}){1,9}(?![A-Za-z0-9])"  # HashMap
    r"|(?<![A-Za-z0-9])[A-Z]{2,9}[a-z][a-z0-9]{3,60}(?![A-Za-z0-9])"  # HTTPServer
    r"|(?<![A-Za-z0-9])[A-Za-z]\w{0,60}(?:(?:::|->)[A-Za-z]\w{0,60}){1,9}"  # std::sort
)
_LITERAL = (
    r"(?<![A-Za-z0-9])0[xX][0-9A-Fa-f_]{1,64}(?![A-Za-z0-9])|(?<!\w)#[0-9A-Fa-f]{3,8}(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9.])v?\d{1,9}(?:\.\d{1,9}){1,4}"
    r"(?:[-+.]?(?:alpha|beta|rc|dev|post|pre|final|snapshot|[ab](?=\d))[.-]?\d{0,9}){1,3}(?![A-Za-z0-9])"
    r"|(?<![A-Za-z0-9])(?=[a-f]{0,40}\d)(?=\d{0,40}[a-f])[0-9a-f]{7,40}(?:-[0-9a-f]{2,12}){0,4}(?![A-Za-z0-9])"
)
"""Hexadecimal numbers, colours, versions, hashes."""
_OTHERS = re.compile(
    rf"(?P<url>{_URL})|(?P<path>{_PATH})|(?P<tag></?[A-Za-z][^<>\n]{{0,300}}>|&[a-z]{{2,8}};)|(?P<code>{_CODE}|{_LITERAL})",
    re.DOTALL,
)
_TRIGGER = re.compile(
    r"[A-Za-z0-9_][(\[]|[_/\\@<&]|\.[A-Za-z]{1,6}(?![A-Za-z])|[a-z][A-Z]|[A-Z]{2}[a-z]|\bwww\.|\d-?[A-Za-z]|#[0-9A-Fa-f]|::|->"
)
"""What `_OTHERS` has, and prose hardly ever: for speed."""
_ROW = re.compile(r"^[ \t]{0,99}\|[^\n]{0,4000}\|[ \t]{0,99}$", re.MULTILINE)
_PROSE = re.compile(
    r"(?<![^\W\d_])(?:[^\W\d_]{2,40}[ ,;']{1,3}){3}[^\W\d_]{2}"  # four words in a row
    r"|[\u3041-\u30ff\u4e00-\u9fff\uac00-\ud7a3][\u3041-\u30ff\u4e00-\u9fff\uac00-\ud7a3,、 ]{4,}"
)
_BRACED = re.compile(r"\\[a-zA-Z]+\s?\{[^{}]*\}")


class Masked(NamedTuple):
    """The text with a blank for each thing that is no language, and those things."""

    text: str
    blanked: list[str]


def normalised(text: str) -> str:
    """One spelling for each letter, and none for what cannot be seen."""
    if text.isascii():
        return text
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)))
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, plain)
    return text


def mask(text: str) -> Masked:
    r"""Blank what is no language in a normalised text.

    >>> mask("Let $x=2$, see https://example.org").blanked
    ['$x=2$', 'https://example.org']
    """
    blanked: list[str] = []
    spans = _code_spans(text)
    text = _blank(text, spans, blanked)
    text = _blank(text, [found.span() for found in _DRIVE.finditer(text)], blanked)  # its \Users is no macro
    text = _blank(text, _formulas(text), blanked)
    text = _blank(text, _data(text), blanked)
    text = _blank(text, [found.span() for found in _ROW.finditer(text)] if "|" in text else [], blanked)
    for opening, closing in (("<!--", "-->"), ("[asy]", "[/asy]")):
        text = _blank(text, _delimited(text, opening, closing), blanked)
    text = _blank(text, _others(text), blanked)
    return Masked(text, blanked)


def _blank(text: str, spans: list[tuple[int, int]], blanked: list[str]) -> str:
    """Put a blank for each span; where blanks stand within it, for them too."""
    if not spans:
        return text
    parts, place = [], 0
    for start, end in spans:
        blanked.append(text[start:end])
        sign = chr(0xF0000 + zlib.crc32(text[start:end].encode("utf-8", "surrogatepass")) % 0xFFFF)
        parts += [text[place:start], sign]
        place = end
    parts.append(text[place:])
    return "".join(parts)


def _code_spans(text: str) -> list[tuple[int, int]]:
    """Fences, then inline code between them; a fence that is not closed goes on to the end, as in Markdown."""
    if "`" not in text and "~~~" not in text:
        return []
    spans: list[tuple[int, int]] = []
    opening: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        mark = fence.group().strip()
        if opening is None:
            opening = fence
        elif mark[0] == opening.group().strip()[0] and len(mark) >= len(opening.group().strip()):
            spans.append((opening.start(), fence.end()))
            opening = None
    if opening is not None and (opening.start() == 0 or text[opening.start() - 1] == "\n" or opening.group()[0] != "`"):
        spans.append((opening.start(), len(text)))
    spans += _inline(text, spans)
    return sorted(spans)


def _inline(text: str, fences: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pieces between two runs of as many backticks, in one paragraph."""
    spans, opened = [], dict[int, int]()
    stops = sorted([found.start() for found in _PARAGRAPH.finditer(text)] + [start for start, _ in fences])
    ends = [end for _, end in fences]
    starts = [start for start, _ in fences]
    era = 0
    for ticks in _TICKS.finditer(text):
        i = bisect_left(starts, ticks.start() + 1) - 1
        if i >= 0 and ticks.start() < ends[i]:
            continue
        now = bisect_left(stops, ticks.start())
        if now != era:
            opened, era = {}, now
        length = ticks.end() - ticks.start()
        start = opened.get(length)
        if start is None:
            opened[length] = ticks.start()
        elif ticks.end() - start <= _LONG:
            spans.append((start, ticks.end()))
            opened = {}
        else:
            opened[length] = ticks.start()
    return spans


def _closings(text: str) -> dict[int, int]:
    """Where each brace that is closed is closed."""
    closings, stack = {}, []
    for found in _BRACKET.finditer(text):
        if found.group() == "{":
            stack.append(found.start())
        elif found.group() == "}" and stack:
            closings[stack.pop()] = found.end()
    return closings


def _formulas(text: str) -> list[tuple[int, int]]:
    r"""$…$, $$…$$, \(…\), \[…\], \begin{…}…\end{…}, and macros with what they are given."""
    if "$" not in text and "\\" not in text:
        return []
    spans = [*_delimited(text, r"\[", r"\]"), *_delimited(text, r"\(", r"\)"), *_dollars(text)]
    if "\\" in text:
        closings = _closings(text)
        opened: dict[str, list[int]] = {}
        for macro in _MACRO.finditer(text):
            environment, end = macro[1], macro.end()
            if environment and macro.group().startswith(r"\begin"):
                opened.setdefault(environment, []).append(macro.start())
            if environment and macro.group().startswith(r"\end") and opened.get(environment):
                start = opened[environment].pop()
                if not _is_prose(text[start:end]):
                    spans.append((start, end))
            while text[end : end + 1] in ("{", "[", "^", "_"):
                if text[end] == "{" and end in closings:
                    end = closings[end]
                elif text[end] == "[" and (close := text.find("]", end, end + 60)) > 0:
                    end = close + 1
                elif text[end] in "^_":
                    end += 1
                    if text[end : end + 1] not in ("{", "["):
                        end += 1
                else:
                    break
            spans.append((macro.start(), min(end, len(text))))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _is_prose(formula: str) -> bool:
    r"""Whether a formula holds words in a row that stand in no \text{}."""
    return _PROSE.search(_BRACED.sub(" 1 ", formula[:_LONG])) is not None


def _delimited(text: str, opening: str, closing: str) -> list[tuple[int, int]]:
    spans = []
    start = text.find(opening)
    while start >= 0:
        end = text.find(closing, start + len(opening))
        if end < 0:
            break
        again = text.rfind(opening, start, end)  # of several that are opened, the last is closed
        if end - again <= _LONG and not _is_prose(text[again + len(opening) : end]):
            spans.append((again, end + len(closing)))
        start = text.find(opening, end + len(closing))
    return spans


def _dollars(text: str) -> list[tuple[int, int]]:
    """Pairs of $ and of $$; a lone $ closes nothing behind a blank or before a digit, so that prices stay prices."""
    spans: list[tuple[int, int]] = []
    opening: re.Match[str] | None = None
    stops = [found.start() for found in _PARAGRAPH.finditer(text)] if "$" in text else []
    for mark in _DOLLARS.finditer(text):
        if opening is not None:
            body = text[opening.end() : mark.start()] if mark.end() - opening.start() <= _LONG else " "
            inline = len(mark.group()) == 1
            broken = bisect_left(stops, opening.start()) != bisect_left(stops, mark.start())
            closes = (
                mark.group() == opening.group()
                and body.strip()
                and not (inline and (broken or body[-1].isspace() or text[mark.end() : mark.end() + 1].isdigit()))
            )
            if closes and not _is_prose(body):
                spans.append((opening.start(), mark.end()))
                opening = None
                continue
        opening = mark if len(mark.group()) == 2 or not text[mark.end() : mark.end() + 1].isspace() else None
    return spans


def _data(text: str) -> list[tuple[int, int]]:
    """JSON objects, with the brackets around them."""
    if "{" not in text:
        return []
    closings, spans, done = _closings(text), list[tuple[int, int]](), 0
    for found in _JSON.finditer(text):
        end = closings.get(found.start())
        if end is not None and found.start() >= done:
            done = end
            if text.find(":", found.start(), end) > 0:
                spans.append((found.start(), end))
    return spans


def _others(text: str) -> list[tuple[int, int]]:
    """Links, paths, tags and names out of code: tried at each place of a word with a trigger, and no place twice."""
    spans, done = list[tuple[int, int]](), 0
    for trigger in _TRIGGER.finditer(text):
        place = trigger.start()
        if place < done:
            continue
        start = max(done, text.rfind(" ", done, place) + 1, text.rfind("\n", done, place) + 1, place - _NEAR)
        done = place + 1
        for i in range(start, done):
            found = _OTHERS.match(text, i)
            if found:
                spans.append(found.span())
                done = max(done, found.end())
                break
    return spans
