"""The report: every figure from the two files alone, on a page that hostile completions cannot touch."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from grpo.completions import pairs, read_completions
from grpo.drawing import smoothed
from grpo.record import Run, load_run
from grpo.report import main, write_report

Row = dict[str, Any]
HOSTILE = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>\x00\ud800\u202e &lt;"


def rollout(step: int, task: str, score: float | None, completion: str = "4", split: str = "held_out") -> Row:
    verdicts = {
        "countdown": {"score": score, "reason": "CORRECT", "answer": "4", "note": "<b>"},
        "format": {"score": 1.0, "reason": "CORRECT", "answer": None, "note": ""},
    }
    return {
        "stage": "rl", "split": split, "step": step, "task": task, "prompt": HOSTILE, "completion": completion,
        "ground_truth": {"target": "<i>"}, "reward": score, "verdicts": verdicts, "tokens": 3, "truncated": False,
    }  # fmt: skip


def make_run(folder: Path) -> Path:
    folder.mkdir(parents=True)
    rows: list[Row] = [
        {"stage": "sft", "split": "train", "step": step, "loss": 1 / step, "wall_s": 60.0, "cpu_s": 100.0}
        for step in (1, 2, 3)
    ]
    rows += [
        {"stage": "rl", "split": "train", "step": step, "reward": 0.5 + step, "accuracy": 0.1 * step,
         "score/$a_<b>": 0.2,
         "completion_tokens": 30 + step, "reflections": 0.5, "entropy": 1.0, "kl": None if step == 2 else 0.1,
         "kl_reward": 0.01,
         "clip_fraction": 0.0, "silent_groups": 0.5, "truncated": 0.1, "tokens_per_s": 900, "memory_gb": 1.25,
         "wall_s": 60}
        for step in (1, 2, 3)
    ]  # fmt: skip
    rows += [
        {"stage": "rl", "split": "held_out", "step": step, "accuracy": 0.125 + step / 10, "pass_at_k": None,
         "completion_tokens": 31.5, "reflections": 0.25, "score/format": 1.0}
        for step in (0, 3)
    ]  # fmt: skip
    (folder / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows) + '{"half')
    (folder / "config.toml").write_text('model = "</pre><script>"\n')
    lines = [rollout(0, "a", 0.0, HOSTILE), rollout(0, "b", None), rollout(1, "a", 0.0, split="train")]
    lines += [rollout(3, "a", 1.0, "x" * 10_000), rollout(3, "b", 0.0)]
    (folder / "rollouts.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


class Tags(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = make_run(tmp_path_factory.mktemp("runs") / "good_run")
    write_report(run)
    return run


def test_every_figure_is_drawn(run: Path) -> None:
    names = {file.name for file in (run / "figures").iterdir()}
    assert names == {"overview.png"} | {
        f"{name}.{kind}"
        for kind in ("png", "svg")
        for name in [
            "accuracy",
            "completion_tokens",
            "reflections",
            "reward",
            "entropy",
            "kl",
            "kl_reward",
            "clip_fraction",
            "silent_groups",
            "tokens_per_s",
            "sft_loss",
        ]
    }
    assert (run / "figures" / "overview.png").read_bytes()[16:24] == (1200).to_bytes(4, "big") + (360).to_bytes(
        4, "big"
    )


def test_the_page_summarises_and_shows_the_config(run: Path) -> None:
    page = (run / "report.html").read_text(encoding="utf-8")
    text = re.sub(r"<[^>]*>", " ", page)
    assert "12.5% →  42.5%" in text
    assert re.search(r"in all\s+6\s+6 min\s+5 min\s+1.25 GB", text)
    assert "2 tasks, 1 completions each" in text
    assert "4,000 more characters" in text
    assert "model = &quot;&lt;/pre&gt;" in text


def test_hostile_text_stays_text_and_nothing_is_loaded(run: Path) -> None:
    tags = Tags((run / "report.html").read_text(encoding="utf-8")).seen
    assert not {"script", "img", "link", "iframe", "b onerror", "i"} & {tag for tag, _ in tags}
    for _, attributes in tags:
        assert not any(name.startswith("on") or name in ("src", "data") for name in attributes)
        assert all((value or "").startswith("#") for name, value in attributes.items() if name.endswith("href"))


def test_ids_that_svg_refers_to_are_unique(run: Path) -> None:
    page = (run / "report.html").read_text(encoding="utf-8")
    for name in set(re.findall(r"url\(#(\w+)\)", page)):
        assert page.count(f'id="{name}"') == 1


def test_pairs_are_the_same_task_at_the_first_and_the_last_step(run: Path) -> None:
    told = read_completions(load_run(run))
    sorts = pairs(told.first, told.last)
    found = {name: [(old["step"], new["step"], new["task"]) for old, new in some] for name, some in sorts.items()}
    assert found == {
        "wrong, then right": [(0, 3, "a")], "wrong both times": [(0, 3, "b")],
        "right, then wrong": [], "right both times": [],
    }  # fmt: skip


def test_one_held_out_step_makes_no_pair(tmp_path: Path) -> None:
    (tmp_path / "rollouts.jsonl").write_text(json.dumps(rollout(0, "a", 1.0)) + "\n")
    told = read_completions(Run(tmp_path, []))
    assert (len(told.first), told.last) == (1, [])


@pytest.mark.parametrize(
    "row",
    [
        {"stage": "sft", "split": "train", "step": 1, "loss": 2.0},
        {"stage": "rl", "split": "held_out", "step": 0, "accuracy": 0.0},
        {"stage": "rl", "split": "train", "step": 1, "reward": None, "new_key": {"a": 1}},
        {},
    ],
)
def test_a_run_with_little_in_it_still_has_a_report(tmp_path: Path, row: Row) -> None:
    (tmp_path / "metrics.jsonl").write_text(json.dumps(row) + "\n")
    assert "Before and after" in write_report(tmp_path).read_text(encoding="utf-8")


@pytest.mark.parametrize("content", [None, "", '{"half'])
def test_a_run_that_is_not_there_or_empty_names_the_nearest(
    run: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    other = run.parent / "god_run"
    if content is not None:
        other.mkdir(exist_ok=True)
        (other / "metrics.jsonl").write_text(content)
    assert main([str(other)]) == 1
    assert f"did you mean {run}?" in capsys.readouterr().err


def test_smoothing_keeps_a_constant_and_the_length() -> None:
    assert smoothed([2.0] * 100) == [2.0] * 100
    assert smoothed([1.0, 3.0]) == [1.0, 3.0]
