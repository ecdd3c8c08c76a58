import json

import pytest

from verifiers.server.payloads import (
    Malformed,
    Scored,
    Served,
    Undecided,
    read_openrlhf,
    read_score,
    read_slime,
    write_openrlhf,
    write_slime,
)
from verifiers.server.scoring import Task

SERVED = Served(["math", "code", "format"])


def score(**body):
    return read_score(json.dumps(body).encode(), SERVED)


def test_a_batch_is_read_in_order_and_an_item_may_have_its_own_verifier():
    items = [{"completion": "a", "ground_truth": {"kind": 1}}, {"completion": "b", "verifier": "format"}]
    assert score(verifier="math", items=items) == [Task("math", "a", {"kind": 1}), Task("format", "b", None)]
    assert score(items=[]) == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"verifer": "math", "items": []}, "'verifer': did you mean 'verifier'"),
        ({"verifier": "maths", "items": []}, "'maths' is served: did you mean 'math'"),
        ({"verifier": "math", "items": [{"response": "4"}]}, "item 0 has the key 'response'"),
        (
            {"verifier": "math", "items": [{"completion": "", "groundtruth": ""}]},
            "item 0 has the key 'groundtruth': did you mean 'ground_truth'",
        ),
        ({"verifier": "math", "items": [{"ground_truth": "4"}]}, "item 0 has no 'completion'"),
        ({"verifier": "math", "items": [{"completion": None}]}, "'completion' of item 0 is no text"),
        ({"items": [{"completion": "4"}]}, "item 0 has no verifier: name it"),
        ({"verifier": "math"}, '"items" is a list'),
        ([], "the body is no object"),
    ],
)
def test_what_is_wrong_is_named_with_the_nearest_right(body, told):
    with pytest.raises(Malformed) as error:
        read_score(json.dumps(body).encode(), SERVED)
    assert told in str(error.value)


@pytest.mark.parametrize("deep", [10, 60, 70, 900])
@pytest.mark.parametrize("pair", ["[]", "{}"])
def test_a_ground_truth_is_so_deep_and_no_deeper(deep, pair):
    opening = "[" if pair == "[]" else '{"a": '
    truth = opening * deep + "1" + pair[1] * deep
    body = f'{{"prompt": "", "response": "4", "label": {truth}}}'.encode()
    if deep < 64:
        assert read_slime(body, "math")[0].ground_truth == json.loads(truth)
    else:
        with pytest.raises(Malformed, match="deep"):
            read_slime(body, "math")


def test_a_wide_ground_truth_is_not_deep():
    truth = [{"input": "x", "output": ["y"] * 10}] * 10_000
    assert score(verifier="code", items=[{"completion": "", "ground_truth": truth}])[0].ground_truth == truth


def test_openrlhf_sends_three_lists_of_one_length():
    body = {"query": ["q4", "x4"], "prompts": ["q", "q"], "labels": ["4", "4"]}
    assert read_openrlhf(json.dumps(body).encode(), "math") == [
        Task("math", "4", "4"),
        "query 1 does not begin with its prompt, so its completion is not known",
    ]
    assert read_slime(b'{"prompt": "q", "response": "4<|im_end|>\\n"}', "math") == [Task("math", "4", None)]
    for key in body:
        with pytest.raises(Malformed, match="differ in length"):
            read_openrlhf(json.dumps({**body, key: ["a"]}).encode(), "math")
        with pytest.raises(Malformed, match=f"'{key}' is a list"):
            read_openrlhf(json.dumps({**body, key: "ab"}).encode(), "math")


def test_no_number_is_made_up_for_what_is_undecided():
    scored = [Scored("", 0.5, "CORRECT"), Scored("", None, "SANDBOX_FAILED", "no slot")]
    with pytest.raises(Undecided, match="SANDBOX_FAILED: no slot"):
        write_openrlhf(scored, "stop")
    with pytest.raises(Undecided):
        write_slime(scored[1:], "stop")
    assert json.loads(write_openrlhf(scored, 0.25))["rewards"] == [0.5, 0.25]
    assert write_slime(scored[1:], None) == b"null"
    assert write_slime(scored[:1], None) == b"0.5"


def test_the_nearest_name_is_looked_for_with_no_more_than_a_name_has(monkeypatch):
    asked = []
    monkeypatch.setattr("difflib.get_close_matches", lambda word, *_: asked.append(word) or ["math"])
    for body in ({"verifier": "m" * 100_000}, {"verifier": ["m" * 100_000]}, {"m" * 100_000: 1}):
        with pytest.raises(Malformed, match="did you mean 'math'"):
            score(**{"items": []} | body)
    assert max(map(len, asked)) <= 80
