"""Measures: lengths, weights, times, areas, money, percentages, angles, ratios, clock times."""

from fractions import Fraction
from random import Random

from tests.answers.math_base import Answers, spell
from tests.answers.math_build import times
from tests.answers.math_terms import RAISED, Term, some_pen, write

UNITS = [
    {"mm": (1, "millimeters"), "cm": (10, "centimeters"), "m": (1000, "meters"), "km": (10**6, "kilometers")},
    {"g": (1, "grams"), "kg": (1000, "kilograms")},
    {"s": (1, "seconds"), "min": (60, "minutes"), "h": (3600, "hours")},
]


def measured(rng: Random, n: int, unit: str, name: str = "") -> str:
    names = [name] if name and rng.random() < 0.3 else [unit]
    dress = rng.choice(["{} {}", "{}\\text{{ {}}}", "{}\\ \\mathrm{{{}}}", "{}\\,\\text{{{}}}", "{}~\\text{{{}}}"])
    return dress.format(n, names[0])


def converted(rng: Random) -> Answers:
    units = rng.choice(UNITS)
    scale = sorted(units, key=lambda unit: units[unit][0])
    at = rng.randrange(1, len(scale))
    large, small = scale[at], scale[at - 1]
    factor, n = units[large][0] // units[small][0], rng.randint(2, 40)
    right = [
        measured(rng, count, unit, units[unit][1])
        for count, unit in ((n, large), (n * factor, small))
        for _ in range(3)
    ]
    foreign = rng.choice([unit for others in UNITS if others is not units for unit in others])
    misses = [(n, small), (n + 1, large), (n * factor + 1, small), (n, foreign), (-n, large), (n * factor * 10, small)]
    return Answers(tuple(right), tuple(measured(rng, *miss) for miss in misses))


def missing_unit(rng: Random) -> Answers:
    units = rng.choice(UNITS)
    unit, other = rng.sample(sorted(units), 2)
    n = rng.randint(2, 500)
    right = [measured(rng, n, unit, units[unit][1]) for _ in range(3)]
    return Answers(
        tuple(right), (measured(rng, n, other), measured(rng, n + 1, unit), str(n + 1), str(-n)), (str(n), f"{n}.0")
    )


def counted(rng: Random) -> Answers:
    n, things, others = (
        rng.randint(2, 500),
        *rng.sample(["apples", "students", "marbles", "coins", "tickets", "pages"], 2),
    )
    right = (f"{n} {things}", f"{n}\\text{{ {things}}}", f"{n} \\text{{{things}}}")
    return Answers(
        right, (f"{n + 1} {things}", f"{n} {others}", str(n + 1), f"{n} million", f"{n}\\text{{ thousand}}"), (str(n),)
    )


def area(rng: Random) -> Answers:
    unit, other, k, name = *rng.sample(["mm", "cm", "m", "km"], 2), *rng.choice([(2, "square"), (3, "cubic")])
    n = rng.randint(2, 500)

    def spelled(count: int, of: str) -> list[str]:
        raised = str(k).translate(RAISED)
        return [
            f"{count}\\text{{ {of}}}^{k}",
            f"{count} {of}^{k}",
            f"{count}\\ \\mathrm{{{of}}}^{{{k}}}",
            f"{count} {of}{raised}",
        ]

    names = {"mm": "millimeters", "cm": "centimeters", "m": "meters", "km": "kilometers"}
    right = [*spelled(n, unit), f"{n} {name} {names[unit]}"]
    wrong = [rng.choice(spelled(n + 1, unit)), rng.choice(spelled(n, other)), str(n + 1), f"{n} {unit}"]
    return Answers(tuple(right), tuple(wrong), (str(n),))


def speed(rng: Random) -> Answers:
    n = rng.randint(2, 300)
    right = [f"{n} km/h", f"{n}\\text{{ km/h}}", f"{n}\\ \\mathrm{{km/h}}", f"{n}\\,\\text{{km}}/\\text{{h}}"]
    return Answers(tuple(right), (f"{n + 1} km/h", f"{n}\\text{{ m/s}}", f"{n} km", str(n + 1)), (str(n),))


def currency(rng: Random) -> Answers:
    n, cents = rng.randint(2, 900), rng.randint(11, 98)
    cents += cents % 10 == 0
    price, off = f"{n}.{cents}", f"{n}.{cents + 1}"
    right = (f"\\${price}", f"{price} dollars", f"{price}\\text{{ dollars}}", f"\\$ {price}", f"USD {price}")
    return Answers(right, (f"\\${off}", f"\\${n}", f"-\\${price}", off, f"\\${n + 1}.{cents}"), (price,))


