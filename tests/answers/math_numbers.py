"""Numbers: whole, mixed, decimal, repeating, in scientific notation, in a base, modulo another."""

from collections.abc import Callable
from fractions import Fraction
from random import Random

from tests.answers.math_base import Answers, spell
from tests.answers.math_build import COPRIME, SQUAREFREE
from tests.answers.math_terms import LOWERED, RAISED, Term


def formula(family: Callable[[Random], "tuple[list[Term], list[Term]]"]) -> Callable[[Random], Answers]:
    def drawn(rng: Random) -> Answers:
        equal, others = family(rng)
        return Answers(
            tuple(spell(rng, term) for term in equal for _ in range(2)), tuple(spell(rng, term) for term in others)
        )

    return drawn


def mixed_number(rng: Random) -> Answers:
    whole, (n, d) = rng.randint(1, 20), rng.choice([pair for pair in COPRIME if pair[0] < pair[1]])
    sign = rng.choice(["", "", "-"])
    exact = (whole * d + n) * (-1 if sign else 1)
    glyphs = {(1, 2): "½", (1, 3): "⅓", (2, 3): "⅔", (3, 4): "¾", (2, 5): "⅖", (5, 6): "⅚"}
    spellings = [f"{sign}{whole}\\frac{{{n}}}{{{d}}}", f"{sign}{whole} {n}/{d}", f"{sign}{whole}\\dfrac{{{n}}}{{{d}}}"]
    spellings += [f"{sign}{whole}\\,\\frac{{{n}}}{{{d}}}", f"{exact}/{d}", f"\\frac{{{exact}}}{{{d}}}"]
    if n < 10 and d < 10:
        spellings.append(f"{sign}{whole}\\frac{n}{d}")
    if (n, d) in glyphs:
        spellings.append(f"{sign}{whole}{glyphs[n, d]}")
    misses = [
        f"{sign}{whole}",
        f"{sign}{whole + 1}\\frac{{{n}}}{{{d}}}",
        f"{sign}{whole} {n}/{d + 1}",
        f"{sign}{n}/{d}",
    ]
    return Answers(tuple(spellings), (*misses, f"{'' if sign else '-'}{whole} {n}/{d}"))


