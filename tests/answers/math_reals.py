"""Sets of reals: intervals, unions, inequalities, set-builder forms."""

from fractions import Fraction
from random import Random

from tests.answers.math_base import Answers, more, scalars, spell
from tests.answers.math_build import nonzero, shuffled
from tests.answers.math_terms import Term, some_pen, write

Piece = tuple["Term | None", "Term | None", bool, bool]  # the ends (None is infinity), and whether each belongs


def bracketed(rng: Random, piece: Piece) -> str:
    low, high, with_low, with_high = piece
    hand = rng.choice(["latex", "latex", "unicode"])
    infinity = "\\infty" if hand == "latex" else "∞"
    left = f"-{infinity}" if low is None else spell(rng, low)
    right = rng.choice(["", "", "+"]) * (hand == "latex") + infinity if high is None else spell(rng, high)
    opening, closing = "[" if with_low else "(", "]" if with_high else ")"
    if hand == "latex" and rng.random() < 0.4:
        opening, closing = f"\\left{opening}", f"\\right{closing}"
    return f"{opening}{left},{rng.choice(['', ' '])}{right}{closing}"


def compared(rng: Random, piece: Piece, hand: str) -> str:
    low, high, with_low, with_high = piece
    signs = {
        "latex": [("<", ">"), (" \\le ", " \\ge "), (" \\leq ", " \\geq ")],
        "plain": [("<", ">"), ("<=", ">=")],
        "unicode": [("<", ">"), ("≤", "≥")],
    }[hand]
    pen = some_pen(rng, hand)

    def sign(closed: bool, flipped: bool) -> str:
        return f" {(rng.choice(signs[1:]) if closed else signs[0])[flipped].strip()} "

    backwards = rng.random() < 0.4
    parts = ["x"]
    if low is not None:
        parts = (
            [write(low, pen), sign(with_low, backwards), *parts]
            if not backwards
            else [*parts, sign(with_low, True), write(low, pen)]
        )
    if high is not None:
        parts = (
            [*parts, sign(with_high, False), write(high, pen)]
            if not backwards
            else [write(high, pen), sign(with_high, True), *parts]
        )
    return "".join(parts)


def reals(rng: Random, pieces: list[Piece]) -> list[str]:
    """Spellings of a union of intervals."""
    hand = rng.choice(["latex", "plain", "unicode"])
    cup = rng.choice([" \\cup ", "\\cup", " ∪ "])
    mixed = shuffled(rng, pieces)
    union = cup.join(bracketed(rng, piece) for piece in mixed)
    choice = " \\text{ or } " if hand == "latex" else " or "
    inequality = choice.join(compared(rng, piece, hand) for piece in mixed)
    latex = " \\text{ or } ".join(compared(rng, piece, "latex") for piece in mixed)
    bar, real = rng.choice([" \\mid ", " : ", ": "]), rng.choice(["x", "x", "x \\in \\mathbb{R}"])
    return [union, inequality, f"x \\in {union}", f"\\{{{real}{bar}{latex}\\}}"]


def half_or_whole(rng: Random) -> list[Piece]:
    low, high = scalars(rng, 2)
    ends = rng.random() < 0.5, rng.random() < 0.5
    return [
        rng.choice([(low, high, *ends), (low, high, *ends), (low, None, ends[0], False), (None, high, False, ends[1])])
    ]


def spoiled(rng: Random, pieces: list[Piece]) -> list[list[Piece]]:
    """The same pieces with one end opened or closed, moved outwards, or one piece less."""
    at = rng.randrange(len(pieces))
    low, high, with_low, with_high = pieces[at]
    changes: list[Piece] = []
    if low is not None:
        changes += [
            (low, high, not with_low, with_high),
            (more(low, 1 if high is None else -1), high, with_low, with_high),
        ]
    if high is not None:
        changes += [(low, high, with_low, not with_high), (low, more(high), with_low, with_high)]
    return [[*pieces[:at], change, *pieces[at + 1 :]] for change in changes]


