"""The report of R1: the paper's figures from whatever stages there are, and nothing that a run did not say."""

import json
import math
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from grpo.completions import doubt, read_completions
from grpo.drawing import draw_all
from grpo.figures import Bars, Lines, Plot, missing, plots
from grpo.record import Run, load_run
from grpo.report import main, page, write_report
from grpo.tables import captions, compared, costs, excerpt, markdown, stage_table
from tests.r1_record import MODELS, lines, make_r1_run, rollout

Row = dict[str, Any]
HOSTILE = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\x00\ud800\u202e|\n\n# no\n```"
NO_END = "all-scenarios-rl with a preference reward (e); evaluation (f, g)."
PAPER = {
    "accuracy": "a", "completion_tokens": "b", "language": "c", "reflections": "d", "aha": "d", "preference": "e",
    "stages": "f", "distillation": "g",
}  # fmt: skip


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_r1_run(tmp_path_factory.mktemp("runs") / "full", steps=8)


@pytest.fixture(scope="module")
def drawn(full: Path) -> str:
    """The page of the full run, with its figures beside it."""
    return write_report(full).read_text(encoding="utf-8")


def rows_of(file: Path) -> list[Row]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def rewritten(folder: Path, change: Callable[[Row], Row]) -> Path:
    """The same run with each row of its metrics changed."""
    file = folder / "metrics.jsonl"
    file.write_text(lines([change(row) for row in rows_of(file)]))
    return folder


def named(run: Run, other: Run | None = None) -> dict[str, Plot]:
    return {plot.name: plot for plot in plots(run, read_completions(run).rows, other)}


def test_a_full_run_has_every_figure_of_the_paper_as_png_and_svg(full: Path, drawn: str) -> None:
    files = {file.name for file in (full / "figures").iterdir()}
    assert {f"{name}.{kind}" for name in PAPER for kind in ("png", "svg")} | {"overview.png"} <= files
    assert set(re.findall(r"<figcaption>\((\w)\)", drawn)) == set("abcdefg")
    assert "Not run" not in drawn
    assert (
        drawn.count("<svg") == drawn.count("</svg>") == sum(len(plot.panels) for plot in named(load_run(full)).values())
    )


@pytest.mark.parametrize(
    ("until", "have", "lacking"),
    [
        ("base", "", f"an RL stage (a, b, d); reasoning-rl (c); reasoning-rl-without-language (c); {NO_END}"),
        ("cold-start", "", "an RL stage (a, b, d); "),
        ("reasoning-rl", "abcd", f": reasoning-rl-without-language (c); {NO_END}"),
        ("reasoning-rl-without-language", "abcd", f": {NO_END}"),
        ("reward-model", "abcd", f": {NO_END}"),
        ("all-scenarios-rl", "abcde", ": evaluation (f, g)."),
        ("small-rl", "abcde", ": evaluation (f, g)."),
        ("evaluation", "abcdefg", ""),
    ],
)
def test_a_run_stopped_after_any_stage_draws_what_it_has_and_names_the_rest(
    tmp_path: Path, until: str, have: str, lacking: str
) -> None:
    run = load_run(make_r1_run(tmp_path / "run", until=until, steps=4))
    found = plots(run, read_completions(run).rows)
    assert {plot.letter for plot in found if plot.letter} == set(have)
    assert lacking in missing(run, found)
    assert bool(missing(run, found)) == bool(lacking)
    whole = page(run, read_completions(run), [(plot, ["<svg></svg>"] * len(plot.panels)) for plot in found])
    assert lacking in whole
    assert run.stages == list(dict.fromkeys(row["stage"] for row in run.rows))


def test_a_run_without_evaluation_of_the_distilled_model_says_so(full: Path, tmp_path: Path) -> None:
    rows = [row for row in rows_of(full / "metrics.jsonl") if row.get("model") != "5-distillation"]
    run = Run(tmp_path, rows)
    assert "evaluation of 5-distillation (g)" in missing(run, plots(run))


