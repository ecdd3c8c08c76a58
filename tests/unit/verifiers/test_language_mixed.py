"""Pieces of one language inside a sentence of another, and names out of code beside words."""

import pytest

from tests.language_texts import weight
from verifiers.language import verify_language

MIXED = [
    (
        "zh",
        [("zh", "由均值不等式可知，最大的可能值出现在"), ("ja", "すべての辺が等しいとき"), ("zh", "，此时面积是四。")],
    ),
    ("zh", [("zh", "把两边同时乘以二"), ("ja", "すると左辺は簡単になるので"), ("zh", "我们可以直接求出未知数。")]),
    (
        "zh",
        [
            ("zh", "根据题意，这个数的末位是五，"),
            ("ja", "したがってこの数は五で割り切れる"),
            ("zh", "，于是我们继续。"),
        ],
    ),
    (
        "ja",
        [
            ("ja", "この三角形の面積は底辺と高さから求まるので、"),
            ("zh", "所以最后的答案是十二"),
            ("ja", "となります。"),
        ],
    ),
    ("ja", [("ja", "未知数の値がすぐに求められる。連立方程式を解くと答えは十二個。")]),
    ("ja", [("ja", "数学的帰納法の第一段階を完了したので、次に進む。")]),
    (
        "de",
        [("de", "Nun teilen wir "), ("ru", "обе части уравнения на три"), ("de", " und erhalten den gesuchten Wert.")],
    ),
    ("de", [("de", "Das Ergebnis ist "), ("ru", "двадцать четыре"), ("de", " Meter.")]),
    ("ru", [("ru", "Сначала посчитаем "), ("en", "the area of the triangle"), ("ru", ", а потом периметр.")]),
]
CODE = [
    ("en", "The value 0xDEADBEEF is stored in the register, so we read it first."),
    ("ru", "Версия v1.2.3-rc1 хранит число 0xBADF00D в памяти."),
    ("zh", "我们用 v2.3.1-beta 版本来测试，结果是正确的。"),
    ("zh", "类HashMap的方法getOrDefault返回默认值，调用std::sort排序。"),
    ("ko", "변수 maxValue 의 값은 0xDEADBEEF 이므로 먼저 읽어야 합니다."),
    ("zh", "提交 a1b2c3d4e5f6 修复了这个问题，我们可以继续。"),
    ("es", "El color #FFAACC es claro, y la versión 3.11.4rc1 lo muestra bien."),
]


@pytest.mark.parametrize(("language", "parts"), MIXED)
def test_a_piece_of_another_language_takes_no_neighbour_along(language, parts):
    weights = [(code, weight(text, code)) for code, text in parts]
    share = sum(w for code, w in weights if code == language) / sum(w for _, w in weights)
    assert verify_language("".join(text for _, text in parts), language=language).score == pytest.approx(share, abs=0.1)


@pytest.mark.parametrize(("language", "text"), CODE)
def test_literals_versions_and_names_out_of_code_do_not_count(language, text):
    assert verify_language(text, language=language).score == 1


@pytest.mark.parametrize(
    "text",
    [
        "0xDEADBEEF 0xCAFEBABE",
        "#FFAACC #DEADBE",
        "HTTPServer HashMap",
        "v1.2.3-alpha.4 2.0.0-rc1",
        "550e8400-e29b-41d4-a716-446655440000",
    ],
)
def test_literals_alone_are_no_words(text):
    assert verify_language(text).details["words"] == 0


@pytest.mark.parametrize(
    "text", ["In 2nd place", "a 2-digit number", "we are 5km away", "the #1 fan", "a facade", "3D is new"]
)
def test_words_beside_digits_are_words(text):
    assert verify_language(text).score == 1


COUSINS = [
    (
        "pt",
        "Vamos resolver a equação passo a passo. Espera, deixa eu verificar esse cálculo. Logo, a probabilidade é um.",
    ),
    ("gl", "Primeiro, observamos que o número é par. Non hai outra solución posible neste intervalo."),
    ("ca", "Resoldrem l'equació pas a pas. No hi ha cap altra solució possible en aquest interval."),
    ("ms", "Jawapan akhir ialah empat puluh dua. Setiap murid menerima bilangan pensel yang sama."),
    ("no", "Det endelige svaret er førtito. Hver elev fikk like mange blyanter."),
    ("da", "Lad os løse ligningen trin for trin. Derfor er værdien størst, når alle tre er ens."),
    ("hr", "Zato je vrijednost najveća kada su sva tri jednaka. U ovom intervalu nema drugog rješenja."),
]


@pytest.mark.parametrize(("language", "text"), COUSINS)
def test_a_language_is_not_taken_for_its_cousin(language, text):
    assert verify_language(text, language=language).score == 1
