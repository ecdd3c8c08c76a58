"""Rows as each set publishes them → tasks that the verifier they will be used with accepts."""

import json
from collections.abc import Mapping

import pytest

from sets.checks import check, checked
from sets.drafts import Draft, LeftOut, Refused
from sets.table import SETS, read
from verifiers import VERIFIERS, verify_choice, verify_code


def made(name: str, row: Mapping[str, object], seed: int = 0) -> Draft:
    return checked(read(SETS[name], row, seed))


GPQA = {
    "Question": "Which particle is the lightest?",
    "Correct Answer": "Electron",
    "Incorrect Answer 1": "Proton",
    "Incorrect Answer 2": "Neutron",
    "Incorrect Answer 3": "Muon",
    "Subdomain": "Physics (general)",
    "High-level domain": "Physics",
    "Record ID": "rec1",
}
KNAVES = {
    "quiz": "You meet 2 inhabitants: Zoey, and Oliver. So who is an angel and who is a devil?",
    "names": ["Zoey", "Oliver"],
    "knight_knave": {"knight": "angel", "knave": "devil", "a_knight": "an angel", "a_knave": "a devil"},
    "solution": [True, False],
    "solution_text_format": "(1) Zoey is an angel\n(2) Oliver is a devil",
    "statements": "(('lying', 1), ('lying', 0))",
    "data_source": "kk_logic",
    "reward_model": {"ground_truth": {"solution_text_format": "(1) Zoey is an angel"}, "style": "rule"},
}
VERL = {
    "data_source": "math_dapo",
    "prompt": [{"role": "system", "content": "Think."}, {"role": "user", "content": "What is 17 + 17?"}],
    "ability": "MATH",
    "reward_model": {"ground_truth": "34", "style": "rule"},
    "extra_info": {"index": "9a9b"},
}
TESTS = {"inputs": ["2\n", ["3", "4"]], "outputs": ["4", ["6", "8"]]}
APPS = {
    "problem_id": 7,
    "question": "Double each number.\n",
    "solutions": json.dumps(["for line in open(0): print(line)", "for line in open(0): print(2 * int(line))"]),
    "input_output": json.dumps(TESTS),
    "difficulty": "interview",
    "url": "https://example.org/7",
    "starter_code": "",
}
TACO = {
    "question": "Half of n.",
    "starter_code": "class Solution:\n    def half(self, n: int) -> float:",
    "solutions": json.dumps(["class Solution:\n    def half(self, n): return n / 2"]),
    "input_output": json.dumps({"fn_name": "half", "inputs": [[1], [3]], "outputs": [[0.5], [1.5]]}),
    "difficulty": "EASY",
    "source": "leetcode",
    "url": None,
    "time_limit": "4.5 seconds",
    "memory_limit": "1024.0 megabytes",
    "raw_tags": "[]",
}
CODECONTESTS = {
    "name": "1_A. Double",
    "description": "Print twice n.",
    "public_tests": {"input": ["2\n"], "output": ["4\n"]},
    "private_tests": {"input": ["0\n"], "output": ["0\n"]},
    "generated_tests": {"input": ["2\n", "9\n"], "output": ["4\n", "18\n"]},
    "source": 2,
    "difficulty": 7,
    "solutions": {"language": [2, 1, 3], "solution": ["int main(){}", "print 1", "print(2 * int(input()))"]},
    "incorrect_solutions": {"language": [3], "solution": ["print(4)"]},
    "cf_rating": 800,
    "time_limit": {"seconds": 2, "nanos": 500_000_000},
    "memory_limit_bytes": 268_435_456,
    "input_file": "",
    "output_file": "",
}
STDIN = [{"input": "2\n", "output": "4"}, {"input": "3\n4", "output": "6\n8"}]
ARC = {"text": ["melts", "boils"], "label": ["1", "2"]}
HI = {"question": "Hi", "response": "Hello"}


