"""Laws of a function that can be relied on: total, repeatable, bounded, the same wherever it runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from .search import Counterexample, smallest
from .target import Call, Outcome

if TYPE_CHECKING:
    from .audit import Audit

PIECES = """<think> </think> <answer> </answer> \\boxed{ { } \\frac ( ) [ ^ _ $ $$ #### . , = - + * / % & | ` ``` ~ 0
    7 9 x e 1.5 answer is The \\text{ \\left \\begin{pmatrix} \\\\ \\ " ' <""".split()
ODD = [
    "\n",
    " ",
    "\t",
    "\x00",
    "\u200b",
    "\ufeff",
    "\ud800",
    "\u00bd",
    "\u0663",
    "\U0001d7d9",
    "\u2028",
    "\x85",
    "\u0130",
]
FLOODS = """9 a ( { [ \\boxed{ <answer> <think> </think> <answer></answer> 1+ - ^ \\frac $ 1, #### ``` 0. a= \\text{ "
    ` = | \\""".split()
FLOODS += ["answer is ", " ", "\n", "<think>\n", "1 ", "\u200b", "a b "]
STEPS = [1_000, 4_000, 16_000, 64_000, 256_000]
SLOW_S = 0.4  # below that nobody can tell how time grows
_TIMES = 8  # what is decided by chance once in ten is then missed once in twenty thousand
GROWTH = 8.0  # four times the text; twice what is linear, half of what is quadratic
anything = st.one_of(st.text(max_size=30), st.lists(st.sampled_from(PIECES + ODD), max_size=12).map("".join))


def any_text_gets_a_score(audit: Audit) -> list[Counterexample] | None:
    """Whatever the policy wrote, a finite score or None comes back, and no exception."""
    texts = ["", " ", "\x00", "\ud800", "\\boxed{", "<answer>", "(" * 3000, "{" * 3000, "1" * 10_000, "\\frac" * 500]
    dressed = [text for one in texts for text in (one, audit.dress.completion(one))]
    found = audit.first([Call(text, audit.truth) for text in dressed], _problem)
    if found and len(found.completion) < 100:
        return [found]

    def check(text: str) -> Counterexample | None:
        return audit.first([Call(text, audit.truth), Call(audit.dress.completion(text), audit.truth)], _problem)

    examples = 12 * audit.examples
    drawn = smallest(anything, check, examples=examples, seed=audit.seed, clock=audit.clock)
    return [one for one in (drawn or found,) if one]


def _problem(outcome: Outcome) -> str:
    return outcome.problem


def the_same_call_gets_the_same_score(audit: Audit) -> list[Counterexample] | None:
    """Asked again, and again in another order, it says the same."""
    sample = audit.sample
    first = audit.ask(sample)
    runs = [audit.ask(sample), audit.ask(sample[::-1])[::-1], audit.ask(sample)]
    found = _differences(sample, first, runs, "asked again")
    if found:
        return found
    paid = [place for place, outcome in enumerate(first) if audit.pays(outcome)]  # chance shows where something is paid
    own = [sample[place] for place in paid]
    return _differences(own, [first[place] for place in paid], [audit.ask(own) for _ in range(_TIMES)], "asked again")


def neither_history_nor_clock_nor_process_decides(audit: Audit) -> list[Counterexample] | None:
    """A new process, whose clock is a day ahead, says the same of the same calls in the opposite order."""
    sample = audit.sample
    before = audit.ask(sample)
    with audit.calls.fresh(clock=100_003.7) as other:
        runs = [other.each(sample[::-1])[::-1]]
    audit.made += len(sample)
    return _differences(sample, before, runs, "in a new process")


def a_batch_says_what_its_calls_say(audit: Audit) -> list[Counterexample] | None:
    """However the calls are put together into a batch, and in whatever order, each gets its own score."""
    if audit.calls.target.plan.batch != 0:
        return None
    sample = audit.sample
    alone = audit.ask(sample)
    together = audit.calls.together
    turned = [*range(1, len(sample)), 0]
    moved = together([sample[at] for at in turned])
    runs = [together(sample), together(sample[::-1])[::-1], [moved[turned.index(at)] for at in range(len(sample))]]
    runs += [together([*sample, *sample])[: len(sample)]]
    return _differences(sample, alone, runs, "in a batch")


def eight_threads_say_what_one_says(audit: Audit) -> list[Counterexample] | None:
    """Called from threads, as trainers do, it says the same; signals work in the main thread alone."""
    sample = audit.sample[: (audit.most + 1) // 2]
    alone = audit.ask(sample)
    outcomes = audit.calls.threads(sample)
    audit.made += len(outcomes)
    size = len(sample)
    runs = [outcomes[at : at + size] for at in range(0, len(outcomes), size)]
    return _differences(sample, alone, runs, "in a thread")


def it_travels_to_another_process(audit: Audit) -> list[Counterexample] | None:
    """It can be pickled, as pools and the spawned children of asynchronous trainers need it."""
    why = audit.calls.unsendable
    audit.made += 1
    return [Counterexample("", None, why, advice=True)] if why else []


def work_ends_and_grows_with_the_text_alone(audit: Audit) -> list[Counterexample] | None:
    """No short text takes for ever, in no thread either; four times the text takes about four times as long, unpaid."""
    bombs = [Call(audit.dress.completion(bomb), audit.truth) for bomb in audit.kind.bombs]
    for bomb in bombs:
        outcome = audit.ask([bomb])[0]
        if outcome.hung:
            return [Counterexample(bomb.completion, bomb.ground_truth, outcome.problem)]
        outcome = audit.calls.aside(bomb)
        if outcome.hung:
            return [Counterexample(bomb.completion, bomb.ground_truth, f"in a thread {outcome.problem}")]
    forms: list[Callable[[str], str]] = [str, audit.dress.completion, "<think>{}</think> so".format, "<think>{}".format]
    pieces = FLOODS if not audit.kind.costly else FLOODS[:4]
    for piece in pieces:
        for form in forms[: 2 if audit.kind.costly else 4]:
            found = _growth(audit, piece, form)
            if found:
                return [found]
            if audit.clock.over:
                audit.clock.cut = True
                return []
    return []


def _growth(audit: Audit, piece: str, form: Callable[[str], str]) -> Counterexample | None:
    before = 0.0
    for size in STEPS:
        call = Call(form(piece * (size // len(piece))), audit.truth)
        outcome = audit.ask([call])[0]
        if outcome.hung:
            return Counterexample(call.completion, call.ground_truth, outcome.problem)
        if audit.found.pays and audit.pays(outcome) and not audit.kind.layouts:
            said = f"paid {outcome.score:g} for {size:,} characters of {piece!r}"
            return Counterexample(call.completion, call.ground_truth, said)
        spent = outcome.cpu_s
        if spent > SLOW_S:
            if before and spent > GROWTH * before:
                spent = min(spent, audit.ask([call])[0].cpu_s)  # once more: the machine may have been busy
            if before and spent > GROWTH * before:
                said = f"{size // 4:,} characters took {before:.2g} s, {size:,} took {spent:.2g} s"
                return Counterexample(call.completion, call.ground_truth, said)
            if spent > 3:
                return None
        before = max(spent, 1e-3)
    return None


def _differences(
    calls: Sequence[Call], first: Sequence[Outcome], runs: Sequence[Sequence[Outcome]], where: str
) -> list[Counterexample]:
    """The smallest call whose outcomes differ."""
    found = []
    for at, call in enumerate(calls):
        one = first[at]
        for run in runs:
            other = run[at]
            if (one.score, bool(one.problem)) != (other.score, bool(other.problem)):
                said = f"{_said(one)}, and {where} {_said(other)}"
                found.append(Counterexample(call.completion, call.ground_truth, said))
    return sorted(found, key=lambda one: one.size)[:1]


def _said(outcome: Outcome) -> str:
    return outcome.problem or (f"{outcome.score:g}" if outcome.score is not None else "None")
