"""Puzzles: Knights & Knaves as published, and whatever reasoning-gym generates."""

import json

from .drafts import Draft, Refused, Row, first_text, texts

ASKED = "Answer with every name and what it is, such as: "


def knights_knaves(row: Row) -> Draft:
    """The task of a Knights & Knaves row: {quiz, names, knight_knave, solution: [true, …], solution_text_format, …}.

    K-and-K/knights-and-knaves (Xie et al., arXiv 2410.23123), and Logic-RL's parquet files, which add verl's columns.

    >>> row = {"quiz": "Who is what?", "names": ["Zoey", "Mia"], "solution": [True, False]}
    >>> knights_knaves(row).ground_truth
    {'verifier': 'logic', 'ground_truth': {'Zoey': 'knight', 'Mia': 'knave'}}
    """
    quiz = first_text(row, "quiz")
    names, solution, words = row.get("names"), row.get("solution"), row.get("knight_knave")
    if not isinstance(names, list) or not isinstance(solution, list) or len(names) != len(solution) or not names:
        raise Refused(f'expected "names" and as many of "solution", found {names!r:.40} and {solution!r:.40}')
    if not all(isinstance(name, str) for name in names) or not all(isinstance(true, bool) for true in solution):
        raise Refused(f'expected texts under "names" and true or false under "solution", found {solution!r:.40}')
    own = words if isinstance(words, dict) else {}
    roles = {True: str(own.get("knight", "knight")), False: str(own.get("knave", "knave"))}
    wanted = {name: roles[true] for name, true in zip(names, solution, strict=True)}
    published = row.get("solution_text_format")
    right = published if isinstance(published, str) and published.strip() else "\n".join(map(": ".join, wanted.items()))
    shown = [
        str(own.get(f"a_{key}", f"a {role}")) for key, role in zip(("knight", "knave"), roles.values(), strict=True)
    ]
    question = f"{quiz.strip()}\n\n{ASKED}Amy is {shown[0]}, Bob is {shown[1]}."
    ground_truth = {"verifier": "logic", "ground_truth": wanted}
    return Draft(question, ground_truth, "accuracy", f"<answer>{right}</answer>", columns={"level": len(names)})


def reasoning_gym(row: Row) -> Draft:
    """The task of an entry of reasoning-gym, as `sources.generated` yields it: {dataset, config, entry}."""
    entry = row.get("entry")
    if not isinstance(entry, dict):
        raise Refused('expected an entry of reasoning-gym under "entry"')
    [question], answer = texts(entry, "question"), entry.get("answer")  # some have none, only a scorer
    ground_truth = {key: row[key] for key in ("dataset", "entry", "config") if row.get(key)}
    try:
        ground_truth = json.loads(json.dumps(ground_truth))  # what a reader of the file will hold
    except (TypeError, ValueError) as error:
        raise Refused(f"the entry cannot be written as JSON: {error}") from None
    right = f"<answer>{answer}</answer>" if isinstance(answer, str) else ""
    source = f"reasoning_gym/{row.get('dataset')}"
    return Draft(question, ground_truth, "reasoning_gym", right, columns={"source": source})