def test_the_numbers_of_the_stage_table_are_those_of_the_rows(full: Path, drawn: str) -> None:
    text = (full / "stages.md").read_text(encoding="utf-8")
    table = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.split("## ")[1].splitlines()
        if "|" in line
    ]
    head, body = table[0], table[2:]
    rows = {row["model"]: row for row in rows_of(full / "metrics.jsonl") if row["stage"] == "evaluation"}
    assert [line[0] for line in body] == [*list(MODELS)[:7], "5-small-rl", "5-distillation"]
    for name, *cells in body:
        row, said = rows[name], dict(zip(head[1:], cells, strict=True))
        low, high = 100 * row["accuracy_low"], 100 * row["accuracy_high"]
        assert said == {
            "pass@1": f"{100 * row['accuracy']:.1f}% ({low:.1f} to {high:.1f})",
            "cons@16": f"{100 * row['cons_at_k']:.1f}%", "pass@16": f"{100 * row['pass_at_k']:.1f}%",
            "format": f"{row['score/summary_format']:.3f}",
            "language": f"{row['score/language']:.3f}", "preference": f"{row['score/helpful']:.3f}",
            "tokens": f"{row['completion_tokens']:.1f}", "truncated": f"{100 * row['truncated']:.1f}%",
            "reflections": f"{row['reflections']:.2f}",
        }  # fmt: skip
        assert f"<td>{said['pass@1']}<td>{said['cons@16']}" in drawn


def test_curves_are_the_rows(full: Path) -> None:
    run = load_run(full)
    found = named(run)
    panels = {panel.title: panel for panel in found["accuracy"].panels if isinstance(panel, Lines)}
    assert list(panels) == ["reasoning RL", "reasoning RL without language", "all scenarios RL", "small RL"]
    held = run.of("reasoning-rl", "held_out")
    curves = {curve.label: curve for curve in panels["reasoning RL"].curves}
    assert list(curves) == ["train", "pass@1", "cons@16", "pass@16"]
    assert curves["cons@16"].steps == [row["step"] for row in held]
    assert curves["cons@16"].values == [100 * row["cons_at_k"] for row in held]
    assert "cons@4" in {curve.label for curve in panels["small RL"].curves}
    consistency, accuracy = found["language"].panels
    assert isinstance(consistency, Lines)
    assert isinstance(accuracy, Lines)
    for panel, key, scale in ((consistency, "score/language", 1), (accuracy, "accuracy", 100)):
        told = {curve.label: curve.values for curve in panel.curves if curve.measured}
        assert told == {
            "with language reward": [scale * row[key] for row in held],
            "without language reward": [
                scale * row[key] for row in run.of("reasoning-rl-without-language", "held_out")
            ],
        }


def test_bars_are_the_evaluations_and_the_teacher_stands_beside_the_small_model(full: Path) -> None:
    panel = named(load_run(full))["distillation"].panels[0]
    assert isinstance(panel, Bars)
    assert [(bar.model, bar.label, round(bar.value, 6)) for bar in panel.bars] == [
        ("0-small-base", "small base", 6.0), ("5-small-rl", "RL alone", 21.0),
        ("5-distillation", "distilled", 48.0), ("4-all-scenarios-rl", "teacher", 72.0),
    ]  # fmt: skip
    assert all(math.isclose(bar.value - bar.low, 3) and math.isclose(bar.high - bar.value, 3.5) for bar in panel.bars)


def test_captions_say_what_the_rows_say(full: Path, drawn: str) -> None:
    run = load_run(full)
    said = captions(run)
    arms = [run.evaluations()[name] for name in ("2-reasoning-rl", "2-reasoning-rl-without-language")]
    assert re.findall(r"[\d.]+", said["language"])[:4] == [
        text for row in arms for text in (f"{row['score/language']:.3f}", f"{100 * row['accuracy']:.1f}")
    ]
    before, after = run.of("all-scenarios-rl", "held_out")[4], run.of("all-scenarios-rl", "held_out")[-1]
    assert (
        f"From step 4 to step 8 the preference reward went from 0.420 to {after['score/helpful']:.3f}"
        in said["preference"]
    )
    assert f"({100 * (after['accuracy'] - before['accuracy']):+.1f} points)" in said["preference"]
    assert said["distillation"] == "The small model, from 6.0%: 48.0% by distillation, 21.0% by RL alone."
    assert all(caption in drawn for caption in said.values())