@pytest.mark.parametrize(
    ("name", "row", "ground_truth", "columns"),
    [
        ("math", {"problem": "?", "level": "Level 3", "type": "Algebra", "solution": r"So $\boxed{\frac12}$."},
         r"\frac12", {"level": 3, "subject": "Algebra"}),
        ("math", {"problem": "?", "solution": r"So \boxed{4}.", "answer": "4", "subject": "Algebra", "level": 2,
                  "unique_id": "test/algebra/1.json"},
         "4", {"level": 2, "subject": "Algebra", "source": "test/algebra/1.json"}),
        ("math", {"problem": "?", "solution": r"$x = \boxed{15\frac{39}{40}},$ or $\boxed{\frac{639}{40}}$ inches."},
         r"\frac{639}{40}", {}),
        ("math", {"problem": "?", "solution": r"Either of them is whole: $\boxed{-2}$ and $\boxed{1}$."}, "-2, 1", {}),
        ("math", {"problem": "?", "solution": r"$d=\boxed{-3}$. Then $\boxed{7}$.", "answer": "-3"}, "-3", {}),
        ("aime_2024", {"id": 60, "problem": "?", "solution": r"So \boxed{033}.", "answer": "33", "year": "2024",
                       "url": "https://aops.com/2024_AIME_I_Problems/Problem_1"},
         "33", {"source": "https://aops.com/2024_AIME_I_Problems/Problem_1"}),
        ("aime_2024", {"id": 1, "problem": "?", "solution": r"\boxed{204}"}, "204", {}),
        ("aime_2024", {"ID": "2024-II-4", "Problem": "?", "Solution": "So 33.", "Answer": 33}, "33",
         {"source": "2024-II-4"}),
        ("aime_2025", {"problem": "?", "answer": "070", "id": "0"}, "70", {}),
        ("aime_2025", {"question": "?", "answer": "0"}, "0", {}),
        ("aime_2025", {"id": "aime25-0", "problem": "?", "expected_answer": "70", "reference_solution": r"\boxed{70}"},
         "70", {}),
        ("math_mix", {"problem": "?", "answer": "$12$", "solution": ""}, "12", {}),
        ("math_mix", {"problem": "?", "answer": 27.0, "source": "amc", "difficulty": 0.5}, "27",
         {"source": "amc", "level": 0.5}),
        ("math_mix", {"problem": "?", "answer": ["2"], "solution": ["Two."]}, "2", {}),
        ("math_mix", VERL, "34", {"source": "math_dapo"}),
        ("knights_knaves", KNAVES,
         {"verifier": "logic", "ground_truth": {"Zoey": "angel", "Oliver": "devil"}}, {"level": 2}),
        ("mmlu", {"question": "?", "subject": "physics", "choices": ["a", "b", "c", "d"], "answer": 2},
         {"answer": "C", "choices": ["a", "b", "c", "d"]}, {"subject": "physics"}),
        ("mmlu", {"question": "?", "A": "1", "B": "2", "C": "3", "D": "4", "answer": "D"},
         {"answer": "D", "choices": ["1", "2", "3", "4"]}, {}),
        ("mmlu", {"question": "?", "options": ["x", "y", "z"], "answer": "B", "answer_index": 1, "category": "math"},
         {"answer": "B", "choices": ["x", "y", "z"]}, {"subject": "math"}),
        ("arc", {"id": "M1", "question": "?", "choices": ARC, "answerKey": "2"},
         {"answer": "B", "choices": ["melts", "boils"]}, {}),
        ("arc", {"id": "M1", "question": {"stem": "?", "choices": [{"text": "melts", "label": "A"},
                 {"text": "boils", "label": "B"}]}, "answerKey": "A"},
         {"answer": "A", "choices": ["melts", "boils"]}, {}),
        ("apps", APPS, {"kind": "stdin", "tests": STDIN}, {"level": "interview", "source": "https://example.org/7"}),
        ("apps", APPS | {"input_output": {"inputs": ["2"], "outputs": ["4 "]}, "solutions": ["print(' 4')"]},
         {"kind": "stdin", "tests": [{"input": "2", "output": "4 "}], "compare": {"mode": "tokens"}},
         {"level": "interview", "source": "https://example.org/7"}),
        ("apps", APPS | {"input_output": {"inputs": ["1"], "outputs": ["0.5"]}, "solutions": ["print('0.50')"]},
         {"kind": "stdin", "tests": [{"input": "1", "output": "0.5"}],
          "compare": {"mode": "float", "abs": 1e-6, "rel": 1e-6}},
         {"level": "interview", "source": "https://example.org/7"}),
        ("apps", APPS | {"input_output": {"fn_name": "f", "inputs": [[1], [2]], "outputs": [[1], [2]]},
                         "solutions": ["def f(n): return [n]"]},
         {"kind": "function", "entry_point": "f", "tests": [{"args": [1], "expected": [1]},
          {"args": [2], "expected": [2]}]},
         {"level": "interview", "source": "https://example.org/7"}),
        ("taco", TACO,
         {"kind": "function", "entry_point": "half", "limits": {"cpu_s": 4, "memory_mb": 1024},
          "compare": {"mode": "float", "abs": 1e-6, "rel": 1e-6},
          "tests": [{"args": [1], "expected": 0.5}, {"args": [3], "expected": 1.5}]},
         {"level": "EASY", "source": "leetcode"}),
        ("taco", {"question": "?", "solutions": ["def f(a, b): return str(a) + b"],
                  "input_output": {"fn_name": "f", "inputs": ['1\n"x"'], "outputs": ['"1x"']}},
         {"kind": "function", "entry_point": "f", "tests": [{"args": [1, "x"], "expected": "1x"}]}, {}),
        ("deepcoder", {"problem": "Half of n.",
                       "solutions": "class Solution:\n    def half(self, n): return ceil(n / 2)",
                       "tests": {"functional": "def check(candidate):\n    assert candidate(n=3) == 2\n\n"
                                 "check(Solution().half)"}},
         {"kind": "assert", "entry_point": "Solution().half",
          "test": "def check(candidate):\n    assert candidate(n=3) == 2\n\n"}, {}),
        ("deepcoder", {"problem": "Half.", "solutions": '["def half(n): return ceil(n / 2)"]',
                       "tests": json.dumps([{"input": "3", "output": "2", "testtype": "functional",
                                             "metadata": {"func_name": "half"}}])},
         {"kind": "function", "entry_point": "half", "tests": [{"args": [3], "expected": 2}]}, {}),
        ("deepcoder", {"problem": "Half.", "solutions": ["print(pow(3, 3, 5))"],
                       "tests": [{"input": "3", "output": "2", "testtype": "stdin"}]},
         {"kind": "stdin", "tests": [{"input": "3", "output": "2"}]}, {}),
        ("codecontests", CODECONTESTS,
         {"kind": "stdin", "tests": [{"input": "2\n", "output": "4\n"}, {"input": "0\n", "output": "0\n"},
          {"input": "9\n", "output": "18\n"}]},
         {"level": 800, "source": "codeforces"}),
    ],
)  # fmt: skip
def test_a_row_becomes_a_task(name: str, row: dict, ground_truth: object, columns: dict) -> None:
    draft = made(name, row)
    assert draft.ground_truth == ground_truth
    assert draft.columns == columns
    rights = (draft.right, *draft.others)
    assert 1 in [VERIFIERS["accuracy"](right, draft.ground_truth).score for right in rights]


