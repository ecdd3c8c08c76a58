"""Figures as files: PNG and SVG, each panel an SVG for the page, and the paper's in one overview."""

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .figures import Bars, Curve, Lines, Panel, Plot, Scatter

INK = "#667084"  # text and axes; on the page it becomes the colour of the page's own small text
SIZE = 5.4, 2.9  # inches of a panel
STYLE: dict[str, Any] = {
    "font.size": 9.5, "axes.spines.top": False, "axes.spines.right": False, "axes.titlelocation": "left",
    "axes.titleweight": "bold", "axes.titlesize": 10, "svg.fonttype": "none", "text.color": INK,
    "axes.labelcolor": INK, "axes.edgecolor": INK, "xtick.color": INK, "ytick.color": INK, "grid.color": INK,
    "legend.labelcolor": INK, "text.parse_math": False,
}  # fmt: skip


def plain(text: str) -> str:
    """Only what the font has and what fits, at most three lines: names come from files."""
    known = re.sub(r"[^\n -~\xa0-\u024f\u0370-\u04ff\u2010-\u2026]", "?", text)
    return "\n".join(line if len(line) <= 48 else f"{line[:45]}…" for line in known.split("\n")[:3])


def smoothed(values: list[float]) -> list[float]:
    """Around each point, the mean over a twentieth of the curve."""
    half = len(values) // 40
    windows = [values[max(0, i - half) : i + half + 1] for i in range(len(values))]
    return [sum(window) / len(window) for window in windows]


def draw(axes: Any, panel: Panel) -> None:
    """One panel with its title."""
    if isinstance(panel, Lines):
        draw_lines(axes, panel)
    elif isinstance(panel, Scatter):
        draw_scatter(axes, panel)
    elif panel.lying:
        draw_lying(axes, panel)
    else:
        draw_bars(axes, panel)
    if panel.title:
        axes.set_title(plain(panel.title))


def draw_lines(axes: Any, panel: Lines) -> None:
    """Curves over steps, and what happened at a step as an upright line."""
    for curve in panel.curves:
        _curve(axes, curve)
    for step, what in panel.marks:
        axes.axvline(step, color=INK, lw=1.2, ls=":" if "general" in what else "-.", label=what)
    if sum(bool(curve.label) for curve in panel.curves) + len(panel.marks) > 1:
        axes.legend(frameon=False, loc="best", handlelength=1.4)
    axes.set(xlabel="step", ylabel=panel.unit)
    axes.grid(axis="y", alpha=0.2)
    axes.margins(y=0.12)
    if all(value >= 0 for curve in panel.curves for value in curve.values):
        axes.set_ylim(bottom=max(0, axes.get_ylim()[0]))
    axes.xaxis.get_major_locator().set_params(integer=True)


def _curve(axes: Any, curve: Curve) -> None:
    look: dict[str, Any] = {"color": curve.colour, "ls": "--" if curve.dashed else "-"}
    label = plain(curve.label) or "_"  # matplotlib's way of leaving a line out of the legend
    if curve.measured:
        axes.plot(curve.steps, curve.values, **look, lw=2, marker="o", ms=4, label=label, zorder=3)
    elif curve.label:
        axes.plot(curve.steps, smoothed(curve.values), **look, lw=1.8, label=label)
        axes.plot(curve.steps, curve.values, **look, lw=1, alpha=0.3, zorder=1)
    else:
        axes.plot(curve.steps, smoothed(curve.values), **look, lw=1.2, alpha=0.35, zorder=1)


def draw_scatter(axes: Any, panel: Scatter) -> None:
    """Points: joined, later ones darker; or beside the diagonal, as large as their count."""
    x, y, steps = zip(*panel.points, strict=True)
    axes.set(xlabel=panel.x, ylabel=panel.y)
    axes.grid(alpha=0.2)
    if panel.diagonal:
        axes.plot([0, 100], [0, 100], color=INK, lw=1, ls=":")
        axes.scatter(x, y, color="#3b82d6", s=[20 + 180 * count / max(1, *steps) for count in steps], alpha=0.75, lw=0)
        return
    axes.plot(x, y, color=INK, lw=1, alpha=0.6)
    later = [0.3 + 0.7 * place / max(1, len(x) - 1) for place in range(len(x))]
    axes.scatter(x, y, color="#8f6fe0", alpha=later, s=36, lw=0, zorder=3)
    for place, word in ((0, "step "), (-1, "")):
        axes.annotate(f"{word}{steps[place]}", (x[place], y[place]), xytext=(5, 5), textcoords="offset points", size=8)
    axes.margins(0.15)


def draw_bars(axes: Any, panel: Bars) -> None:
    """Standing bars, each with its interval and its number."""
    places = list(range(len(panel.bars)))
    for place, bar in zip(places, panel.bars, strict=True):
        look = {"alpha": 0.45, "hatch": "//"} if bar.pale else {}
        axes.bar(place, bar.value, color=bar.colour, width=0.62, **look)
        _interval(axes, place, bar.value, bar.low, bar.high)
        axes.annotate(f"{bar.value:.1f}%", (place, max(bar.high, bar.value)), xytext=(0, 3), textcoords="offset points",
                      ha="center", weight="bold")  # fmt: skip
    axes.set_xticks(places, [plain(bar.label) for bar in panel.bars], size=9 if len(places) < 5 else 7)
    axes.tick_params(axis="x", length=0)
    axes.set(ylabel=panel.unit, ylim=(0, max(1.0, *(max(bar.high, bar.value) for bar in panel.bars)) * 1.15))
    axes.grid(axis="y", alpha=0.2)
    axes.set_axisbelow(True)


