"""Facts of logic puzzles."""

import json

import pytest

from verifiers import Reason
from verifiers.logic import verify_logic

ROLES = {"Zoey": "knight", "Oliver": "knave", "Mia": "knight"}
HOUSES = {"1": {"color": "red", "pet": "cat", "age": 3}, "2": {"color": "blue", "pet": "dog", "age": 1}}


def score(answer, ground_truth=ROLES):
    return verify_logic(f"<think>Mia is a knave?</think><answer>{answer}</answer>", ground_truth).score


@pytest.mark.parametrize("ground_truth", [ROLES, json.dumps(ROLES)])
@pytest.mark.parametrize(
    "answer",
    [
        "(1) Zoey is a knight\n(2) Oliver is a knave\n(3) Mia is a knight",
        "1. **Zoey** is a knight.\n2. **Oliver** is a knave.\n3. **Mia** is a knight.",
        "Zoey: knight, Oliver: knave, Mia: knight",
        "(1) Mia is a knight, (2) Zoey is a knight, and (3) Oliver is a knave.",
        json.dumps(ROLES),
        "```\n{Zoey: knight, Oliver: knave, Mia: knight}\n```",
        "zoey = KNIGHT; oliver = KNAVE; mia = KNIGHT",
        "Zoey and Mia are knights, and Oliver is a knave.",
        "Knights: Zoey, Mia\nKnaves: Oliver",
        "The knights are Zoey and Mia; the knave is Oliver.",
        r"\boxed{\text{Zoey is a knight}, \text{Oliver is a knave}, \text{Mia is a knight}}",
        "Therefore, the final answer is:\n- Zoey → knight\n- Oliver → knave\n- Mia → knight",
        "| Name | Role |\n|---|---|\n| Zoey | knight |\n| Oliver | knave |\n| Mia | knight |",
        "So Zoey must be a knight, while Oliver is a knave and Mia is a knight",
    ],
)
def test_the_whole_assignment_in_any_order_and_dress(answer, ground_truth):
    assert score(answer, ground_truth) == 1


@pytest.mark.parametrize(
    "answer",
    [
        "Zoey is a knight, Oliver is a knave",  # one missing
        "Zoey is a knight, Oliver is a knave, Mia is a knave",
        "Zoey is a knight, Oliver is a knave, Mia is a knight, Liam is a knight",
        "Zoey is a knight, Oliver is a knave, Mia is a knight, Zoey is a knave",
        "Zoey is a knight, Oliver is a knave, Mia is a knight, Zoey is a knight",  # once is once
        "Zoey is a knight, Oliver is a knave, Mia is not a knave",
        "Zoey is a knight, Oliver is not a knight, Mia is a knight",
        "Zoey isn't a knave, Oliver is a knave, Mia is a knight",
        "Zoey is a knight or a knave, Oliver is a knave, Mia is a knight",
        "Zoey is a knight, a knave, Oliver is a knave, Mia is a knight",
        "Zoey is a knight, Oliver is a knave, Mia is a knight?",
        "Zoey is probably a knight, Oliver is a knave, Mia is a knight",
        "If Zoey is a knight, Oliver is a knave, Mia is a knight",
        "It is false that Zoey is a knight, Oliver is a knave, Mia is a knight",
        "Zoey, Oliver is a knave, Mia is a knight",
        "Zoey is a knight, Oliver and Mia is a knight",
        "Zoey is a knight, Oliver is a knave, Mia",
        "Zoey is a knight, Oliver is a knave, Mia is a knight. Or Mia is a knave.",
        "Knights: Zoey, Mia, Oliver\nKnaves: none",
        "Knights: Zoey, Mia\nKnaves: Oliver, Zoey",
        "Knights: Zoey, Mia\nKnaves:",
        "knights: knaves: Zoey",
        "Everyone but Oliver is a knight",
        "Zoeyknight, Oliver: knave, Mia: knight",
        json.dumps({**ROLES, "Liam": None}),
        json.dumps({"not": ROLES}),
        '{"Zoey": "knave", "Zoey": "knight", "Oliver": "knave", "Mia": "knight"}',
        "knight, knave, knight",
        "Zoey Oliver Mia",
        "Mia is a knight" * 3,
        "True",
        "}",
    ],
)
def test_all_else_is_wrong(answer):
    assert score(answer) == 0


