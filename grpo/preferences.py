"""Pairs of responses of which one is preferred: read from a file, or judged from a model's samples.

    python -m grpo.preferences --tasks FILE --samples-from MODEL --judge-url URL --judge-model NAME -o pairs.jsonl

DeepSeek-R1's recipe: each pair is judged four times with the order swapped and kept where the mean gap exceeds 1; of
those kept, the chosen response is the longer one as often as the shorter. A run that was stopped goes on when the same
command is given again. The judge's API key, if it wants one, is read from JUDGE_API_KEY.
"""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import tyro
from rich.console import Console
from rich.progress import Progress

from verifiers import marked, verify_math
from verifiers.judge import Ask, Judge, endpoint, prefer

from .balance import decide, told
from .batches import save_rows
from .config import RecipeError, check_engine
from .engine import Engine, in_order, open_engine, require_room
from .generate import completions_of
from .loading import quiet_transformers
from .log import rows_of
from .malloc import keep_freed_memory
from .policy import load_policy, require_positions
from .prompts import begun, make_prompts
from .rated import load_pairs, said
from .settings import Recipe
from .stages import content_of
from .tasks import read_jsonl, write_jsonl

ROUNDS = 2
"""In each order: four judgements."""


def judge_pair(question: str, first: str, second: str, *, judge: Judge | Ask) -> dict[str, Any]:
    """Two summaries judged in both orders, twice each: the line that is kept. RecipeError where there is no answer."""
    preference = prefer(question, first, second, judge=judge, rounds=ROUNDS, whole=True)
    if preference.failed:
        raise RecipeError(f"the judge does not answer: {preference.note}")
    faults = "; ".join(filter(None, preference.faults))
    if preference.score is None:
        why = "the judge was not understood"
    elif faults:
        why = "a response that cannot be judged"
    elif first == second:
        why = "both responses are the same"
    else:
        why = ""
    line = {"question": question, "first": first, "second": second, "gap": preference.gap}
    return line | {"position_bias": preference.position_bias, "dropped": why, "note": preference.note or faults}


def couples(questions: Sequence[str], responses: Sequence[Sequence[str]]) -> list[tuple[str, str, str]]:
    """(question, first, second) of each two responses in a row: of four, the first two and the last two."""
    return [
        (question, own[i], own[i + 1])
        for question, own in zip(questions, responses, strict=True)
        for i in range(0, len(own) - 1, 2)
    ]


def judge_all(pairs: Sequence[tuple[str, str, str]], judge: Judge | Ask, threads: int) -> Iterator[dict[str, Any]]:
    """The lines of `judge_pair`, in order."""
    asked = judge if isinstance(judge, Judge) else Judge(judge)
    pool = ThreadPoolExecutor(threads)
    try:
        yield from pool.map(lambda pair: judge_pair(*pair, judge=asked), pairs)
    finally:
        pool.shutdown(cancel_futures=True)


@dataclass(frozen=True, kw_only=True)
class Command:
    """What the command is asked."""

    tasks: Path
    """JSONL of {question}; other columns are not read."""
    samples_from: str
    """Folder or hub name of the model whose responses are judged."""
    judge_url: str
    """OpenAI-compatible server, such as http://localhost:8000/v1."""
    judge_model: str
    """The judge's name there."""
    out: Annotated[Path, tyro.conf.arg(aliases=["-o"])]
    """The pairs; what was judged is kept beside it, in OUT.judged."""
    samples: int = 2
    """Responses to each question, judged two by two."""
    temperature: float = 1.0
    """Of these."""
    max_new_tokens: int = 4096
    """Tokens after which a response is cut off, and not judged."""
    template: Literal["auto", "r1_zero", "chat", "question"] = "auto"
    """How a question becomes a prompt, as in a recipe."""
    system: str = ""
    """System message of the chat template."""
    instruction: str = "{question}"
    """The user's message, with {question} where the question goes."""
    reasoning: str = "<think>"
    """The token before the reasoning."""
    summary: str = "</think>"
    """The token between reasoning and summary; the summary alone is judged."""
    judge_wait_s: float = 120.0
    """Seconds until a judge that gives no answer is given up."""
    threads: int = 8
    """Pairs judged at the same time."""
    rows: int = 64
    """Responses sampled at the same time."""
    engine: str = "transformers"
    """What samples, as in a recipe."""
    device: str = "auto"
    """`cpu`, `cuda`, …; auto takes the accelerator where there is one."""
    precision: Literal["float32", "bfloat16"] = "float32"
    """Of the matrix products."""
    seed: int = 0
    """Of the samples, and of which pairs the balance leaves out."""


def resume(settings: Command) -> list[dict[str, Any]]:
    """The lines judged before; RecipeError where they were asked in another way."""
    file = judged_file(settings)
    own = ("out", "threads", "device", "judge_wait_s", "judge_url", "engine")
    asked = {key: str(value) for key, value in asdict(settings).items() if key not in own}
    asked["tasks"] += f" {content_of(settings.tasks)}"
    lines = list(rows_of(file)) if file.is_file() else []
    before = lines[0].get("asked", {}) if lines else asked
    differ = [f"{key} {before.get(key)!r}, now {asked[key]!r}" for key in asked if before.get(key) != asked[key]]
    if differ:
        raise RecipeError(f"{file} holds pairs judged with {'; '.join(differ)}: give another --out, or delete it")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        save_rows(file, [{"asked": asked}, *lines[1:]])  # without a half-written end
    except OSError as error:
        raise RecipeError(f"{file} cannot be written: {error.strerror}") from error
    return lines[1:]


def judged_file(settings: Command) -> Path:
    """Where what was judged is kept."""
    return settings.out.with_name(settings.out.name + ".judged")


