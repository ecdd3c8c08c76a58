"""The models of all stages, measured alike: the paper's table of stages (DeepSeek-R1, section 2.3 and table 3 ff.)."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from .checkpoint import Interrupted
from .engine import open_engine
from .files import write_whole
from .groups import Group, describe, mean_known, record, sample_groups
from .policy import load_policy
from .ranks import on_any_rank, on_first_rank
from .reward_model import load_judges
from .rewards import make_reward
from .scores import interval
from .settings import R1
from .stages import COMMON, DONE, Stages, is_done
from .tasks import load_general, load_tasks

STAGE = "evaluation"
TEMPERATURE, TOP_P = 0.6, 0.95
"""The paper's, of all its evaluations."""
JUDGED = "score/helpful", "score/harmless"
"""What reward models say."""


def compare_stages(cfg: R1, stage: Stages, models: Mapping[str, Path], judges: Mapping[str, Path]) -> None:
    """Measure each model that there is on the held-out tasks; one that was measured is not measured again.

    Rows of metrics.jsonl with stage "evaluation", one a model; completions go to RUN/evaluation/MODEL.jsonl.
    """
    recipe = stage.recipe(cfg.all_rl)
    if not recipe.rl.held_out:
        return
    judges = {name: folder for name, folder in judges.items() if is_done(folder.parent)}
    reward = make_reward(recipe, **load_judges(recipe, **judges))
    accuracy = next(iter(recipe.rl.reward))
    tasks = load_tasks(Path(recipe.rl.held_out), reward)
    if judges and recipe.rl.general_held_out:
        tasks += load_general(Path(recipe.rl.general_held_out))
    there = {
        name: model for name, model in models.items() if is_done(model.parent) or not model.is_relative_to(stage.run)
    }
    folder = stage.run / STAGE
    folder.mkdir(exist_ok=True)
    asked = [recipe.rl.reward, recipe.rl.max_new_tokens, *(getattr(cfg, key) for key in COMMON)]
    how = hashlib.sha256(repr([asked, tasks]).encode(errors="surrogatepass")).hexdigest()[:12]
    rows = []
    for step, (name, model) in enumerate(there.items()):
        made_from = [mark(model), *map(mark, judges.values()), cfg.eval_samples, how]
        file = folder / f"{name}.json"
        kept = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        if kept.get("made_from") != made_from:
            if on_any_rank(stage.stop.asked):
                raise Interrupted(f"the evaluation of {name}")
            stage.log.say(f"{STAGE}: {name}, {len(tasks)} tasks, {cfg.eval_samples} completions each")
            policy = load_policy(str(model), device=cfg.device, bfloat16=cfg.precision == "bfloat16")
            with closing(open_engine(policy, recipe.rl.sample_rows, recipe)) as engine:
                groups = sample_groups(
                    engine, tasks, cfg.eval_samples, recipe, reward, cfg.seed, temperature=TEMPERATURE, top_p=TOP_P
                )
            del policy, engine  # before the next one is loaded
            text = "".join(json.dumps(line) + "\n" for line in record(groups, STAGE, "held_out", step))
            kept = {"made_from": made_from, "row": measured(groups, accuracy)}
            on_first_rank(write_whole, folder / f"{name}.jsonl", text)
            on_first_rank(write_whole, file, json.dumps(kept))
        rows.append({"stage": STAGE, "split": "held_out", "step": step, "model": name} | kept["row"])
    stage.log.stage(STAGE, steps=len(rows))
    for row in rows:
        stage.log.metrics(row)


def measured(groups: list[Group], accuracy: str) -> dict[str, Any]:
    """The figures of one model: accuracy, with its bootstrap interval, format, language and length on the tasks that
    have a ground truth; preference and safety on the prompts that have none."""
    ruled = [group for group in groups if accuracy in group.rewards[0].verdicts]
    general = [group for group in groups if accuracy not in group.rewards[0].verdicts]
    of_tasks = [mean_known([reward.verdicts[accuracy].score for reward in group.rewards]) for group in ruled]
    known = [value for value in of_tasks if value is not None]
    low, high = interval(known) if known else (None, None)
    judged = describe(general, accuracy) if general else {}
    return {
        **describe(ruled, accuracy, votes=True),
        "accuracy_low": low,
        "accuracy_high": high,
        **{name: judged[name] for name in JUDGED if name in judged},
    }


def mark(model: Path) -> str:
    """What tells a model from another in the same place."""
    file = model.parent / DONE
    return file.read_text(encoding="utf-8").strip() if file.is_file() else str(model)