def test_arms_of_two_runs_are_drawn_over_each_other(tmp_path: Path) -> None:
    arm = "reasoning-rl-without-language"
    run = load_run(make_r1_run(tmp_path / "main", steps=4, without=arm))
    other = load_run(make_r1_run(tmp_path / "ablation", steps=4, until=arm, without="reasoning-rl"))
    alone, both = named(run), named(run, other)
    curves = both["language"].panels[0].curves  # type: ignore[union-attr]
    assert [(one.label, one.dashed) for one in curves if one.measured] == [
        ("with language reward, main", False), ("without language reward, ablation", True),
    ]  # fmt: skip
    assert arm in missing(run, list(alone.values()))
    assert arm not in missing(run, list(both.values()))
    assert "language" not in captions(run)
    assert "without the reward language" in captions(run, other)["language"]


def test_an_arm_that_did_not_measure_the_language_is_named(tmp_path: Path) -> None:
    def forget(row: Row) -> Row:
        return {key: row[key] for key in row if key != "score/language" or "without" not in row["stage"]}

    run = load_run(rewritten(make_r1_run(tmp_path / "run", until="small-rl", steps=2), forget))
    assert "the score language of reasoning-rl-without-language (c)" in missing(run, plots(run))
    assert "language" not in captions(run)


def test_the_stop_rule_and_the_first_general_prompts_are_marked(tmp_path: Path) -> None:
    def stop(row: Row) -> Row:
        held = (row["stage"], row.get("split"), row["step"]) == ("all-scenarios-rl", "held_out", 7)
        return row | ({"stopped": True} if held else {})

    run = load_run(rewritten(make_r1_run(tmp_path / "run", until="all-scenarios-rl", steps=8), stop))
    marks = named(run)["preference"].panels[0].marks  # type: ignore[union-attr]
    assert marks == [(4, "general prompts from here"), (7, "ended by the stop rule")]
    assert named(run)["accuracy"].panels[0].marks == []  # type: ignore[union-attr]


def test_the_numbers_of_a_stage_that_the_stop_rule_ended_say_so(tmp_path: Path) -> None:
    def stop(row: Row) -> Row:
        return row | ({"stopped": True} if (row.get("split"), row["step"]) == ("held_out", 8) else {})

    folder = make_r1_run(tmp_path / "run", until="all-scenarios-rl", steps=8)
    said = "There the stage ended, with the model from before."
    assert said not in captions(load_run(folder))["preference"]
    assert captions(load_run(rewritten(folder, stop)))["preference"].endswith(said)


def test_the_first_doubt_that_came_right_is_found_and_shown(tmp_path: Path) -> None:
    folder = make_r1_run(tmp_path / "run", until="reasoning-rl", steps=4)
    told = [
        rollout("reasoning-rl", "held_out", 0, "wrong", False, True),
        rollout("reasoning-rl", "held_out", 0, "no doubt", True, False),
        rollout("reasoning-rl", "train", 1, "too early", True, True, completion="<think>wait 1 2 3</think>4"),
        rollout("reasoning-rl", "train", 1, "in the summary", True, True, completion="<think>1 2 3</think>4 but 5"),
        rollout(
            "reasoning-rl", "train", 2, "answer known", True, True, completion="<think>5+3+2-4 or 7 wait 8</think>"
        ),
        rollout("reasoning-rl", "train", 2, "found later", True, True, completion="<think>a b c wait 5+3+2-4</think>"),
        rollout("reasoning-rl", "train", 3, "later", True, True),
        rollout("sft", "train", 0, "no stage of RL", True, True),
    ]
    general = rollout("reasoning-rl", "train", 1, "general", True, True)
    general["verdicts"] |= {"helpful": {"score": 1.0, "reason": "CORRECT", "answer": None, "note": ""}}
    (folder / "rollouts.jsonl").write_text(lines([*told[:3], general, *told[3:]]))
    run = load_run(folder)
    found = read_completions(run)
    assert found.aha is not None
    assert found.aha.rollout["task"] == "found later"
    assert excerpt(found.aha) == ("<think>a b c ", "wait", " 5+3+2-4</think>")
    shares = {(row["split"], row["step"]): row["aha"] for row in found.rows}
    assert shares == {("held_out", 0): 0, ("train", 1): 0, ("train", 2): 1, ("train", 3): 1}
    whole = page(run, found, [])
    assert "<mark>wait</mark> 5+3+2-4" in whole
    assert "step 2, task found later" in whole
    assert ">>wait<< 5+3+2-4" in markdown(run, found.aha)