def _interval(axes: Any, place: int, value: float, low: float, high: float, *, lying: bool = False) -> None:
    sides = [[max(0.0, value - low)], [max(0.0, high - value)]]
    if lying:
        axes.errorbar(value, place, xerr=sides, color=INK, capsize=3, lw=1.4)
    else:
        axes.errorbar(place, value, yerr=sides, color=INK, capsize=4, lw=1.2)


def draw_lying(axes: Any, panel: Bars) -> None:
    """The first on top, each a point with its interval and its number."""
    for place, bar in enumerate(panel.bars):
        axes.barh(place, bar.value, color=bar.colour, height=0.62, alpha=0.85)
        _interval(axes, place, bar.value, bar.low, bar.high, lying=True)
        axes.annotate(f"{bar.value:.1f}%", (max(bar.high, bar.value), place), xytext=(6, 0), textcoords="offset points",
                      va="center", weight="bold")  # fmt: skip
    axes.set_yticks(range(len(panel.bars)), [plain(bar.label) for bar in panel.bars], size=8.5)
    axes.tick_params(axis="y", length=0)
    axes.invert_yaxis()
    axes.set(xlabel=panel.unit, xlim=(0, max(1.0, *(max(bar.high, bar.value) for bar in panel.bars)) * 1.15))
    axes.grid(axis="x", alpha=0.2)
    axes.set_axisbelow(True)


def shape(count: int) -> tuple[int, int]:
    """Rows and columns for so many panels."""
    columns = count if count <= 3 else 2 if count == 4 else 4 if count in (7, 8) else 3
    return -(-count // columns), columns


def grid(figure: Any, count: int) -> list[Any]:
    """So many axes, in rows."""
    axes = list(figure.subplots(*shape(count), squeeze=False).flatten())
    for spare in axes[count:]:
        spare.remove()
    return axes[:count]


def level(axes: Sequence[Any], panels: Sequence[Panel]) -> None:
    """One scale for panels of the same unit, so that stages compare; a scatter has its own."""
    lines = [one for one, panel in zip(axes, panels, strict=True) if isinstance(panel, Lines)]
    units = {panel.unit for panel in panels if isinstance(panel, Lines)}
    if len(lines) > 1 and len(units) == 1:
        low, high = min(one.get_ylim()[0] for one in lines), max(one.get_ylim()[1] for one in lines)
        for one in lines:
            one.set_ylim(low, high)


def draw_all(plots: Sequence[Plot], folder: Path, *, svg: bool = True) -> list[tuple[Plot, list[str]]]:
    """Write every figure as PNG, and as SVG too, and the paper's in one; give back each panel as SVG for the page."""
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    folder.mkdir(parents=True, exist_ok=True)
    made: list[tuple[Plot, list[str]]] = []
    with matplotlib.rc_context(STYLE):
        for plot in plots:
            matplotlib.rcParams["svg.hashsalt"] = plot.name  # one page holds them all: their ids must differ
            rows, columns = shape(len(plot.panels))
            figure = Figure(figsize=(SIZE[0] * columns, height(plot.panels[0]) * rows + 0.25 * (len(plot.panels) > 1)),
                            layout="constrained")  # fmt: skip
            axes = grid(figure, len(plot.panels))
            for one, panel in zip(axes, plot.panels, strict=True):
                draw(one, panel)
            level(axes, plot.panels)
            limits = [(one.get_xlim(), one.get_ylim()) for one in axes]
            alone = len(plot.panels) == 1
            shown = [as_svg(figure)] if svg and alone else []
            figure.suptitle(plain(plot.title), x=0.02, ha="left", weight="bold", size=11)
            figure.savefig(folder / f"{plot.name}.png", dpi=150 if columns == 1 else 110)
            if svg:
                figure.set_layout_engine("none")  # it stays as it has been laid out
                figure.savefig(folder / f"{plot.name}.svg", transparent=True, metadata={"Date": None})
            for place, panel in enumerate(plot.panels if svg and not alone else []):
                matplotlib.rcParams["svg.hashsalt"] = f"{plot.name} {place}"
                single = Figure(figsize=(SIZE[0], height(panel)), layout="constrained")
                own = single.subplots()
                draw(own, panel)
                own.set(xlim=limits[place][0], ylim=limits[place][1])
                shown.append(as_svg(single))
            made.append((plot, shown))
        paper = [(plot, panel) for plot in plots for panel in plot.panels[: 2 if plot.name == "language" else 1]]
        paper = [(plot, panel) for plot, panel in paper if plot.letter and plot.name != "aha"]
        if paper:
            rows, columns = shape(len(paper))
            engine = ConstrainedLayoutEngine(wspace=0.05, hspace=0.06 if rows > 1 else None)
            figure = Figure(figsize=(4 * columns, 3.6 * rows), layout=engine)
            for axes, (plot, panel) in zip(grid(figure, len(paper)), paper, strict=True):
                draw(axes, panel)
                title = panel.title if plot.name == "language" else plot.title
                axes.set_title(plain(f"(c) {title}" if plot.name == "language" else title), size=11)
            figure.savefig(folder / "overview.png", dpi=100)
    return made


def height(panel: Panel) -> float:
    """Inches: bars that lie down need a line each."""
    return max(SIZE[1], 0.9 + 0.32 * len(panel.bars)) if isinstance(panel, Bars) and panel.lying else SIZE[1]


def as_svg(figure: Any) -> str:
    """For the page, in the colour of its own text."""
    svg = io.StringIO()
    figure.savefig(svg, format="svg", transparent=True, metadata={"Date": None})
    return svg.getvalue()[svg.getvalue().index("<svg") :].replace(INK, "currentColor")
