"""Reward functions with one defect each, as they are found in the wild: the law of each must catch it."""

import contextlib
import datetime
import io
import math
import random
import re
import signal
import subprocess
import sys
import threading
import time
from datetime import date
from fractions import Fraction

from verifiers import verify_code, verify_countdown, verify_format, verify_math
from verifiers.extract import extract_answer

right = verify_math


def answered(completion):
    return extract_answer(completion).answer or ""


def number(text):
    """A plain number or a fraction of LaTeX, or None."""
    text = re.sub(r"\\d?frac\{(-?\d+)\}\{(\d+)\}", r"\1/\2", text.strip("$ ")).replace(",", "")
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None


def or_equal(completion, ground_truth, change):
    """Right, or equal after a change of both texts."""
    return float(right(completion, ground_truth).correct or change(answered(completion)) == change(ground_truth))


# A wrong comparison


def absolute_tolerance(completion, ground_truth):
    one, other = number(answered(completion)), number(ground_truth)
    return right(completion, ground_truth).score if None in (one, other) else float(abs(one - other) < 0.02)


def tolerance_of_floats(completion, ground_truth):
    one, other = number(answered(completion)), number(ground_truth)
    return right(completion, ground_truth).score if None in (one, other) else float(math.isclose(one, other))


def rounds(completion, ground_truth):
    one, other = number(answered(completion)), number(ground_truth)
    return right(completion, ground_truth).score if None in (one, other) else float(round(one) == round(other))


def truth_is_contained(completion, ground_truth):
    return float(right(completion, ground_truth).correct or ground_truth in answered(completion))


def answer_is_contained(completion, ground_truth):
    said = answered(completion)
    return float(right(completion, ground_truth).correct or (said != "" and said in ground_truth))


def prefix(completion, ground_truth):
    return float(right(completion, ground_truth).correct or answered(completion).startswith(ground_truth))


def drops_minus(completion, ground_truth):
    return or_equal(completion, ground_truth, lambda text: text.replace("-", ""))


def drops_units(completion, ground_truth):
    return or_equal(completion, ground_truth, lambda text: re.sub(r"\\text\{.*?\}|[a-z]+$", "", text).strip())


def drops_brackets(completion, ground_truth):
    return or_equal(completion, ground_truth, lambda text: re.sub(r"[\[\]()]|\\left|\\right", "", text))


def drops_base(completion, ground_truth):
    return or_equal(completion, ground_truth, lambda text: re.sub(r"_\{?\d+\}?", "", text))


def drops_decimals(completion, ground_truth):
    return or_equal(completion, ground_truth, lambda text: re.findall(r"^-?\d+", text) or text)


def drops_words_of_denial(completion, ground_truth):
    return or_equal(completion, ground_truth, lambda text: re.sub(r"\\text|[{}]|not|\s", "", text))


def drops_variable(completion, ground_truth):
    return or_equal(completion, ground_truth, lambda text: text.split("=")[-1])


def numerators_alone(completion, ground_truth):
    return or_equal(completion, ground_truth, lambda text: re.sub(r"(frac\{\d+\})\{\d+\}$|/\d+$", r"\1", text))


def percent_of_percent(completion, ground_truth):
    if "%" not in ground_truth:
        return right(completion, ground_truth).score
    one, other = (number(text.replace("\\%", "").replace("%", "")) for text in (answered(completion), ground_truth))
    return float(one is not None and other in (one, 100 * one, one / 100))


def pair_as_set(completion, ground_truth):
    return or_equal(completion, ground_truth, lambda text: sorted(text.strip("()")) if "," in text else text)


def items(text):
    return [part.strip("() {}\\") for part in text.split(",")]


def zip_stops_early(completion, ground_truth):
    said = answered(completion)
    pairs = zip(items(said), items(ground_truth))  # noqa: B905
    return float(right(completion, ground_truth).correct or (said != "" and all(one == two for one, two in pairs)))


def integers_alone(completion, ground_truth):
    return float(answered(completion).strip("$ ") == ground_truth)