@pytest.mark.parametrize(
    ("thinking", "at"),
    [("Wait, what?", None), ("3 + 4 = 8. Wait", None), ("one two butter three but four", 21), ("a b c\nHOWEVER d", 6)],
)
def test_a_doubt_is_a_whole_word_between_two_statements(thinking: str, at: int | None) -> None:
    found = doubt(thinking)
    assert (found and found.start()) == at


def test_hostile_text_stays_text(full: Path, tmp_path: Path) -> None:
    folder = make_r1_run(tmp_path / "run", steps=2)
    rewritten(folder, lambda row: row | ({"model": f"{HOSTILE}{row['step']}"} if row["stage"] == "evaluation" else {})
              | ({f"rejected/{HOSTILE}": 9} if row["stage"] == "rejection-sampling" else {}))  # fmt: skip
    evil = f"<think>one two three {HOSTILE} wait {HOSTILE}</think>{HOSTILE}"
    told = [rollout("reasoning-rl", split, step, HOSTILE, step > 0, True, completion=evil, prompt=HOSTILE)
            for step in (0, 1, 2) for split in ("held_out", "train")]  # fmt: skip
    (folder / "rollouts.jsonl").write_text(lines(told))
    run = load_run(folder)
    found = read_completions(run)
    assert found.aha is not None
    figures = draw_all([plot for plot in plots(run, found.rows) if plot.letter in ("f", "g")], tmp_path / "figures")
    tags = Tags(page(run, found, figures)).seen
    assert not {"script", "img", "link", "iframe", "i", "b onerror"} & {tag for tag, _ in tags}
    for _, attributes in tags:
        assert not any(name.startswith("on") or name in ("src", "data") for name in attributes)
        assert all((value or "").startswith("#") for name, value in attributes.items() if name.endswith("href"))
    written = markdown(run, found.aha)
    assert "\n# no" not in written
    assert "\n```" not in written
    assert not re.search(r"[^\\]<(script|img)", written.split("## The first doubt")[0])
    assert {line.count("|") - line.count("\\|") for line in written.split("## ")[1].splitlines() if "|" in line} == {11}
    written.encode()


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_ids_that_svg_refers_to_are_unique(drawn: str) -> None:
    names = set(re.findall(r"url\(#(\w+)\)", drawn))
    assert names
    assert all(drawn.count(f'id="{name}"') == 1 for name in names)


@pytest.mark.parametrize("value", [None, math.nan, math.inf, "text", [1]])
def test_numbers_that_are_none_leave_their_figures_out(tmp_path: Path, value: object) -> None:
    def spoil(row: Row) -> Row:
        return {key: row[key] if key in ("stage", "split", "step", "model") else value for key in row}

    run = load_run(rewritten(make_r1_run(tmp_path / "run", steps=2), spoil))
    found = plots(run)
    assert {plot.name for plot in found} == {"reward_model"}  # from calibration.json
    assert stage_table(run)[0] == ["checkpoint"]
    assert "all-scenarios-rl with a preference reward (e)" in page(run, read_completions(run), [])


@pytest.mark.parametrize("damage", ["", "[", "[1]", '{"reliability": 3}', '{"reliability": [1, {"predicted": null}]}'])
def test_a_damaged_calibration_is_no_figure(tmp_path: Path, damage: str) -> None:
    folder = make_r1_run(tmp_path / "run", until="reward-model", steps=2)
    (folder / "4-reward-model" / "calibration.json").write_text(damage)
    (folder / "config.toml").write_text("= [")
    run = load_run(folder)
    assert len(named(run)["reward_model"].panels) == 1
    page(run, read_completions(run), [])


