"""A run as figures on one HTML page, drawn from its metrics.jsonl and rollouts.jsonl alone."""

import argparse
import difflib
import io
import re
import sys
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from .config import RecipeError
from .log import METRICS, ROLLOUTS, read_metrics, rows_of

Row = dict[str, Any]
BLUE, ORANGE, GREEN, PURPLE, RED, TEAL = COLOURS = ["#3b82d6", "#e0862b", "#35a06a", "#8f6fe0", "#d6506a", "#2aa3ad"]
INK = "#667084"  # text and axes; on the page it becomes the colour of the page's own small text
SHARES = {"accuracy", "pass_at_k", "clip_fraction", "silent_groups", "truncated"}  # drawn in %
PAIRS = {"wrong, then right": 4, "wrong both times": 2, "right, then wrong": 1, "right both times": 1}
LONGEST = 6000  # characters of a completion on the page


class Curve(NamedTuple):
    split: str
    key: str
    label: str
    colour: str


class Plot(NamedTuple):
    """One figure: its file, its title, what its y axis says, and its curves."""

    name: str
    title: str
    unit: str
    curves: list[Curve]
    stage: str = "rl"


def both(key: str) -> list[Curve]:
    return [Curve("train", key, "train", ORANGE), Curve("held_out", key, "held-out", BLUE)]


def plots(rows: list[Row]) -> list[Plot]:
    """Every figure there could be, the paper's first; one without a number is not drawn."""
    scores = sorted({key for row in rows for key in row if key.startswith("score/")})
    rewards = [Curve("train", key, key.removeprefix("score/"), COLOURS[i % 6]) for i, key in enumerate(scores, 1)]
    lost = [Curve("train", "silent_groups", "silent groups", PURPLE), Curve("train", "truncated", "truncated", RED)]
    loss = [Curve("train", "loss", "train", BLUE)]
    return [
        Plot("accuracy", "Accuracy", "%", [*both("accuracy"), Curve("held_out", "pass_at_k", "pass@k", GREEN)]),
        Plot("completion_tokens", "Mean completion length", "tokens a completion", both("completion_tokens")),
        Plot("reflections", "Reflection words", "words a completion", both("reflections")),
        Plot("reward", "Reward and its scores", "mean", [*rewards, Curve("train", "reward", "reward", BLUE)]),
        Plot("entropy", "Entropy of the policy", "nats a token", [Curve("train", "entropy", "train", PURPLE)]),
        Plot("kl", "KL to the reference", "nats a token", [Curve("train", "kl", "train", RED)]),
        Plot("clip_fraction", "Clipped tokens", "% of tokens", [Curve("train", "clip_fraction", "train", TEAL)]),
        Plot("silent_groups", "Silent groups, truncated completions", "%", lost),
        Plot("tokens_per_s", "Throughput", "tokens a second", [Curve("train", "tokens_per_s", "train", GREEN)]),
        Plot("sft_loss", "Loss of the supervised stage", "nats a token", loss, "sft"),
    ]


def points(rows: Iterable[Row], stage: str, curve: Curve) -> tuple[list[float], list[float]]:
    """Steps and values of one curve; a row without a number has no point."""
    own = [row for row in rows if (row.get("stage"), row.get("split")) == (stage, curve.split)]
    known = [row for row in own if isinstance(row.get(curve.key), (int, float)) and isinstance(row.get("step"), int)]
    return [row["step"] for row in known], [row[curve.key] * (100 if curve.key in SHARES else 1) for row in known]


def smoothed(values: list[float]) -> list[float]:
    """Around each point, the mean over a twentieth of the curve."""
    half = len(values) // 40
    windows = [values[max(0, i - half) : i + half + 1] for i in range(len(values))]
    return [sum(window) / len(window) for window in windows]