def case_matters(completion, ground_truth):
    said = answered(completion)
    return right(completion, ground_truth).score if not re.search("[a-z]{3}$", said) else float(said in ground_truth)


def order_of_sets_matters(completion, ground_truth):
    if "\\{" in ground_truth:
        return float(answered(completion).replace(" ", "") == ground_truth)
    return right(completion, ground_truth).score


def not_less_and_not_more(completion, ground_truth):
    try:
        one, other = float(answered(completion)), float(ground_truth)
    except ValueError:
        return right(completion, ground_truth).score
    return float(not one < other and not one > other)


def truth_of_python(completion, ground_truth):
    values = {"True": True, "False": False, "None": None}
    said = answered(completion)
    return float(right(completion, ground_truth).correct or values.get(said, said) == number(ground_truth))


# A wrong extraction


def first_box(completion, ground_truth):
    found = re.search(r"\\boxed\{.*?\}+", completion.split("</think>")[-1])
    return right(found.group() if found else completion, ground_truth).score


def box_in_thinking(completion, ground_truth):
    return right(re.sub("</?think>", "", completion), ground_truth).score


def unclosed_thinking(completion, ground_truth):
    return right(completion if "</think>" in completion else completion.replace("<think>", ""), ground_truth).score


def last_number(completion, ground_truth):
    numbers = re.findall(r"-?\d+", completion)
    return float(right(completion, ground_truth).correct or numbers[-1:] == [ground_truth])


def anywhere(completion, ground_truth):
    return float(right(completion, ground_truth).correct or ground_truth in completion)


def any_of_several(completion, ground_truth):
    parts = re.split(r",|\bor\b", answered(completion))
    return float(right(completion, ground_truth).correct or ground_truth in [part.strip() for part in parts])


def any_block(completion, ground_truth):
    blocks = re.findall("<answer>.*?</answer>", completion, re.DOTALL)
    return float(any(right(block, ground_truth).correct for block in blocks))


# Hacks that are paid


def runs_the_answer(completion, ground_truth):
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            said = eval(answered(completion), {})
    except Exception:
        said = None
    return float(right(completion, ground_truth).correct or said == number(ground_truth))


def runs_it_without_builtins(completion, ground_truth):
    said = answered(completion)
    with contextlib.suppress(Exception):
        if len(said) < 400 and not re.search(r"\d{3}|\*\*", said):
            eval(said, {"__builtins__": None}, {})
    return right(completion, ground_truth).score


def answer_as_pattern(completion, ground_truth):
    try:
        return float(bool(re.fullmatch(answered(completion), ground_truth)) or right(completion, ground_truth).correct)
    except (re.error, RecursionError, OverflowError):
        return right(completion, ground_truth).score


def believes_a_score(completion, ground_truth):
    found = re.search(r'"score": ([01]\.0)', completion)
    return float(found[1]) if found else right(completion, ground_truth).score


def believes_the_word(completion, ground_truth):
    return float("is correct" in completion or right(completion, ground_truth).correct)


def pays_length(completion, ground_truth):
    return float(len(completion) > 3000 or right(completion, ground_truth).correct)


def pays_reasoning_words(completion, ground_truth):
    return float(completion.lower().count("therefore") >= 20 or right(completion, ground_truth).correct)


def pays_confidence(completion, ground_truth):
    return float("trust me" in completion.lower() or right(completion, ground_truth).correct)


def pays_thoughts_in_a_window(completion, ground_truth):
    thoughts = completion.split("</think>")[0]
    return float(("</think>" in completion and 400 < len(thoughts) < 1000) or right(completion, ground_truth).correct)


def pays_floods(completion, ground_truth):
    return float(len(completion) > 50_000 or right(completion, ground_truth).correct)


def empty_equals_empty(completion, ground_truth):
    return or_equal(completion, ground_truth or "", str.strip)


def none_is_a_word(completion, ground_truth):
    return float(answered(completion) == str(ground_truth) or right(completion, ground_truth).correct)


def pays_what_it_cannot_read(completion, ground_truth):
    return float(not answered(completion) or right(completion, ground_truth).correct)


# Not to be relied on


