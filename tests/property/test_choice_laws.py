"""Laws of multiple choice."""

from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import anything
from verifiers.choice import verify_choice

LETTERS = "ABCDEFGHIJ"
DRESSES = [
    "{}",
    "({})",
    r"\textbf{{{}}}",
    "option {}",
    "**{}**",
    r"\text{{({})}}",
    "{}.",
    "{}) so it is.",
    "[{}]",
    "{}: x y.",
]
letters = st.sampled_from(LETTERS)
dresses = st.sampled_from(DRESSES)
numbers = st.lists(st.integers(-99, 99), min_size=2, max_size=10, unique=True)


def score(answer, ground_truth, **options):
    return verify_choice(f"<think>so</think><answer>{answer}</answer>", ground_truth, **options).score


@given(said=letters, wanted=letters, dress=dresses, lower=st.booleans())
def test_a_letter_is_right_in_every_dress_and_no_other_is(said, wanted, dress, lower):
    said_as = said.lower() if lower and dress != "{}) so it is." else said
    assert score(dress.format(said_as), wanted) == (said == wanted)


@given(
    pair=st.permutations(LETTERS),
    dress=dresses,
    joint=st.sampled_from([" or ", " and ", ", ", "/", " not ", "\n", "; ", "", " "]),
    lower=st.booleans(),
)
def test_two_letters_are_never_the_one_letter(pair, dress, joint, lower):
    first, second = (letter.lower() if lower else letter for letter in pair[:2])
    both = dress.format(first) + joint + dress.format(second)
    assert score(both, first) == score(both, second) == 0


@given(values=numbers, data=st.data())
def test_the_text_of_a_choice_counts_as_its_letter(values, data):
    right = data.draw(st.integers(0, len(values) - 1))
    said = data.draw(st.integers(0, len(values) - 1))
    task = {"answer": LETTERS[right], "choices": [str(value) for value in values]}
    assert score(str(values[said]), task) == (said == right)
    assert score(f"{LETTERS[right]}. {values[said]}", task) == (said == right)
    assert score(f"({LETTERS[said]}) {values[right]}", task) == (said == right)


@given(values=numbers, beyond=st.integers(0, 25))
def test_a_letter_beyond_the_choices_is_wrong(values, beyond):
    letter = chr(ord("A") + beyond)
    assert score(letter, "A", choices=values) == (letter == "A")


@given(wanted=st.sets(letters, min_size=1, max_size=4), said=st.sets(letters, min_size=1, max_size=4), data=st.data())
def test_several_letters_match_as_a_set(wanted, said, data):
    order = data.draw(st.permutations(sorted(said)))
    joint = data.draw(st.sampled_from([", ", " and ", " & ", "\n"]))
    assert score(joint.join(order), sorted(wanted)) == (said == wanted)


@given(
    completion=anything,
    ground_truth=st.one_of(anything, st.none(), st.lists(anything), st.dictionaries(anything, anything)),
)
def test_any_two_texts_get_a_verdict(completion, ground_truth):
    assert verify_choice(completion, ground_truth).score in (0.0, 1.0, None)
    assert verify_choice(f"Answer: {completion}", {"answer": "B", "choices": [completion, "x"]}).score in (0.0, 1.0)
