"""What the policy wrote, told from the prompt before it and the tokens after it."""

import pytest

from verifiers.adapters.ends import ENDS, completion_of, without_end

PROMPT = "Question: what is 2 + 2?\nAnswer in a box.\nAssistant:"
LONG = "<|im_start|>user\nHow much is 2 + 2, and how much is 3 + 3?<|im_end|>\n<|im_start|>assistant\n"


@pytest.mark.parametrize(
    ("query", "prompt", "completion"),
    [
        ("Q: 2?A: 4", "Q: 2?", "A: 4"),
        ("Q: 4<|im_end|>", "Q:", " 4"),
        ("Q:\n4", "Q:\n", "4"),
        ("Q: 4</s>\n<|endoftext|>", "Q:", " 4"),
        ("Q: 4 <｜end▁of▁sentence｜>", "Q:", " 4 "),
        ("Q: a</s>b</s>", "Q:", " a</s>b"),
        ("Q:  two\n words\n4", "Q: two words ", "\n4"),
        ("x" * 40 + "| 4", "cut off " + "x" * 40 + "|", " 4"),
        ("Q: 4", "", "Q: 4"),
        ("Q:", "Q:", ""),
        ("another prompt 4", "Q:", None),
        ("| 4", "cut off to less than can be told |", None),
        ("", "Q:", None),
        ("1+1?2</s>", "1+1?", "2"),
        ("1+1?2<|im_end|><|endoftext|>", "1+1?", "2"),
        ("1+1?<s>2</s> or 3", "1+1?", "<s>2</s> or 3"),  # the policy wrote it
        (LONG[20:] + "4", LONG, "4"),  # cut on its left
        (LONG + LONG + "4", LONG, LONG + "4"),
        ("1+1? 2", "1+1 ?", " 2"),
        ("?" + "4", "1+1?", None),  # too little to be sure
        ("4", "", "4"),
    ],
)
def test_the_completion_is_what_follows_the_prompt(query, prompt, completion):
    assert completion_of(query, prompt) == completion


def test_a_prompt_that_the_completion_repeats_is_cut_once():
    assert (
        completion_of(PROMPT + r" \boxed{4} " + PROMPT + r" \boxed{5}", PROMPT) == rf" \boxed{{4}} {PROMPT} \boxed{{5}}"
    )


def test_a_prompt_of_one_letter_takes_no_time():
    assert completion_of("a" * 100_000 + "b", "a" * 200_000 + "c") is None


def test_any_number_of_end_tokens_is_taken_off():
    assert without_end("4" + "<pad>\n" * 1_000_000) == "4"  # hours, if each of them made a copy
    assert all(without_end(f"4{end} ") == "4" for end in ENDS)
    assert without_end("4 \n") == "4 \n"
    assert without_end("4</s>STOP", ["", "STOP"]) == "4</s>"