def summaries(
    engine: Engine, prompts: Sequence[list[int]], batch: int, settings: Command, opened: str = ""
) -> list[list[str]]:
    """What each prompt's samples say in the end, empty where one was cut off: a function of the batch and the seed.

    `opened` is the mark that the prompts have written already.
    """
    rollouts = in_order(engine.sample(
        prompts, settings.samples, max_new_tokens=settings.max_new_tokens, temperature=settings.temperature, top_p=1.0,
        seed=settings.seed * 1_000_003 + batch,
    ))  # fmt: skip
    texts = completions_of(engine.tokenizer, rollouts)
    shown = [
        "" if rollout.truncated else said(opened + text, settings.reasoning, settings.summary)
        for text, rollout in zip(texts, rollouts, strict=True)
    ]
    return [shown[i : i + settings.samples] for i in range(0, len(shown), settings.samples)]


def run(settings: Command, judge: Judge | Ask, progress: Progress) -> dict[str, Any]:
    """Sample and judge what is not judged yet, then write the pairs that are kept; the report of `decide`."""
    questions = [row["question"] for _, row in read_jsonl(settings.tasks, {"question": str})]
    done = resume(settings)
    total = len(questions) * (settings.samples // 2)
    bar = progress.add_task("pairs judged", total=total, completed=len(done))
    together = max(1, settings.rows // settings.samples)  # questions a batch
    if len(done) < total:
        policy = load_policy(settings.samples_from, device=settings.device, bfloat16=settings.precision == "bfloat16")
        recipe = Recipe(
            name="preferences", model=settings.samples_from, template=settings.template, engine=settings.engine
        )
        recipe = replace(recipe, system=settings.system, instruction=settings.instruction)
        texts, prompts = make_prompts(policy, questions, recipe)
        for question, ids in zip(questions, prompts, strict=True):
            require_positions(policy, len(ids) + settings.max_new_tokens, f"{question[:80]!r} with max_new_tokens")
    with judged_file(settings).open("a", encoding="utf-8") as file, ExitStack() as stack:
        if len(done) < total:
            engine = stack.enter_context(closing(open_engine(policy, settings.rows, recipe)))
            require_room(engine, prompts, settings.max_new_tokens)
        judged = 0
        for batch in range(0, len(questions), together):
            own = questions[batch : batch + together]
            size = len(own) * (settings.samples // 2)
            skip = min(size, max(0, len(done) - judged))
            judged += size
            if skip == size:
                continue
            opened = begun(texts[batch], settings.reasoning)
            groups = summaries(engine, prompts[batch : batch + together], batch, settings, opened)
            try:
                for line in judge_all(couples(own, groups)[skip:], judge, settings.threads):
                    file.write(json.dumps(line) + "\n")
                    file.flush()
                    progress.advance(bar)
            except RecipeError as error:
                raise RecipeError(
                    f"{error}; what was judged is kept in {file.name}: the same command goes on"
                ) from error
    pairs, report = decide(list(rows_of(judged_file(settings)))[1:], settings.seed)
    if not pairs:
        raise RecipeError(f"no pair is left of {report['judged']}: {told(report)}; take more --samples or --tasks")
    part = settings.out.with_name(settings.out.name + ".part")
    write_jsonl(part, pairs)
    load_pairs(part)  # as the reward model will
    os.replace(part, settings.out)
    return report


def main(args: Sequence[str] | None = None) -> int:
    """Make pairs; the exit status is 0 only when there are any."""
    quiet_transformers()
    keep_freed_memory()
    settings = tyro.cli(Command, args=list(sys.argv[1:] if args is None else args), prog="python -m grpo.preferences")
    try:
        check(settings)
        judge = judge_of(settings)
        with Progress(*Progress.get_default_columns(), console=Console(stderr=True)) as progress:
            report = run(settings, judge, progress)
    except RecipeError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped; the same command goes on", file=sys.stderr)
        return 130
    print(f"kept {report['kept']} of {report['judged']} pairs in {settings.out}; dropped: {told(report)}")
    longer, shorter = report["chosen_longer"], report["chosen_shorter"]
    print(
        f"chosen longer / shorter: {longer['before']} / {shorter['before']} before the balance of lengths, then "
        f"{longer['after']} / {shorter['after']}; longer by {report['lead_before']:.1f} characters, then "
        f"{report['lead_after']:.1f}"
    )
    return 0


def judge_of(settings: Command) -> Judge:
    """The judge at that server."""
    key = os.environ.get("JUDGE_API_KEY")
    try:
        return Judge(endpoint(settings.judge_url, settings.judge_model, key, total_s=settings.judge_wait_s))
    except ValueError as error:
        raise RecipeError(f"the judge: {error}") from error


def check(settings: Command) -> None:
    """RecipeError where the settings cannot be."""
    check_engine(settings.engine)
    for name, least in (("samples", 2), ("max_new_tokens", 1), ("rows", 1), ("threads", 1)):
        if getattr(settings, name) < least:
            raise RecipeError(f"{name} is {getattr(settings, name)}: it must be {least} or more")
    if settings.samples % 2:
        raise RecipeError(f"samples is {settings.samples}: they are judged two by two, so use an even number")
    if settings.temperature <= 0:
        raise RecipeError(f"temperature is {settings.temperature}: responses must differ, so use more than 0")
    try:
        marked(verify_math, reasoning=settings.reasoning, summary=settings.summary)
    except ValueError as error:
        raise RecipeError(str(error)) from error
    if "{question}" not in settings.instruction:
        raise RecipeError("instruction has no {question}: the prompts would all be the same")


if __name__ == "__main__":
    sys.exit(main())
