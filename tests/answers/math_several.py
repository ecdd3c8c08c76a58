"""Several values: sets, tuples, lists, points, assignments, matrices."""

from fractions import Fraction
from random import Random

from tests.answers.math_base import Answers, more, scalars, spell
from tests.answers.math_build import SQUAREFREE, nonzero, shuffled, total
from tests.answers.math_terms import Term, some_pen, write


def listed(rng: Random, terms: list[Term], join: str = "", dialect: str = "") -> str:
    join = join or rng.choice([", ", ", ", ",  "])
    return join.join(write(term, some_pen(rng, dialect)) for term in terms)


def in_braces(rng: Random, terms: list[Term]) -> str:
    opening, closing = rng.choice(
        [("\\{", "\\}"), ("\\left\\{", "\\right\\}"), ("\\{ ", " \\}"), ("{", "}"), ("\\lbrace ", " \\rbrace")]
    )
    dialect = "" if "\\" in opening else rng.choice(["plain", "python", "unicode"])
    return f"{opening}{listed(rng, terms, ', ', dialect)}{closing}"


def some_set(rng: Random) -> Answers:
    terms = scalars(rng, rng.randint(2, 5))
    right = [in_braces(rng, shuffled(rng, terms)) for _ in range(4)]
    right.append(in_braces(rng, [*terms, rng.choice(terms)]))
    at = rng.randrange(len(terms))
    wrong = [terms[1:], [*terms, more(terms[0], -1)], [*terms[:at], more(terms[at], 100), *terms[at + 1 :]]]
    misses = [in_braces(rng, shuffled(rng, items)) for items in wrong]
    return Answers(tuple(right), (*misses, f"({listed(rng, terms)})", spell(rng, terms[0])))


def tuple_(rng: Random) -> Answers:
    """A tuple, point or vector."""
    terms = shuffled(rng, scalars(rng, rng.randint(2, 4)))

    def column(items: list[Term], matrix: str) -> str:
        body = " \\\\ ".join(spell(rng, term) for term in items)
        return f"\\begin{{{matrix}}} {body} \\end{{{matrix}}}"

    names = ["(x,y)", "(x, y, z)", "(a, b, c, d)"][len(terms) - 2]
    right = [f"({listed(rng, terms)})" for _ in range(3)] + [
        f"\\left({listed(rng, terms)}\\right)",
        column(terms, "pmatrix"),
    ]
    right += [column(terms, "bmatrix"), f"{names} = ({listed(rng, terms)})", f"\\langle {listed(rng, terms)} \\rangle"]
    at = rng.randrange(len(terms))
    off = [*terms[:at], more(terms[at]), *terms[at + 1 :]]
    misses = [f"({listed(rng, items)})" for items in ([*terms[1:], terms[0]], off, [*terms, terms[0]])]
    misses += [column(off, "pmatrix"), in_braces(rng, terms), f"{names} = ({listed(rng, off)})"]
    return Answers(tuple(right), tuple(misses))


def one_of_many(rng: Random) -> Answers:
    """A list of several answers."""
    terms = scalars(rng, rng.randint(2, 5))

    def spelled(items: list[Term]) -> list[str]:
        texts = [spell(rng, term) for term in shuffled(rng, items)]
        first, last = ", ".join(texts[:-1]), texts[-1]
        ending = "{}{}" if len(texts) == 2 else "{},{}"
        return [
            ", ".join(texts),
            ending.format(first, f" \\text{{ and }} {last}"),
            ending.format(first, f" and {last}"),
            f"{first}, \\text{{ and }} {last}",
        ]

    at = rng.randrange(len(terms))
    off = [*terms[:at], more(terms[at], 100), *terms[at + 1 :]]
    wrong = [terms[1:], [*terms, more(terms[0], -1)], off] if len(terms) > 2 else [[*terms, more(terms[0], -1)], off]
    right = [*spelled(terms), *spelled(terms), " \\text{ or } ".join(f"x = {spell(rng, term)}" for term in terms)]
    return Answers(
        tuple(right), (*(rng.choice(spelled(items)) for items in wrong), spell(rng, terms[0])), (in_braces(rng, terms),)
    )


