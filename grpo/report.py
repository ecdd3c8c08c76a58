"""A run as figures on one HTML page, drawn from its metrics.jsonl and rollouts.jsonl alone.

python -m grpo.report RUN [--against OTHER_RUN]     RUN/report.html and RUN/figures
python -m grpo.report RUN --out FOLDER              the small form for keeping, as in grpo/results
"""

import argparse
import json
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from types import MappingProxyType

from .completions import PAIRS, Aha, Completions, pairs, read_completions
from .drawing import draw_all
from .figures import Plot, missing, plots
from .log import METRICS, ROLLOUTS
from .record import CALIBRATION, Row, Run, load_run, number
from .tables import captions, changes, compared, costs, excerpt, markdown, rejections, stage_table, thinned

TILES = "accuracy", "language score", "helpful score", "tokens a completion", "reflection words"
LONGEST = 6000  # characters of a completion on the page


def clean(text: object) -> str:
    """Any text as HTML that shows it and does nothing else."""
    return escape(re.sub(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", "\ufffd", str(text)))


def marked(text: str) -> str:
    """A completion as HTML, its tags set off."""
    return re.sub(r"(&lt;/?(?:think|answer)&gt;)", r'<span class="tag">\1</span>', clean(text))


def completion_html(title: str, rollout: Row) -> str:
    """A completion with its verdicts."""
    chips = []
    for name, verdict in (rollout.get("verdicts") or {}).items():
        score, answer, note = verdict.get("score"), verdict.get("answer"), verdict.get("note")
        colour = "none" if score is None else "good" if score == 1 else "bad"
        said = f"{name}: {verdict.get('reason')}{f', answer {answer}' if answer else ''}{f' ({note})' if note else ''}"
        chips.append(f'<span class="chip {colour}">{clean(said[:300])}</span>')
    text = str(rollout.get("completion", ""))
    shown = marked(text[:LONGEST])
    left_out = f"<small>{len(text) - LONGEST:,} more characters in {ROLLOUTS}</small>" if len(text) > LONGEST else ""
    facts = f"{clean(rollout.get('tokens', '?'))} tokens" + (", truncated" if rollout.get("truncated") else "")
    facts = f"step {clean(rollout.get('step'))}, {facts}, reward {clean(rollout.get('reward'))}"
    return f"<section><h3>{title} <small>{facts}</small></h3><pre>{shown}</pre>{left_out}{''.join(chips)}</section>"


def table_html(headings: Sequence[object], lines: Sequence[Sequence[object]]) -> str:
    """Lines of cells under headings."""
    cells = "".join(f"<tr><td>{'<td>'.join(map(clean, line))}" for line in lines)
    return f'<div class="table"><table><tr><th>{"<th>".join(map(clean, headings))}{cells}</table></div>'


def costs_html(run: Run) -> str:
    """What each stage took."""
    return table_html(["stage", "steps", "wall time", "CPU time", "peak memory"], costs(run))


def summary_html(run: Run, first: list[Row]) -> str:
    """What sums the run up, in tiles: held-out numbers before and after, then the cost."""
    said, held = compared(run)
    known = changes(held)
    if run.is_r1:  # the stage table has the others
        known = [change for change in known if change[0] in TILES]
    tiles = [(name, f"<s>{before} →</s> {after}") for name, before, after in known]
    tiles += zip(("wall time", "CPU time", "peak memory"), costs(run)[-1][2:], strict=True)
    boxes = "".join(f'<div class="tile">{clean(name)}<b>{text}</b></div>' for name, text in tiles)
    tasks = len({row.get("task") for row in first})
    counted = tasks and held and "model" not in held[0]
    said += f": {tasks:,} tasks, {len(first) / tasks:.3g} completions each." if counted else "."
    return f'<p class="soft">{clean(said)}</p><div class="tiles">{boxes}</div>{"" if run.is_r1 else costs_html(run)}'


def figures_html(drawn: Sequence[tuple[Plot, list[str]]], captions: Mapping[str, str] = MappingProxyType({})) -> str:
    """Figures side by side; one of several panels takes the whole width."""
    cards = []
    for plot, panels in drawn:
        wide = ' class="wide"' if len(panels) > 1 else ""
        body = f'<div class="panels of{len(panels)}">{"".join(panels)}</div>' if wide else panels[0]
        note = f'<p class="soft">{clean(captions[plot.name])}</p>' if plot.name in captions else ""
        cards.append(f"<figure{wide}><figcaption>{clean(plot.title)}</figcaption>{body}{note}</figure>")
    return f'<div class="figures">{"".join(cards)}</div>'


def warnings_html(run: Run) -> str:
    """What the trainer warned of, each cause once a stage, with what to try."""
    lines = [
        [row.get("stage"), row.get("step"), sentence]
        for row in run.rows
        for sentence in (row.get("warnings") or {}).values()
    ]
    return f"<h2>Warnings</h2>{table_html(['stage', 'step', 'what was seen, and what to try'], lines)}" if lines else ""


def aha_html(found: Aha | None) -> str:
    """The excerpt with its word marked, and where it stands."""
    if found is None:
        return ""
    before, word, after = excerpt(found)
    row = found.rollout
    where = f"Stage {clean(row.get('stage'))}, step {clean(row.get('step'))}, task {clean(row.get('task'))}"
    verdict = next(iter(row["verdicts"].values()))
    right = f"; its answer is right{': ' + clean(str(verdict['answer'])[:100]) if verdict.get('answer') else ''}."
    return (f'<div class="aha"><h3>The first doubt that came right</h3><small>{where}{right}</small>'
            f"<pre>{marked(before)}<mark>{clean(word)}</mark>{marked(after)}</pre></div>")  # fmt: skip


def rejections_html(run: Run) -> str:
    """How many samples were kept, and why the others were not."""
    said, lines = rejections(run)
    if not said:
        return ""
    rows = "".join(
        f'<tr><td>{clean(name)}<td>{count:,}<td>{share:.1%}<td class="bar"><span class="{"good" if i == 0 else "bad"}" '
        f'style="width:{100 * min(1, share):.1f}%"></span>'
        for i, (name, count, share) in enumerate(lines)
    )
    head = "<tr><th>completions<th>count<th>share<th>"
    return f'<h2>Rejection sampling</h2><p class="soft">{said}</p><div class="table"><table>{head}{rows}</table></div>'


def calibration_html(run: Run) -> str:
    """What the reward model's own check says in numbers; its curve is among the figures."""
    held = [row for row in run.of("reward-model", "held_out") if number(row, "accuracy") is not None]
    found = run.calibration or (held[-1] if held else {})
    names = {
        "accuracy": "held-out pairs ranked right", "accuracy_longer": "where the chosen one is longer",
        "accuracy_shorter": "where it is shorter", "accuracy_safe": "of safe ones",
        "accuracy_unsafe": "of unsafe ones", "ece": "calibration error (ECE)",
        "length_correlation": "correlation of reward and length",
    }  # fmt: skip
    lines = []
    for key, name in names.items():
        value, count = number(found, key), number(found, key.replace("accuracy", "rows")) if "acc" in key else None
        if value is not None:
            lines.append(
                [
                    name,
                    f"{value:+.2f}" if key.startswith("length") else f"{value:.1%}",
                    f"{count:.0f}" if count else "–",
                ]
            )
    return table_html(["", "", "pairs"], lines) if lines else ""


def pairs_html(sorts: dict[str, list[tuple[Row, Row]]]) -> str:
    """Some pairs of completions of each kind, one beside the other."""
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


def before_and_after(run: Run, told: Completions) -> str:
    """Completions of the base model and the final one, then of the main RL at its start and its end."""
    parts = []
    if told.base and told.final:
        parts.append(f"<h2>{clean(run.teacher())} after 0-base</h2>{pairs_html(pairs(told.base, told.final))}")
    stage = f" {clean(run.main_stage)}" if run.is_r1 and run.main_stage else ""
    return "".join([*parts, f"<h2>Before and after{stage}</h2>{pairs_html(pairs(told.first, told.last))}"])


def page(run: Run, told: Completions, drawn: Sequence[tuple[Plot, list[str]]], other: Run | None = None) -> str:
    """The whole page; it needs no other file and no network."""
    css = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    config = run.folder / "config.toml"
    text = (
        clean(config.read_text(encoding="utf-8", errors="replace"))
        if config.is_file()
        else "The run's folder has no config.toml."
    )
    name = clean(run.name)
    left_out = missing(run, [plot for plot, _ in drawn])
    parts = [f"<h1>{name}</h1>{summary_html(run, told.first)}{warnings_html(run)}"]
    if table := stage_table(run):
        parts.append(f"<h2>Stages side by side</h2>{table_html(table[0], table[1:])}")
        parts.append('<p class="soft">In brackets the 95 % interval of pass@1, in %.</p>')
    paper = [one for one in drawn if one[0].letter or not run.is_r1]
    judge = [one for one in drawn if one[0].name == "reward_model"]
    others = [one for one in drawn if one not in paper and one not in judge]
    parts.append(f"<h2>Figures</h2>{figures_html(paper, captions(run, other))}")
    parts.append(f'<p class="soft">{clean(left_out)}</p>' if left_out else "")
    parts.append(aha_html(told.aha) + rejections_html(run))
    parts.append(f"<h2>Reward model</h2>{figures_html(judge)}{calibration_html(run)}" if judge else "")
    parts.append(f"<h2>How the training went</h2>{figures_html(others)}" if others else "")
    parts.append(f"<h2>Costs</h2>{costs_html(run)}" if run.is_r1 else "")
    parts.append(before_and_after(run, told))
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{name}</title><style>{css}</style>
{"".join(parts)}
<h2>Config</h2><pre class="config">{text}</pre></html>
"""


def write_report(folder: Path, against: Path | None = None) -> Path:
    """Draw the run's figures as PNG and SVG, stages.md and report.html; gives the page."""
    run, other = load_run(folder), load_run(against) if against else None
    told = read_completions(run)
    drawn = draw_all(plots(run, told.rows, other), run.folder / "figures")
    if run.is_r1:
        (run.folder / "stages.md").write_text(markdown(run, told.aha, other), encoding="utf-8")
    html = run.folder / "report.html"
    html.write_text(page(run, told, drawn, other), encoding="utf-8")
    return html


def write_small(folder: Path, out: Path, against: Path | None = None) -> Path:
    """What is worth keeping of a run, in well under a megabyte: as in grpo/results."""
    run, other = load_run(folder), load_run(against) if against else None
    told = read_completions(run)
    draw_all([plot for plot in plots(run, told.rows, other) if plot.letter], out, svg=False)
    for name in ("config.toml", CALIBRATION):
        if (run.folder / name).is_file():
            (out / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(run.folder / name, out / name)
    (out / METRICS).write_text("".join(json.dumps(row) + "\n" for row in thinned(run.rows)), encoding="utf-8")
    if run.is_r1:
        (out / "stages.md").write_text(markdown(run, told.aha, other), encoding="utf-8")
    return out


def main(argv: Sequence[str] | None = None) -> int:
    """Draw the report; the exit status is 0 only when it is there."""
    said = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m grpo.report", description=__doc__, formatter_class=said)
    parser.add_argument("run", type=Path, help="the run's folder, such as runs/NAME")
    parser.add_argument(
        "--against", type=Path, metavar="RUN", help="a run to draw beside it in the figures (c) and (g)"
    )
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="write the small form there, and no page")
    args = parser.parse_args(argv)
    try:
        print(write_small(args.run, args.out, args.against) if args.out else write_report(args.run, args.against))
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