def terminating(rng: Random) -> Answers:
    """A fraction takes its decimal; the decimal of a ground truth may round, so it is no ground truth here."""
    d = rng.choice([2, 4, 5, 8, 10, 20, 25])
    n = rng.randint(1, 40) * d + rng.choice([k for k in range(1, d) if Fraction(k, d).denominator == d])
    exact = f"{n / d}"
    spellings = [f"{n}/{d}", f"\\frac{{{n}}}{{{d}}}", f"\\dfrac{{{2 * n}}}{{{2 * d}}}", f"{n} \\div {d}", f"{n}÷{d}"]
    digit = str((int(exact[-1]) + 1) % 10)
    return Answers(tuple(spellings), (exact[:-1] + digit, f"-{exact}", f"{exact}1", str(n // d)), (exact, f"{exact}0"))


def never_a_decimal(rng: Random) -> Answers:
    """An exact ground truth is no rounding of itself."""
    n, d = rng.randint(1, 20), rng.choice([3, 7, 9, 11])
    c = rng.choice(SQUAREFREE)
    term, near = rng.choice(
        [(Fraction(n * d + 1, d), n + 1 / d), (("sqrt", c), c**0.5), (("*", n, "pi"), n * 3.141592653589793)]
    )
    places = rng.randint(2, 9)
    return Answers(
        (spell(rng, term), spell(rng, term)), (f"{near:.{places}f}", f"{near:.{places + 3}f}", f"{near:.1f}")
    )


def decimal(rng: Random) -> Answers:
    digits, places = rng.randint(101, 99999), rng.randint(1, 3)
    digits += digits % 10 == 0  # the last digit counts
    sign = rng.choice(["", "", "-"])

    def point(number: int, after: int = places) -> str:
        return f"{sign}{number // 10**after}.{number % 10**after:0{after}d}"

    text = point(digits)
    turned = digits // 100 * 100 + digits % 10 * 10 + digits // 10 % 10  # the last two digits change places
    accepted = [f"{text}0", f"{text}00", f"{sign}{digits}/{10**places}", f"\\frac{{{sign}{digits}}}{{{10**places}}}"]
    accepted += [f"{text}{rng.randint(1, 4)}", f"{text}0{rng.randint(1, 9)}", f"{text}{rng.randint(11, 49)}"]
    misses = [
        point(digits + 1),
        point(digits - 1),
        text[1:] if sign else f"-{text}",
        f"{text}9",
        text.replace(".", ","),
    ]
    if turned != digits:
        misses.append(point(turned))
    return Answers((text,), (*misses, text[:-1] if places > 1 else text[:-2]), tuple(accepted))


def rounded(rng: Random) -> Answers:
    d, places = rng.choice([3, 7, 9, 11, 13]), rng.randint(1, 4)
    n = rng.randint(1, 60) * d + rng.randint(1, d - 1)
    text, longer = (f"{Fraction(n * 10**k, d).__round__():0{k + 1}d}" for k in (places, places + 3))
    text, longer = f"{text[:-places]}.{text[-places:]}", f"{longer[: -places - 3]}.{longer[-places - 3 :]}"
    misses = (f"{n + d}/{d}", f"\\frac{{{2 * n + d}}}{{{2 * d}}}", f"-\\frac{{{n}}}{{{d}}}")
    return Answers((text,), misses, (f"\\frac{{{n}}}{{{d}}}", f"{n}/{d}", longer))


def repeating(rng: Random) -> Answers:
    whole, period = rng.randint(0, 9), rng.randint(1, 3)
    block = rng.randint(1, 10**period - 2)
    lead, digits = rng.choice(["", "", "1", "4"]), f"{block:0{period}d}"
    above = int(f"{whole}{lead}{digits}") - int(f"{whole}{lead}")
    below = (10**period - 1) * 10 ** len(lead)
    exact = Fraction(above, below)
    spellings = [
        f"{whole}.{lead}\\overline{{{digits}}}",
        f"{above}/{below}",
        f"\\frac{{{exact.numerator}}}{{{exact.denominator}}}",
    ]
    misses = [
        f"{whole}.{lead}\\overline{{{block + 1:0{period}d}}}",
        f"{whole}.{lead}{digits}",
        f"{whole}.{lead}{digits * 4}",
    ]
    return Answers(
        (*spellings, f"{whole}.{lead}{digits}\\overline{{{digits}}}"),
        (*misses, f"{whole + 1}.{lead}\\overline{{{digits}}}"),
    )


def scientific(rng: Random) -> Answers:
    digits, exponent = rng.randint(101, 999), rng.randint(3, 25)
    digits += digits % 10 == 0

    def spelled(number: int, power: int) -> list[str]:
        head = f"{number // 100}.{number % 100:02d}"
        texts = [
            f"{head}\\times 10^{{{power}}}",
            f"{head} \\cdot 10^{{{power}}}",
            f"{head}e{power}",
            f"{head}*10^{power}",
        ]
        return [*texts, f"{head} × 10{str(power).translate(RAISED)}", f"{head}E{power}", f"{head}*10**{power}"]

    right = [*spelled(digits, exponent), f"{digits}\\times 10^{{{exponent - 2}}}"]
    misses = [rng.choice(spelled(digits, exponent + 1)), rng.choice(spelled(digits + 1, exponent))]
    misses += [f"{digits // 100}.{digits % 100:02d}\\times 10^{{{-exponent}}}", f"-{right[0]}", f"{digits}"]
    return Answers(tuple(right), tuple(misses), (str(digits * 10 ** (exponent - 2)),))


def thousands(rng: Random) -> Answers:
    n = rng.randint(1, 9) * 10 ** rng.randint(3, 7) + rng.randint(1, 998)
    commas = f"{n:,}"
    dressed = [commas.replace(",", mark) for mark in ("{,}", "\\,", "\\!", ",\\!", "\u2009", "\u202f")]
    off = f"{n + 1:,}"
    misses = [off, off.replace(",", "{,}"), str(n + 1000), f"-{commas}", str(n)[:-1], str(n // 1000)]
    if n < 10**6:
        misses.append(commas.replace(",", "."))  # a decimal point
    return Answers((str(n), commas, *dressed, f"+{n}"), tuple(misses))


def based(rng: Random) -> Answers:
    base = rng.choice([2, 3, 5, 7, 8, 16])
    n = rng.randint(base**2 + 1, base**4 - 2)

    def digits(number: int) -> str:
        return (digits(number // base) if number >= base else "") + "0123456789ABCDEF"[number % base]

    text, off = digits(n), digits(n + 1)
    spellings = [f"{text}_{{{base}}}", f"({text})_{{{base}}}", f"{n}_{{10}}", f"{text}{str(base).translate(LOWERED)}"]
    if base < 10:
        spellings.append(f"{text}_{base}")
    if base == 16:
        spellings.append(f"\\text{{{text}}}_{{16}}")
    other = base + 1 if base < 16 else 17
    misses = [f"{off}_{{{base}}}", f"{text}_{{{other}}}", f"{n + 1}_{{10}}", str(n)]
    return Answers(tuple(spellings), tuple(misses))


def residue(rng: Random) -> Answers:
    modulus = rng.randint(4, 30)
    r = rng.randint(1, modulus - 2)

    def spelled(left: int, m: int) -> list[str]:
        texts = [f"x \\equiv {left} \\pmod{{{m}}}", f"x\\equiv{left}\\pmod {{{m}}}", f"x ≡ {left} (mod {m})"]
        return [*texts, f"x \\equiv {left} \\ (\\text{{mod }} {m})", f"x \\equiv {left} \\mod {m}"]

    right = [*spelled(r, modulus), spelled(r + modulus, modulus)[0], spelled(r - modulus, modulus)[0]]
    wrong = [rng.choice(spelled(*pair)) for pair in ((r + 1, modulus), (r, modulus + 1), (r - 1, modulus))]
    return Answers(tuple(right), (*wrong, f"x = {r}"))


def word_number(rng: Random) -> Answers:
    words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    n = rng.randint(2, 9)
    right = (f"\\text{{{words[n]}}}", words[n], words[n].capitalize())
    return Answers((*right, str(n)), (words[n + 1], words[n - 1], str(n + 1), f"-{n}", f"{n}.5"))
