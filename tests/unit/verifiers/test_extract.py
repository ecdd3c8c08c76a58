"""Where the answer is, rule by rule."""

import pytest

from verifiers.extract import extract_answer

FACTS = [
    # the last complete <answer> block after the thinking
    ("<think>a</think><answer>4</answer>", "4"),
    ("<think><answer>3</answer></think><answer>4</answer>", "4"),
    ("<answer>3</answer> no <answer>4</answer>", "4"),
    ("<answer>3</answer> no <answer>4", "3"),
    ("<answer>so \\boxed{3} no \\boxed{4}</answer>", "4"),
    ("<answer>4</answer> \\boxed{5}", "4"),
    ("<think>a</think><answer> \u200b</answer> \\boxed{4}", None),
    ("<think>a <answer>4</answer>", None),
    ("<answer>4</answer><think>a", "4"),
    ("<answer>4</answer><think>a</think>", None),
    ("<answer>\\boxed{4</answer>", None),
    # else the last box
    ("<think>\\boxed{3}</think> \\boxed {4}", "4"),
    ("<think>\\boxed{3}</think> 4", None),
    ("\\fbox{4}", "4"),
    ("\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"),
    ("\\boxed{\\{1\\}}", "\\{1\\}"),
    ("\\boxed{x = \\boxed{4}}", "x = \\boxed{4}"),
    ("\\boxed{26} wait, that is wrong. \\boxed{27}", "27"),
    ("\\boxed{7} or \\boxed{8}", "7, 8"),
    ("$\\boxed{1}$, $\\boxed{2}$,\\text{ and } $\\boxed{3}$", "1, 2, 3"),
    ("\\boxed{7}\n\n\\boxed{7}", "7"),
    ("\\boxed{7", None),
    ("\\boxed{}", None),
    # else a statement at the end
    ("so\nAnswer: 4", "4"),
    ("The final answer is $4$.", "$4$."),
    ("**Answer:** 4", "4"),
    ("**Final answer**: 4", "4"),
    ("Answer:\n4", "4"),
    ("#### 4", "4"),
    ("Answer: 4\nAnswer: 5", "5"),
    ("Answer: 4 or Answer: 5", "4 or Answer: 5"),
    ("Answer: 4\nor so I think.", None),
    ("there are 4 of them", None),
    ("", None),
]


@pytest.mark.parametrize(("completion", "answer"), FACTS)
def test_extract_answer(completion, answer):
    found = extract_answer(completion)
    assert found.answer == answer
    assert bool(found.note) == (answer is None)