def test_names_and_values_may_be_of_several_words_and_look_like_others():
    assert score("A is a truth-teller. B is a liar.", {"A": "truth teller", "B": "liar"}) == 1
    assert score("A is a liar. B is a liar.", {"A": "truth teller", "B": "liar"}) == 0
    assert score("Mary Ann: spy, Al: knight, Alice: spy", {"Mary-Ann": "spy", "Al": "knight", "Alice": "spy"}) == 1
    assert score("Mary-Ann and Alice are spies, Al: knight", {"Mary-Ann": "spy", "Al": "knight", "Alice": "spy"}) == 1
    assert score("x = 3, y = 5", {"x": 3, "y": 5}) == 1
    assert score("x = 5, y = 3", {"x": 3, "y": 5}) == 0
    assert score("p: true, q: false", {"p": True, "q": False}) == 1
    assert score("Both Zoey and Mia are knights", {"Zoey": "knight", "Mia": "knight"}) == 1
    assert score("1: red, 2: blue", {"1": "red", "2": "blue"}) == 1
    assert score("Jos\\u00e9: knight", {"José": "knight"}) == 1


@pytest.mark.parametrize(
    ("answer", "truth"),
    [
        ("Zoey, Oliver is a knight", {"Zoey": "knight", "Oliver": "knight"}),
        ("Zoey is a knight, Oliver is a knight, Zoey", {"Zoey": "knight", "Oliver": "knight"}),
        ("knights: knaves: Zoey", {"Zoey": "knave"}),
        ("knights: Zoey, Mia\nknaves:", {"Zoey": "knight", "Mia": "knight"}),
        ("The knights are Zoey, Oliver is a knave: Mia", {"Zoey": "knight", "Oliver": "knight", "Mia": "knave"}),
        ("The knight is Zoey, Oliver is a knight", {"Zoey": "knight", "Oliver": "knight"}),
    ],
)
def test_what_could_be_read_as_right_but_is_not_said_is_wrong(answer, truth):
    assert score(answer, truth) == 0


@pytest.mark.parametrize(
    "number",
    [
        *(
            "-3",
            ".3",
            "/3",
            "+3",
            "--3",
            "- 3",
            "– 3",
            "–3",
            "—3",
            ". 3",
            "(-3)",
            "3.5",
            "1/3",
            "3/4",
            "-.3",
            "0.3",
            "−3",
            "$-3$",
        )
    ],
)
@pytest.mark.parametrize("form", ["Alice: {}, Bob: 4", "Alice = {}; Bob = 4", "Bob is 4, Alice is {}"])
def test_a_number_is_no_other_for_its_digits(form, number):
    assert score(form.format(number), {"Alice": 3, "Bob": 4}) == 0
    assert score(form.format(3), {"Alice": 3, "Bob": 4}) == 1
    assert score(f'{{"Alice": {number}, "Bob": 4}}', {"Alice": 3, "Bob": 4}) == 0


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        *((f"Alice{link}3, Bob{link}4", 1) for link in ("=", ":", "->", "→", " - ", "-", "–", "—", " – ")),
        ("Solution:\n- Alice: 3\n- Bob: 4", 1),
        ("| Alice | 3 |\n| Bob | 4 |", 1),
        *((answer, 0) for answer in ("| Alice | - 3 |\n| Bob | 4 |", "Alice & - 3; Bob & 4", "Alice, - 3; Bob, 4")),
        *((answer, 0) for answer in ("Alice - - 3, Bob - 4", "| Alice | -3 |\n| Bob | 4 |")),
        ("Alice -3, Bob -4", 0),
        ("Alice.3, Bob.4", 0),
    ],
)
def test_a_dash_before_a_number_is_a_link_or_a_sign(answer, right):
    assert score(answer, {"Alice": 3, "Bob": 4}) == right


def test_a_number_below_zero_needs_its_sign_once():
    assert score("x = -3, y = 4", {"x": -3, "y": 4}) == 1
    assert score("x = 3, y = 4", {"x": -3, "y": 4}) == score("x = --3, y = 4", {"x": -3, "y": 4}) == 0
    assert score("- 1: red\n- 2: blue", {"1": "red", "2": "blue"}) == 1
    assert score("1.2", {"1": 2}) == 0


