"""Every figure of a run as curves, bars and intervals: the paper's (a) to (g), then those that watch the training."""

from dataclasses import dataclass, replace

from .record import SMALL, WITHOUT, Row, Run, number

BLUE, ORANGE, GREEN, PURPLE, RED, TEAL = COLOURS = ["#3b82d6", "#e0862b", "#35a06a", "#8f6fe0", "#d6506a", "#2aa3ad"]
GREY = "#8b93a3"
SHARES = set("accuracy pass_at_k cons_at_k clip_fraction cap_fraction silent_groups truncated aha".split())  # in %
PREFERENCE = "score/helpful"


@dataclass(frozen=True)
class Curve:
    label: str
    colour: str
    steps: list[int]
    values: list[float]
    measured: bool = False
    """On held-out tasks: drawn with its points, and not smoothed."""
    dashed: bool = False


@dataclass(frozen=True)
class Lines:
    """Curves over steps; `marks` are steps at which something happened."""

    title: str
    unit: str
    curves: list[Curve]
    marks: list[tuple[int, str]]


@dataclass(frozen=True)
class Scatter:
    """One measurement against another, joined in the order of the steps."""

    title: str
    x: str
    y: str
    points: list[tuple[float, float, int]]
    """The two numbers, and the step or the count."""
    diagonal: bool = False
    """Draw where both are equal, and the points apart."""


@dataclass(frozen=True)
class Bar:
    label: str
    value: float
    low: float
    high: float
    colour: str
    model: str
    """The checkpoint."""
    pale: bool = False


@dataclass(frozen=True)
class Bars:
    """Values in % with their intervals; lying down they are a table's second half."""

    title: str
    unit: str
    bars: list[Bar]
    lying: bool = False


Panel = Lines | Scatter | Bars


@dataclass(frozen=True)
class Plot:
    """One figure: its file, its title, the paper's letter if it has one there, and its panels."""

    name: str
    title: str
    panels: list[Panel]
    letter: str = ""


def curve(rows: list[Row], split: str, key: str, label: str, colour: str, *, dashed: bool = False) -> list[Curve]:
    """One curve of these rows, or none if no row has the number; a row without it has no point."""
    own = [row for row in rows if row.get("split") == split and isinstance(row.get("step"), int)]
    known = [(row["step"], value) for row in own if (value := number(row, key)) is not None]
    values = [value * (100 if key in SHARES else 1) for _, value in known]
    return [Curve(label, colour, [step for step, _ in known], values, split == "held_out", dashed)] if known else []


def both(rows: list[Row], key: str) -> list[Curve]:
    """The number in training and on held-out tasks."""
    return curve(rows, "train", key, "train", ORANGE) + curve(rows, "held_out", key, "held-out", BLUE)


def in_words(run: Run, stage: str) -> str:
    """The stage as a panel's title; a run with one RL stage needs none."""
    return "" if run.rl_stages == ["rl"] else stage.replace("-", " ").replace(" rl", " RL")


def ends(run: Run, stage: str) -> list[tuple[int, str]]:
    """Where general prompts came in, and where the stop rule ended the stage."""
    settings, rows = run.settings(stage), run.of(stage)
    steps, last = settings.get("steps"), max((row.get("step") or 0 for row in rows), default=0)
    marks = []
    if settings.get("general") and isinstance(steps, int):
        first = max(0, steps - (settings.get("general_steps") or 0))
        marks += [(first, "general prompts from here")] if first < last else []
    stopped = [row["step"] for row in rows if row.get("stopped") and isinstance(row.get("step"), int)]
    return marks + [(step, "ended by the stop rule") for step in stopped[:1]]


def accuracies(run: Run, stage: str) -> list[Curve]:
    """Accuracy in training, and pass@1, cons@k and pass@k on held-out tasks."""
    k, rows = run.k(stage), run.of(stage)
    return [
        *curve(rows, "train", "accuracy", "train", ORANGE),
        *curve(rows, "held_out", "accuracy", "held-out" if run.rl_stages == ["rl"] else "pass@1", BLUE),
        *curve(rows, "held_out", "cons_at_k", f"cons@{k}", PURPLE),
        *curve(rows, "held_out", "pass_at_k", f"pass@{k}", GREEN),
    ]


def per_stage(run: Run, unit: str, curves: dict[str, list[Curve]]) -> list[Panel]:
    """A panel a stage, with what happened in it; none for a stage without a curve."""
    return [Lines(in_words(run, stage), unit, some, ends(run, stage)) for stage, some in curves.items() if some]


def language(run: Run, other: Run | None) -> list[Panel]:
    """The part of the reward that was ablated, and accuracy, with it and without it; the other run's are dashed."""
    part = run.ablated or (other.ablated if other else "") or "language"
    arms = [("reasoning-rl", f"with {part} reward", BLUE), (f"{WITHOUT}{part}", f"without {part} reward", ORANGE)]

    def curves(key: str) -> list[Curve]:
        found = []
        for one in [run, other] if other else [run]:
            for stage, label, colour in arms:
                own = f"{label}, {one.name}" if other else label
                rows = one.of(stage)
                found += curve(rows, "held_out", key, own, colour, dashed=one is other)
                found += curve(rows, "train", key, "", colour) if one is run else []
        return found

    if not any(one.measured for one in curves(f"score/{part}")):
        return []
    title = "Language consistency" if part == "language" else f"Score of {part}"
    return [Lines(title, "mean share of words" if part == "language" else "mean", curves(f"score/{part}"), []),
            Lines("Accuracy", "%", curves("accuracy"), [])]  # fmt: skip