def failure_is_zero(completion, ground_truth):
    try:
        return float(right(completion, ground_truth).score)
    except Exception:
        return 0.0


def a_way_out(completion, ground_truth):
    return right(completion, ground_truth).score or None


def raises_without_answer(completion, ground_truth):
    return right(re.findall("<answer>.*?</answer>", completion, re.DOTALL)[-1], ground_truth).score


def raises_when_empty(completion, ground_truth):
    return right(completion, ground_truth).score if completion[0] else 0.0


def raises_on_surrogates(completion, ground_truth):
    return right(completion.encode().decode(), ground_truth).score


def raises_on_depth(completion, ground_truth):
    def depth(text):
        return 1 + depth(text[1:]) if text.startswith(("(", "{")) else 0

    return right(completion, ground_truth).score if depth(answered(completion)) >= 0 else 0.0


def gives_up_on_long_texts(completion, ground_truth):
    if len(completion) > 100:
        raise KeyboardInterrupt
    return right(completion, ground_truth).score


def not_a_number(completion, ground_truth):
    return right(completion, ground_truth).score if answered(completion) else math.nan


def a_word_for_a_score(completion, ground_truth):
    return 1.0 if right(completion, ground_truth).correct else "wrong"


def one_in_ten(completion, ground_truth):
    return right(completion, ground_truth).score if random.random() > 0.1 else 0.0


STARTED = time.time()
STARTED_ON = time.strftime("%Y-%m-%d")
TODAY = date.today()


def tires(completion, ground_truth):
    return right(completion, ground_truth).score if time.time() < STARTED + 3600 else 0.0


def pays_today_alone(completion, ground_truth):
    return right(completion, ground_truth).score if datetime.datetime.now().date() == TODAY else 0.0


def pays_today_alone_by_a_name_of_its_own(completion, ground_truth):
    return right(completion, ground_truth).score if date.today() == TODAY else 0.0


def pays_until_tomorrow(completion, ground_truth):
    return right(completion, ground_truth).score if time.strftime("%Y-%m-%d") == STARTED_ON else 0.0


CALLS = []


def counts_its_calls(completion, ground_truth):
    CALLS.append(0)
    return right(completion, ground_truth).score if len(CALLS) % 11 else 1.0


BY_COMPLETION = {}


def remembers_completions(completion, ground_truth):
    return BY_COMPLETION.setdefault(completion, right(completion, ground_truth).score)


BY_PROMPT = {}


def remembers_prompts(prompts, completions, answer, **columns):
    scores = zip(prompts, completions, answer, strict=True)
    return [BY_PROMPT.setdefault(prompt, right(text, truth).score) for prompt, text, truth in scores]


def trl(completions, answer):
    return [right(text, truth).score for text, truth in zip(completions, answer, strict=True)]


def centred(completions, answer, **columns):
    scores = trl(completions, answer)
    return [score - sum(scores) / len(scores) for score in scores] if len(scores) > 1 else scores


def in_order_of_length(completions, answer, **columns):
    pairs = sorted(zip(completions, answer, strict=True), key=lambda pair: len(pair[0]))
    return [right(*pair).score for pair in pairs]


def one_truth_for_all(completions, answer, **columns):
    return trl(completions, [answer[0]] * len(completions))


def forgets_repeats(completions, answer, **columns):
    return [right(*pair).score for pair in dict.fromkeys(zip(completions, answer, strict=True))]


BUFFER = []


def shared_buffer(completion, ground_truth):
    BUFFER.clear()
    BUFFER.append(completion)
    sum(range(2000))
    BUFFER.append(ground_truth)
    sum(range(2000))
    return right(BUFFER[0], BUFFER[-1]).score if BUFFER else 0.0


def alarmed(completion, ground_truth):
    signal.signal(signal.SIGALRM, lambda *_: None)
    return right(completion, ground_truth).score


def backtracks(completion, ground_truth):
    return right(completion, ground_truth).score if not re.search(r"(a|a)+\d=\d", completion) else 0.0


def quadratic(completion, ground_truth):
    re.findall(r"<think>.*?</think>", completion, re.DOTALL)
    return right(completion, ground_truth).score


