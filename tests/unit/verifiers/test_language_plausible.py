"""Gibberish and transliteration in scripts other than Latin are in no language; strange words are."""

import random

import pytest

from tests.language_texts import SENTENCES
from verifiers.language import plausible, verify_language

LETTERS = {
    "ru": "абвгдежзийклмнопрстуфхцчшщыьэюя",
    "uk": "абвгдежзиіїйклмнопрстуфхцчшщьюя",
    "ar": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "hi": "कखगघचछजझटठडढणतथदधनपफबभमयरलवशषसहािीुूेैोौ्ं",
    "he": "אבגדהוזחטיכלמנסעפצקרשת",
    "th": "กขคฆงจฉชซญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮะาิีึืุูเแโใไ่้",
    "ko": "".join(map(chr, range(0xAC00, 0xD7A4))),
    "zh": bytes(byte for row in range(0xB0, 0xD7) for cell in range(0xA1, 0xFF) for byte in (row, cell)).decode(
        "gb2312"
    ),
}
ROWS = {"ru": ["йцукенгшщзх", "фывапролджэ", "ячсмитьбю"], "ar": ["ضصثقفغعهخحجد", "شسيبلاتنمكط", "ئءؤرىةوزظ"]}
STRANGE = [
    ("ru", "Да."),
    ("ru", "Шварц, Ньютон, Кэли, Хаусдорф"),
    ("ru", "Гиппопотам съел брюкву, щавель и эстрагон."),
    ("ru", "Съешь же ещё этих мягких французских булок, да выпей чаю."),
    ("ru", "Лет сто назад вот так и считали: из двух вычтем одно."),
    ("uk", "Піфагор та Евклід були греками."),
    ("ar", "لِنَبْدَأْ بِكِتَابَةِ كُلِّ مَا تُعْطِينَا الْمَسْأَلَةُ."),
    ("ar", "الكمبيوتر والإنترنت والتلفزيون والديمقراطية."),
    ("ar", "فيثاغورس والخوارزمي وأرخميدس وأويلر."),
    ("hi", "पाइथागोरस, आर्यभट्ट और ब्रह्मगुप्त महान थे।"),
    ("hi", "कंप्यूटर, इंटरनेट और टेलीविजन का प्रयोग।"),
    ("ko", "빨간 꽃과 햇빛, 닭볶음탕 값."),
    ("ko", "컴퓨터 인터넷 텔레비전 프로그램을 사용한다."),
    ("th", "กรุงเทพมหานคร เชียงใหม่ นครราชสีมา"),
    ("zh", "葡萄、柠檬、樱桃、榴莲。"),
    ("zh", "塔什干、乌兰巴托、阿姆斯特丹。"),
    ("zh", "学而时习之，不亦说乎？"),
    ("zh", "拋物線的焦點與準線之間的距離。"),
    ("el", "Ο Πυθαγόρας και ο Ευκλείδης ήταν Έλληνες."),
    ("fa", "فیثاغورس و اقلیدس یونانی بودند."),
]
SPELT = [
    ("ru", "Лет ас файнд зе намбер оф эплз ин зе баскет, энд зен ви стоп."),
    ("uk", "Вейт, зе ансвер ис нот зе сейм фор евері намбер оф зе ліст."),
    ("hi", "लेट अस फाइंड द नंबर ऑफ एपल्स इन द बास्केट।"),
    ("ar", "ليت أس فايند ذا نمبر أوف أبلز إن ذا باسكت."),
    ("ko", "렛 어스 파인드 더 넘버 오브 애플즈 인 더 바스켓."),
]


def gibberish(letters, draw):
    return ["".join(draw.choice(letters) for _ in range(draw.randint(4, 8))) for _ in range(10)]


@pytest.mark.parametrize("language", sorted(LETTERS))
def test_letters_at_random_are_in_no_language(language):
    for seed in range(5):
        text = " ".join(gibberish(LETTERS[language], random.Random(seed)))
        assert verify_language(text, language=language).score <= 0.2, text


@pytest.mark.parametrize("language", sorted(ROWS))
def test_keys_at_random_are_in_no_language(language):
    draw = random.Random(1)
    text = " ".join(gibberish(row, draw)[0] for row in ROWS[language] * 4)
    assert verify_language(text, language=language).score <= 0.2


@pytest.mark.parametrize("language", ["ru", "ar", "hi", "he"])
def test_a_sentence_beside_gibberish_counts(language):
    text = f"{SENTENCES[language][0]} {' '.join(gibberish(LETTERS[language], random.Random(2)))}."
    words = len(SENTENCES[language][0].split())
    assert verify_language(text, language=language).score == pytest.approx(words / (words + 10), abs=0.1)


@pytest.mark.parametrize(("language", "text"), STRANGE)
def test_names_and_strange_words_are_words(language, text):
    assert verify_language(text, language=language).score == 1


@pytest.mark.parametrize(("language", "text"), SPELT)
def test_english_in_other_letters_is_in_no_language(language, text):
    assert verify_language(text, language=language).score <= 0.2


def test_without_profiles_nothing_is_implausible(monkeypatch):
    monkeypatch.setattr(plausible, "_gains", lambda target: None)
    assert verify_language("фывап йцукщ ячсмь жщшзх", language="ru").score == 1


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fa", "اگر دو طرف را به توان دو برسانیم، ممکن است جواب اضافی پیدا شود."),
        ("ar", "نستعمل النظرية ذات الصلة بالمثلث القائم، ثم نحسب الوتر."),
        ("ko", "밸런타인 데이에 산 초콜릿은 모두 열두 개이다."),
        ("hi", "ट्रेन दो घंटे लेट है, इसलिए औसत चाल कम होगी।"),
        ("ru", "По лемме Вуда и Зена сумма не меняется."),
    ],
)
def test_a_word_that_sounds_like_an_english_one_is_the_languages_own(language, text):
    assert verify_language(text, language=language).score == 1
