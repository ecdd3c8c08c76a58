"""Mathematics: GSM8K, MATH, the AIME, and mixes such as DeepScaleR's."""

import re

from .drafts import Draft, LeftOut, Refused, Row, columns, first, first_text, texts

_GSM8K_ANSWER = re.compile(r"####\s*(-?[\d,]*\.?\d+)\s*\Z")
_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")
_ANY_WILL_DO = re.compile(r"\b(?:accept|either \w+ is\b)", re.IGNORECASE)
_AIME_ANSWER = re.compile(r"0*(\d{1,3})(?:\.0+)?|\$?\\boxed\{0*(\d{1,3})\}\$?")


def gsm8k(row: Row) -> Draft:
    """The task of a GSM8K row: its answer ends in `#### 18` (openai/grade-school-math; openai/gsm8k on the hub).

    >>> gsm8k({"question": "How many?", "answer": "500 * 2 = 1000\\n#### 1,000"})[:2]
    ('How many?', '1000')
    """
    question, answer = texts(row, "question", "answer")
    found = _GSM8K_ANSWER.search(answer)
    if not found:
        raise Refused(f'expected "answer" to end in "#### NUMBER", found {answer[-40:]!r}')
    number = found[1].replace(",", "")
    return Draft(question.strip(), number, "math", boxed(number))


def math(row: Row) -> Draft:
    r"""The task of a MATH row: the answer is the box of its solution.

    {problem, level, type, solution}: hendrycks/math, one JSON file a problem, and EleutherAI/hendrycks_math.
    {problem, solution, answer, subject, level, unique_id}: HuggingFaceH4/MATH-500, from openai/prm800k.

    >>> math({"problem": "1/2?", "level": "Level 3", "type": "Algebra", "solution": r"So $\boxed{\frac12}$."})[:2]
    ('1/2?', '\\frac12')
    """
    problem, solution = texts(row, "problem", "solution")
    answer = first(row, "answer")
    if not isinstance(answer, str):
        answer = answer_of(solution)
    kept = dict(columns(row, level=("level",), subject=("subject", "type"), source=("unique_id",)))
    if isinstance(level := kept.get("level"), str) and level.startswith("Level "):
        kept["level"] = int(level[6:]) if level[6:].isdigit() else level[6:]  # as MATH-500 has it; some are "?"
    return Draft(problem.strip(), answer, "math", solution, others=each_boxed(solution), columns=kept)


def aime(row: Row, year: int) -> Draft:
    r"""The task of an AIME row; one of another year, as its `year` or `url` says, is left out.

    {id, problem, solution, answer, url, year}: HuggingFaceH4/aime_2024; without `year`, of three years:
    AI-MO/aimo-validation-aime. {id, problem, solution: "\boxed{204}", url}: math-ai/aime24. {problem, answer, id}:
    math-ai/aime25. {question, answer}: opencompass/AIME2025. {ID, Problem, Solution, Answer}:
    Maxwell-Jia/AIME_2024. {id, problem, expected_answer, reference_solution}: NVIDIA/NeMo-Skills.

    >>> aime({"problem": "How many?", "answer": "033"}, 2025)[:2]
    ('How many?', '33')
    """
    own = row.get("year") or _YEAR.findall(str(row.get("url", "")))[:1]
    years = set(_YEAR.findall(str(own)))
    if years and str(year) not in years:
        raise LeftOut(f"of {min(years)}, not {year}", "another year")
    question = first_text(row, "problem", "Problem", "question")
    answer = str(first(row, "answer", "Answer", "expected_answer", "solution"))
    found = _AIME_ANSWER.fullmatch(answer.strip())
    if not found:
        raise Refused(f"expected a whole number from 0 to 999 as answer, found {answer[-60:]!r}")
    number = found[1] or found[2]
    solution = first(row, "solution", "Solution", "reference_solution")
    return proven(question, number, solution, columns(row, source=("url", "ID")))


