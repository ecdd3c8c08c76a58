"""One reward function held against every law of its kind."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from ..registry import Unknown, load
from ..worker import refuse_while_loading
from . import needs  # noqa: F401  (first of all it says what is missing)
from .calls import Calls
from .dress import Found, find_dress
from .every import LAWS, STEADY
from .report import Finding, Report
from .search import Clock, Counterexample, smallest, some
from .signature import NotUnderstood, Plan, understand
from .target import Call, Outcome, Target
from .tasks import Kind, Task, kind_of

PROFILES = {"quick": (3, 16, 40.0), "default": (12, 40, 80.0), "nightly": (200, 120, 3600.0)}
"""Examples a group of tasks, calls that are made again and again, and seconds for a function that is slow."""

_SAMPLE_S = 1.0  # for going through the sample once


def check_reward(
    fn: Callable[..., Any] | str,
    kind: str = "math",
    *,
    call: Callable[..., Any] | None = None,
    threshold: float | None = None,
    profile: str = "default",
    seed: int = 0,
    timeout: float | None = None,
    budget_s: float | None = None,
    columns: Mapping[str, Any] | None = None,
    groups: Iterable[str] | None = None,
    laws: Iterable[str] | None = None,
    said: str | None = None,
    truth: str | None = None,
) -> Report:
    r"""Every law of the kind, with the smallest counter-example for each that is broken.

    fn is the function, or where it stands: "module:function", "path/to/file.py:function". How it is called is told by
    the names of its parameters; where that is not enough, pass call=lambda fn, completion, ground_truth: … or fix one:
    columns={"data_source": …}. A score of at least threshold accepts an answer; unless given it is halfway between
    what a right and what a wrong answer gets. groups and laws choose some of them. said and truth tell how a
    completion says its ANSWER and how a ground truth is written: said="\\boxed{ANSWER}", truth="#### TRUTH". Where the
    function is so slow that budget_s would not do, fewer examples are tried, and the report says of which laws.
    """
    refuse_while_loading()
    if profile not in PROFILES:
        raise ValueError(f"profile {profile!r} is none of {', '.join(PROFILES)}")
    tasks = kind_of(kind)
    chosen = _chosen(laws, list(LAWS), "law")
    if not chosen:
        raise ValueError("nothing would be checked: laws=[] names no law; leave it out for all of them")
    kept_groups = _chosen(groups, list(tasks.groups), "group")
    try:
        function = load(fn) if isinstance(fn, str) else fn
    except Unknown as error:
        raise NotUnderstood(str(error)) from error
    plan = Plan("call=…", kind=kind) if call else understand(function, kind, columns or {})
    name = fn if isinstance(fn, str) else getattr(fn, "__qualname__", type(fn).__name__)
    with Calls(Target(fn, plan, call), timeout or (60.0 if tasks.costly else 10.0)) as calls:
        end = Clock(budget_s or PROFILES[profile][2])
        found = find_dress(calls, tasks, said, truth, threshold)
        asked = chosen
        if not found.pays and (paid := set(chosen) - set(STEADY)):  # they say nothing of it, but that it pays nothing
            asked = [law for law in LAWS if law == "a_right_answer_is_paid" or law in set(chosen) - paid]
        audit = Audit(calls, tasks, found, kept_groups, profile, seed)
        findings = [audit.finding(law, LAWS[law], 2 * end.left / (len(asked) - at)) for at, law in enumerate(asked)]
    if all(finding.status == "not run" for finding in findings):
        where = f"of a function of kind {kind} called as {plan.stack}" if kept_groups else "where groups=[]"
        raise ValueError(f"nothing was checked: {' and '.join(chosen)} ask nothing {where}")
    return Report(name, kind, plan.stack, found.dress, found.threshold, profile, seed, calls.made, tuple(findings))


def _chosen(wanted: Iterable[str] | None, known: list[str], what: str) -> list[str]:
    if wanted is None:
        return known
    wanted = list(wanted)
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, 0)[0]
            raise ValueError(f"there is no {what} {name!r}: did you mean {near!r}?")
    return [name for name in known if name in wanted]


class Audit:
    """What a law has at hand: calls, tasks, and a search for the smallest counter-example."""

    def __init__(self, calls: Calls, kind: Kind, found: Found, groups: list[str], profile: str, seed: int) -> None:
        self.calls, self.kind, self.found, self.dress = calls, kind, found, found.dress
        self.seed = seed
        self.examples, self.most, _ = PROFILES[profile]
        if kind.costly:
            self.examples, self.most = max(1, self.examples // 6), self.most // 4
        wanted = {self.dress.group} if kind.layouts else set(groups)
        self.groups = {name: strategy for name, strategy in kind.groups.items() if name in wanted}
        self.plain = kind.layouts.get(self.dress.group, kind.plain)
        self.truth = self.dress.ground_truth(self.plain.ground_truth)
        self.clock = Clock(0.0)
        self.made = 0

    def finding(self, name: str, law: Callable[[Audit], list[Counterexample] | None], share: float) -> Finding:
        """What a law says; it may look for as long as its share of the time."""
        self.clock, self.made = Clock(share), 0
        doc = law.__doc__ or ""
        broken = law(self)
        cut = self.clock.cut
        if broken is None or not (broken or self.made):
            return Finding(name, doc, "not run", 0)
        status = "kept" if not broken else "advice" if all(one.advice for one in broken) else "broken"
        return Finding(name, doc, status, self.made, tuple(sorted(broken, key=lambda one: one.size)), cut)

    def pays(self, outcome: Outcome) -> bool:
        return outcome.score is not None and outcome.score >= self.found.threshold

    def ask(self, calls: list[Call]) -> list[Outcome]:
        self.made += len(calls)
        return self.calls.each(calls) if calls else []

    def first(
        self, calls: list[Call], wrong: Callable[[Outcome], str], group: str = "", advice: bool = False
    ) -> Counterexample | None:
        """The first call with whose outcome something is wrong."""
        for call, outcome in zip(calls, self.ask(calls), strict=True):
            if said := wrong(outcome):
                return Counterexample(call.completion, call.ground_truth, said, group, advice)
        return None

    def unpaid(self, calls: list[Call], group: str = "") -> Counterexample | None:
        """The first call that is paid though nothing should be."""
        return self.first(calls, lambda outcome: f"paid {outcome.score:g}" if self.pays(outcome) else "", group)

    def surely_wrong(self, task: Task) -> str | None:
        """A wrong answer that is not paid by itself: what is breaks a law of its own, and no other for its sake."""
        outcomes = self.ask([self.dress.call(task, text) for text in task.wrong])
        return next((text for text, one in zip(task.wrong, outcomes, strict=True) if not self.pays(one)), None)

    def in_groups(self, check: Callable[[Task, str], Counterexample | None], *, part: int = 1) -> list[Counterexample]:
        """The smallest counter-example of each group of tasks, from one in `part` of the usual examples."""
        broken = []
        for at, (name, strategy) in enumerate(self.groups.items()):
            clock = Clock(self.clock.left / (len(self.groups) - at))
            found = smallest(
                strategy,
                lambda task, name=name: check(task, name),  # type: ignore[misc]
                examples=max(1, self.examples // part),
                seed=self.seed,
                clock=clock,
            )
            self.clock.cut |= clock.cut
            broken += [found] if found else []
        return broken

    @cached_property
    def sample(self) -> list[Call]:
        """Right, wrong and crossed calls from every group in turn, to be made again under other circumstances."""
        calls = [self.dress.call(self.plain, answer) for answer in (*self.plain.right[:1], *self.plain.wrong[:1])]
        drawn = [some(strategy, 3, self.seed) for strategy in self.groups.values()]
        for turn in range(3):
            for tasks in drawn:
                if turn < len(tasks):
                    task = tasks[turn]
                    right = self.dress.call(task, task.right[-1])
                    wrong = self.dress.call(task, task.wrong[0])
                    calls += [right, wrong, Call(right.completion, self.truth, right.prompt)]
        affordable = int(_SAMPLE_S / max(self.calls.pace_s, 1e-6))
        return calls[: max(8, min(self.most, affordable))]