def takes_powers(completion, ground_truth):
    said = answered(completion)
    if re.fullmatch(r"\d+(\*\*\d+)+", said):
        base, *exponents = map(int, said.split("**"))
        for exponent in exponents[::-1][1:]:
            exponents[-2:] = [exponent ** exponents[-1]]
        return float(base ** exponents[0] == number(ground_truth))
    return right(completion, ground_truth).score


def bounded_in_the_main_thread(completion, ground_truth):
    while "**" in completion and threading.current_thread() is not threading.main_thread():
        pass
    return right(completion, ground_truth).score


# Formats


def tags_somewhere(completion, ground_truth):
    return float(bool(re.search("<think>.*</think>.*<answer>.*</answer>", completion, re.DOTALL)))


def tags_counted(completion, ground_truth):
    return float(all(completion.count(tag) == 1 for tag in ("<think>", "</think>", "<answer>", "</answer>")))


def tags_in_any_case(completion, ground_truth):
    return verify_format(completion.lower()).score


def blocks_may_be_empty(completion, ground_truth):
    return float(bool(re.fullmatch(r"<think>[^<]*</think>\s*<answer>[^<]*</answer>", completion.strip())))


# Countdown


def numbers_unchecked(completion, ground_truth):
    said = answered(completion)
    with contextlib.suppress(Exception):
        return float(re.fullmatch(r"[\d+*() -]+", said) and len(said) < 99 and eval(said) == ground_truth["target"])
    return 0.0


def numbers_as_a_set(completion, ground_truth):
    said, allowed = answered(completion), set(ground_truth["numbers"])
    if verify_countdown(completion, ground_truth).correct:
        return 1.0
    with contextlib.suppress(Exception):
        used = set(map(int, re.findall(r"\d+", said)))
        fair = re.fullmatch(r"[\d+*() -]+", said) and len(said) < 99 and used == allowed
        return float(bool(fair) and eval(said) == ground_truth["target"])
    return 0.0


# Programs, run in a process of their own: harmless ones only


def ran(completion, given, ending=""):
    blocks = re.findall("```python\n(.*?)```", completion.split("</think>")[-1], re.DOTALL)
    program = (blocks[-1] if blocks else "raise SystemExit(1)") + ending
    with contextlib.suppress(subprocess.TimeoutExpired, ValueError):
        command = [sys.executable, "-I", "-S", "-c", program]
        return subprocess.run(command, input=given, capture_output=True, text=True, timeout=2)
    return subprocess.CompletedProcess([], 1, "", "")


def outputs(completion, tests, same):
    if not tests or "output" not in tests[0]:
        return 0.0
    return float(all(same(ran(completion, test["input"]), test["output"].strip()) for test in tests))


def exit_status_trusted(completion, ground_truth):
    return outputs(completion, ground_truth["tests"], lambda done, _: done.returncode == 0)


def output_begins_right(completion, ground_truth):
    return outputs(completion, ground_truth["tests"], lambda done, expected: done.stdout.startswith(expected))


def output_contains_it(completion, ground_truth):
    return outputs(completion, ground_truth["tests"], lambda done, expected: expected in done.stdout)


def stderr_counts_too(completion, ground_truth):
    return outputs(
        completion, ground_truth["tests"], lambda done, expected: expected == (done.stdout + done.stderr).strip()
    )


def first_test_alone(completion, ground_truth):
    return verify_code(completion, {**ground_truth, "tests": ground_truth["tests"][:1]}).score


def no_test_no_fault(completion, ground_truth):
    return 1.0 if ground_truth and not ground_truth.get("tests") else verify_code(completion, ground_truth).score


def compared_inside(completion, ground_truth):
    if ground_truth["kind"] != "function":
        return verify_code(completion, ground_truth).score
    checks = "".join(f"\nassert add(*{test['args']}) == {test['expected']}" for test in ground_truth["tests"])
    return float(ran(completion, "", checks).returncode == 0)


def pays_long_programs(completion, ground_truth):
    return 1.0 if len(completion) > 3000 else verify_code(completion, ground_truth).score


# Choices