def math_mix(row: Row) -> Draft:
    """The task of a mix of problems with answers; a solution that boxes another answer refuses the row.

    {problem, answer, solution}: agentica-org/DeepScaleR-Preview-Dataset, a JSON list. {problem, answer, source, …}:
    open-r1/OpenR1-Math-220k, SynthLabsAI/Big-Math-RL-Verified. {prompt: [{role, content}], reward_model:
    {ground_truth}, data_source}: verl's layout, as BytedTsinghua-SIA/DAPO-Math-17k has it.

    >>> math_mix({"problem": "1+1?", "answer": 2, "source": "amc"}).columns
    {'source': 'amc'}
    """
    asked, judged = row.get("prompt"), row.get("reward_model")
    if isinstance(asked, list) and isinstance(judged, dict):
        turns = [turn for turn in asked if isinstance(turn, dict) and turn.get("role") == "user"]
        row = {"source": row.get("data_source"), **row, **(turns[-1] if turns else {}), **judged}
    question = first_text(row, "problem", "question", "content", "prompt")
    answer = first(row, "answer", "ground_truth", "expected_answer", "final_answer")
    if isinstance(answer, list) and len(answer) == 1:
        [answer] = answer  # as OlympiadBench has it
    if isinstance(answer, float) and answer.is_integer():
        answer = int(answer)
    if isinstance(answer, bool) or not isinstance(answer, (str, int, float)):
        raise Refused(f'expected text or a number under "answer", found {answer!r:.60}', "no answer")
    text = str(answer).strip()
    if len(text) > 1 and text[0] == text[-1] == "$" and "$" not in text[1:-1]:
        text = text[1:-1].strip()
    solution = first(row, "solution", "reference_solution", "generated_solution")
    kept = columns(row, level=("level", "difficulty"), source=("source", "data_source"), subject=("subject", "domain"))
    return proven(question, text, solution, kept)


def answer_of(solution: str) -> str:
    r"""The answer that a solution of MATH boxes; Refused where it boxes several and does not say that all are meant.

    >>> answer_of(r"So \boxed{10}. Or, by symmetry, \boxed{10}."), answer_of(r"\boxed{-2} and \boxed{1}")
    ('10', '-2, 1')
    """
    from verifiers.extract import extract_answer
    from verifiers.math import equivalent

    answer = extract_answer(solution).answer
    if answer is None:
        raise Refused(rf'expected a \boxed{{}} in "solution", found {solution[-60:]!r}', "no answer")
    bodies = boxes(solution)
    if all(equivalent(body, bodies[-1]).score == 1 for body in bodies):
        return bodies[-1] if len(bodies) > 1 else answer
    if answer != ", ".join(bodies) or _ANY_WILL_DO.search(solution):
        raise Refused(f"the solution boxes several answers: {', '.join(bodies)}"[:200], "several answers")
    return answer


def boxes(text: str) -> list[str]:
    """What stands in each box that is closed."""
    bodies = []
    for found in _BOX.finditer(text):
        depth = 1
        for place in range(found.end(), len(text)):
            depth += {"{": 1, "}": -1}.get(text[place], 0)
            if not depth:
                bodies.append(text[found.end() : place].strip())
                break
    return bodies


def proven(question: str, answer: str, solution: object, kept: Row) -> Draft:
    """A task whose solution, where it boxes anything, must box the answer."""
    rights = each_boxed(solution) if isinstance(solution, str) else ()
    right, others = (str(solution), rights) if rights else (boxed(answer), ())
    return Draft(question.strip(), answer, "math", right, others=others, columns=kept)


def each_boxed(solution: str) -> tuple[str, ...]:
    """Each of several boxes alone: a solution may box a step, or the same in two ways."""
    return tuple(map(boxed, boxes(solution)))


def boxed(answer: str) -> str:
    """An answer as a completion gives it."""
    return f"\\boxed{{{answer}}}"
