"""Facts of multiple choice."""

import pickle
from functools import partial

import numpy
import pytest

from verifiers import Reason
from verifiers.choice import verify_choice

CELLS = {"answer": "B", "choices": ["ribosomes", "mitochondria", "the nucleus", "It does not change."]}
VALUES = {"answer": "B", "choices": {"A": "4", "B": r"\frac{1}{2}", "C": "50 cm", "D": "6"}}


def score(answer, ground_truth, **options):
    return verify_choice(f"<think>\\boxed{{A}}?</think><answer>{answer}</answer>", ground_truth, **options).score


@pytest.mark.parametrize("ground_truth", ["B", "b", "(B)", r"\textbf{B}", {"answer": "B"}, '{"answer": "B"}', ["B"]])
@pytest.mark.parametrize(
    "answer",
    [
        *("(B)", r"\textbf{B}", "b", "option B", "B. mitochondria", "**B**", r"\text{(B)}", r"\boxed{B}", "B.", "$B$"),
        *("The correct answer is (B).", "Option (B)", "**B. mitochondria**", "B) 5", "(B) cats and dogs", "`B`"),
        *(
            "[B]",
            "（Ｂ）",
            "（Ｂ） mitochondria",
            "Ｂ．mitochondria",
            "B - mitochondria",
            "**B**: mitochondria",
            "The answer is option B",
            "choice b",
            "B: False",
        ),
        *(r"\boxed{\text{B. five}}", "B. It does not change", "(B) None of the above", "B\u200b", "B. vitamin A."),
    ],
)
def test_the_letter_in_any_dress(answer, ground_truth):
    assert score(answer, ground_truth) == 1


@pytest.mark.parametrize(
    "answer",
    [
        *("A", "AB", "A or B", "B or A", "not B", "not (B)", "8", "B?", "maybe B", "probably (B)", "B, A", "A and B"),
        *("(B) or (C)", "B. mitochondria or C. chloroplast", "(B) is wrong", "B. is not right", "B isn't right", "B'"),
        *("B. wait, C", "B) 5; C) 6", "A\nB", "B\nA", "B/C", "neither B", "anything but B", "В", "B+", "-B", "2", "BB"),
        *(
            "(B) if x > 0",
            "B. and C",
            "(B), not (A)",
            "B: could be",
            "all of them",
            "mitochondria",
            "ABCD",
            ".*",
            "B B C",
        ),
        *(
            "The answer is A or B",
            "I would eliminate B",
            "B. 4 or 5",
            "(B) cannot be ruled out",
            "B. not C",
            "B, I guess",
        ),
    ],
)
def test_lists_hedges_and_negations_are_wrong(answer):
    assert score(answer, "B") == 0


@pytest.mark.parametrize(
    "answer", ["B", "(B) mitochondria", "mitochondria", "Mitochondria.", "B mitochondria", "B, mitochondria", "**b**"]
)
def test_where_the_choices_are_known_the_text_will_do(answer):
    assert score(answer, CELLS) == 1
    assert score(answer, "B", choices=CELLS["choices"]) == 1
    assert score(answer, {**CELLS, "answer": "A"}) == 0


@pytest.mark.parametrize(
    "answer", ["A mitochondria", "B ribosomes", "B. ribosomes", "(B) the nucleus", "E", "Z", "ribosomes", "ribosomes B"]
)
def test_what_contradicts_the_choices_is_wrong(answer):
    assert score(answer, CELLS) == 0


CITIES = {"answer": "B", "choices": ["Paris", "London", "Rome", "Oslo"]}


