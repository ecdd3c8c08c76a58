"""Does the answer name the right choice: its letter, or its text where the choices are known?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .extract import INVISIBLE, extract_answer
from .mapping import plain, read_mapping, shown, unknown_key
from .math.choices import letter_and_text, letters, letters_in_a_run, undressed
from .math.equivalence import equivalent
from .math.words import fold
from .types import Reason, Verdict, need_text

_KEYS = ("answer", "choices")
_MAX_CHARS = 2_000
_MOST = 26
_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | INVISIBLE
"""Full-width letters and brackets, as Chinese and Japanese texts have them."""
_BOLD = re.compile(r"(\*\*|__|`)([^*_`]{1,300})\1")
_STATED = re.compile(
    r"(?:(?:so|thus|hence|therefore),? )?(?:the )?(?:(?:final|correct|right|best) ){0,3}(?:answer|option|choice)s?\b"
    r"(?: (?:is|are)(?: the)?\b)?\s*[:=]?\s*(?:(?:the )?(?:correct )?(?:option|choice)s?\b)?\s*(?=\S)",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"[\[<]\s*([A-Za-z])\s*[\]>]")
_DASH = re.compile(r"\(?([A-Za-z])\)?\s*(?:[-–—]|→)\s+(?=\S)")
_LOOSE = re.compile(r"\(?([A-Za-z])\)?[\s,=]\s*(\S.*)", re.DOTALL)
_LONE = re.compile(r"\b[a-z]\b")
_HEDGE = re.compile(
    r"(?i:\b(?:or|wrong|incorrect|maybe|perhaps|probably|possibly|unsure|uncertain|guess(?:ing)?|alternatively|instead"
    r"|wait|hmm|actually|rejected|eliminated|ruled out|not (?:the answer|sure|certain|correct|right|true|valid|it\b|my)"
    r"|ignore|previous|unless|if)\b)"
    r"|^\W*(?i:(?:it |that |this |which )?(?:(?:is|was|can|could|would|should|seems|looks)(?:n't| not\b)|cannot\b"
    r"|(?:could|might|may|would|should|must) be\b|(?:is|was|seems|looks) (?:a |an )?(?:false|unlikely|invalid)))"
    r"|[(\[<][A-Ja-j][)\]>]|\b[A-Ja-j][).:]\s*\S|(?:\b(?i:and|vs|versus|not|but)\b|[,;/&|])\s*[(\[<]?(?:[A-Jb-j]\b(?!['’])"
    r"|a[.):]*\s*$)|\?\s*$"
)
"""What takes back the letter before it, or names another."""
_ALSO = re.compile(
    r"\b[A-J] (?i:(?:is|was|are|would be|could be|may be|might be|seems|looks) (?:\w+ )?"
    r"(?:right|correct|true|possible|valid|fine|better|best|likely|plausible|the answer|an answer))\b"
    r"|\b(?i:also|equally|likewise|rather)\W+"
    r"(?:(?i:choose|option|choice|choices|pick) )?[(\[]?[A-J]\b(?!['’])(?! [a-z])"
    r"|(?:^|[.;:,] *)[(\[]?[A-J][)\]]? (?i:also|too|as well|likewise|works|fits)\b"
    r"|(?:^|[.;:,] *)(?i:(?:it|that|this|the answer) is|i (?:choose|pick|say|take)|choose|pick|take) "
    r"[(\[]?[A-J][)\]]?[.!]?$"
    r"|^\W*(?i:(?:(?:it|that|this|is|was|has|been|can|be|clearly|definitely|already) )*"
    r"(?:excluded|refuted|rejected|eliminated|disproved|disproven|discarded|dismissed|ruled out))"
    r"(?:\W*$| (?:by|because|since|as)\b)"
)
"""As _HEDGE, where the letters alone are known and a letter or a word may belong to the text of the choice."""
_DENIED = re.compile(
    r"\b(?:not|no|nor|neither|never|none|cannot|but|except|excepting|excluding|excludes|excluded|besides|opposite|false"
    r"|fake|invalid|refuted|denied|discarded|dismissed|disproved|unlike|(?:other|rather) than|instead of|apart from"
    r"|as well|too|also"
    r"|(?:all|any|both|each|either) of|(?:all|any|both|everything|anything|either|whichever)(?=\W*$)|\w+n['’]t)\b"
)
_AFTER = re.compile(r"(\S.*?)\s*\(\s*([A-Za-z])\s*\)\s*\.?", re.DOTALL)
"""A text with its letter behind it."""


@dataclass(frozen=True)
class _Task:
    wanted: frozenset[str]
    texts: Mapping[str, str] = field(default_factory=dict)
    """The text of each letter; empty where only the letter is known."""


class _Unclear(Exception):
    """The answer names no one choice; the message says why."""


def verify_choice(
    completion: str, ground_truth: object, *, choices: Sequence[object] | Mapping[str, object] | None = None
) -> Verdict:
    r"""Score 1 for the right letter, in any dress, or the right letters in any order.

    The ground truth is a letter ("B", "A, C") or a mapping or its JSON text: answer, and optionally choices, a list of
    texts or a mapping of letters to texts. Where the choices are known, there or by the option, the text of the right
    one will do too, and a letter must not contradict the text beside it.

    >>> verify_choice(r"<think>so</think> \boxed{\text{(B)}}", "B").score
    1.0
    >>> verify_choice("Answer: 5", {"answer": "B", "choices": ["4", "5", "6"]}).score
    1.0
    >>> verify_choice("Answer: (B) 6", "B", choices=["4", "5", "6"]).note
    'the letter says B, the text C'
    """
    completion = need_text(completion, "verify_choice")
    given = None if choices is None else _texts(choices)
    if isinstance(given, str):
        raise ValueError(f"{given}: pass choices as a list of 2 to {_MOST} texts, or a mapping of letters to texts")
    task = _task(ground_truth, given)
    if isinstance(task, str):
        return Verdict(None, Reason.BAD_GROUND_TRUTH, note=task)
    found = extract_answer(completion)
    if found.answer is None:
        return Verdict(0.0, Reason.NO_ANSWER, note=found.note)
    try:
        said = _said(found.answer, task.texts)
    except _Unclear as unclear:
        return Verdict(0.0, Reason.WRONG, found.answer, str(unclear))
    if said == task.wanted:
        return Verdict(1.0, Reason.CORRECT, found.answer)
    return Verdict(0.0, Reason.WRONG, found.answer, f"the answer says {_listed(said)}")


def chosen(answer: str, ground_truth: object) -> frozenset[str] | None:
    """The letters that a bare answer names, whether or not they are the right ones; None where it is not clear.

    >>> chosen("(b)", "A") == chosen("5", {"answer": "A", "choices": ["4", "5"]}), chosen("A or B", "A")
    (True, None)
    """
    task = _task(ground_truth, None)
    try:
        return None if isinstance(task, str) else _said(answer, task.texts) or None
    except _Unclear:
        return None


def _task(ground_truth: object, given: dict[str, str] | None) -> _Task | str:
    """The letters wanted and the texts of the choices, or a sentence that says what is wrong with them."""
    texts = given
    if isinstance(ground_truth, Mapping) or (isinstance(ground_truth, str) and ground_truth.lstrip().startswith("{")):
        found = read_mapping(ground_truth, "with answer and choices")
        if isinstance(found, str):
            return found
        if fault := unknown_key(found, _KEYS):
            return fault
        if "answer" not in found:
            return "the ground truth has no 'answer'"
        if found.get("choices") is not None:
            own = _texts(found["choices"])
            if isinstance(own, str):
                return own
            texts = own
        ground_truth = plain(found["answer"])
    parts = ground_truth if isinstance(ground_truth, (list, tuple)) else [ground_truth]
    wanted: frozenset[str] = frozenset()
    for part in parts:
        if not isinstance(part, str) or not (said := _letters(_plain(part)) if len(part) < 100 else None):
            return f"the ground truth {shown(part)} is not the letter of a choice, such as 'B'"
        wanted |= said
    if not wanted:
        return "the ground truth names no choice"
    if texts and not wanted <= texts.keys():
        return f"the ground truth {_listed(wanted)} is not among the choices {_listed(frozenset(texts))}"
    return _Task(wanted, texts or {})


def _texts(choices: object) -> dict[str, str] | str:
    """Letters and their texts, or a sentence that says what is wrong."""
    choices = plain(choices)
    if isinstance(choices, Mapping):
        pairs = [(key.strip(" ().:").upper() if isinstance(key, str) else "", text) for key, text in choices.items()]
    elif isinstance(choices, (list, tuple)):
        pairs = [(chr(ord("A") + place), text) for place, text in enumerate(choices[: _MOST + 1])]
    else:
        return f"choices {shown(choices)} are neither a list nor a mapping"
    if not 2 <= len(pairs) <= _MOST:
        return f"there are {len(choices)} choices, not 2 to {_MOST}"
    texts = {}
    for letter, text in pairs:
        if not re.fullmatch("[A-Z]", letter) or letter in texts:
            return f"the choices {shown(list(choices))} are not named by one letter each"
        if isinstance(text, bool) or not isinstance(text, (str, int, float)):
            return f"choice {letter} is {type(text).__name__}, not text"
        texts[letter] = _plain(shown(text) if isinstance(text, int) else str(text)[:_MAX_CHARS])
    return texts


def _letters(text: str) -> frozenset[str]:
    """The letters that a text consists of, one or several, or none."""
    said = letter_and_text(text, "Z")
    if said and not said[1]:
        return frozenset(said[0].upper())
    several = _LONE.sub(lambda found: found[0].upper(), text)
    return letters(several) or letters_in_a_run(several)


def _said(answer: str, texts: Mapping[str, str]) -> frozenset[str]:
    """The choices that the answer names, line by line."""
    if len(answer) > _MAX_CHARS:
        raise _Unclear(f"the answer has {len(answer)} characters, more than {_MAX_CHARS}")
    text = _plain(answer)
    if alike := _alike(text, texts):
        return alike
    lines = [line for line in (_plain(line) for line in text.splitlines()) if line]
    said = frozenset[str]().union(*(_line_says(line, texts) for line in lines))
    if texts and not said <= texts.keys():
        raise _Unclear(f"there is no choice {_listed(said - texts.keys())}")
    return said


def _line_says(text: str, texts: Mapping[str, str]) -> frozenset[str]:
    if alone := _letters(text):
        if text.endswith("?"):
            raise _Unclear("a question is no answer")
        return alone
    if alike := _alike(text, texts):
        return alike
    said = letter_and_text(text, "Z")
    if said is None:
        for letter, own in _apart(text):
            if letter in (_alike(own, texts) or _alike(_bare(own), texts)):
                return frozenset(letter)
        raise _Unclear("the answer is not the letter of a choice")
    letter, beside = said[0].upper(), said[1]
    if letter in texts:
        tail = re.split(rf"\b{letter}\b[\s).:\]}}*]*", text, maxsplit=1, flags=re.IGNORECASE)[-1]
        meant = _alike(tail, texts) or _alike(beside, texts)
        if letter in meant:
            return frozenset(letter)
        if meant:
            raise _Unclear(f"the letter says {letter}, the text {_listed(meant)}")
        if any(map(str.isdigit, texts[letter])):  # a value is not to be told in other words
            raise _Unclear(f"the text beside {letter} is not that of the choice")
        if _strays(beside, letter, texts):
            raise _Unclear(f"the words beside {letter} deny it, or hold another choice")
    elif _ALSO.search(beside):
        raise _Unclear("the words beside the letter take it back, or name another")
    if _HEDGE.search(beside) or letter_and_text(beside) not in (None, (said[0], "")):
        raise _Unclear("the words beside the letter take it back, or name another")
    return frozenset(letter)


def _apart(text: str) -> list[tuple[str, str]]:
    """The letter and the text beside it, where no dress says which is which."""
    loose, after = _LOOSE.fullmatch(text), _AFTER.fullmatch(undressed(text).strip()) or _AFTER.fullmatch(text)
    before = [(loose[1].upper(), loose[2])] if loose else []
    return before + ([(after[2].upper(), after[1])] if after else [])


def _bare(text: str) -> str:
    """Without TeX's commands for text, and the parentheses around it all."""
    plain = undressed(text).strip()
    return plain[1:-1].strip() if plain.startswith("(") and plain.endswith(")") else plain