def interval(rng: Random) -> Answers:
    pieces = half_or_whole(rng)
    low, high, with_low, with_high = pieces[0]
    misses = [rng.choice(reals(rng, wrong)) for wrong in spoiled(rng, pieces)]
    if low is not None and high is not None:
        misses += [
            bracketed(rng, (high, low, with_low, with_high)),
            rng.choice(reals(rng, [(low, None, with_low, False)])),
        ]
    else:
        misses.append(rng.choice(reals(rng, [(high, low, with_high, with_low)])))  # the other side
    end = high if low is None else low
    return Answers(tuple(reals(rng, pieces) + reals(rng, pieces)), (*misses, spell(rng, end), f"x = {spell(rng, end)}"))


def union(rng: Random) -> Answers:
    ends = scalars(rng, 4) if rng.random() < 0.5 else scalars(rng, 2)
    open_or_not = [rng.random() < 0.5 for _ in range(4)]
    if len(ends) == 4:
        ends = [ends[0], ends[1], more(ends[2], 5), more(ends[3], 5)]  # room for a miss between the pieces
        pieces: list[Piece] = [(ends[0], ends[1], *open_or_not[:2]), (ends[2], ends[3], *open_or_not[2:])]
    else:
        pieces = [(None, ends[0], False, open_or_not[0]), (more(ends[1], 5), None, open_or_not[1], False)]
    wrong = [*spoiled(rng, pieces), pieces[1:], pieces[:1]]
    return Answers(
        tuple(reals(rng, pieces) + reals(rng, pieces)), tuple(rng.choice(reals(rng, items)) for items in wrong)
    )


def punctured(rng: Random) -> Answers:
    n = nonzero(rng, 30)

    def spelled(hole: int) -> list[str]:
        both = f"(-\\infty,{hole})\\cup({hole},\\infty)"
        texts = [
            both,
            f"x \\neq {hole}",
            f"x\\ne {hole}",
            f"\\mathbb{{R}} \\setminus \\{{{hole}\\}}",
            f"(-∞, {hole}) ∪ ({hole}, ∞)",
        ]
        return [*texts, f"x < {hole} \\text{{ or }} x > {hole}", f"x ≠ {hole}", f"x \\in {both}"]

    return Answers(
        tuple(spelled(n)), (*rng.sample(spelled(n + 1), 2), f"x = {n}", f"(-\\infty,{n})", f"x > {n}", "\\mathbb{R}")
    )


def distance(rng: Random) -> Answers:
    c, r, k = nonzero(rng, 20), rng.randint(1, 15), rng.randint(2, 5)
    closed = rng.random() < 0.5
    sign, other = ("\\le", "<") if closed else ("<", "\\le")
    apart = f"x {'-' if c > 0 else '+'} {abs(c)}"
    piece: list[Piece] = [(Fraction(c - r), Fraction(c + r), closed, closed)]
    right = [
        *reals(rng, piece),
        f"|{apart}| {sign} {r}",
        f"\\left|{apart}\\right| {sign} {r}",
        f"{k * (c - r)} {sign} {k}x {sign} {k * (c + r)}",
    ]
    misses = [
        f"|{apart}| {other} {r}",
        f"|{apart}| {sign} {r + 1}",
        f"|{apart}| > {r}",
        *(reals(rng, wrong)[0] for wrong in spoiled(rng, piece)),
    ]
    return Answers(tuple(right), tuple(misses))


def inequality(rng: Random) -> Answers:
    n, k, closed, c = nonzero(rng, 20), rng.randint(2, 6), rng.random() < 0.5, nonzero(rng)
    more_, less, edge = ("\\ge", "\\le", ">") if closed else (">", "<", "\\ge")
    constant = f"{'+' if c > 0 else '-'} {abs(c)}"
    right = [
        f"x {more_} {n}",
        f"{n} {less} x",
        f"{k}x {more_} {k * n}",
        f"{-k}x {less} {-k * n}",
        f"x {constant} {more_} {n + c}",
    ]
    right += reals(rng, [(Fraction(n), None, closed, False)])
    misses = [
        f"x {less} {n}",
        f"{-k}x {more_} {-k * n}",
        f"x {more_} {n + 1}",
        f"x {edge} {n}",
        f"{k}x {more_} {k * n + 1}",
    ]
    return Answers(tuple(right), (*misses, f"x = {n}", f"x \\neq {n}"))