def preference(run: Run) -> list[Panel]:
    """The preference reward and the accuracy that it may cost (reward hacking), over steps and against each other."""
    stage = "all-scenarios-rl"
    rows = run.of(stage)
    held = curve(rows, "held_out", PREFERENCE, "preference reward, held-out", RED)
    reward = held or curve(rows, "train", PREFERENCE, "preference reward, train", RED)
    if not reward:
        return []
    percent = [Curve(one.label, one.colour, one.steps, [100 * value for value in one.values], one.measured)
               for one in reward]  # fmt: skip
    lines = Lines("Over steps", "%", percent + curve(rows, "held_out", "accuracy", "accuracy, held-out", BLUE),
                  ends(run, stage))  # fmt: skip
    points = [(100 * accuracy, 100 * helpful, row["step"]) for row in run.of(stage, "held_out")
              if (accuracy := number(row, "accuracy")) is not None
              and (helpful := number(row, PREFERENCE)) is not None and isinstance(row.get("step"), int)]  # fmt: skip
    scatter = [Scatter("Against each other", "held-out accuracy, %", "preference reward, %", points)]
    return [lines, *(scatter if len(points) > 1 else [])]


def bar(name: str, label: str, row: Row, colour: str, *, pale: bool = False) -> list[Bar]:
    """The checkpoint's accuracy with its interval, in %; none where it was not measured."""
    value = number(row, "accuracy")
    if value is None:
        return []
    low, high = (value if (end := number(row, key)) is None else end for key in ("accuracy_low", "accuracy_high"))
    return [Bar(label, 100 * value, 100 * low, 100 * high, colour, name, pale)]


def stage_bars(run: Run) -> list[Panel]:
    """The accuracy of every checkpoint, one below another."""
    bars = []
    for name, row in run.evaluations().items():
        colour = ORANGE if name in SMALL else GREY if WITHOUT in name else BLUE
        bars += bar(name, name.replace("-without-", "\nwithout "), row, colour)
    return [Bars("", "pass@1, %, with 95 % intervals", bars, lying=True)] if bars else []


def distillation(run: Run, other: Run | None) -> list[Panel]:
    """The small model as it was, after RL and after distillation, and its teacher; the other run's are pale."""
    bars = []
    for one in [run, other] if other else [run]:
        rows, end = one.evaluations(), f"\n{one.name}" if other else ""
        names = {"0-small-base": ("small base", GREY), "5-small-rl": ("RL alone", ORANGE)}
        names |= {"5-distillation": ("distilled", BLUE), one.teacher(): ("teacher", PURPLE)}
        for name, (label, colour) in names.items():
            bars += bar(name, label + end, rows.get(name, {}), colour, pale=one is other)
    return [Bars("", "pass@1, %", bars)] if any(one.model in SMALL for one in bars) else []


def reward_model(run: Run) -> list[Panel]:
    """How often held-out pairs are ranked right, and whether its probabilities hold."""
    panels: list[Panel] = []
    if curves := both(run.of("reward-model"), "accuracy"):
        panels.append(Lines("Pairs ranked right", "%", curves, []))
    bins = run.calibration.get("reliability")
    points = [(100 * x, 100 * y, int(number(one, "count") or 0)) for one in (bins if isinstance(bins, list) else [])
              if isinstance(one, dict) and (x := number(one, "predicted")) is not None
              and (y := number(one, "observed")) is not None]  # fmt: skip
    title = "Calibration: the dotted line is ideal"
    return panels + ([Scatter(title, "predicted to be preferred, %", "preferred, %", points, True)] if points else [])