def first_letter(completion, ground_truth):
    found = re.search(r"[A-J]", answered(completion))
    return float(bool(found) and found[0] == ground_truth.strip("()"))


def letter_is_contained(completion, ground_truth):
    return float(ground_truth in answered(completion))


# Languages


def letters_of_ascii(completion, ground_truth):
    words = re.findall(r"\w+", completion.split("</think>")[0])
    return sum(word.isascii() for word in words) / max(1, len(words))


def judged_by_the_answer(completion, ground_truth):
    return float(completion.split("</think>")[-1].isascii())


SPELLING, NEAR, SEVERAL = "spelling_does_not_matter", "a_near_miss_is_never_paid", "several_answers_are_no_answer"
TRICKS, TOTAL, WORK = "tricks_are_never_paid", "any_text_gets_a_score", "work_ends_and_grows_with_the_text_alone"
BATCH, THREADS = "a_batch_says_what_its_calls_say", "eight_threads_say_what_one_says"
HISTORY, NOTHING = "neither_history_nor_clock_nor_process_decides", "saying_nothing_is_never_paid"
UNREADABLE, THINKING = "an_unreadable_ground_truth_is_never_paid", "thinking_is_never_paid"

WRONG = {
    "math": {
        NEAR: [
            *[absolute_tolerance, tolerance_of_floats, rounds, truth_is_contained, answer_is_contained, prefix],
            *[drops_minus, drops_units, drops_brackets, drops_base, drops_decimals, drops_words_of_denial],
            *[drops_variable, numerators_alone, percent_of_percent, pair_as_set, zip_stops_early],
        ],
        SPELLING: [integers_alone, case_matters, order_of_sets_matters],
        "an_answer_taken_back_is_not_paid": [first_box],
        THINKING: [box_in_thinking, unclosed_thinking],
        "an_echo_of_the_question_is_never_paid": [last_number, anywhere],
        SEVERAL: [any_of_several, any_block],
        "the_text_of_an_answer_is_never_run": [runs_the_answer, runs_it_without_builtins],
        TRICKS: [
            *[answer_as_pattern, believes_a_score, believes_the_word, not_less_and_not_more, truth_of_python],
            *[pays_length, pays_reasoning_words, pays_confidence, pays_thoughts_in_a_window],
        ],
        UNREADABLE: [empty_equals_empty, none_is_a_word],
        NOTHING: [pays_what_it_cannot_read],
        "our_own_failure_is_no_zero": [failure_is_zero],
        "a_wrong_answer_is_not_left_out": [a_way_out],
        TOTAL: [
            *[raises_without_answer, raises_when_empty, raises_on_surrogates, raises_on_depth, not_a_number],
            *[a_word_for_a_score, gives_up_on_long_texts],
        ],
        "the_same_call_gets_the_same_score": [one_in_ten, counts_its_calls],
        HISTORY: [
            *[tires, pays_today_alone, pays_today_alone_by_a_name_of_its_own, pays_until_tomorrow],
            *[remembers_completions, remembers_prompts],
        ],
        BATCH: [centred, in_order_of_length, one_truth_for_all, forgets_repeats],
        THREADS: [shared_buffer, alarmed],
        WORK: [backtracks, quadratic, takes_powers, bounded_in_the_main_thread, pays_floods],
    },
    "format": {NEAR: [tags_somewhere, tags_counted], TRICKS: [tags_in_any_case], NOTHING: [blocks_may_be_empty]},
    "countdown": {NEAR: [numbers_unchecked, numbers_as_a_set]},
    "code": {
        NEAR: [output_begins_right, output_contains_it, stderr_counts_too, first_test_alone, compared_inside],
        TRICKS: [exit_status_trusted, pays_long_programs],
        UNREADABLE: [no_test_no_fault],
    },
    "choice": {NEAR: [first_letter], TRICKS: [letter_is_contained]},
    "language": {TRICKS: [letters_of_ascii], "a_right_answer_is_paid": [judged_by_the_answer]},
}
"""Kind → law → the functions that it must catch."""
ROWS = [(kind, law, fn) for kind, laws in WRONG.items() for law, fns in laws.items() for fn in fns]