def percent(rng: Random) -> Answers:
    n = rng.randint(2, 99)
    part = Fraction(n, 100)
    right = (f"{n}\\%", f"{n} \\%", f"{n}%", f"{n} percent", f"{n}\\text{{ percent}}")
    accepted = (str(n), f"0.{n:02d}", f"{part.numerator}/{part.denominator}", f"\\frac{{{n}}}{{100}}")
    misses = (f"0.{n:02d}\\%", f"{n + 1}\\%", f"0.0{n:02d}", f"{n * 100}\\%", str(n + 1), f"-{n}\\%", f"{n}.5\\%")
    return Answers(right, misses, accepted)


def bare_percent(rng: Random) -> Answers:
    n = rng.randint(2, 99)
    return Answers(
        (str(n),),
        (f"0.{n:02d}", f"{n * 100}\\%", f"{n + 1}\\%", f"\\frac{{{n}}}{{100}}"),
        (f"{n}\\%", f"{n}%", f"{n} percent"),
    )


def degrees(rng: Random) -> Answers:
    n = rng.randint(2, 359)
    right = (f"{n}^\\circ", f"{n}^{{\\circ}}", f"{n}°", f"{n} degrees", f"{n}\\text{{ degrees}}")
    misses = (f"{n + 1}^\\circ", f"-{n}^\\circ", f"{n} radians", f"{n}'", str(n + 1), f"{n + 1}°")
    return Answers(right, misses, (str(n),))


def radians(rng: Random) -> Answers:
    n = rng.choice([k for k in range(15, 360, 15) if k != 180])
    part = Fraction(n, 180)

    def spelled(times_pi: Fraction) -> list[str]:
        top = times(times_pi.numerator, "pi")
        term: Term = ("/", top, times_pi.denominator) if times_pi.denominator > 1 else top
        latex, plain = write(term, some_pen(rng, "latex")), write(term, some_pen(rng, "plain"))
        return [spell(rng, term), latex, f"{latex}\\text{{ radians}}", f"{plain} radians"]

    off = spelled(part + Fraction(1, 12))
    misses = (f"{n + 15}^\\circ", f"{n} radians", f"-{n}^\\circ", off[0], off[3])
    return Answers((f"{n}^\\circ", f"{n}°", f"{n} degrees", *spelled(part)), misses)


def ratio(rng: Random) -> Answers:
    parts = rng.sample([2, 3, 5, 7], rng.choice([2, 2, 3]))
    right = []
    for k in (1, 1, 100):  # 10:15 would be a clock time
        scaled = [str(k * part) for part in parts]
        right += [":".join(scaled), " : ".join(scaled), " \\text{ to } ".join(scaled), " to ".join(scaled)]
    off = [*parts[:-1], parts[-1] + 1]
    misses = [":".join(map(str, parts[::-1])), ":".join(map(str, off)), " : ".join(map(str, [*parts, 1]))]
    if len(parts) == 2:
        right += [f"{parts[0]}/{parts[1]}", f"\\frac{{{parts[0]}}}{{{parts[1]}}}"]
        misses += [f"{parts[1]}/{parts[0]}", f"{parts[0]}/{parts[1] + 1}"]
    return Answers(tuple(right), tuple(misses))


def clock(rng: Random) -> Answers:
    hour, minute, half = rng.randint(1, 11), rng.randint(1, 58), rng.choice("ap")

    def spelled(h: int, m: int, of: str) -> list[str]:
        time = f"{h}:{m:02d}"
        return [
            f"{time} {of}.m.",
            f"{time}\\text{{ {of}.m.}}",
            f"{time} {of}m",
            f"{time} {of.upper()}M",
            f"{time}\\text{{ {of.upper()}M}}",
        ]

    other = "p" if half == "a" else "a"
    wrong = [
        rng.choice(spelled(*time))
        for time in ((hour + 1, minute, half), (hour, minute + 1, half), (hour, minute, other))
    ]
    accepted = (f"{hour}:{minute:02d}", f"{hour}\\text{{:}}{minute:02d}")
    return Answers(tuple(spelled(hour, minute, half)), (*wrong, f"{hour}:{minute + 1:02d}", f"{hour}"), accepted)
