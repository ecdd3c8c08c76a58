"""Chinese or Japanese? Both write with Han; Japanese has kana in nearly every clause."""

from __future__ import annotations

import functools

from .words import Word

_CHINESE = frozenset(
    "的了是们們这這那么麼吗嗎呢吧没沒还還对對为為让让給给从從关關应應该該须两兩边邊则則积減减设設证證过過进進实實题題问"
    "間间门門开開东東车車长馬马说說请誰谁变變总總经經结結线线较較输輸连連达達远遠选選项顶页你您我他她它很也都就又只很"
    "啊把被比吃到得等个個和后後几哪能去却如什时時所它虽雖些样樣因由与與再在怎着之做"
)
_JAPANESE = frozenset("証値円図対応験読売続経済実気帰単検両満乗囲広込拡択関働歩毎辺査覚権発変総転軽択歳児")
_HARDLY_JAPANESE = frozenset("的了是我你他她它您很就也都把吧呢哪啊")
_SHORT = 8
_RUN = 4  # so many Han in a row before or behind a Japanese piece may be Chinese
_COMMON = 0.75  # a clause with fewer common signs is no language


@functools.cache
def _common_signs() -> frozenset[str]:
    """The first levels of GB 2312 and of Big5, which hold the frequent signs, and those of Japanese."""
    gb = bytes(byte for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF) for byte in (row, cell))
    cells = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
    big5 = bytes(byte for row in range(0xA4, 0xC7) for cell in cells for byte in (row, cell))
    return frozenset(gb.decode("gb2312", "ignore") + big5.decode("big5", "ignore")) | _CHINESE | _JAPANESE | {"々"}


def han_languages(words: list[Word], target: str) -> dict[int, str]:
    """The language of each run of Han and kana, by its place in the list.

    >>> from .words import words
    >>> found = words("所以概率是六分之一。まず、問題を考える。")
    >>> [han_languages(found, "zh")[i] for i in range(len(found))]
    ['zh', 'ja', 'ja', 'ja', 'ja', 'ja']
    """
    clauses: list[list[int]] = []
    last: Word | None = None
    for i, word in enumerate(words):
        if word.script not in ("han", "kana"):
            continue
        if last is None or word.soft or word.sentence != last.sentence:
            clauses.append([])
        clauses[-1].append(i)
        last = word
    kana_sentences = {word.sentence for word in words if word.script == "kana"}
    languages: dict[int, str] = {}
    japanese = bool(kana_sentences) and target == "ja"
    before = ""
    for clause in clauses:
        language = _clause_language(words, clause, kana_sentences, japanese, before)
        han = [sign for i in clause if words[i].script == "han" for sign in words[i].text]
        if language == "zh" and sum(sign in _common_signs() for sign in han) < _COMMON * len(han):
            language = "und"
        languages.update(dict.fromkeys(clause, language))
        if language == "ja":
            languages.update(dict.fromkeys(_chinese_ends(words, clause), "zh"))
        before = languages[clause[-1]]
    return languages


def _clause_language(
    words: list[Word], clause: list[int], kana_sentences: set[int], japanese: bool, before: str
) -> str:
    han = "".join(words[i].text for i in clause if words[i].script == "han")
    kana = sum(len(words[i].text) for i in clause if words[i].script == "kana")
    if kana > 1 or (kana and len(han) < _SHORT):
        return "ja"
    if not kana_sentences:
        return "zh"
    chinese = sum(sign in _CHINESE for sign in han)
    if any(sign in _JAPANESE for sign in han) and chinese < 2:
        return "ja"
    if chinese or words[clause[-1]].comma or len(han) > _SHORT:
        return "zh"
    if words[clause[0]].sentence in kana_sentences or (japanese and before != "zh"):
        return "ja"
    return "zh"


def _chinese_ends(words: list[Word], clause: list[int]) -> list[int]:
    """The runs of Han at either end of a clause with kana that no Japanese would write."""
    kana = [place for place, i in enumerate(clause) if words[i].script == "kana"]
    ends = [clause[: kana[0]], clause[kana[-1] + 1 :]] if kana else []
    return [i for end in ends if _is_chinese("".join(words[i].text for i in end)) for i in end]


def _is_chinese(han: str) -> bool:
    if len(han) < _RUN:
        return False
    return _not_japanese(han) or sum(sign in _HARDLY_JAPANESE for sign in han) > 1


def _not_japanese(han: str) -> bool:
    """Whether a sign is in no Japanese character set, as most simplified ones are."""
    try:
        han.encode("cp932")
    except UnicodeEncodeError:
        return True
    return False