def draw(axes: Any, plot: Plot, rows: list[Row]) -> bool:
    """Draw the curves that have numbers; False if none has."""
    drawn = [(curve, *points(rows, plot.stage, curve)) for curve in plot.curves]
    drawn = [(curve, steps, values) for curve, steps, values in drawn if steps]
    for curve, steps, values in drawn:
        if curve.split == "held_out":
            axes.plot(steps, values, color=curve.colour, lw=2, marker="o", ms=4, label=curve.label, zorder=3)
        else:
            axes.plot(steps, smoothed(values), color=curve.colour, lw=1.8, label=curve.label)
            axes.plot(steps, values, color=curve.colour, lw=1, alpha=0.3, zorder=1)
    if len(drawn) > 1:
        axes.legend(frameon=False, loc="best", handlelength=1.4)
    axes.set(xlabel="step", ylabel=plot.unit)
    axes.grid(axis="y", alpha=0.2)
    axes.margins(y=0.12)
    if all(value >= 0 for _, _, values in drawn for value in values):
        axes.set_ylim(bottom=max(0, axes.get_ylim()[0]))
    axes.xaxis.get_major_locator().set_params(integer=True)
    return bool(drawn)


def draw_all(rows: list[Row], folder: Path) -> list[tuple[Plot, str]]:
    """Write every figure as PNG, and the paper's three in one; give the figures back as SVG for the page."""
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    style: dict[str, Any] = {
        "font.size": 9.5, "axes.spines.top": False, "axes.spines.right": False, "axes.titlelocation": "left",
        "axes.titleweight": "bold", "svg.fonttype": "none", "text.color": INK, "axes.labelcolor": INK,
        "axes.edgecolor": INK, "xtick.color": INK, "ytick.color": INK, "grid.color": INK, "legend.labelcolor": INK,
        "text.parse_math": False,
    }  # fmt: skip
    folder.mkdir(exist_ok=True)
    made: list[tuple[Plot, str]] = []
    with matplotlib.rc_context(style):
        for plot in plots(rows):
            matplotlib.rcParams["svg.hashsalt"] = plot.name  # one page holds them all: their ids must differ
            figure = Figure(figsize=(5.4, 2.9), layout="constrained")
            if not draw(figure.subplots(), plot, rows):
                continue
            svg = io.StringIO()
            figure.savefig(svg, format="svg", transparent=True, metadata={"Date": None})
            made.append((plot, svg.getvalue()[svg.getvalue().index("<svg") :].replace(INK, "currentColor")))
            figure.suptitle(plot.title, x=0.02, ha="left", weight="bold", size=11)
            figure.savefig(folder / f"{plot.name}.png", dpi=150)
        paper = [plot for plot, _ in made if plot.name in ("accuracy", "completion_tokens", "reflections")]
        if paper:
            figure = Figure(figsize=(4 * len(paper), 3.6), layout=ConstrainedLayoutEngine(wspace=0.05))
            for axes, plot in zip(figure.subplots(1, len(paper), squeeze=False)[0], paper, strict=True):
                draw(axes, plot, rows)
                axes.set_title(plot.title, size=11)
            figure.savefig(folder / "overview.png", dpi=100)
    return made


def held_out(run: Path) -> tuple[list[Row], list[Row]]:
    """The held-out rollouts of the first step and of the last one."""
    first, last = list[Row](), list[Row]()
    rollouts = rows_of(run / ROLLOUTS) if (run / ROLLOUTS).is_file() else iter(())
    held = (row for row in rollouts if row.get("split") == "held_out")
    for _, step in groupby(held, key=lambda row: row.get("step")):
        last = list(step)
        first = first or last
    return first, [] if last is first else last


def is_right(rollout: Row) -> bool:
    """The first verdict is the one on the answer, as in the recipe's reward."""
    verdicts = list((rollout.get("verdicts") or {}).values())
    return bool(verdicts) and verdicts[0].get("score") == 1