@pytest.mark.parametrize(
    "answer",
    [
        *("B. London. C is also right", "B. London C", "B. London and Rome", "B: C is right", "B. It is Rome"),
        *("(B) Rome is right", "B. not London", "B. Everything but London", "B (not London)", "B (Rome)", "London (C)"),
        *("B. London, A", "B. London. A is also right", "B. London too", "B. London, also c", "B. except London"),
        *("B. Anything other than London", "B. It isn't London", "B: the opposite", "B. rather than London"),
        *(
            "London (B) (C)",
            "not London (B)",
            "B. ROME",
            "B. London (Paris)",
            "London or Rome (B)",
            "B. London, not Rome",
        ),
    ],
)
def test_words_that_deny_the_choice_or_hold_another_are_wrong(answer):
    assert score(answer, CITIES) == 0


@pytest.mark.parametrize(
    "answer",
    [
        *(
            "B (London)",
            r"B \text{ (London)}",
            r"\boxed{B \text{ (London)}}",
            "London (B)",
            r"\text{London (B)}",
            "London (b).",
        ),
        *("B. London, a city in England", "B. London is the capital", "(B) the city of London", "B. A city in England"),
    ],
)
def test_a_letter_with_its_own_text_in_any_order_is_right(answer):
    assert score(answer, CITIES) == 1
    assert score(answer, {**CITIES, "answer": "C"}) == 0


def test_a_choice_within_another_is_not_taken_for_it():
    pets = {"answer": "B", "choices": ["cat", "cat and dog", "dog"]}
    assert score("B. cat and dog", pets) == score("B. cat and dog of course", pets) == 1
    assert score("C. cat and dog of course", {**pets, "answer": "C"}) == 0
    assert score("B. dog of course", pets) == 0
    assert score("15 km (B)", {"answer": "B", "choices": ["12 km", "15 km"]}) == 1
    assert score("12 km (B)", {"answer": "B", "choices": ["12 km", "15 km"]}) == 0


@pytest.mark.parametrize(
    "answer",
    [
        *(
            "B. C is also right",
            "B. also C",
            "B: excluded.",
            "B — refuted",
            "B: C is right",
            "(B) It is C",
            "B. I choose C",
        ),
        *(
            "B. A is equally possible",
            "(B) has been eliminated",
            "B. ruled out by the data",
            "B. C too",
            "B. x. C works",
        ),
    ],
)
def test_where_letters_alone_are_known_the_words_beside_may_still_name_another(answer):
    assert score(answer, "B") == 0


@pytest.mark.parametrize(
    "answer",
    [
        "B. vitamin C",
        "B. Vitamin A is stored in the liver",
        "B. It also needs vitamin C daily",
        "B. A is larger than C",
    ],
)
def test_a_letter_within_the_text_of_a_choice_names_none(answer):
    assert score(answer, "B") == 1


def test_the_note_says_why():
    def note(answer):
        return verify_choice(f"Answer: {answer}", CELLS).note

    assert note("(E)") == "there is no choice E"
    assert note("(C)") == "the answer says C"
    assert note("B. ribosomes") == "the letter says B, the text A"


def test_a_text_may_hold_what_would_be_a_hedge():
    assert score("D. It does not change", {**CELLS, "answer": "D"}) == 1
    assert score("it does not change", {**CELLS, "answer": "D"}) == 1
    assert score("A. red or blue", {"answer": "A", "choices": ["red or blue", "green"]}) == 1
    assert score("AB", {"answer": "C", "choices": ["BC", "AC", "AB"]}) == 1  # a segment
    assert score("A", {"answer": "B", "choices": ["B", "A"]}) == 0  # a lone letter is a letter
    assert score("B", {"answer": "B", "choices": ["B", "A"]}) == 1


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        *(
            (answer, 1)
            for answer in ("0.5", r"\frac12", r"(B) $\frac{1}{2}$", r"\text{(B) }\frac{1}{2}", "B: 1/2", "1/2")
        ),
        *((answer, 0) for answer in ("(B) 6", "(B) 0.6", "6", "(D) 1/2", "0.51", "4 or 0.5", "B: 4")),
    ],
)
def test_values_are_compared_as_values(answer, right):
    assert score(answer, VALUES) == right


