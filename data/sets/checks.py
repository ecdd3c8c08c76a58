"""Does a ground truth accept itself, by the verifier that it will be used with?"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from .drafts import Draft, Refused

A = TypeVar("A")
B = TypeVar("B")


def check(draft: Draft) -> None:
    """Refuse a ground truth by which the verifier would not accept the published solution, or the answer itself."""
    from verifiers import VERIFIERS, Verdict

    if not draft.verifier:
        check_general(draft.ground_truth)
        return
    if not draft.right:
        raise Refused("no published solution to check by: --no-check takes the ground truth on trust", "no solution")
    verify = VERIFIERS[draft.verifier]
    verdicts: list[Verdict] = []
    for right in (draft.right, *draft.others):
        verdicts.append(verify(right, draft.ground_truth))
        if verdicts[-1].score == 1:
            break
    else:
        refuse(draft.verifier, "the published solution", verdicts[0])
    if draft.verifier == "math":
        itself = verify(f"\\boxed{{{draft.ground_truth}}}", draft.ground_truth)
        if itself.score != 1:
            refuse("math", "the ground truth itself", itself)
        another = verify(r"\boxed{unknown}", draft.ground_truth)
        if another.score != 0:  # the same text is accepted unread
            said = f"verify_math cannot tell that another answer is wrong: {another.reason}: {another.note}"
            raise Refused(said, str(another.reason))


def refuse(verifier: str, what: str, verdict: object) -> None:
    """Raise Refused with what the verdict says of it."""
    reason, note, answer = (getattr(verdict, name) for name in ("reason", "note", "answer"))
    said = f": {note}" if note else f": it answers {answer[:60]!r}" if answer and verifier == "math" else ""
    raise Refused(f"verify_{verifier} does not accept {what}: {reason}{said}", str(reason))


def check_general(ground_truth: object) -> None:
    """Refuse what a rule would read: verifiers.General sends only the rest to a preference."""
    from verifiers.accuracy import has_rule

    if not isinstance(ground_truth, dict) or "question" not in ground_truth or "answer" in ground_truth:
        raise Refused("a general prompt is {question, …} without an answer", "BAD_GROUND_TRUTH")
    if has_rule(ground_truth):
        raise Refused(f"a rule would judge a prompt with the keys {sorted(ground_truth)}", "BAD_GROUND_TRUTH")


def checked(drafts: list[Draft]) -> Draft:
    """The first of the readings that passes; Refused with what was wrong with the first."""
    refusals: list[Refused] = []
    for draft in drafts:
        try:
            check(draft)
        except Refused as refused:
            refusals.append(refused)
        else:
            return draft
    raise refusals[0]


def in_order(work: Callable[[A], B], items: Iterable[A], workers: int) -> Iterator[B]:
    """What the work gives for each item, in order; no more than a few are taken ahead."""
    if workers == 1:
        yield from map(work, items)
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[B]] = deque()
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) >= 4 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