def pairs(first: list[Row], last: list[Row]) -> dict[str, list[tuple[Row, Row]]]:
    """Each task's first completion before and after, by what became of its answer."""
    before = {row.get("task"): row for row in reversed(first)}
    after = {row.get("task"): row for row in reversed(last)}
    sorts: dict[str, list[tuple[Row, Row]]] = {name: [] for name in PAIRS}
    for task in sorted(before.keys() & after.keys(), key=str):
        old, new = before[task], after[task]
        was, now = ("right" if is_right(rollout) else "wrong" for rollout in (old, new))
        sorts[f"{was} both times" if was == now else f"{was}, then {now}"].append((old, new))
    return sorts


def clean(text: object) -> str:
    """Any text as HTML that shows it and does nothing else."""
    return escape(re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "\ufffd", str(text)))


def completion_html(title: str, rollout: Row) -> str:
    chips = []
    for name, verdict in (rollout.get("verdicts") or {}).items():
        score, answer, note = verdict.get("score"), verdict.get("answer"), verdict.get("note")
        colour = "none" if score is None else "good" if score == 1 else "bad"
        said = f"{name}: {verdict.get('reason')}{f', answer {answer}' if answer else ''}{f' ({note})' if note else ''}"
        chips.append(f'<span class="chip {colour}">{clean(said[:300])}</span>')
    text = str(rollout.get("completion", ""))
    shown = re.sub(r"(&lt;/?(?:think|answer)&gt;)", r'<span class="tag">\1</span>', clean(text[:LONGEST]))
    left_out = f"<small>{len(text) - LONGEST:,} more characters in {ROLLOUTS}</small>" if len(text) > LONGEST else ""
    facts = f"{clean(rollout.get('tokens', '?'))} tokens" + (", truncated" if rollout.get("truncated") else "")
    facts = f"step {clean(rollout.get('step'))}, {facts}, reward {clean(rollout.get('reward'))}"
    return f"<section><h3>{title} <small>{facts}</small></h3><pre>{shown}</pre>{left_out}{''.join(chips)}</section>"


def duration(seconds: float) -> str:
    value, unit = (seconds / 3600, "h") if seconds > 5400 else (seconds / 60, "min") if seconds > 90 else (seconds, "s")
    return f"{value:.3g} {unit}" if seconds else "–"


def costs(rows: list[Row]) -> list[list[str]]:
    """What each stage took, then all of them together: steps, wall time, CPU time, peak memory."""
    by_stage: dict[str, list[Row]] = {}
    for row in rows:
        by_stage.setdefault(str(row.get("stage")), []).append(row)
    steps = {name: max(row.get("step") or 0 for row in own) for name, own in by_stage.items()}
    steps["in all"], by_stage["in all"] = sum(steps.values()), rows
    lines = []
    for name, own in by_stage.items():
        wall, cpu = (sum(row.get(key) or 0 for row in own) for key in ("wall_s", "cpu_s"))
        memory = max(row.get("memory_gb") or 0 for row in own)
        lines.append([name, f"{steps[name]:,}", duration(wall), duration(cpu), f"{memory:.2f} GB" if memory else "–"])
    return lines


def changes(rows: list[Row]) -> list[tuple[str, str, str]]:
    """Each held-out number with its first and its last value."""
    held = [row for row in rows if row.get("split") == "held_out"]
    scores = sorted({key for row in held for key in row if key.startswith("score/")})
    names = {
        "accuracy": "accuracy", "pass_at_k": "pass@k", "completion_tokens": "tokens a completion",
        "reflections": "reflection words", **{key: f"{key[6:]} score" for key in scores}, "truncated": "truncated",
    }  # fmt: skip
    lines = []
    for key, name in names.items():
        form = ".1%" if key in SHARES else ".1f" if key == "completion_tokens" else ".2f"
        known = [format(row[key], form) for row in held if isinstance(row.get(key), (int, float))]
        lines += [(name, known[0], known[-1])] if known else []
    return lines


