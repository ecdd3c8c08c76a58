"""What a run's rows come to as tables: its stages side by side, what they cost, what changed, what was rejected."""

import re
from collections.abc import Sequence
from typing import Any

from .completions import Aha
from .figures import PREFERENCE, SHARES
from .record import SMALL, WITHOUT, Row, Run, number


def duration(seconds: float) -> str:
    """Seconds in the unit in which they are few."""
    value, unit = (seconds / 3600, "h") if seconds > 5400 else (seconds / 60, "min") if seconds > 90 else (seconds, "s")
    return f"{value:.3g} {unit}" if seconds else "–"


def costs(run: Run) -> list[list[str]]:
    """What each stage took, then all of them together: steps, wall time, CPU time, peak memory."""
    by_stage = {name: run.of(name) for name in run.stages}
    steps = {name: int(max(number(row, "step") or 0 for row in own)) for name, own in by_stage.items()}
    steps["in all"], by_stage["in all"] = sum(steps.values()), run.rows
    lines = []
    for name, own in by_stage.items():
        wall, cpu = (sum(number(row, key) or 0 for row in own) for key in ("wall_s", "cpu_s"))
        memory = max(number(row, "memory_gb") or 0 for row in own)
        lines.append([name, f"{steps[name]:,}", duration(wall), duration(cpu), f"{memory:.2f} GB" if memory else "–"])
    return lines


def compared(run: Run) -> tuple[str, list[Row]]:
    """What sums the run up, and in which rows: the base model and the final one, or what the main RL measured."""
    rows, final = run.evaluations(), run.teacher()
    if "0-base" in rows and final:
        return f"{final} against 0-base, each at temperature 0.6 and top-p 0.95", [rows["0-base"], rows[final]]
    own = run.of(run.main_stage, "held_out") if run.main_stage else []
    held = own or [row for row in run.rows if row.get("split") == "held_out" and not run.is_r1]
    if not held:
        return "No held-out tasks", []
    stage = f" of {run.main_stage}" if run.is_r1 else ""
    return f"On held-out tasks{stage}, step {held[0].get('step')} → step {held[-1].get('step')}", held


def shown(key: str, value: float) -> str:
    """A number as text, by what it is."""
    return format(value, ".1%" if key in SHARES else ".1f" if key == "completion_tokens" else ".2f")


def changes(held: Sequence[Row]) -> list[tuple[str, str, str]]:
    """Each held-out number with its first and its last value."""
    scores = sorted({key for row in held for key in row if key.startswith("score/")})
    names = {
        "accuracy": "accuracy", "pass_at_k": "pass@k", "completion_tokens": "tokens a completion",
        "reflections": "reflection words", **{key: f"{key[6:]} score" for key in scores}, "truncated": "truncated",
    }  # fmt: skip
    lines = []
    for key, name in names.items():
        known = [shown(key, value) for row in held if (value := number(row, key)) is not None]
        lines += [(name, known[0], known[-1])] if known else []
    return lines


