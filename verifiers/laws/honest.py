"""Laws of what is right: a right answer is paid in every spelling, and nothing beside it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .search import Counterexample
from .target import Call, Outcome
from .tasks import Task

if TYPE_CHECKING:
    from .audit import Audit


def _unpaid_right(audit: Audit, calls: list[Call], group: str) -> Counterexample | None:
    def wrong(outcome: Outcome) -> str:
        if audit.pays(outcome):
            return ""
        return outcome.problem or f"paid {outcome.score if outcome.score is None else format(outcome.score, 'g')}"

    return audit.first(calls, wrong, group)


def a_right_answer_is_paid(audit: Audit) -> list[Counterexample] | None:
    """The ground truth accepts itself."""
    if not audit.found.pays:
        call = audit.found.right_call
        problems = "; ".join(audit.found.problems[:2])
        said = "no right answer is paid more than a wrong one, however it is dressed" + (
            f": {problems}" if problems else ""
        )
        return [Counterexample(call.completion, call.ground_truth, said)] if call else None
    return audit.in_groups(lambda task, group: _unpaid_right(audit, [audit.dress.call(task, task.right[0])], group))


def spelling_does_not_matter(audit: Audit) -> list[Counterexample] | None:
    """Equal values are equal, however they are written."""
    return audit.in_groups(
        lambda task, group: _unpaid_right(audit, [audit.dress.call(task, text) for text in task.right[1:]], group)
    )


def a_near_miss_is_never_paid(audit: Audit) -> list[Counterexample] | None:
    """One digit, sign, bracket, unit or operator changed, and it is wrong."""
    return audit.in_groups(
        lambda task, group: audit.unpaid([audit.dress.call(task, text) for text in task.wrong], group)
    )


def several_answers_are_no_answer(audit: Audit) -> list[Counterexample] | None:
    """A right answer with wrong ones beside it is a guess."""

    def check(task: Task, group: str) -> Counterexample | None:
        wrong = audit.surely_wrong(task) if task.one_value else None
        if wrong is None:
            return None
        right, more = task.right[0], task.wrong[-1]
        texts = [f"{right} or {wrong}", f"{wrong} or {right}", f"{right}, {wrong}", f"{wrong}, {right}"]
        texts += [f"{wrong}, {right}, {more}", f"{right} \\text{{ or }} {wrong}", f"either {wrong} or {right}"]
        calls = [audit.dress.call(task, text) for text in texts]
        closed = not audit.dress.said.endswith("ANSWER")  # of two statements without an end the last may count
        for one, other in ((right, wrong), (wrong, right)) if closed else ():
            both = f"{audit.dress.say(one)} or {audit.dress.say(other)}"
            calls.append(Call(audit.dress.thought + both, audit.dress.ground_truth(task.ground_truth), task.question))
        return audit.unpaid(calls, group)

    return None if audit.kind.layouts or audit.kind.costly else audit.in_groups(check)


def an_answer_taken_back_is_not_paid(audit: Audit) -> list[Counterexample] | None:
    """The last answer counts: a right one that a wrong one corrects is none."""
    if audit.kind.layouts or audit.kind.costly or audit.dress.said == "ANSWER":
        return None

    def check(task: Task, group: str) -> Counterexample | None:
        wrong = audit.surely_wrong(task)
        if wrong is None:
            return None
        text = f"{audit.dress.say(task.right[0])}\nWait, that is wrong.\n{audit.dress.say(wrong)}"
        truth = audit.dress.ground_truth(task.ground_truth)
        return audit.unpaid([Call(audit.dress.thought + text, truth, task.question)], group)

    return audit.in_groups(check)


def a_wrong_answer_is_not_left_out(audit: Audit) -> list[Counterexample] | None:
    """None is for a fault of ours; where a policy can earn it, it escapes its zeros."""
    answers = [*audit.plain.wrong, *audit.kind.empty, *audit.kind.hacks.values()]
    calls = [audit.dress.call(audit.plain, answer) for answer in answers]
    calls += [Call(text, audit.truth) for text in ("", "I do not know.")]
    left_out = audit.first(
        calls, lambda outcome: "None" if outcome.score is None and not outcome.problem else "", advice=True
    )
    return [left_out] if left_out else []