def summary_html(rows: list[Row], first: list[Row]) -> str:
    spent = costs(rows)
    tiles = [(name, f"<s>{before} →</s> {after}") for name, before, after in changes(rows)]
    tiles += zip(("wall time", "CPU time", "peak memory"), spent[-1][2:], strict=True)
    boxes = "".join(f'<div class="tile">{clean(name)}<b>{text}</b></div>' for name, text in tiles)
    steps = [row.get("step") for row in rows if row.get("split") == "held_out"]
    measured = f"On held-out tasks, step {clean(steps[0])} → step {clean(steps[-1])}" if steps else "No held-out tasks"
    tasks = len({row.get("task") for row in first})
    measured += f": {tasks:,} tasks, {len(first) / tasks:.3g} completions each." if tasks else "."
    cells = "".join(f"<tr><td>{'<td>'.join(map(clean, line))}" for line in spent)
    table = f"<table><tr><th>stage<th>steps<th>wall time<th>CPU time<th>peak memory{cells}</table>"
    return f'<p class="soft">{measured}</p><div class="tiles">{boxes}</div>{table}'


def pairs_html(sorts: dict[str, list[tuple[Row, Row]]]) -> str:
    if not any(sorts.values()):
        return "<p class=soft>No held-out task has a completion from two steps.</p>"
    counts = "; ".join(f"{len(found)} {name}" for name, found in sorts.items())
    shown = [(name, pair) for name, share in PAIRS.items() for pair in sorts[name][:share]]
    spare = [(name, pair) for name, share in PAIRS.items() for pair in sorts[name][share:]]
    parts = [f"<p class=soft>The first completion of each held-out task: {counts}. The first few of each kind:</p>"]
    for name, (old, new) in shown + spare[: sum(PAIRS.values()) - len(shown)]:
        truth, prompt = clean(str(old.get("ground_truth"))[:300]), clean(str(old.get("prompt", ""))[:LONGEST])
        parts.append(
            f'<div class="pair"><header><h3>{clean(old.get("task"))}: {name}</h3><small>ground truth {truth}</small>'
            f"<details><summary>prompt</summary><pre>{prompt}</pre></details></header>"
            f"<div>{completion_html('Before', old)}{completion_html('After', new)}</div></div>"
        )
    return "".join(parts)


def load(run: Path) -> list[Row]:
    """The rows of the run, or an error that names the run that was meant."""
    rows = read_metrics(run) if (run / METRICS).is_file() else []
    if not rows:
        others = {file.parent.name for file in run.absolute().parent.glob(f"*/{METRICS}") if file.stat().st_size}
        near = difflib.get_close_matches(run.name, sorted(others - {run.name}), n=1, cutoff=0)
        hint = f"did you mean {run.parent / near[0]}?" if near else "give the folder of a run, such as runs/NAME"
        raise RecipeError(f"{run / METRICS} {'is empty' if (run / METRICS).is_file() else 'does not exist'}: {hint}")
    return rows


def write_report(run: Path) -> Path:
    """Draw the run's figures/*.png and report.html; the page needs no other file and no network."""
    run = Path(run)
    rows, (first, last) = load(run), held_out(run)
    drawn = draw_all(rows, run / "figures")
    figures = "".join(f"<figure><figcaption>{plot.title}</figcaption>{svg}</figure>" for plot, svg in drawn)
    css = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    config = run / "config.toml"
    text = clean(config.read_text(encoding="utf-8")) if config.is_file() else "The run's folder has no config.toml."
    name = clean(run.absolute().name)
    page = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{name}</title><style>{css}</style>
<h1>{name}</h1>{summary_html(rows, first)}
<h2>Figures</h2><div class="figures">{figures}</div>
<h2>Before and after</h2>{pairs_html(pairs(first, last))}
<h2>Config</h2><pre class="config">{text}</pre></html>
"""
    html = run / "report.html"
    html.write_text(page, encoding="utf-8")
    return html


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m grpo.report", description=__doc__)
    parser.add_argument("run", type=Path, help="the run's folder, such as runs/NAME")
    try:
        print(write_report(parser.parse_args(argv).run))
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
