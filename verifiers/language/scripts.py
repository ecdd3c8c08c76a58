"""Which scripts there are, and which languages are written in them."""

from __future__ import annotations

import difflib

LATIN = (
    "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u0300-\u036f"
    "\u1d00-\u1dbf\u1e00-\u1eff\u2c60-\u2c7f\ua720-\ua7ff"
)
ARABIC = (
    "\u0610-\u061a\u0620-\u065f\u066e-\u06d3\u06d5-\u06dc\u06df-\u06e8\u06ea-\u06ef\u06fa-\u06fc"
    "\u0750-\u077f\u08a0-\u08ff"
)
HAN = "\u3005\u3006\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
KANA = "\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
UNSPACED = {
    "han": (HAN, 1 / 1.55),
    "kana": (KANA, 1 / 2.1),
    "thai": ("\u0e01-\u0e3a\u0e40-\u0e4e", 1 / 4.2),
    "lao": ("\u0e80-\u0ecf", 1 / 4.2),
    "khmer": ("\u1780-\u17d3\u17dd", 1 / 4.2),
    "burmese": ("\u1000-\u103f\u104c-\u108f", 1 / 4.2),
}
"""Scripts without a space between words: their characters, and the part of a word that one is."""
SPACED = {
    "latin": LATIN,
    "cyrillic": "\u0400-\u052f\u1c80-\u1c8f\u2de0-\u2dff\ua640-\ua69f",
    "arabic": ARABIC,
    "hangul": "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff",
    "devanagari": "\u0900-\u0963\u0970-\u097f",
    "greek": "\u0370-\u0373\u0376-\u037d\u0386\u0388-\u03ff\u1f00-\u1fff",
    "hebrew": "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u05d0-\u05f2",
    "armenian": "\u0530-\u0556\u0560-\u0588",
    "bengali": "\u0980-\u09e3\u09f0-\u09fe",
    "gurmukhi": "\u0a00-\u0a65\u0a70-\u0a7f",
    "gujarati": "\u0a80-\u0ae5\u0af9-\u0aff",
    "tamil": "\u0b80-\u0be5",
    "telugu": "\u0c00-\u0c65",
    "kannada": "\u0c80-\u0ce5",
    "malayalam": "\u0d00-\u0d65\u0d7a-\u0d7f",
    "sinhala": "\u0d80-\u0de5",
    "georgian": "\u10a0-\u10ff\u1c90-\u1cbf\u2d00-\u2d2f",
    "ethiopic": "\u1200-\u135f\u1380-\u139f",
}
"""Scripts in which a run of letters is a word."""

_LANGUAGES = {
    "latin": "en fr de es it pt nl sv da no fi pl cs sk sl hr ro hu tr id ms vi tl ca et lv lt sq af sw cy eu gl is ga "
    "az",
    "cyrillic": "ru uk bg mk sr be kk mn",
    "arabic": "ar fa ur",
    "devanagari": "hi mr ne",
    **{"hangul": "ko", "greek": "el", "hebrew": "he", "thai": "th", "lao": "lo", "khmer": "km", "burmese": "my"},
    **{"armenian": "hy", "bengali": "bn", "gurmukhi": "pa", "gujarati": "gu", "tamil": "ta", "telugu": "te"},
    **{"kannada": "kn", "malayalam": "ml", "sinhala": "si", "georgian": "ka", "ethiopic": "am"},
}
SCRIPT = {language: script for script, languages in _LANGUAGES.items() for language in languages.split()}
"""The script of each supported language; Chinese and Japanese share theirs and are told apart in `han.py`."""
SCRIPT |= {"zh": "han", "ja": "kana"}
SHARED = frozenset(script for script, languages in _LANGUAGES.items() if " " in languages)
"""Scripts of several languages: their words are for an identifier."""
ONLY = {script: languages for script, languages in _LANGUAGES.items() if " " not in languages}
"""Scripts of one language."""
NAMES = {"english": "en", "chinese": "zh", "mandarin": "zh", "japanese": "ja", "french": "fr", "german": "de"} | {
    **{"spanish": "es", "italian": "it", "portuguese": "pt", "russian": "ru", "korean": "ko", "arabic": "ar"},
    **{"nb": "no", "nn": "no", "iw": "he", "in": "id", "fil": "tl", "cmn": "zh", "jp": "ja", "cn": "zh", "kr": "ko"},
}


def supported(language: object) -> str:
    """The code of a language, given as `en`, `en-US` or `zh_Hant`; a ValueError names the nearest one.

    >>> supported("zh-TW")
    'zh'
    """
    if not isinstance(language, str):
        raise TypeError(f"language is {type(language).__name__}, not a code such as 'en'")
    code = language.strip().lower().replace("_", "-").split("-")[0]
    if code in SCRIPT:
        return code
    near = "en"
    if code:
        name = difflib.get_close_matches(code, NAMES, 1, 0.6)
        near = NAMES[name[0]] if name else difflib.get_close_matches(code, SCRIPT, 1, 0)[0]
    raise ValueError(
        f"unknown language {language[:40]!r}: did you mean {near!r}? There are {', '.join(sorted(SCRIPT))}"
    )