def captions(run: Run, other: Run | None = None) -> dict[str, str]:
    """What the figures (c), (e) and (g) come to in numbers, by the figure's name."""
    said = {}
    runs = [run, other] if other else [run]
    part = next((one.ablated for one in runs if one.ablated), "")
    arms = [_last(runs, stage, f"score/{part}", "accuracy") for stage in ("reasoning-rl", f"{WITHOUT}{part}")]
    if part and all(arms):
        said["language"] = "At the end, on held-out tasks: " + ", ".join(
            f"{word} the reward {part} {row[f'score/{part}']:.3f} and accuracy {row['accuracy']:.1%}"
            for word, row in zip(("with", "without"), arms, strict=True)
        ) + "."  # fmt: skip
    settings, held = run.settings("all-scenarios-rl"), run.of("all-scenarios-rl", "held_out")
    known = [row for row in held if number(row, PREFERENCE) is not None and number(row, "accuracy") is not None]
    first = (settings.get("steps") or 0) - (settings.get("general_steps") or 0)
    before, after = [row for row in known if row.get("step", 0) <= first][-1:] or known[:1], known[-1:]
    for old, new in zip(before, after, strict=True):
        said["preference"] = (
            f"From step {old.get('step')} to step {new.get('step')} the preference reward went "
            f"from {old[PREFERENCE]:.3f} to {new[PREFERENCE]:.3f}, and held-out accuracy from {old['accuracy']:.1%} "
            f"to {new['accuracy']:.1%} ({100 * (new['accuracy'] - old['accuracy']):+.1f} points)."
            + " There the stage ended, with the model from before."
            * bool(new.get("stopped"))
        )
    rows = run.evaluations()
    small = {name: value for name in SMALL if (value := number(rows.get(name, {}), "accuracy")) is not None}
    if "5-distillation" in small and "5-small-rl" in small:
        start = f", from {small['0-small-base']:.1%}" if "0-small-base" in small else ""
        said["distillation"] = (
            f"The small model{start}: {small['5-distillation']:.1%} by distillation, "
            f"{small['5-small-rl']:.1%} by RL alone."
        )
    return said


def _last(runs: Sequence[Run], stage: str, *keys: str) -> Row:
    """The stage's evaluation, or else its last held-out row, with these numbers in the first run that has one."""
    rows = [row for run in runs for row in (run.evaluations().get(f"2-{stage}", {}), *run.of(stage, "held_out")[::-1])]
    return next((row for row in rows if None not in [number(row, key) for key in keys]), {})


def stage_table(run: Run) -> list[list[str]]:
    """One line a checkpoint under a line of headings; a column that no checkpoint has a number for is left out."""
    rows, k = run.evaluations(), run.k("evaluation")
    columns: dict[str, tuple[str, ...]] = {
        "pass@1": ("accuracy",), f"cons@{k}": ("cons_at_k",), f"pass@{k}": ("pass_at_k",),
        "format": ("score/summary_format", "score/format"), "language": ("score/language",),
        "preference": (PREFERENCE,), "tokens": ("completion_tokens",), "truncated": ("truncated",),
        "reflections": ("reflections",),
    }  # fmt: skip
    table = [["checkpoint", *columns]]
    for name, row in rows.items():
        cells = []
        for keys in columns.values():
            found = [(key, value) for key in keys if (value := number(row, key)) is not None][:1]
            text = [f"{value:.3f}" if key.startswith("score/") else shown(key, value) for key, value in found]
            cells.append(text[0] if text else "–")
        low, high = number(row, "accuracy_low"), number(row, "accuracy_high")
        cells[0] += f" ({100 * low:.1f} to {100 * high:.1f})" if low is not None and high is not None else ""
        table.append([name, *cells])
    kept = [i for i, cells in enumerate(zip(*table, strict=True)) if set(cells[1:]) - {"–"}]
    return [[line[i] for i in kept] for line in table] if rows else []


def rejections(run: Run) -> tuple[str, list[tuple[str, int, float]]]:
    """Of how many completions how many were kept, and each reason against one, most frequent first, with its share."""
    rows = [row for row in run.of("rejection-sampling") if number(row, "sampled")]
    if not rows:
        return "", []
    row = rows[-1]
    sampled, kept = (number(row, key) or 0 for key in ("sampled", "kept"))
    reasons = [
        (key.removeprefix("rejected/"), int(number(row, key) or 0)) for key in row if key.startswith("rejected/")
    ]
    counted = sorted((one for one in reasons if one[1]), key=lambda one: -one[1])
    lines = [(name, count, count / sampled) for name, count in [("kept", int(kept)), *counted]]
    return f"{int(kept):,} of {int(sampled):,} completions were kept ({kept / sampled:.1%}).", lines


def cell(text: object) -> str:
    """Any text as it stands in a cell of Markdown: one line, and nothing that GitHub would read as mark-up."""
    flat = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff\s]+", " ", str(text))
    return re.sub(r"([\\`*_|<>\[\]#&])", r"\\\1", flat)