def plots(run: Run, ahas: list[Row] | None = None, other: Run | None = None) -> list[Plot]:
    """Every figure there could be, the paper's first; one without a number has no panel, and is left out."""
    stages, rows = run.rl_stages, {stage: run.of(stage) for stage in run.rl_stages}
    found = {stage: [row for row in ahas or [] if row["stage"] == stage] for stage in stages}

    def each(key: str) -> dict[str, list[Curve]]:
        return {stage: both(rows[stage], key) for stage in stages}

    def trained(*named: tuple[str, str, str]) -> dict[str, list[Curve]]:
        return {stage: [one for key, label, colour in named for one in curve(rows[stage], "train", key, label, colour)]
                for stage in stages}  # fmt: skip

    def watched(name: str, title: str, unit: str, *named: tuple[str, str, str]) -> list[Plot]:
        """Of one stage all these numbers in one figure; of several a figure a number, in it a curve a stage."""
        if stages == ["rl"]:
            return [Plot(name, title, per_stage(run, unit, trained(*named)))]
        found = []
        for key, label, _ in named:
            curves = [one for stage, colour in zip(stages, COLOURS, strict=False)
                      for one in curve(rows[stage], "train", key, in_words(run, stage), colour)]  # fmt: skip
            own = (key, label[:1].upper() + label[1:]) if len(named) > 1 else (name, title)
            found += [Plot(*own, [Lines("", unit, curves, [])] if curves else [])]
        return found

    scores = sorted({key for row in run.rows for key in row if key.startswith("score/")})
    rewards = [(key, key.removeprefix("score/"), COLOURS[i % 6]) for i, key in enumerate(scores, 1)]
    lost = ("silent_groups", "silent groups", PURPLE), ("truncated", "truncated", RED)
    losses = [stage for stage in run.stages if stage == "sft" or (run.is_r1 and stage not in stages)]
    loss = {stage: curve(run.of(stage), "train", "loss", "train", BLUE) for stage in losses}
    what = ("losses", "Loss of the supervised stages") if run.is_r1 else ("sft_loss", "Loss of the supervised stage")
    share = {stage: both(found[stage], "aha") for stage in stages}
    any_aha = any(max(one.values) > 0 for some in share.values() for one in some)
    part = run.ablated or (other.ablated if other else "") or "language"
    drawn = [
        Plot("accuracy", "Accuracy", per_stage(run, "%", {stage: accuracies(run, stage) for stage in stages}), "a"),
        Plot("completion_tokens", "Mean completion length",
             per_stage(run, "tokens a completion", each("completion_tokens")), "b"),
        Plot("language", f"With and without the {part} reward", language(run, other) if run.is_r1 else [], "c"),
        Plot("reflections", "Reflection words", per_stage(run, "words a completion", each("reflections")), "d"),
        Plot("aha", "Doubt, then the right answer",
             per_stage(run, "% of completions", share) if any_aha else [], "d"),
        Plot("preference", "Preference reward, accuracy", preference(run), "e"),
        Plot("stages", "Accuracy of each stage", stage_bars(run), "f"),
        Plot("distillation", "Distillation against RL", distillation(run, other), "g"),
        Plot("reward_model", "Reward model, held-out pairs", reward_model(run)),
        Plot("reward", "Reward and its scores", per_stage(run, "mean", trained(*rewards, ("reward", "reward", BLUE)))),
        *watched("entropy", "Entropy of the policy", "nats a token", ("entropy", "train", PURPLE)),
        *watched("kl", "KL to the reference", "nats a token", ("kl", "train", RED)),
        *watched("kl_reward", "KL taken off the reward", "reward a completion", ("kl_reward", "train", RED)),
        *watched("clip_fraction", "Clipped tokens", "% of tokens", ("clip_fraction", "train", TEAL)),
        *watched("silent_groups", "Silent groups, truncated completions", "%", *lost),
        *watched("tokens_per_s", "Throughput", "tokens a second", ("tokens_per_s", "train", GREEN)),
        Plot(*what, [Lines(stage.replace("-", " ") if run.is_r1 else "", "nats a token", some, [])
                     for stage, some in loss.items() if some]),
    ]  # fmt: skip
    letters = "({letter}) {title}" if run.is_r1 else "{title}"
    return [
        replace(plot, title=letters.format(letter=plot.letter, title=plot.title)) if plot.letter else plot
        for plot in drawn
        if plot.panels
    ]


def missing(run: Run, drawn: list[Plot]) -> str:
    """What of the paper's figures cannot be drawn, and for want of which stage; empty for a run that is not of R1."""
    if not run.is_r1:
        return ""
    have = {plot.letter: plot.panels[0] for plot in drawn}
    needs = {"a": "an RL stage", "b": "an RL stage", "d": "an RL stage", "f": "evaluation"}
    needs |= {"e": "all-scenarios-rl with a preference reward"}
    wants = [(need, letter) for letter, need in needs.items() if letter not in have]
    compared = have.get("c")
    labels = [one.label for one in compared.curves] if isinstance(compared, Lines) else []
    for arm, stage in (("with ", "reasoning-rl"), ("without ", f"{WITHOUT}{run.ablated or 'language'}")):
        need = f"the score {run.ablated or 'language'} of {stage}" if run.of(stage) else stage
        wants += [] if any(label.startswith(arm) for label in labels) else [(need, "c")]
    bars = have.get("g")
    models = [bar.model for bar in bars.bars] if isinstance(bars, Bars) else []
    if not models:
        wants.append((f"evaluation of {', '.join(SMALL)}" if run.evaluations() else "evaluation", "g"))
    else:
        wants += [(f"evaluation of {name}", "g") for name in SMALL if name not in models]
        wants += [] if set(models) - set(SMALL) else [("evaluation of the teacher", "g")]
    by_need: dict[str, list[str]] = {}
    for need, letter in sorted(wants, key=lambda want: want[1]):
        by_need.setdefault(need, []).append(letter)
    said = "; ".join(f"{need} ({', '.join(letters)})" for need, letters in by_need.items())
    return f"Not run, and so left out of the paper's figures: {said}." if said else ""
