"""Why a verdict is what it is: what was found, what was read, what decided."""

from __future__ import annotations

from ..extract import extract_answer
from .answer import read
from .equivalence import equivalent
from .tree import Node, Unreadable


def explain(text: str, ground_truth: str) -> list[tuple[str, str]]:
    """Lines of a name and what there is to say of it; the text is a completion or a bare answer.

    >>> for name, said in explain(r"so \\boxed{\\frac{2}{4}}", "0.5")[2:4]: print(f"{name}: {said}")
    answer read as: div(2, 4)
    ground truth: 0.5
    """
    found = extract_answer(text)
    answer = text if found.answer is None else found.answer
    verdict = equivalent(answer, ground_truth)
    score = "None" if verdict.score is None else f"{verdict.score:g}"
    return [
        ("answer from", "the completion" if found.answer is not None else f"taken as a bare answer: {found.note}"),
        ("answer", answer),
        ("answer read as", reading(answer)),
        ("ground truth", ground_truth),
        ("truth read as", reading(ground_truth)),
        ("decided by", _STEPS[verdict.details.get("proof", "")]),
        ("because", verdict.note or "Math-Verify says so"),
        ("verdict", f"{verdict.reason}, score {score}"),
    ]


_STEPS = {
    "exact": "text, structure or exact arithmetic",
    "numeric": "arithmetic to many digits, or at many places",
    "fallback": "Math-Verify in its worker",
    "": "nothing: one of the two cannot be compared",
}


def reading(text: str) -> str:
    """The answer as it was read, or why it was not."""
    try:
        return show(read(text))
    except Unreadable as error:
        return f"not read as mathematics: {error}"


def show(node: Node) -> str:
    """A tree as one line: add(x, 1)."""
    if node.kind == "num":
        return str(node.value)
    if node.kind == "decimal":
        return f"{float(node.value.number):.{min(node.value.places, 17)}f}"
    if node.kind in ("sym", "const"):
        return str(node.value)
    if node.kind == "text":
        return f"the words {node.value!r}"
    inner = ", ".join(map(show, node.args))
    if node.kind == "tuple":
        return f"{node.value[0]}{inner}{node.value[1]}"
    if node.kind == "quantity":
        bases = " ".join(base if power == 1 else f"{base}^{power}" for base, power in node.value.bases)
        return f"quantity({inner}; {node.value.factor} × {bases})"
    name = node.value if node.kind == "call" else node.kind
    extra = f"; {node.value}" if node.value is not None and node.kind != "call" else ""
    return f"{name}({inner}{extra})"
