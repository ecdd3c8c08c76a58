"""Laws of the language reward."""

import pickle
import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.language_texts import GIBBERISH, NO_LANGUAGE, SENTENCES, mixes, weight
from tests.strategies import anything
from verifiers.language import verify_language

languages = st.sampled_from(sorted(SENTENCES))
sentences = languages.flatmap(lambda code: st.tuples(st.just(code), st.sampled_from(SENTENCES[code])))
# One language a script, so that the share is known without an identifier's help.
APART = ["en", "zh", "ko", "ar", "ru", "he", "th", "hi"]
apart = st.sampled_from(APART).flatmap(lambda code: st.tuples(st.just(code), st.sampled_from(SENTENCES[code])))


def score(text, language, **options):
    return verify_language(text, language=language, **options).score


@given(sentence=sentences, other=languages)
def test_a_sentence_is_in_its_own_language_and_in_no_other(sentence, other):
    code, text = sentence
    assert score(text, code) >= 0.85
    if other != code:
        assert score(text, other) <= 0.15


@given(parts=st.lists(apart, min_size=2, max_size=6, unique=True), target=st.sampled_from(APART))
def test_the_score_is_the_share_of_the_words_whatever_their_order(parts, target):
    weights = [(code, weight(text, code)) for code, text in parts]
    share = sum(w for code, w in weights if code == target) / sum(w for _, w in weights)
    assert score("\n".join(text for _, text in parts), target) == pytest.approx(share, abs=0.06)
    assert score("\n".join(text for _, text in reversed(parts)), target) == pytest.approx(share, abs=0.06)


@given(parts=st.lists(sentences, min_size=1, max_size=4, unique=True))
def test_the_shares_of_all_languages_are_no_more_than_one(parts):
    text = " ".join(part for _, part in parts)
    assert sum(score(text, code) for code in {code for code, _ in parts}) <= 1.1


@given(sentence=sentences, things=st.lists(st.sampled_from(NO_LANGUAGE), min_size=1, max_size=3), before=st.booleans())
def test_what_is_no_language_changes_nothing(sentence, things, before):
    code, text = sentence
    thing = " ".join(things)
    mixed = f"{thing}\n{text}" if before else f"{text} {thing} "
    assert score(mixed, code) == score(text, code)
    assert verify_language(thing, language=code).score == 0
    assert verify_language(mixed, language=code).details["left_out"] > 0


@given(sentence=sentences, data=st.data())
def test_what_cannot_be_seen_changes_nothing(sentence, data):
    code, text = sentence
    unseen = data.draw(st.sampled_from(["\u200b", "\u2060", "\u00ad", "\ufeff", "\u202e", "\u2066", "\u200f"]))
    at = data.draw(st.integers(0, len(text)))
    assert score(text[:at] + unseen + text[at:], code) == score(text, code)
    assert score(unicodedata.normalize("NFD", text), code) == score(text, code)


@given(sentence=sentences, times=st.integers(3, 30), joint=st.sampled_from([" ", "\n", "\n\n", " 1. ", " $x$ "]))
def test_a_sentence_again_and_again_earns_less_than_half(sentence, times, joint):
    code, text = sentence
    assert score(joint.join([text] * times), code) < 0.5


@given(word=st.sampled_from("the so and wait number answer equals".split()), times=st.integers(5, 200))
def test_a_word_again_and_again_earns_less_than_half(word, times):
    assert score(" ".join([word] * times), "en") < 0.5
    assert score(" ".join(f"{word} {i}" for i in range(times)), "en") < 0.5


@given(text=st.sampled_from(GIBBERISH), language=languages)
def test_gibberish_and_transliteration_are_in_no_language(text, language):
    # Pinyin's `bu`, `de` and `men` are little words elsewhere, of Turkish for one.
    assert score(text, language) <= (0.1 if language in ("en", "zh", "de", "fr", "ja", "ru") else 0.5)


@given(words=st.lists(st.text("bcdfghjklmnpqrstvwxz", min_size=4, max_size=9), min_size=8, max_size=30))
def test_letters_without_a_vowel_earn_less_than_half(words):
    assert score(" ".join(words), "en") < 0.5


@given(text=st.sampled_from(SENTENCES["en"]), pair=st.sampled_from([("a", "а"), ("e", "е"), ("o", "о"), ("i", "і")]))
def test_a_word_with_a_letter_that_looks_alike_does_not_count(text, pair):
    plain, alike = pair
    spoiled = text.replace(plain, alike)
    words = text.split()
    clean = sum(plain not in word for word in words)
    assert score(spoiled, "en") <= clean / len(words) + 0.2


@given(inside=sentences, outside=sentences)
def test_only_the_thinking_counts(inside, outside):
    code, text = inside
    expected = score(text, code)
    assert score(f"{outside[1]}<think>{text}</think>{outside[1]}", code) == expected
    assert score(f"{text}</think>{outside[1]}", code, opened=True) == expected
    assert score(f"<think>{text}", code) == expected


@given(text=anything, language=languages, opened=st.booleans())
@example("\ud800", "en", False)
@example("$$\\text{", "zh", True)
@example("```", "en", False)
@example("a" * 100 + "а" * 100, "ru", False)
def test_any_text_gets_the_same_decided_verdict_twice(text, language, opened):
    verdict = verify_language(text, language=language, opened=opened)
    assert 0 <= verdict.score <= 1
    assert verify_language(text, language=language, opened=opened) == verdict
    assert pickle.loads(pickle.dumps(verdict)) == verdict
    assert 0 <= verdict.details["left_out"] <= 1


def test_texts_that_were_not_tuned_on_are_measured_well():
    errors = {}
    for mix in mixes(count=8, seed=17, half=1):
        found = score(mix.text, mix.target)
        errors.setdefault(mix.kind, []).append(found if mix.share is None else abs(found - mix.share))
    everything = [error for kind in errors.values() for error in kind]
    assert sum(everything) / len(everything) <= 0.02
    assert sum(error <= 0.1 for error in everything) >= 0.96 * len(everything)
    assert max(errors["undefined"]) == 0
    assert max(sum(kind) / len(kind) for kind in errors.values()) <= 0.05


HOSTILE = [
    "`",
    "``` ",
    "$",
    "$a",
    "\\[",
    "\\(",
    "{",
    '{"',
    '{"a":',
    "\\a{",
    "|a|\n",
    "a_",
    "aB",
    "a/",
    "a.b ",
    "<!--",
    "http://a/字",
]
HOSTILE += [
    "a(",
    "аa",
    "字か",
    "aа ",
    "a-",
    "the answer ",
    "\ufdfa",
    "a\u0301",
    "<think>",
    "</think>",
    "\\begin{a}",
    "www.",
    "\ue000",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_much_of_anything_is_read_in_linear_time(piece):
    flood = piece * (200_000 // len(piece))
    start = time.process_time()
    assert score(flood, "en") < 0.5
    assert time.process_time() - start < 5  # quadratic takes hours
