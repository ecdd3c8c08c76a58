"""Where a completion has its program."""

import pytest

from verifiers.code.program import find_program

FENCE = "```"


@pytest.mark.parametrize(
    ("completion", "source"),
    [
        ("```python\nprint(1)\n```", "print(1)\n"),
        ("~~~\nprint(1)\n~~~", "print(1)\n"),
        ("<answer>```python\nprint(1)\n```</answer>", "print(1)\n"),
        ("<think>```\n0\n```</think>```python\nprint(1)\n```", "print(1)\n"),
        ("```\n0\n```\nBetter:\n```\nprint(1)\n```\nDone.", "print(1)\n"),
        ("```\n0\n```<answer>\n```\nprint(1)\n```\n</answer>```\n2\n```", "print(1)\n"),
        ("````markdown\n```\nprint(1)\n```\n````", "```\nprint(1)\n```\n"),
        ("```\nprint(1)\n~~~\n```", "print(1)\n~~~\n"),
        ("```\nprint(1)\n`````", "print(1)\n"),
        ('```\ns = """\n    ```\n"""\n```', 's = """\n    ```\n"""\n'),
        ("```python\r\nif 1:\r\n    print(1)\r\n```\r\n", "if 1:\n    print(1)\n"),
        ("1. So:\n   ```python\n   if 1:\n       print(1)\n   ```", "if 1:\n    print(1)\n"),
        ("Use `x` and ```y```.\n```\nprint(1)\n```", "print(1)\n"),
        ("```\n0\n``` or\n```", "0\n``` or\n"),
        ("1. ```python\n   if 1:\n       print(1)\n   ```\n2. Done.", "if 1:\n    print(1)\n"),
        ("- ```python\n  if 1:\n\n      print(1)\n  ```", "if 1:\n\n    print(1)\n"),
        ("10. ```python\nif 1:\n    print(1)\n```", "if 1:\n    print(1)\n"),
        ("> So:\n> ```python\n> if 1:\n>\n>     print(1)\n> ```\n", "if 1:\n\n    print(1)\n"),
        ("```\ns = '''\n> ```\n- ```\n'''\n```", "s = '''\n> ```\n- ```\n'''\n"),
        ("Answer: ```python\nprint(1)\n```", "print(1)\n"),
        ("```\n0\n```\nBetter: ```python\nprint(1)\n```", "print(1)\n"),
        ("Put it in ```python\n```python\nprint(1)\n```", "print(1)\n"),
        ("Between ``` and ```:\n```\nprint(1)\n```\nas in ```python", "print(1)\n"),
    ],
)
def test_the_last_fenced_block_is_the_program(completion, source):
    assert find_program(completion).source == source


@pytest.mark.parametrize(
    ("completion", "why"),
    [
        ("", "no fenced block"),
        ("print(1)", "no fenced block"),
        ("<answer>print(1)</answer>", "no fenced block"),
        ("```print(1)```", "no fenced block"),
        ("```python\nprint(1)\n```\n<answer>done</answer>", "no fenced block"),
        ("<think>```\nprint(1)\n```", "not closed"),
        ("```python\nprint(1)\n", "not closed"),
        ("```python\nprint(1) ```", "not closed"),
        ("```\n1\n```\n```\n2", "not closed"),
        ("So: ```python\n1\n```\nBetter: ```python\n2", "not closed"),
        ("So: ```python\n1", "no fenced block"),
        ("So: ```\n1\n```", "not closed"),
        ("> ```\n> 1\n```", "not closed"),
        ("- ```\n  1\n- ```", "not closed"),
        ("```\n \n```", "blank"),
        ("```\n```", "blank"),
        ("<answer> </answer>", "blank"),
        ("```\n" + "1\n" * 600_000 + "```", "characters"),
    ],
)
def test_without_a_closed_block_there_is_no_program(completion, why):
    found = find_program(completion)
    assert found.source is None
    assert why in found.note


@pytest.mark.parametrize(
    ("info", "language"),
    [
        ("", "python"), ("python", "python"), ("py3 title=a", "python"), ("text", "python"), ("{.cpp}", "cpp"),
        (" C++ ", "cpp"), ("js", "javascript"),
    ],
)  # fmt: skip
def test_the_info_string_may_name_a_language(info, language):
    assert find_program(f"~~~{info}\n1\n~~~").language == language