def test_a_text_that_two_choices_share_names_neither():
    twice = {"answer": "A", "choices": ["0.5", "1/2", "2"]}
    assert score("2/4", twice) == 0
    assert score("0.5", twice) == 1  # as it stands it is the first alone
    assert score("A", twice) == 1


@pytest.mark.parametrize("answer", ["A, C", "A and C", "C, A", "AC", "(A), (C)", "A & C", "a, c", "A\nC", "A. x\nC. y"])
def test_several_right_letters_match_as_a_set(answer):
    for ground_truth in ("A, C", "AC", ["C", "A"], {"answer": ["A", "C"], "choices": ["x", "z", "y"]}):
        assert score(answer, ground_truth) == 1
    assert score(answer, "A") == score(answer, "A, B, C") == 0


@pytest.mark.parametrize("answer", ["A", "A or C", "A, B, C", "A, B", "not A, C", "B"])
def test_a_part_or_one_too_many_is_wrong(answer):
    assert score(answer, "A, C") == 0


def test_letters_go_as_far_as_the_choices():
    many = {"answer": "R", "choices": [f"object {n}" for n in range(18)]}
    assert score("(R)", many) == score("object 17", many) == score("R. object 17", many) == 1
    assert score("(S)", many) == score("R. object 16", many) == 0
    assert score("(K)", "K") == 1


@pytest.mark.parametrize(
    "ground_truth",
    [
        *(
            None,
            "",
            "mitochondria",
            2,
            b"B",
            [],
            {},
            {"answer": 1},
            {"answer": "B", "options": []},
            "{",
            "8",
            "B. cells",
        ),
        *({"answer": "E", "choices": ["4", "5"]}, {"answer": "A", "choices": ["4"]}, {"answer": "A", "choices": "45"}),
        *({"answer": "A", "choices": {"A": "4", "a": "5"}}, {"answer": "A", "choices": [None, "5"]}, {1: 2}),
        *(
            {"answer": "A", "choices": {"first": "4", "B": "5"}},
            ["B", 1],
            {10**5000: 1},
            {"answer": "A", "choices": 10**5000},
        ),
    ],
)
def test_a_ground_truth_that_names_no_choice_is_our_fault(ground_truth):
    verdict = verify_choice("Answer: B", ground_truth)
    assert verdict.reason is Reason.BAD_GROUND_TRUTH
    assert verdict.note


def test_choices_that_cannot_be_read_are_the_callers_mistake():
    with pytest.raises(ValueError, match="pass choices as a list"):
        verify_choice("Answer: B", "B", choices=["4"])


class Mute:
    def __str__(self):
        raise RuntimeError("no text")

    __repr__ = __str__


@pytest.mark.parametrize(
    "ground_truth",
    [
        Mute(),
        {"answer": Mute()},
        {Mute(): 1},
        {"answer": "B", "choices": Mute()},
        {"answer": "B", "choices": [Mute(), "x"]},
    ],
)
def test_a_ground_truth_that_cannot_be_shown_gets_a_verdict(ground_truth):
    verdict = verify_choice("Answer: B", ground_truth)
    assert (verdict.score, verdict.reason) == (None, Reason.BAD_GROUND_TRUTH)
    assert verify_choice("Answer: B", {"answer": "B", "choices": {Mute(): "x", "B": "y"}}).score is None


def test_choices_may_come_as_numpy_gives_them():
    task = {"answer": numpy.array(["B"]), "choices": numpy.array(["4", "5"])}
    assert score("5", task) == score("B", task) == score("5", "B", choices=task["choices"]) == 1
    assert score("4", task) == 0


def test_no_answer_and_pickling():
    assert verify_choice("B", "B").reason is Reason.NO_ANSWER
    bound = pickle.loads(pickle.dumps(partial(verify_choice, choices=["4", "5"])))
    assert bound("Answer: 5", "B").correct