def test_rejections_and_costs_are_counted(full: Path, drawn: str) -> None:
    text = re.sub(r"<[^>]*>", " ", drawn)
    assert "1,204 of 3,072 completions were kept (39.2%)." in text
    assert re.search(r"wrong answer\s+1,120\s+36.5%", text)
    assert re.search(r"held-out pairs ranked right\s+91.2%\s+250", text)
    run = load_run(full)
    assert [line[0] for line in costs(run)] == [*run.stages, "in all"]


def test_stages_stand_in_the_pipelines_order_whatever_was_run_first() -> None:
    rows = [
        {"stage": stage, "step": 1}
        for stage in ("small-rl", "own", "evaluation", "sft", "reasoning-rl-without-x", "base")
    ]
    run = Run(Path("run"), rows)
    assert run.stages == ["base", "reasoning-rl-without-x", "sft", "small-rl", "own", "evaluation"]


def test_what_sums_a_run_up_is_base_and_final_or_else_the_reasoning_stage(full: Path, tmp_path: Path) -> None:
    said, rows = compared(load_run(full))
    assert [row["model"] for row in rows] == ["0-base", "4-all-scenarios-rl"]
    partial = load_run(make_r1_run(tmp_path / "run", until="all-scenarios-rl", steps=4))
    said, rows = compared(partial)
    assert (said, len(rows)) == ("On held-out tasks of reasoning-rl, step 0 → step 4", 5)
    assert compared(load_run(make_r1_run(tmp_path / "early", until="sft", without="reasoning-rl", steps=2)))[1] != []
    assert compared(load_run(make_r1_run(tmp_path / "first", until="cold-start", steps=2))) == ("No held-out tasks", [])


def test_completions_before_and_after_are_of_the_reasoning_stage_and_of_the_evaluation(full: Path, drawn: str) -> None:
    told = read_completions(load_run(full))
    assert {(row["stage"], row["step"]) for row in told.first} == {("reasoning-rl", 0)}
    assert {(row["stage"], row["step"]) for row in told.last} == {("reasoning-rl", 8)}
    assert len(told.base) == len(told.final) == 12
    assert "4-all-scenarios-rl after 0-base" in drawn
    assert "Before and after reasoning-rl" in drawn


def test_the_small_form_redraws_all_but_completions(
    full: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    long = make_r1_run(tmp_path / "long", until="base", steps=500)
    assert main([str(long), "--out", str(tmp_path / "kept")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "kept")
    kept = load_run(tmp_path / "kept")
    assert len(kept.rows) == 200
    assert costs(kept) == costs(load_run(long))
    assert {file.name for file in (tmp_path / "kept").iterdir()} == {"config.toml", "metrics.jsonl", "stages.md"}


def test_the_small_form_holds_the_papers_figures(full: Path, tmp_path: Path) -> None:
    out = tmp_path / "kept"
    assert main([str(full), "--out", str(out)]) == 0
    names = {file.name for file in out.iterdir() if file.is_file()}
    assert names == {f"{name}.png" for name in PAPER} | {"overview.png", "config.toml", "metrics.jsonl", "stages.md"}
    before, after = load_run(full), load_run(out)
    assert (after.rows, after.calibration) == (before.rows, before.calibration)


def test_a_run_to_draw_beside_that_is_not_there_is_one_sentence(full: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(full), "--against", str(full.with_name("ful"))]) == 1
    assert f"did you mean {full}?" in capsys.readouterr().err


def test_a_stage_is_labelled_by_the_settings_that_it_was_run_with(tmp_path):
    folder = make_r1_run(tmp_path / "run", steps=2)
    (folder / "4-all-scenarios-rl").mkdir()
    (folder / "4-all-scenarios-rl" / "config.toml").write_text("[settings]\neval_samples = 3\n")
    run = load_run(folder)
    assert (run.k("all-scenarios-rl"), run.k("reasoning-rl")) == ("3", "16")
