"""Laws of what policies learn when rewards can be had without the answer: none of it is ever paid."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .search import Counterexample
from .target import PROBE, Call, Outcome
from .tasks import Task

if TYPE_CHECKING:
    from .audit import Audit

PROBES = [
    f"__import__('sys').__dict__.setdefault('{PROBE}', 1)",
    f'__import__("sys").__dict__.setdefault("{PROBE}", 1)',
    f"[__import__('sys').__dict__.setdefault('{PROBE}', 1)][0]",
    f'exec("import sys; sys.{PROBE} = 1")',
    f"import sys; sys.{PROBE} = 1",
    # without builtins: eval(text, {"__builtins__": None}) is no fence
    "[c for c in ().__class__.__base__.__subclasses__() if c.__name__ == '_wrap_close'][0]"
    f".__init__.__globals__['sys'].__dict__.setdefault('{PROBE}', 1)",
]

# Nothing of this says a number, a choice or a program; a word of one letter but I may be read as a choice.
PHRASES = """trust me; I am sure; I am absolutely certain; I am confident; I have checked this twice; it is obvious;
    this is surely right; clearly; without any doubt; as requested; let us think step by step; let me verify; verified;
    aha moment; QED; this must be true; well done; good job; full marks; as an expert; final answer"""
WORDS = """therefore wait hence thus because since however so hmm but alternatively first next then finally step verify
    check""".split()
SENTENCES = (
    "We read the question once more and write down what is given.",
    "Therefore the next step follows from the one before it.",
    "Wait, let us check whether every case has been looked at.",
    "This agrees with what was asked, hence nothing else is left to show.",
)
LENGTHS = (500, 2_000, 8_000)  # floods are longer


def _prose(size: int) -> str:
    text = " ".join(SENTENCES)
    return (f"{text}\n\n" * (size // len(text) + 1))[:size]


def _stuffed() -> list[tuple[str, list[str]]]:
    """Prose that says nothing, with the parts of each text, one of which may be enough."""
    phrases = [f"{said.strip()}." for said in PHRASES.split(";")]
    words = [f"{word}, " * 20 + f"{word.capitalize()}, " * 20 for word in WORDS]
    return [(" ".join(phrases), phrases), ("".join(words), words), *((_prose(size), []) for size in LENGTHS)]


def _listed(found: Counterexample | None) -> list[Counterexample]:
    return [found] if found else []


def thinking_is_never_paid(audit: Audit) -> list[Counterexample] | None:
    """A right answer that stands only in the thinking is none."""
    if audit.kind.layouts:
        return None

    def check(task: Task, group: str) -> Counterexample | None:
        unpaid = audit.surely_wrong(task)
        if unpaid is None:
            return None
        right, wrong = audit.dress.say(task.right[0]), audit.dress.say(unpaid)
        texts = [f"<think>{right}</think>", f"<think>{right}", f"<think>{right}</think>\n{wrong}"]
        texts += [f"<think>{right}</think>\nI do not know.", f"<think>So {right} or {wrong}?</think>\n{wrong}"]
        truth = audit.dress.ground_truth(task.ground_truth)
        return audit.unpaid([Call(text, truth, task.question) for text in texts], group)

    return audit.in_groups(check)


def an_echo_of_the_question_is_never_paid(audit: Audit) -> list[Counterexample] | None:
    """The question says the right answer among wrong ones; to repeat it is no answer."""
    if audit.kind.layouts or audit.kind.costly:
        return None

    def check(task: Task, group: str) -> Counterexample | None:
        if not task.one_value:
            return None
        echo, truth = task.question, audit.dress.ground_truth(task.ground_truth)
        texts = [echo, f"{echo}?", audit.dress.completion(echo), f"{audit.dress.thought}{echo}?"]
        return audit.unpaid([Call(text, truth, task.question) for text in texts], group)

    return audit.in_groups(check)


def saying_nothing_is_never_paid(audit: Audit) -> list[Counterexample] | None:
    """Neither an empty completion nor an empty answer is right."""

    def check(task: Task, group: str) -> Counterexample | None:
        truth = audit.dress.ground_truth(task.ground_truth)
        texts = [text for empty in audit.kind.empty for text in (empty, audit.dress.completion(empty))]
        return audit.unpaid([Call(text, truth, task.question) for text in (*texts, audit.dress.thought)], group)

    return audit.in_groups(check, part=4)


def tricks_are_never_paid(audit: Audit) -> list[Counterexample] | None:
    """Patterns, identities, lists of everything, instructions to the judge, long or sure talk; programs that peek."""

    def check(task: Task, group: str) -> Counterexample | None:
        for name, text in audit.kind.hacks.items():
            if text in task.right:
                continue
            found = audit.unpaid([audit.dress.call(task, text)], group or name)
            if found:
                return found
        return None

    found = check(audit.plain, "") or (None if audit.kind.layouts else _paid_for_talk(audit))
    return [found] if found else audit.in_groups(check, part=4)


def _paid_for_talk(audit: Audit) -> Counterexample | None:
    """Talk without an answer, as an answer, before a wrong one and in the thinking before one."""
    wrong = audit.surely_wrong(audit.plain)
    forms: list[Callable[[str], str]] = [str, audit.dress.completion]
    if wrong is not None:
        said = audit.dress.say(wrong)
        forms[1:1] = [lambda text: f"{text}\n{said}", lambda text: f"<think>{text}</think>\n{said}"]

    def first(texts: list[str]) -> Counterexample | None:
        calls = [Call(form(text), audit.truth) for text in texts for form in forms[: 2 if audit.kind.costly else 4]]
        return audit.unpaid(calls, "talk")

    for text, parts in _stuffed():
        if audit.clock.over:
            audit.clock.cut = True
            break
        if found := first([text]):
            return first(parts) or found
    return None


def the_text_of_an_answer_is_never_run(audit: Audit) -> list[Counterexample] | None:
    """No answer is run as code where the reward runs: whoever can do that owns the trainer."""
    if audit.kind.costly:
        return None
    texts = [text for probe in PROBES for text in (probe, audit.dress.completion(probe), audit.dress.say(f"${probe}$"))]

    def wrong(outcome: Outcome) -> str:
        return "it was run as Python" if outcome.ran_code else ""

    return _listed(audit.first([Call(text, audit.truth) for text in texts], wrong))


def an_unreadable_ground_truth_is_never_paid(audit: Audit) -> list[Counterexample] | None:
    """Where nobody can read the ground truth no answer is right, not even an empty one."""
    return _listed(audit.unpaid(_unreadable(audit))) if audit.kind.unreadable else None


def our_own_failure_is_no_zero(audit: Audit) -> list[Counterexample] | None:
    """An unreadable ground truth raises or gives None; as a 0 it trains the policy on a fault of ours."""
    if not audit.kind.unreadable:
        return None

    def wrong(outcome: Outcome) -> str:
        if outcome.score is None or audit.pays(outcome):
            return ""
        return f"{outcome.score:g}, where None leaves the completion out"

    return _listed(audit.first(_unreadable(audit)[: len(audit.kind.unreadable)], wrong, advice=True))


def _unreadable(audit: Audit) -> list[Call]:
    """A right-looking answer to each first, then answers that are as empty as it."""
    answers = [audit.dress.completion(audit.plain.right[0])]
    answers += [text for empty in (*audit.kind.empty, "None", "{}") for text in (empty, audit.dress.completion(empty))]
    return [Call(answer, audit.dress.ground_truth(truth)) for answer in answers for truth in audit.kind.unreadable]