@pytest.mark.parametrize(
    "answer",
    [
        *("A=knight, B=knave", "A:knight,B:knave", "A→knight, B→knave", "A->knight; B->knave", "A/knight, B/knave"),
        *(
            "A knight, B knave",
            "B knave, A knight",
            "- A knight\n- B knave",
            "1. A knight\n2. B knave",
            "B knave. A knight",
        ),
        *(
            "A is a knight. B is a knave",
            "a is a knight, b is a knave",
            "A: a knight; B: a knave",
            "A, a knight; B, a knave",
        ),
        *("A knave is B, a knight is A", "B is a knave and A knight"),
    ],
)
def test_a_name_that_is_spelled_like_the_article(answer):
    truth = {"A": "knight", "B": "knave"}
    assert score(answer, truth) == 1
    assert score(answer, {"A": "knave", "B": "knight"}) == score(answer, {**truth, "C": "knave"}) == 0
    assert score(answer, {"A": "knight"}) == score(answer, {**truth, "A": "spy"}) == 0


def test_an_article_is_no_name():
    assert score("A=3, B=4", {"A": 3, "B": 4}) == score("A:3,B:4", {"A": 3, "B": 4}) == 1
    assert score("B is a knave, a knight", {"A": "knight", "B": "knave"}) == 0
    assert score("B is a knave or A knight", {"A": "knight", "B": "knave"}) == 0
    assert score("B is a knave, not A knight", {"A": "knight", "B": "knave"}) == 0


@pytest.mark.parametrize(
    "row", ["### House {}\n- Pet:", "House #{}:", "House no. {}:", "House number {}:", "#{}:", "## {}\n"]
)
def test_the_head_of_a_row_may_have_a_sign(row):
    truth = {"1": {"pet": "cat"}, "2": {"pet": "dog"}}
    assert score(f"{row.format(1)} cat\n{row.format(2)} dog", truth) == 1
    assert score(f"{row.format(1)} dog\n{row.format(2)} cat", truth) == 0
    assert score(f"{row.format(1)} no cat\n{row.format(2)} dog", truth) == 0
    assert score(f"{row.format(1)} cat\nno {row.format(2)} dog", truth) == 0


@pytest.mark.parametrize(
    "answer",
    [
        json.dumps(HOUSES),
        json.dumps(HOUSES, indent=1),
        "House 1: color red, pet cat, age 3\nHouse 2: color blue, pet dog, age 1",
        "1: red, cat, age 3\n2: blue, dog, age: 1",
        "House 2: age = 1, pet = dog, color = blue; House 1: age = 3, pet = cat, color = red.",
    ],
)
def test_rows_of_attributes(answer):
    assert score(answer, HOUSES) == 1


@pytest.mark.parametrize(
    "answer",
    [
        json.dumps({"1": HOUSES["2"], "2": HOUSES["1"]}),
        json.dumps({"1": HOUSES["1"]}),
        json.dumps({**HOUSES, "3": {"color": "green"}}),
        json.dumps({"1": {**HOUSES["1"], "drink": "tea"}, "2": HOUSES["2"]}),
        json.dumps({"1": {"color": "red", "pet": "cat"}, "2": HOUSES["2"]}),
        '{"1": {"color": "blue", ' + json.dumps(HOUSES)[7:],
        json.dumps(HOUSES) + json.dumps(HOUSES),
        "1: not blue, red, cat, age 3\n2: blue, dog, age: 1",
        "1: red, cat, age\n2: blue, dog, age: 1",
        "red, cat, 3, blue, dog, 1",
    ],
)
def test_rows_that_differ_are_wrong(answer):
    assert score(answer, HOUSES) == 0


def test_a_value_that_two_attributes_share_needs_its_attribute():
    truth = {"1": {"car": "red", "house": "blue"}, "2": {"car": "blue", "house": "red"}}
    assert score("1: car red, house blue; 2: car blue, house red", truth) == 1
    assert score("1: red, blue; 2: blue, red", truth) == 0
    table = {"Ann": {"pet": "cat", "tea": "mint"}, "Bob": {"pet": "dog", "tea": "sage"}}
    assert score("| name | pet | tea |\n|---|---|---|\n| Ann | cat | mint |\n| Bob | dog | sage |", table) == 1


@pytest.mark.parametrize(
    "ground_truth",
    [
        *(None, "", "{", "[]", 3, {}, {"a": None}, {"a": ""}, {"a": "x" * 101}, {"a": 1.5}, {"a": {}}, {"": "x"}),
        *({"a": "x", "A": "y"}, {"a": "x", "b": {"c": "d"}}, {str(n): "x" for n in range(101)}, {"a": {"b": ["c"]}}),
        *({"a": 10**5000}, {b"a": "x"}, "[" * 100_000),
    ],
)
def test_a_ground_truth_that_is_no_assignment_is_our_fault(ground_truth):
    verdict = verify_logic("Answer: a is x", ground_truth)
    assert verdict.reason is Reason.BAD_GROUND_TRUTH
    assert verdict.note