def _strays(beside: str, letter: str, texts: Mapping[str, str]) -> bool:
    """Whether what stands beside a letter, but for the text of its choice, denies it or holds another choice."""
    rest = beside.casefold()
    for other, own in sorted(texts.items(), key=lambda pair: -len(pair[1])):  # "cat" is no choice in "cat and dog"
        plain = own.casefold().strip(" .")
        found = re.compile(rf"(?<!\w){re.escape(plain)}(?!\w)") if plain else None
        if found and other != letter and found.search(rest):
            return True
        rest = found.sub(" ; ", rest) if found else rest
    lone = {name.casefold() for name in texts} - {"a", "i"}
    capital = re.search(r"\bA\b(?!['’])(?! (?!is|was|and|or|also|too|as)[a-z])", beside) if "A" in texts else None
    return bool(_DENIED.search(rest) or lone & set(re.findall(r"\b[a-z]\b(?!['’])", rest)) or capital)


def _alike(text: str, texts: Mapping[str, str]) -> frozenset[str]:
    """The choice whose text this is: as it stands, else folded or by its value; all of them where there are several.

    A lone letter is a letter, whatever the texts are.
    """
    plain = _plain(text)
    said = letter_and_text(plain, "Z")
    if not texts or not plain or (said and not said[1]):
        return frozenset()
    same = frozenset(letter for letter, own in texts.items() if own.casefold() == plain.casefold())
    if same or ((loose := _LOOSE.fullmatch(plain)) and loose[1] in texts):  # "A cat" may be letter A
        return same
    return frozenset(letter for letter, own in texts.items() if _equal(plain, own))


def _equal(text: str, own: str) -> bool:
    folded = fold(text)
    return (bool(folded) and folded == fold(own)) or equivalent(text, own, fallback=False).correct


def _plain(text: str) -> str:
    """Without what stands around a letter or a text for looks, or to introduce it."""
    text = _BOLD.sub(r"\2", text.translate(_WIDE)).strip()
    text = _STATED.sub("", text, count=1) if _STATED.match(text) else text
    text = _DASH.sub(r"(\1) ", text, count=1) if _DASH.match(text) else text
    text = _BRACKETED.sub(r"(\1)", text, count=1) if _BRACKETED.match(text) else text
    return "\n".join(" ".join(line.split()) for line in text.splitlines())


def _listed(said: frozenset[str]) -> str:
    return ", ".join(sorted(said)) or "nothing"
