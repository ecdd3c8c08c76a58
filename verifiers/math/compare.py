"""Do two bare answers name the same value? Typed comparison, cheap before dear; Math-Verify last."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from ..extract import extract_answer
from ..types import Reason, Verdict, need_text
from .answer import fold, is_name, read
from .evaluate import TooBig, Unknown
from .fallback import ask_math_verify
from .reals import as_reals, same_reals
from .tree import VALUES, Node, Unreadable, negative, nodes, number, symbols
from .units import Unit
from .values import exact, exactly, proportional, same_function, same_number, same_roots

MAX_CHARS = 10_000
MAX_PAIRS = 400
_NEVER = {"nan", ".*", "\\nan", "x=x", "none", "null"}
_CHOICE = re.compile(r"(?:the)?(?:correct)?(?:option|choice|answer)?(?:is)?:?\(?([a-j])[).:]{0,2}")
_DRESS = re.compile(r"\\(?:boxed|fbox|textbf|textrm|text|mathrm|mathbf|displaystyle)|\\[()\[\] ,]|[{}\s$.:]|(?i:option|choice)")
_BARE_CHOICE = re.compile(r"\(?([A-J])\)?")
_HALF_TURN = number(180)
_PI = Node("const", (), "pi")


class Said(NamedTuple):
    """equal: None where it is not decided; proof: exact or numeric; why: one sentence for a person."""

    equal: bool | None
    proof: str
    why: str


def verify_math(completion: str, ground_truth: str | int | float) -> Verdict:
    r"""Score 1 where the completion's answer equals the ground truth.

    >>> verify_math(r"<think>1/2 + 1/4</think> so \boxed{\frac34}", "0.75").score
    1.0
    """
    completion = need_text(completion, "verify_math")
    wanted, fault = _wanted(ground_truth)
    if fault:
        return Verdict(None, Reason.BAD_GROUND_TRUTH, note=fault)
    found = extract_answer(completion)
    if found.answer is None:
        return Verdict(0.0, Reason.NO_ANSWER, note=found.note)
    return equivalent(found.answer, wanted)


def equivalent(answer: str, ground_truth: str | int | float, *, fallback: bool = True) -> Verdict:
    r"""Score 1 where two bare answers are equal; details["proof"] says what decided: exact, numeric or fallback.

    With fallback=False what only Math-Verify could decide is UNDECIDED.

    >>> equivalent(r"\frac{50}{100}", "1/2").score, equivalent("0.333", "1/3").score
    (1.0, 0.0)
    """
    answer = need_text(answer, "equivalent")
    wanted, fault = _wanted(ground_truth)
    if fault:
        return Verdict(None, Reason.BAD_GROUND_TRUTH, answer, fault)
    if len(answer) > MAX_CHARS:
        return _wrong(answer, f"the answer has {len(answer)} characters, more than {MAX_CHARS}")
    if not _readable(answer):
        return _wrong(answer, "the answer holds nothing to compare")
    said = judge(answer, wanted)
    if said.equal is not None:
        score, reason = (1.0, Reason.CORRECT) if said.equal else (0.0, Reason.WRONG)
        return Verdict(score, reason, answer, said.why, {"proof": said.proof})
    if not fallback:
        return Verdict(None, Reason.UNDECIDED, answer, said.why, {"proof": said.proof})
    return replace(ask_math_verify(answer, wanted, (_rational(answer), _rational(wanted))), answer=answer)


def judge(answer: str, wanted: str) -> Said:
    """What we say without the fallback."""
    if " ".join(answer.split()) == " ".join(wanted.split()):
        return Said(True, "exact", "the same text")
    folded, folded_wanted = fold(answer), fold(wanted)
    if choice := _BARE_CHOICE.fullmatch(_DRESS.sub("", wanted)):
        said = _CHOICE.fullmatch(folded)
        return Said(bool(said) and said[1] == choice[1].lower(), "exact", "choices are compared by their letter")  # type: ignore[index]
    if folded == folded_wanted and folded.isalpha() and len(folded) > 1:
        return Said(True, "exact", "the same words")
    try:
        want = read(wanted)
    except Unreadable as error:
        return Said(None, "exact", f"the ground truth cannot be read: {error}")
    try:
        have = read(answer)
    except Unreadable as error:
        return Said(False, "exact", f"the answer cannot be read: {error}")
    said_first = _safely(have, want)
    if said_first.equal or not ("," in answer or "," in wanted):
        return said_first
    for one, other in ((False, True), (True, False), (False, False)):  # 1,000 may be a list to one of the two
        try:
            have, want = read(answer, one), read(wanted, other)
        except Unreadable:
            continue
        said_again = _safely(have, want)
        if said_again.equal:
            return said_again
    return said_first


def _safely(have: Node, want: Node) -> Said:
    try:
        return compare(have, want)
    except TooBig as error:
        if _too_big(want):
            return Said(None, "exact", f"the ground truth is out of reach: {error}")
        return Said(False, "exact", f"no honest answer needs this: {error}")
    except RecursionError:
        return Said(None, "exact", "nested too deeply")
    except (Unknown, ZeroDivisionError, OverflowError, ValueError) as error:
        if _undefined(have) and not _undefined(want):
            return Said(False, "exact", "the answer divides by zero")
        return Said(None, "exact", f"no arithmetic decides: {error}")


def _too_big(node: Node) -> bool:
    for part in nodes(node):
        if part.kind in VALUES and not symbols(part):
            try:
                exact(part)
            except TooBig:
                return True
            except (ArithmeticError, ValueError):
                continue
    return False


def _undefined(node: Node) -> bool:
    try:
        exact(node)
    except ZeroDivisionError:
        return True
    except (ArithmeticError, ValueError):
        return False
    return False


def compare(have: Node, want: Node) -> Said:
    """The answer against the ground truth, by their kinds. Raises Unknown."""
    have, want = settled(have, want), settled(want, have)
    if have == want:
        return Said(True, "exact", "equal")
    if have.kind == "special" or want.kind == "special":
        return Said(have == want, "exact", "what has no value is compared by its meaning")
    if have.kind == "text" or want.kind == "text":
        return Said(have == want, "exact", "words are compared as words")
    if "named" in (have.kind, want.kind):
        return _named(have, want)
    if have.kind == "about" or want.kind == "about":
        return Said(False, "exact", "an approximation of something else")
    if have.kind == "time" and want.kind == "ratio" and not have.value[2]:
        have = Node("ratio", tuple(map(number, have.value[:2])))
    for kind, rule in (("time", _times), ("based", _based), ("residue", _residues), ("ratio", _ratios)):
        if kind in (have.kind, want.kind):
            return rule(have, want)
    if have.kind == want.kind == "rel" and ("=" in have.value or "=" in want.value):
        return _equations(have, want)
    sets = _as_sets(have, want)
    if sets is not None:
        return sets
    if have.kind == want.kind == "rel":
        return _inequalities(have, want)
    if "matrix" in (have.kind, want.kind):
        return _matrices(have, want)
    if have.kind == "tuple" and want.kind == "tuple":
        if have.value != want.value:
            return Said(False, "exact", f"brackets {have.value} are not {want.value}")
        return _one_by_one(have.args, want.args)
    if have.kind in ("list", "set") and want.kind in ("list", "set"):
        return _any_order(have.args, want.args, "set" in (have.kind, want.kind))
    if "quantity" in (have.kind, want.kind):
        return _quantities(have, want)
    if have.kind in VALUES and want.kind in VALUES:
        return _values(have, want)
    if have.kind == want.kind == "reals":
        return Said(have.value == want.value, "exact", "sets of numbers by name")
    if have.kind == want.kind and have.args and len(have.args) == len(want.args) and have.value == want.value:
        return _one_by_one(have.args, want.args)
    return Said(False, "exact", f"{_kind(have)} is not {_kind(want)}")


def _kind(node: Node) -> str:
    names = {"rel": "a relation", "list": "a list of answers", "tuple": "a tuple or interval", "named": "an assignment"}
    return names.get(node.kind, "a value" if node.kind in VALUES else f"a {node.kind}")


def settled(node: Node, other: Node) -> Node:
    """Without what adds nothing to its value: 1 + 2 = 3 is 3, a name in front of a ratio goes, 2√3 ≈ 3.46 is 2√3."""
    if node.kind == "chain":
        name, last, *middle = node.args
        if all(_surely(part, last) for part in middle):
            node = Node("named", (name, last)) if is_name(name) else last
        elif is_name(name) and all(symbols(part) for part in middle) and not symbols(last):
            node = Node("named", (name, last))  # A = πr² = 9π
        else:
            return Node("special", (), "a chain that does not hold")
    if node.kind == "rel" and node.value == ("=",):
        left, right = node.args
        if not symbols(left) and not symbols(right) and left.kind in VALUES and _surely(left, right):
            return right
    if node.kind == "rel" and node.value == ("=",) and other.kind not in ("rel", "named", "list"):
        left, right = node.args
        if left.kind in ("add", "mul") and not symbols(right) and all(n.kind in ("sym", "add", "mul") for n in nodes(left)):
            return right  # a + b = 12 answers 12
    if node.kind == "residue" and other.kind != "residue":
        value, modulus = (exactly(arg) for arg in node.args)
        if value is not None and modulus and (node.value == "bmod" or (node.value == "mod" and value >= modulus)):
            return number(value % modulus)
    if node.kind == "about":
        exact_value, rounded = node.args
        if exact_value.kind == "named":
            return settled(Node("about", (exact_value.args[1], rounded)), other)
        if is_name(exact_value):
            return Node("named", (exact_value, rounded))
        if rounded.kind == "decimal" and exact_value.kind in VALUES and _rounds_to(exact_value, rounded, 1):
            return exact_value
        if rounded.kind == "quantity" and exact_value.kind in VALUES and rounded.args[0].kind == "decimal":
            if _rounds_to(exact_value, rounded.args[0], 1):
                return rounded._replace(args=(exact_value,))
    return node


def _surely(one: Node, other: Node) -> bool:
    try:
        return compare(one, other).equal is True
    except (ArithmeticError, ValueError):
        return False


def _named(have: Node, want: Node) -> Said:
    """x = 3: the name counts where the other side has one too."""
    if have.kind == want.kind == "named":
        name, wanted_name = have.args[0], want.args[0]
        if name == wanted_name:
            return compare(have.args[1], want.args[1])
        if name.kind in ("sym", "index") and wanted_name.kind in ("sym", "index"):
            return _equations(_as_relation(have), _as_relation(want))
        return Said(False, "exact", "the two name different things")
    if have.kind == "named":
        name, value = have.args
        if want.kind == "rel":
            return _equations(_as_relation(have), want) if "=" in want.value else Said(False, "exact", "an equation is no inequality")
        if want.kind == "list" and name.kind == "tuple" and value.kind == "tuple":
            return compare(Node("list", _assignments(name, value)), want)
        if symbols(name) & symbols(want) and name.kind == "sym":
            return Said(False, "exact", "the answer is about the variable itself")
        return compare(value, want)
    name, value = want.args
    if have.kind == "rel":
        return _equations(have, _as_relation(want)) if "=" in have.value else Said(False, "exact", "an inequality is no equation")
    if have.kind == "list" and name.kind == "tuple" and value.kind == "tuple":
        return compare(have, Node("list", _assignments(name, value)))
    if have.kind == "list" and value.kind != "list":
        return Said(False, "exact", "several answers where the ground truth is one")
    return compare(have, value)


def _assignments(name: Node, value: Node) -> tuple[Node, ...]:
    return tuple(Node("named", pair) for pair in zip(name.args, value.args))


def _as_relation(node: Node) -> Node:
    return Node("rel", node.args, ("=",)) if node.kind == "named" else node


def _equations(have: Node, want: Node) -> Said:
    """Equal up to a constant factor and rearrangement."""
    if have.value != ("=",) or want.value != ("=",):
        if {"="} == set(have.value) & set(want.value) and len(have.args) == len(want.args) > 2:
            return _one_by_one(have.args, want.args)
        return Said(False, "exact", "an equation is no inequality")
    sides = []
    for node in (have, want):
        left, right = node.args
        if {left.kind, right.kind} - VALUES:
            return _one_by_one(have.args, want.args)
        sides.append(Node("add", (left, negative(right))))
    for node, name in zip(sides, ("answer", "ground truth")):
        if not symbols(node) or _vanishes(node):
            return Said(False, "exact", f"the {name} says nothing of a variable")
    if symbols(sides[0]) != symbols(sides[1]):
        return Said(False, "exact", "other variables")
    if proportional(*sides)[0]:
        return Said(True, "numeric", "the same equation up to a constant factor")
    if same_roots(*sides):
        return Said(True, "numeric", "the same equation solved for a variable")
    return Said(False, "exact", "another equation")


def _vanishes(node: Node) -> bool:
    try:
        return same_function(node, number(0))[0]
    except (ArithmeticError, ValueError):
        return False


def _inequalities(have: Node, want: Node) -> Said:
    """In several variables: the same up to a factor, whose sign turns the relation round."""
    if len(have.value) != 1 or len(want.value) != 1:
        if have.value == want.value:
            return _one_by_one(have.args, want.args)
        turned = tuple(_TURNED[mark] for mark in reversed(have.value))
        if turned == want.value:
            return _one_by_one(have.args[::-1], want.args)
        return Said(False, "exact", "another chain of inequalities")
    sides = [Node("add", (node.args[0], negative(node.args[1]))) for node in (have, want)]
    same, sign = proportional(*sides)
    if not same:
        return Said(False, "exact", "another inequality")
    mark = have.value[0] if sign > 0 else _TURNED[have.value[0]]
    return Said(mark == want.value[0], "numeric", "the same inequality up to a factor" if mark == want.value[0] else "turned round")


_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "!=": "!=", "=": "=", "in": "in", "notin": "notin"}


def _as_sets(have: Node, want: Node) -> Said | None:
    """Sets of reals, where one of the two can be nothing else."""
    only = {"union", "inter", "minus", "builder", "rel", "reals"}
    if not {have.kind, want.kind} & only:
        return None
    variable: list[str] = []
    one = as_reals(have, variable)
    names = set(variable)
    variable = []
    other = as_reals(want, variable)
    if one is None or other is None:
        if have.kind in ("union", "inter") and want.kind == have.kind and len(have.args) == len(want.args):
            return _any_order(have.args, want.args, False)
        return None
    if names and variable and names != set(variable):
        return Said(False, "exact", "inequalities in other variables")
    same = same_reals(one, other)
    return Said(same, "exact", "the same set of numbers" if same else "another set of numbers")


def _matrices(have: Node, want: Node) -> Said:
    if have.kind == want.kind:
        if have.value != want.value:
            return Said(False, "exact", f"a matrix of {have.value} is not one of {want.value}")
        return _one_by_one(have.args, want.args)
    matrix, other = (have, want) if have.kind == "matrix" else (want, have)
    if other.kind == "tuple" and other.value in ("()", "[]") and 1 in matrix.value:
        return _one_by_one(have.args, want.args)
    return Said(False, "exact", f"{_kind(have)} is not {_kind(want)}")


def _one_by_one(have: Sequence[Node], want: Sequence[Node]) -> Said:
    if len(have) != len(want):
        return Said(False, "exact", f"{len(have)} parts where the ground truth has {len(want)}")
    proof, doubt = "exact", ""
    known: dict[tuple[Node, Node], Said] = {}
    for pair in zip(have, want):
        said = known.get(pair) or _part(*pair)
        known[pair] = said
        if said.equal is False:
            return Said(False, said.proof, f"a part differs: {said.why}")
        if said.equal is None:
            doubt = said.why
        proof = said.proof if said.proof != "exact" else proof
    return Said(None, proof, doubt) if doubt else Said(True, proof, "all parts are equal")


def _part(have: Node, want: Node) -> Said:
    try:
        return compare(have, want)
    except TooBig:
        raise
    except Unknown as error:
        return Said(None, "exact", str(error))


def _any_order(have: Sequence[Node], want: Sequence[Node], repeats: bool) -> Said:
    """Each has its like on the other side; a list has as many as the other."""
    if not repeats and len(have) != len(want):
        return Said(False, "exact", f"{len(have)} answers where the ground truth has {len(want)}")
    if not have or not want:
        return Said(len(have) == len(want), "exact", "the empty set")
    if repeats and (len(have) > 4 * len(want) + 4):
        return Said(False, "exact", "many more elements than the ground truth has")
    keys = [_rational_key(node) for node in (*have, *want)]
    if None not in keys:
        mine, theirs = sorted(keys[: len(have)]), sorted(keys[len(have) :])  # type: ignore[type-var]
        same = (set(mine) == set(theirs)) if repeats else (mine == theirs)
        if same:
            return Said(True, "exact", "the same elements")
    if len(have) * len(want) > MAX_PAIRS:
        if None not in keys and not any(node.kind == "decimal" for node in want):
            return Said(False, "exact", "other elements")
        raise Unknown(f"more than {MAX_PAIRS} pairs of elements")
    free = list(range(len(want)))
    matched: set[int] = set()
    proof, doubt = "exact", ""
    for item in have:
        place = None
        for i in [*free, *(matched if repeats else ())]:
            said = _part(item, want[i])
            if said.equal:
                place = i
                proof = said.proof if said.proof != "exact" else proof
                break
            if said.equal is None:
                doubt = said.why
        if place is None:
            return Said(None, "exact", doubt) if doubt else Said(False, "exact", "an element that the ground truth has not")
        matched.add(place)
        if place in free:
            free.remove(place)
    for i in free:
        if not repeats or not any(_part(item, want[i]).equal for item in have):
            return Said(False, "exact", "an element is missing")
    return Said(True, proof, "the same elements")


def _rational_key(node: Node) -> Fraction | None:
    return exactly(node) if node.kind in VALUES and not symbols(node) else None


def _times(have: Node, want: Node) -> Said:
    if have.kind != want.kind:
        return Said(False, "exact", "a clock time is a time")
    (hour, minute, half), (wanted_hour, wanted_minute, wanted_half) = have.value, want.value
    if half and wanted_half:
        return Said(have.value == want.value, "exact", "clock times")
    return Said((hour, minute) == (wanted_hour, wanted_minute), "exact", "clock times")


def _based(have: Node, want: Node) -> Said:
    if have.kind != want.kind:
        return Said(False, "exact", "a base is written on one side alone")
    return Said(have.value[0] == want.value[0], "exact", "numbers in their bases")


def _residues(have: Node, want: Node) -> Said:
    if have.kind != want.kind:
        return Said(False, "exact", "a modulus is written on one side alone")
    value, modulus, wanted, wanted_modulus = (exactly(node) for node in (*have.args, *want.args))
    if None in (value, modulus, wanted, wanted_modulus) or not wanted_modulus:
        return _one_by_one(have.args, want.args)
    same = modulus == wanted_modulus and (value - wanted) % modulus == 0
    return Said(same, "exact", "residue classes")


def _ratios(have: Node, want: Node) -> Said:
    if have.kind == want.kind:
        if len(have.args) != len(want.args):
            return Said(False, "exact", "ratios of other lengths")
        for i in range(1, len(have.args)):
            left = Node("mul", (have.args[0], want.args[i]))
            right = Node("mul", (have.args[i], want.args[0]))
            if not same_function(left, right)[0]:
                return Said(False, "exact", "another ratio")
        return Said(True, "exact", "proportional")
    ratio, other = (have, want) if have.kind == "ratio" else (want, have)
    if len(ratio.args) == 2 and other.kind in VALUES:
        return _values(Node("div", ratio.args), other)
    return Said(False, "exact", f"{_kind(have)} is not {_kind(want)}")


def _quantities(have: Node, want: Node) -> Said:
    """A missing unit is taken from the other side, a present one must agree; conversion counts."""
    if have.kind in VALUES and want.kind == "quantity" and want.value.letters and symbols(have):
        return _values(have, _spelled_out(want))
    if want.kind in VALUES and have.kind == "quantity" and have.value.letters and symbols(want):
        return _values(_spelled_out(have), want)
    if {have.kind, want.kind} - VALUES - {"quantity"}:
        return Said(False, "exact", f"{_kind(have)} is not {_kind(want)}")
    mine, value = _unit(have)
    theirs, wanted = _unit(want)
    if theirs is None or mine is None:
        unit = mine or theirs
        if unit is not None and unit.bases == (("%", 1),):
            return _percent(mine, value, wanted)
        if unit is not None and unit.bases == (("°", 1),):
            bare = value if mine is None else wanted
            if any(node == _PI for node in nodes(bare)):
                turned = Node("div", (Node("mul", (bare, _HALF_TURN)), _PI))
                return _values(turned if mine is None else value, wanted if mine is None else turned)
        return _values(value, wanted)
    if mine.bases != theirs.bases:
        angles = {"°": Node("div", (_PI, _HALF_TURN)), "rad": number(1)}
        if len(mine.bases) == len(theirs.bases) == 1 and mine.bases[0][0] in angles and theirs.bases[0][0] in angles:
            sides = [
                Node("mul", (part, angles[unit.bases[0][0]], number(unit.factor)))
                for part, unit in ((value, mine), (wanted, theirs))
            ]
            return _values(*sides)
        if {mine.bases, theirs.bases} <= {(("°", 1),), (("celsius", 1),), (("fahrenheit", 1),)} and (("°", 1),) in (mine.bases, theirs.bases):
            return _values(value, wanted)
        return Said(False, "exact", "another unit")
    if mine.factor == theirs.factor:
        return _values(value, wanted)
    return _values(Node("mul", (value, number(mine.factor / theirs.factor))), wanted)


def _spelled_out(node: Node) -> Node:
    return Node("mul", (node.args[0], *(Node("sym", (), letter) for letter in node.value.letters)))


def _unit(node: Node) -> tuple[Unit | None, Node]:
    return (node.value, node.args[0]) if node.kind == "quantity" else (None, node)


def _percent(mine: Unit | None, value: Node, wanted: Node) -> Said:
    """50% may be answered as 50, 0.5 or 1/2; a bare ground truth takes the sign."""
    said = _values(value, wanted)
    if said.equal:
        return said
    if mine is None:
        return _values(Node("mul", (value, number(100))), wanted)
    small = exactly(wanted)  # 1 may be answered as 100%, but 76 not as 7600%
    if small is not None and abs(small) > 1:
        return said
    return _values(Node("div", (value, number(100))), wanted)


def _values(have: Node, want: Node) -> Said:
    """Numbers and functions."""
    if have == Node("special") or want == Node("special"):
        return Said(False, "exact", "no value")
    infinite = [_infinity(node) for node in (have, want)]
    if any(infinite):
        return Said(infinite[0] == infinite[1], "exact", "infinity")
    have, want = _constant_renamed(have, want)
    if symbols(have) != symbols(want) and not (symbols(have) and symbols(want)):
        bare = want if symbols(have) else have
        if not any(n.kind in ("big", "dots") for n in nodes(have)) and bare.kind in ("num", "decimal", "neg", "const"):
            if not _constant(have if symbols(have) else want):
                return Said(False, "exact", "a variable on one side alone")
    same, proof = same_function(have, want)
    if same:
        return Said(True, proof, "equal")
    decimal, sign = (want.args[0], -1) if want.kind == "neg" else (want, 1)
    if decimal.kind == "decimal" and not symbols(have) and _rounds_to(have, decimal, sign):
        return Said(True, "numeric", "rounds to the last digit of the ground truth")
    return Said(False, proof, "another value")


def _constant(node: Node) -> bool:
    try:
        from .values import points, _double, _agree

        names = sorted(symbols(node))
        one, other = ({k: complex(v) for k, v in p.items()} for p in points(names, 5)[1:3])
        return _agree(_double(node, one), _double(node, other))
    except (ArithmeticError, ValueError, TypeError):
        return True


def _infinity(node: Node) -> int:
    if node.kind == "neg":
        return -_infinity(node.args[0])
    return int(node == Node("const", (), "infinity"))


def _rounds_to(value: Node, decimal: Node, sign: int) -> bool:
    """Whether an exact or longer value rounds to the decimal that the ground truth writes.

    One significant digit is no rounding: 0.0999 is not 0.1.
    """
    written, places, digits = decimal.value
    bare = value.args[0] if value.kind == "neg" else value
    if digits < 2 or (bare.kind == "decimal" and bare.value.places <= places) or places > 100:
        return False
    known = exactly(value)
    if known is None:
        from .evaluate import precise, walk

        field = precise(max(30, 2 * places))
        number_ = walk(value, field, {})
        if abs(field.mp.im(number_)) > field.mp.mpf(10) ** (-places - 5):
            return False
        real = field.mp.re(number_)
        known = Fraction(int(field.mp.nint(real * 10 ** (places + 10))), 10 ** (places + 10))
    half = Fraction(1, 2 * 10**places)
    away = abs(known) - written
    return known * sign * written > 0 and -half <= away < half


def _constant_renamed(have: Node, want: Node) -> tuple[Node, Node]:
    """x² + C and x² + K: the constant of integration may be any letter."""
    mine, theirs = symbols(have) - symbols(want), symbols(want) - symbols(have)
    if len(mine) == len(theirs) == 1 and have.kind == want.kind == "add":
        (name,), (wanted_name,) = mine, theirs
        free, wanted_free = Node("sym", (), name), Node("sym", (), wanted_name)
        alone = [sum(n == symbol for n in nodes(node)) == 1 and symbol in node.args for node, symbol in ((have, free), (want, wanted_free))]
        if all(alone) and len(name[0] + wanted_name[0]) == 2 and {name[0], wanted_name[0]} & set("CKck"):
            return have._replace(args=tuple(wanted_free if arg == free else arg for arg in have.args)), want
    return have, want


def _rational(text: str) -> Fraction | None:
    try:
        return exactly(read(text))
    except Unreadable:
        return None


def _wanted(ground_truth: object) -> tuple[str, str]:
    """The ground truth as text, and what is wrong with it."""
    if isinstance(ground_truth, bool) or not isinstance(ground_truth, (str, int, float)):
        return "", f"the ground truth is {type(ground_truth).__name__}, neither text nor a number"
    if isinstance(ground_truth, int) and ground_truth.bit_length() > MAX_CHARS:
        return "", f"the ground truth has more than {MAX_CHARS} bits"
    wanted = str(ground_truth)
    if len(wanted) > MAX_CHARS:
        return "", f"the ground truth has {len(wanted)} characters, more than {MAX_CHARS}"
    return wanted, "" if _readable(wanted) else f"the ground truth {wanted[:40]!r} holds no answer"


def _readable(text: str) -> bool:
    folded = fold(text)
    if folded in _NEVER:
        return folded == "none" and False
    return any(map(str.isalnum, folded)) or bool(re.fullmatch(r"\\?\{?\\?\}?|∅|∞", text.strip(" $"))) and len(text.strip(" $")) > 1 or "∅" in text or "∞" in text


def _wrong(answer: str, note: str) -> Verdict:
    return Verdict(0.0, Reason.WRONG, answer, note, {"proof": "exact"})