def markdown_table(table: Sequence[Sequence[Any]]) -> str:
    """Lines of cells under the first as headings."""
    lines = ["| " + " | ".join(map(cell, line)) + " |" for line in table]
    return "\n".join([lines[0], "|---" + "|---:" * (len(table[0]) - 1) + "|", *lines[1:]]) + "\n"


def markdown(run: Run, aha: Aha | None, other: Run | None = None) -> str:
    """The stage table, costs, rejections and the first aha for a page that draws no HTML."""
    parts = [f"# {cell(run.name)}\n"]
    if table := stage_table(run):
        about = "Each checkpoint on the same held-out tasks; in brackets the 95 % interval of pass@1, in %."
        parts += ["## Stages\n", f"{about}\n", markdown_table(table)]
    parts += [f"{cell(caption)}\n" for caption in captions(run, other).values()]
    said, lines = rejections(run)
    if said:
        told = [[name, f"{count:,}", f"{share:.1%}"] for name, count, share in lines]
        parts += ["## Rejection sampling\n", f"{said}\n", markdown_table([["completions", "count", "share"], *told])]
    if aha:
        before, word, after = excerpt(aha)
        text = re.sub(r"[\x00-\x09\x0b-\x1f\x7f\ud800-\udfff]", "?", f"{before}>>{word}<<{after}")
        row = aha.rollout
        where = f"Stage {cell(row.get('stage'))}, step {cell(row.get('step'))}, task {cell(row.get('task'))}."
        parts += [
            "## The first doubt that came right\n",
            f"{where}\n",
            "".join(f"    {line}\n" for line in text.split("\n")),
        ]
    parts += ["## Costs\n", markdown_table([["stage", "steps", "wall time", "CPU time", "peak memory"], *costs(run)])]
    return "\n".join(parts)


def excerpt(aha: Aha) -> tuple[str, str, str]:
    """What stands before the word, the word, and what follows it to the end, long middles left out."""
    text = str(aha.rollout.get("completion", ""))
    before, after = text[: aha.start], text[aha.end :]
    before = before if len(before) <= 400 else f"… {before[-400:]}"
    after = after if len(after) <= 900 else f"{after[:600]} … {after[-300:]}"
    return before, text[aha.start : aha.end], after


def thinned(rows: Sequence[Row], at_most: int = 200) -> list[Row]:
    """The rows with at most so many train rows a stage, each then the mean of its neighbours; times stay sums."""
    sizes: dict[Any, int] = {}
    for row in rows:
        sizes[row.get("stage")] = sizes.get(row.get("stage"), 0) + (row.get("split") == "train")
    kept: list[Row] = []
    waiting: dict[Any, list[Row]] = {}
    left = dict(sizes)
    for row in rows:
        stage = row.get("stage")
        if row.get("split") != "train" or sizes[stage] <= at_most:
            kept.append(row)
            continue
        waiting.setdefault(stage, []).append(row)
        left[stage] -= 1
        if len(waiting[stage]) == -(-sizes[stage] // at_most) or not left[stage]:
            kept.append(merged(waiting.pop(stage)))
    return kept


def merged(rows: Sequence[Row]) -> Row:
    """Neighbouring train rows as one, at the last one's step."""
    row = dict(rows[-1])
    warnings = {cause: said for one in rows for cause, said in (one.get("warnings") or {}).items()}
    row |= {"warnings": warnings} if warnings else {}
    for key, last in rows[-1].items():
        known = [value for one in rows if (value := number(one, key)) is not None]
        if not known or not (isinstance(last, float) or key in ("wall_s", "cpu_s")) or key == "lr":
            continue  # what is counted, such as the completions rejected so far, is the last one's
        row[key] = (
            sum(known) if key in ("wall_s", "cpu_s") else max(known) if key == "memory_gb" else sum(known) / len(known)
        )
    return row
