"""All the laws, by name, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import hacks, honest, steady
from .search import Counterexample

if TYPE_CHECKING:
    from .audit import Audit

Law = Callable[["Audit"], "list[Counterexample] | None"]
LAWS: dict[str, Law] = {
    law.__name__: law
    for law in (
        honest.a_right_answer_is_paid,
        steady.any_text_gets_a_score,
        honest.spelling_does_not_matter,
        honest.a_near_miss_is_never_paid,
        honest.several_answers_are_no_answer,
        honest.an_answer_taken_back_is_not_paid,
        hacks.thinking_is_never_paid,
        hacks.an_echo_of_the_question_is_never_paid,
        hacks.saying_nothing_is_never_paid,
        hacks.tricks_are_never_paid,
        hacks.the_text_of_an_answer_is_never_run,
        hacks.an_unreadable_ground_truth_is_never_paid,
        steady.the_same_call_gets_the_same_score,
        steady.neither_history_nor_clock_nor_process_decides,
        steady.a_batch_says_what_its_calls_say,
        steady.eight_threads_say_what_one_says,
        steady.work_ends_and_grows_with_the_text_alone,
        honest.a_wrong_answer_is_not_left_out,
        hacks.our_own_failure_is_no_zero,
        steady.it_travels_to_another_process,
    )
}
STEADY = [name for name, law in LAWS.items() if law.__module__ == steady.__name__]
"""What can be asked of a function that pays nothing."""
