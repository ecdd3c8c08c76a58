"""Laws of logic puzzles."""

import json

from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import anything
from verifiers.logic import verify_logic

NAMES = ["Zoey", "Oliver", "Mia", "Al", "Alice", "Mary-Ann", "José", "Person 3", "A", "Bo_b"]
ROLES = ["knight", "knave", "truth-teller", "spy"]
STYLES = ["{} is a {}", "{}: {}", "{} = {}", "**{}** → {}", '"{}": "{}"', r"\text{{{} is a {}}}", "| {} | {} |"]
assignments = st.dictionaries(st.sampled_from(NAMES), st.sampled_from(ROLES), min_size=1)
styles = st.sampled_from(STYLES)
joints = st.sampled_from([", ", "\n", "; ", " and ", ". ", ", and "])


def score(answer, ground_truth):
    return verify_logic(f"<think>so</think><answer>{answer}</answer>", ground_truth).score


def written(pairs, style, joint, numbered=False):
    said = [style.format(name, role) for name, role in pairs]
    return joint.join(f"({n}) {one}" if numbered else one for n, one in enumerate(said, 1))


@given(truth=assignments, said=assignments, style=styles, joint=joints, numbered=st.booleans(), data=st.data())
def test_right_is_the_assignment_and_no_other(truth, said, style, joint, numbered, data):
    for pairs in (said, truth):
        order = data.draw(st.permutations(list(pairs.items())))
        assert score(written(order, style, joint, numbered), truth) == (pairs == truth)
    assert score(json.dumps(said), json.dumps(truth)) == (said == truth)


@given(truth=assignments, style=styles, joint=joints, data=st.data())
def test_one_assignment_more_or_less_or_other_is_wrong(truth, style, joint, data):
    pairs = list(truth.items())
    at = data.draw(st.integers(0, len(pairs) - 1))
    other = data.draw(st.sampled_from([role for role in ROLES if role != pairs[at][1]]))
    more = data.draw(
        st.sampled_from([*((name, ROLES[0]) for name in NAMES), ("Liam", "knight"), (pairs[at][0], other)])
    )
    assert score(written([*pairs[:at], *pairs[at + 1 :]], style, joint), truth) == 0
    assert score(written([*pairs[:at], more, *pairs[at:]], style, joint), truth) == 0
    assert score(written([*pairs[:at], (pairs[at][0], other), *pairs[at + 1 :]], style, joint), truth) == 0


@given(
    truth=assignments,
    style=styles,
    joint=joints,
    word=st.sampled_from(
        ["not", "or", "if", "maybe", "never", "neither", "unless", "except", "isn't", "false", "?", "xor"]
    ),
    data=st.data(),
)
def test_a_word_that_takes_it_back_anywhere_spoils_it(truth, style, joint, word, data):
    good = written(truth.items(), style, joint).replace("\n", " \n")
    places = [place for place, sign in enumerate(good) if sign == " "]
    at = data.draw(st.sampled_from([0, len(good), *places]))
    assert score(f"{good[:at]} {word} {good[at:]}", truth) == 0


@given(
    rows=st.dictionaries(
        st.sampled_from(["1", "2", "3"]),
        st.fixed_dictionaries({"color": st.sampled_from(["red", "blue"]), "pet": st.sampled_from(["cat", "dog"])}),
        min_size=1,
    ),
    said=st.dictionaries(
        st.sampled_from(["1", "2", "3"]),
        st.fixed_dictionaries({"color": st.sampled_from(["red", "blue"]), "pet": st.sampled_from(["cat", "dog"])}),
        min_size=1,
    ),
)
def test_rows_are_right_in_full_alone(rows, said):
    for own in (rows, said):
        assert score(json.dumps(own), rows) == (own == rows)
        lines = [f"House {name}: {row['color']}, pet {row['pet']}" for name, row in own.items()]
        assert score("\n".join(lines), rows) == (own == rows)


@given(
    completion=anything,
    ground_truth=st.one_of(anything, st.none(), st.dictionaries(anything, st.one_of(anything, st.integers()))),
)
def test_any_two_texts_get_a_verdict(completion, ground_truth):
    assert verify_logic(completion, ground_truth).score in (0.0, 1.0, None)
    assert verify_logic(f"Answer: {completion}", {"Zoey": "knight", "1": "a"}).score in (0.0, 1.0)
