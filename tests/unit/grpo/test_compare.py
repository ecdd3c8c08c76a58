"""A model is measured once, and again where anything that it is measured by has changed."""

from dataclasses import replace
from pathlib import Path

from grpo import compare
from grpo.checkpoint import Stop
from grpo.log import open_log, read_metrics
from grpo.settings import R1, Rl
from grpo.stages import Stages
from grpo.tasks import write_jsonl


def test_what_was_measured_is_measured_again_only_where_it_was_asked_otherwise(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(compare, "load_policy", lambda name, **options: name)
    monkeypatch.setattr(compare, "sample_groups", lambda policy, tasks, *more, **options: asked.append(tasks) or [])
    file = tmp_path / "held_out.jsonl"
    write_jsonl(file, [{"question": "1 + 1?", "ground_truth": "2"}])
    cfg = R1(pipeline="r1", name="t", model="m", all_rl=Rl(held_out=str(file), reward={"math": 1.0}))

    def measure(cfg: R1) -> int:
        with open_log(tmp_path / "run", quiet=True) as log:
            stage = Stages(cfg, tmp_path / "run", log, Stop())
            compare.compare_stages(cfg, stage, {"0-base": Path("owner/base")}, {})
        assert [row["model"] for row in read_metrics(tmp_path / "run")] == ["0-base"]
        return len(asked)

    assert [measure(cfg), measure(cfg)] == [1, 1]
    shorter = replace(cfg, all_rl=replace(cfg.all_rl, max_new_tokens=7))
    for count, other in enumerate([replace(cfg, eval_samples=3), replace(cfg, system="Be brief."), shorter], start=2):
        assert [measure(other), measure(other)] == [count, count]
    write_jsonl(file, [{"question": "1 + 2?", "ground_truth": "3"}])
    assert measure(shorter) == 5
