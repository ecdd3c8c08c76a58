"""Laws of equivalence."""

from fractions import Fraction

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.strategies import anything, rationals, whole
from verifiers import verify_math
from verifiers.math import equivalent


def spellings(value: Fraction) -> list[str]:
    sign, n, d = "-" if value < 0 else "", abs(value.numerator), value.denominator
    texts = [
        f"{sign}{n}/{d}",
        f"{sign}\\frac{{{n}}}{{{d}}}",
        f"$\\dfrac{{{sign}{n}}}{{{d}}}$",
        f"({sign}{3 * n})/{3 * d}",
    ]
    if d == 1:
        texts += [
            f"{sign}{n}",
            f"{sign}{n:,}",
            f"{sign}{n}.0",
            f"{sign}{n:,}".replace(",", "{,}"),
            f"\\text{{{sign}{n}}}.",
        ]
    elif n > d:
        texts += [f"{sign}{n // d}\\frac{{{n % d}}}{{{d}}}", f"{sign}{n // d} {n % d}/{d}"]
    return texts


@given(value=rationals | whole.map(Fraction), data=st.data())
def test_a_rational_equals_itself_in_any_spelling(value, data):
    texts = st.sampled_from(spellings(value))
    verdict = equivalent(data.draw(texts), data.draw(texts))
    assert verdict.correct
    assert verdict.details["proof"] == "exact"


@given(value=rationals, off=st.sampled_from([Fraction(0), Fraction(1), Fraction(-1)]))
@example(Fraction(1, 3), Fraction(-1))
def test_two_rationals_are_equal_only_if_they_are(value, off):
    other = value + off / (3 * value.denominator * 10**6)  # no decimal of few digits: nothing that may be rounded to
    one, two = spellings(value)[0], spellings(other)[1]
    assert equivalent(one, two).correct == (value == other)
    assert equivalent(two, one).correct == (value == other)


@given(base=st.integers(2, 9), power=st.integers(50, 3000), off=st.sampled_from([-1, 1]))
def test_near_misses_of_huge_numbers_are_seen(base, power, off):
    assert equivalent(f"{base}^{{{power}}}", f"{base}^{power}").correct
    assert equivalent(f"{base}^{{{power}}}+{off}", f"{base}^{power}").score == 0
    assert equivalent(f"1/{base}^{{{power}}}", f"1/{base}^{{{power + 1}}}").score == 0


@given(digits=st.integers(11, 10**5), places=st.integers(1, 4), tail=st.integers(1, 9), more=st.integers(1, 5))
def test_a_decimal_ground_truth_takes_what_rounds_to_it_and_nothing_shorter(digits, places, tail, more):
    ground_truth = f"{digits // 10**places}.{digits % 10**places:0{places}d}"
    longer = f"{ground_truth}{'0' * (more - 1)}{tail}"
    rounds = more > 1 or tail < 5
    assert equivalent(longer, ground_truth).correct == rounds
    if digits % 10:
        assert equivalent(ground_truth[:-1] + ("0" if places == 1 else ""), ground_truth).score == 0


@given(items=st.lists(whole, min_size=2, max_size=5, unique=True), data=st.data())
def test_a_set_ignores_order_and_a_tuple_does_not(items, data):
    shuffled = data.draw(st.permutations(items))
    listed, other = ", ".join(map(str, items)), ", ".join(map(str, shuffled))
    assert equivalent(f"\\{{{other}\\}}", f"\\{{{listed}\\}}").correct
    assert equivalent(other, listed).correct
    assert equivalent(f"({other})", f"({listed})").correct == (items == shuffled)
    assert equivalent(f"({listed})", f"\\{{{listed}\\}}").score == 0
    assert equivalent(f"\\{{{listed}\\}}", f"({listed})").score == 0
    assert equivalent(", ".join(map(str, items[1:])), listed).score == 0


@given(items=st.lists(whole, min_size=2, max_size=5, unique=True), data=st.data())
def test_an_answer_twice_does_not_stand_for_the_one_that_is_missing(items, data):
    twice = [items[0], *items[:-1]]
    listed, other = ", ".join(map(str, items)), ", ".join(map(str, data.draw(st.permutations(twice))))
    assert equivalent(other, listed).score == 0
    assert equivalent(f"\\{{{other}\\}}", f"\\{{{listed}\\}}").score == 0


@given(
    low=whole, more=st.integers(1, 99), one=st.sampled_from(["()", "(]", "[)", "[]"]), two=st.sampled_from(["()", "(]"])
)
def test_an_interval_keeps_its_ends(low, more, one, two):
    ends = f"{low}, {low + more}"
    assert equivalent(f"{one[0]}{ends}{one[1]}", f"{two[0]}{ends}{two[1]}").correct == (one == two)


@given(answer=anything, ground_truth=anything)
@example("10^{10^{10}}", "9")
@example("\\frac", "\\frac{1}{")
@example("1_2", "1_{37}")
def test_without_the_fallback_any_two_texts_get_a_verdict(answer, ground_truth):
    assert equivalent(answer, ground_truth, fallback=False).score in (0.0, 1.0, None)


@given(
    value=whole,
    hedge=st.sampled_from(["not {}", "{} or {}1", "{} is wrong", "either {} or 5000001", "\\text{{not }}{}"]),
)
def test_hedging_and_denying_are_wrong(value, hedge):
    text = hedge.format(value, value)
    assert verify_math(f"\\boxed{{{text}}}", str(value)).score == 0
    assert verify_math(f"The answer is {text}", str(value)).score == 0


@settings(max_examples=10)
@given(n=st.integers(2, 50))
def test_exact_means_exact_also_where_math_verify_decides(n):
    surd = f"\\sqrt{{{n * n + 1}}}"
    assert equivalent(f"\\frac{{{n * n + 1}}}{{{surd}}}", surd).correct
    assert equivalent(f"{(n * n + 1) ** 0.5:.10f}", surd).score == 0