@pytest.mark.parametrize(
    ("row", "ground_truth"),
    [
        ({"prompt": "Hi", "prompt_id": "1", "messages": [{"content": "Hi", "role": "user"},
          {"content": "Hello", "role": "assistant"}, {"content": "Bye", "role": "user"}]}, HI),
        ({"id": "1", "data": ["Hi", "Hello", "Bye", "Bye"]}, HI),
        ({"conversation_hash": "x", "language": "English", "toxic": False, "redacted": False, "conversation": [
          {"content": "Hi", "role": "user", "language": "English"}, {"content": "Hello", "role": "assistant"}]}, HI),
        ({"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}]}, HI),
        ({"prompt": "Hi", "chosen": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}],
          "rejected": []}, HI),
        ({"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]},
         {"question": "Be brief.\n\nHi"}),
        ({"instruction": "Add.", "input": "1, 2", "output": "3"}, {"question": "Add.\n\n1, 2", "response": "3"}),
        ({"prompt": " Hi\n"}, {"question": "Hi"}),
        ({"question": "Hi", "answer": "Hello"}, HI),
    ],
)  # fmt: skip
def test_a_conversation_becomes_a_prompt_without_a_rule(row: dict, ground_truth: dict) -> None:
    draft = made("chat", row)
    assert (draft.question, draft.ground_truth) == (ground_truth["question"], ground_truth)


@pytest.mark.parametrize(
    ("name", "row", "expected", "reason"),
    [
        ("math", {"problem": "?", "solution": "So 4."}, r"expected a \boxed{}", "no answer"),
        ("math", {"problem": "?", "solution": r"\boxed{-3}, or \boxed{3} is also accepted"},
         "boxes several answers: -3, 3", "several answers"),
        ("math", {"problem": "?", "solution": r"$\boxed{30^\circ}.$ The other is $\boxed{45^\circ}.$"}, "boxes several",
         "several answers"),
        ("math", {"problem": "?", "solution": r"So \boxed{4}.", "answer": "5"}, "published solution: WRONG", "WRONG"),
        ("math", {"problem": "?", "solution": r"So \boxed{1/0}."}, "wrong: BAD_GROUND_TRUTH", "BAD_GROUND_TRUTH"),
        ("aime_2025", {"problem": "?", "answer": "1000"}, "from 0 to 999", "layout"),
        ("aime_2025", {"problem": "?", "answer": "33", "solution": r"\boxed{34}"}, "solution: WRONG", "WRONG"),
        ("aime_2025", {"answer": "33"}, "text under 'problem' or 'Problem' or 'question', found the keys", "layout"),
        ("math_mix", {"problem": "?", "answer": ""}, 'text or a number under "answer"', "no answer"),
        ("math_mix", {"problem": "?", "answer": "1", "solution": r"\boxed{4}"}, "published solution: WRONG", "WRONG"),
        ("knights_knaves", KNAVES | {"solution": [True]}, "as many", "layout"),
        ("knights_knaves", KNAVES | {"solution": [False, True]}, "accept the published solution: WRONG", "WRONG"),
        ("mmlu", {"question": "?", "choices": ["a", "A", "c", "d"], "answer": 0}, "A and B are the same",
         "two choices alike"),
        ("mmlu", {"question": "?", "choices": ["a", "", "c", "d"], "answer": 0}, "2 to 26 choices", "layout"),
        ("mmlu", {"question": "?", "choices": ["a", "b", "c", "d"], "answer": 4}, "one of ABCD", "no answer"),
        ("mmlu", {"question": "?", "choices": ["a", "b", "c", "d"], "answer": "E"}, "one of ABCD", "no answer"),
        ("arc", {"question": "?", "choices": ARC, "answerKey": "C"}, "one of ['1', '2'], found 'C'", "no answer"),
        ("gpqa", {"Question": "?"}, '"Incorrect Answer 3"', "layout"),
        ("apps", APPS | {"input_output": ""}, "not JSON", "no tests"),
        ("apps", APPS | {"input_output": {"inputs": ["1"], "outputs": []}}, "as many", "no tests"),
        ("apps", APPS | {"input_output": {"inputs": [], "outputs": []}}, "no tests", "no tests"),
        ("apps", APPS | {"input_output": {"inputs": ["1" * 200_000], "outputs": ["1"]}}, "every test has more than",
         "no tests"),
        ("apps", APPS | {"solutions": ""}, "--no-check", "no solution"),
        ("apps", APPS | {"solutions": ["print(1"]}, "COMPILE_ERROR: test 1 of 2", "COMPILE_ERROR"),
        ("codecontests", CODECONTESTS | {"public_tests": [], "solutions": {}}, 'under "public_tests"', "layout"),
        ("codecontests", CODECONTESTS | {"solutions": {"language": [1], "solution": ["print 1"]}}, "no published",
         "no solution"),
        ("chat", {"messages": [{"role": "assistant", "content": "Hello"}]}, "the roles ['assistant']", "layout"),
        ("chat", {"messages": [{"role": "assistant", "content": "A"}, {"role": "user", "content": "B"}]}, "before",
         "layout"),
        ("deepcoder", {"problem": "?", "tests": {"functional": "assert f(1) == 1"}}, "to end in check(…)", "no tests"),
        ("deepcoder", {"problem": "?", "tests": [3]}, "no tests", "no tests"),
        ("math_mix", {"problem": "?", "answer": r"\text{October 30}"}, "cannot tell that another answer is wrong",
         "UNDECIDED"),
        ("chat", {"text": "Hi"}, "found the keys ['text']", "layout"),
    ],
)  # fmt: skip
def test_a_row_that_is_no_task_is_refused_under_its_reason(name: str, row: dict, expected: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        made(name, row)
    assert not isinstance(refused.value, LeftOut)
    assert expected in str(refused.value)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("name", "row", "reason"),
    [
        ("aime_2024", {"problem": "?", "answer": "1", "url": "https://aops.com/2023_AIME_I"}, "another year"),
        ("aime_2025", {"problem": "?", "answer": "1", "year": 2024}, "another year"),
        ("chat", {"toxic": True, "conversation": [{"role": "user", "content": "Hi"}]}, "toxic"),
        ("codecontests", CODECONTESTS | {"input_file": "in.txt"}, "files"),
    ],
)
def test_a_row_that_was_not_asked_for_is_left_out(name: str, row: dict, reason: str) -> None:
    with pytest.raises(LeftOut) as left:
        made(name, row)
    assert left.value.reason == reason


@pytest.mark.parametrize("name", ["gpqa", "sciq"])
def test_the_right_choice_stands_anywhere_by_the_seed(name: str) -> None:
    names = ("question", "correct_answer", "distractor1", "distractor2", "distractor3")
    texts = list(GPQA.values())[:5]
    row = GPQA if name == "gpqa" else dict(zip(names, texts, strict=True))
    drafts = [made(name, row, seed) for seed in range(16)]
    truths = [draft.ground_truth for draft in drafts]
    assert [made(name, row, seed).ground_truth for seed in range(16)] == truths
    letters = {truth["answer"] for truth in truths}
    assert letters == set("ABCD")
    for draft, truth in zip(drafts, truths, strict=True):
        assert sorted(truth["choices"]) == sorted(texts[1:])
        assert f"\n{truth['answer']}. Electron\n" in draft.question
        assert verify_choice(r"\boxed{Electron}", truth).score == 1
        assert verify_choice(r"\boxed{Muon}", truth).score == 0


def test_a_test_of_a_contest_judges() -> None:
    draft = made("codecontests", CODECONTESTS)
    assert verify_code("```python\nprint(4)\n```", draft.ground_truth).score == 0
    assert "standard input" in draft.question


def test_starter_code_and_the_name_of_the_function_are_shown() -> None:
    asked = made("taco", TACO).question
    assert "def half(self, n: int)" in asked
    assert "with the function half." in asked


def test_on_trust_an_output_that_stands_alone_in_a_list_is_taken_out_of_it() -> None:
    first, second = (draft.ground_truth["tests"][0] for draft in read(SETS["taco"], TACO, 0))
    assert (first["expected"], second["expected"]) == (0.5, [0.5])


def test_the_tests_that_are_too_long_are_left_out_and_counted() -> None:
    tests = {"inputs": ["2", "3" * 100_001], "outputs": ["4", "6"]}
    draft = made("apps", APPS | {"input_output": tests, "solutions": ["print(4)"]})
    assert draft.note == "left out 1 of 2 tests, of more than 100,000 characters"


def test_a_mapping_that_a_rule_would_judge_is_no_general_prompt() -> None:
    for truth in ({"question": "?", "answer": "4"}, {"question": "?", "numbers": [1], "target": 1}, "?"):
        with pytest.raises(Refused):
            check(Draft("?", truth, "", ""))


def test_every_set_says_where_it_is_from() -> None:
    for chosen in SETS.values():
        assert chosen.licence
        assert chosen.published