def plus_minus(rng: Random) -> Answers:
    a, c = rng.choice([0, nonzero(rng)]), rng.randint(1, 50)
    whole = rng.random() < 0.5

    def ends(middle: int, reach: int) -> list[Term]:
        if whole:
            return [middle + reach, middle - reach]
        return [total(middle, root), total(middle, ("neg", root))]

    root: Term = ("sqrt", rng.choice(SQUAREFREE))
    reach: Term = c if whole else root
    lead = str(a) if a else ""
    latex, plain = write(reach, some_pen(rng, "latex")), write(reach, some_pen(rng, "unicode"))
    one, two = ends(a, c)
    right = [
        f"{lead}\\pm {latex}",
        f"{lead}\\pm{latex}",
        f"{lead} ± {plain}".strip(),
        f"{lead}\\mp {latex}",
        f"x = {lead}\\pm {latex}",
    ]
    right += [listed(rng, [one, two], join) for join in (", ", " \\text{ or } ", " \\text{ and } ")]
    right += [listed(rng, [two, one], ", "), f"x = {spell(rng, one)} \\text{{ or }} x = {spell(rng, two)}"]
    misses = [spell(rng, one), spell(rng, two), f"{a + 1}\\pm {latex}", f"{lead}\\pm 99", listed(rng, [one, 77], ", ")]
    return Answers(tuple(right), (*misses, listed(rng, ends(a + 1, c), ", ")))


def points(rng: Random) -> Answers:
    """A list of points."""
    some = [[x, x + nonzero(rng, 20)] for x in rng.sample(range(-20, 21), rng.randint(2, 3))]

    def spelled(items: list[list[int]], join: str = ", ") -> str:
        return join.join(f"({x},{rng.choice(['', ' '])}{y})" for x, y in items)

    right = [spelled(shuffled(rng, some), join) for join in (", ", ",", " \\text{ and } ", " and ", ", ")]
    off, turned = [[some[0][0], some[0][1] + 30], *some[1:]], [some[0][::-1], *some[1:]]
    return Answers(tuple(right), tuple(spelled(items) for items in (some[1:], off, turned, [*some, [41, 99]])))


def assignments(rng: Random) -> Answers:
    a, b = rng.sample(range(-30, 31), 2)
    right = (
        f"x={a}, y={b}",
        f"x = {a},\\ y = {b}",
        f"y={b}, x={a}",
        f"x={a} \\text{{ and }} y={b}",
        f"x = {a}, y = {b}",
        f"x={a},y={b}",
    )
    return Answers(
        right,
        (f"x={b}, y={a}", f"x={a}, y={b + 1}", f"x={a}", f"y={a}, x={b}", f"x={a}, z={b}", f"x=-{abs(a) + 1}, y={b}"),
    )


def assignment(rng: Random) -> Answers:
    n, name = nonzero(rng, 60), rng.choice(["x", "n", "k", "a"])
    other = "y" if name != "y" else "z"
    accepted = (str(n), f"\\frac{{{2 * n}}}{{2}}", f"{n}.0")
    misses = (
        f"{other}={n}",
        f"{name}={n + 1}",
        f"{name}>{n}",
        f"{name}\\neq {n}",
        f"2{name}={n}",
        f"{name} = {-n}",
        str(n + 1),
        f"{name} \\le {n}",
    )
    return Answers(
        (f"{name}={n}", f"{name} = {n}", f"{name} = {2 * n}/2", f"{name}=\\frac{{{3 * n}}}{{3}}"), misses, accepted
    )


def matrix(rng: Random) -> Answers:
    rows, columns = rng.choice([(2, 2), (2, 2), (2, 3), (3, 2), (3, 3)])
    below = rng.choice([1, 1, 2, 3])
    cells = [Fraction(n, below) for n in rng.sample(range(-20, 21), rows * columns)]
    grid = [cells[k * columns : (k + 1) * columns] for k in range(rows)]

    def spelled(lines: list[list[Fraction]], dress: str) -> str:
        latex = some_pen(rng, "latex")
        gap = rng.choice(["", " "])
        body = f"{gap}\\\\{gap}".join(f"{gap}&{gap}".join(write(cell, latex) for cell in line) for line in lines)
        if dress == "array":
            return f"\\left[\\begin{{array}}{{{'c' * len(lines[0])}}}{body}\\end{{array}}\\right]"
        if dress == "python":
            inner = (listed(rng, list(line), ", ", "python") for line in lines)
            return f"[{', '.join(f'[{row}]' for row in inner)}]"
        return f"\\begin{{{dress}}}{body}\\end{{{dress}}}"

    dresses = ["pmatrix", "bmatrix", "array", "python"]
    off = [list(line) for line in grid]
    off[rng.randrange(rows)][rng.randrange(columns)] += 1
    turned = [list(line) for line in zip(*grid, strict=True)]
    wrong = [off, turned, grid[1:], grid[::-1], [[-cell for cell in line] for line in grid]]
    return Answers(
        tuple(spelled(grid, dress) for dress in [*dresses, "pmatrix"]),
        tuple(spelled(lines, rng.choice(dresses)) for lines in wrong),
    )
