"""Where rows come from: a file, a folder, the hub, or a generator."""

import csv
import difflib
import gzip
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from .drafts import Refused

FILES = (".jsonl", ".json", ".ndjson", ".csv", ".tsv", ".parquet")
_APPS = {"question": "question.txt", "solutions": "solutions.json", "input_output": "input_output.json"}
_APPS |= {"starter_code": "starter_code.py"}
Item = Mapping[str, object] | Refused


class Place(NamedTuple):
    """One row, where it stands, and what its task is to be called after the split's name."""

    where: str
    name: str
    row: Item


@dataclass(frozen=True)
class Source:
    """Rows, read as they are asked for."""

    name: str
    rows: Callable[[], Iterator[Place]]
    about: dict[str, object] = field(default_factory=dict)
    """What identifies it: a hash, a size, a revision. That of the hub is whole once the rows are read."""
    total: int | None = None


class NoSource(ValueError):
    """There are no rows there; the message says what to do."""


def open_source(given: str, columns: Sequence[str] = ()) -> Source:
    """The rows of a file, a folder or `hf:OWNER/NAME@REVISION:CONFIG:SPLIT`; NoSource where there are none."""
    if given.startswith("hf:"):
        return hub(given)
    path = Path(given)
    if path.is_dir():
        return folder(path)
    if not path.is_file():
        raise NoSource(f"{path} is no file: {nearest(path)}")
    about: dict[str, object] = {"file": path.name, "bytes": path.stat().st_size, "sha256": sha256(path)}
    if kind(path) == ".parquet":
        file = parquet(path)
        return Source(str(path), lambda: of_parquet(file), about, file.metadata.num_rows)
    read = {".csv": ",", ".tsv": "\t"}
    if kind(path) in read:
        return Source(str(path), lambda: of_table(path, read[kind(path)], columns), about)
    if kind(path) == ".json" and (whole := whole_json(path)) is not None:
        return Source(str(path), lambda: of_list(whole), about, len(whole))
    return Source(str(path), lambda: of_lines(path), about)


def nearest(path: Path) -> str:
    """Which file beside it may be meant."""
    names = [entry.name for entry in path.absolute().parent.glob("*") if entry.is_dir() or kind(entry) in FILES]
    near = difflib.get_close_matches(path.name, names, n=1, cutoff=0)
    return f"did you mean {path.parent / near[0]}?" if near else f"give the path of a {', '.join(FILES[:-1])} file"


def kind(path: Path) -> str:
    """The last part of its name that is not .gz."""
    return Path(path.name.removesuffix(".gz")).suffix


def sha256(path: Path) -> str:
    """The hash of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def opened(path: Path) -> io.BufferedIOBase:
    """Its bytes, unpacked."""
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def of_lines(path: Path) -> Iterator[Place]:
    """One JSON object a line; a line keeps its number where others are blank."""
    with opened(path) as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield Place(f"line {number}", str(number - 1), read_line(line))


def read_line(line: bytes) -> Item:
    """The JSON object of a line, or why it is none."""
    shown = line.strip()[:40]
    try:
        row = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        return Refused(f"not UTF-8: {error.reason} at byte {error.start}", "not JSON")
    except (ValueError, RecursionError) as error:
        why = error.msg if isinstance(error, json.JSONDecodeError) else error
        return Refused(f"expected one JSON object, found {shown.decode(errors='replace')!r} ({why})", "not JSON")
    if not isinstance(row, dict):
        return Refused(f"expected a JSON object, found {shown.decode(errors='replace')!r}", "not JSON")
    return row


def whole_json(path: Path) -> list[object] | None:
    """The list that a .json file is, or of its one object; None where it has one object a line after all."""
    with opened(path) as file:
        try:
            value = json.load(file)
        except ValueError:
            return None
    return value if isinstance(value, list) else [value]


def of_list(values: Sequence[object]) -> Iterator[Place]:
    """The objects of a JSON list."""
    for place, value in enumerate(values):
        row: Item = value if isinstance(value, dict) else Refused(f"expected a JSON object, found {value!r:.40}")
        yield Place(f"row {place + 1}", str(place), row)


def of_table(path: Path, delimiter: str, columns: Sequence[str]) -> Iterator[Place]:
    """A table as text; without a head line where the set has none."""
    csv.field_size_limit(1 << 30)
    # typeshed's wrapper asks for more than the base class of files and of gzip's has.
    with io.TextIOWrapper(opened(path), encoding="utf-8-sig", newline="") as text:  # type: ignore[type-var]
        reader = csv.DictReader(text, columns or None, delimiter=delimiter)
        for place, row in enumerate(reader):
            wide: Item = Refused(f"expected {len(reader.fieldnames or ())} columns, found more") if None in row else row
            yield Place(f"row {place + 1}", str(place), wide)


def parquet(path: Path) -> Any:
    """The file, opened by pyarrow."""
    try:
        from pyarrow import parquet as reader
    except ImportError:
        raise NoSource(f'{path} is Parquet, which pyarrow reads: pip install -e ".[data]"') from None
    try:
        return reader.ParquetFile(path)
    except (OSError, ValueError) as error:  # pyarrow's own errors are among them
        raise NoSource(f"{path} cannot be read as Parquet: {error}") from None


def of_parquet(file: Any) -> Iterator[Place]:
    """Its rows, a batch at a time."""
    rows = (row for batch in file.iter_batches(batch_size=256) for row in batch.to_pylist())
    for place, row in enumerate(rows):
        yield Place(f"row {place + 1}", str(place), row)


def folder(path: Path) -> Source:
    """A folder of Parquet files, of one JSON file a problem (MATH), or of one folder a problem (APPS)."""
    shards = sorted(path.rglob("*.parquet"))
    problems = sorted(file.parent for file in path.rglob("question.txt"))
    files = sorted(file for file in path.rglob("*.json") if file.parent not in set(problems))
    digest = hashlib.sha256()
    for file in shards or sorted(file for each in problems for file in each.iterdir()) or files:
        digest.update(f"{file.relative_to(path)} {sha256(file)}\n".encode())
    about: dict[str, object] = {"folder": path.name, "files": len(shards or problems or files)}
    about["sha256"] = digest.hexdigest()

    def rows() -> Iterator[Place]:
        for place, row in enumerate(row for shard in shards for row in of_parquet(parquet(shard))):
            yield Place(f"row {place + 1}", str(place), row.row)
        for each in problems if not shards else []:
            yield Place(f"folder {each.relative_to(path)}", str(each.relative_to(path)), of_apps(each))
        for each in files if not shards and not problems else []:
            name = str(each.relative_to(path).with_suffix(""))
            yield Place(f"file {each.relative_to(path)}", name, read_line(each.read_bytes()))

    if not (shards or problems or files):
        raise NoSource(f"{path} is a folder without .parquet or .json files: name a file in it")
    return Source(str(path), rows, about, None if shards else len(problems or files))


def of_apps(each: Path) -> Item:
    """A problem of hendrycks/apps: question.txt, input_output.json, solutions.json, starter_code.py, metadata.json."""
    try:
        row = {key: (each / name).read_text("utf-8") for key, name in _APPS.items() if (each / name).is_file()}
        data = json.loads((each / "metadata.json").read_bytes()) if (each / "metadata.json").is_file() else {}
    except ValueError as error:
        return Refused(f"a file cannot be read: {error}", "not JSON")
    return row | (data if isinstance(data, dict) else {})


def hub(given: str) -> Source:
    """The rows of a set of the hub, through the package datasets; the config and the split may be left out."""
    name, _, rest = given.removeprefix("hf:").partition(":")
    config, _, split = rest.partition(":")
    repository, _, revision = name.partition("@")
    if repository.count("/") != 1 or not all(repository.split("/")):
        raise NoSource(f"{given!r}: write hf:OWNER/NAME@REVISION:CONFIG:SPLIT, such as hf:openai/gsm8k@main:main:test")
    try:
        import datasets
    except ImportError:
        raise NoSource(f'{given} needs the package datasets: pip install -e ".[data]", or give a file') from None
    about: dict[str, object] = {"hub": repository, "revision": revision or "main", "config": config, "split": split}
    try:
        about["revision"] = hub_commit(repository, revision) or about["revision"]
        found = datasets.load_dataset(
            repository, config or None, split=split or "train", revision=str(about["revision"]), streaming=True
        )
    except Exception as error:  # theirs are of many kinds: no such name, no network, a gate, an unknown config
        raise NoSource(f"{given}: {type(error).__name__}: {error}") from None

    def rows() -> Iterator[Place]:
        digest = hashlib.sha256()
        try:
            for place, row in enumerate(found):
                digest.update(json.dumps(row, sort_keys=True, default=str).encode() + b"\n")
                yield Place(f"row {place + 1}", str(place), row)
        finally:
            about["sha256_of_rows"] = digest.hexdigest()  # of those that were asked for

    return Source(given, rows, about)


def hub_commit(repository: str, revision: str) -> str:
    """The commit that a branch stands for, so that the manifest names what was read; empty if it cannot be asked."""
    try:
        from huggingface_hub import HfApi

        return HfApi().dataset_info(repository, revision=revision or None).sha or ""
    except Exception:  # not installed, or no network: load_dataset may have a copy, else it says what is wrong
        return ""


def generated(dataset: str, size: int, seed: int, config: Mapping[str, object]) -> Source:
    """Entries that reasoning-gym generates; the same for the same arguments."""
    try:
        import reasoning_gym
        from reasoning_gym.factory import DATASETS
    except ImportError:
        raise NoSource('reasoning-gym is not installed: pip install -e ".[reasoning-gym]"') from None
    if dataset not in DATASETS:
        near = difflib.get_close_matches(dataset, list(DATASETS), 1, 0)[0]
        raise NoSource(f"reasoning-gym has no dataset {dataset!r}: did you mean {near!r}?")
    try:
        made = reasoning_gym.create_dataset(dataset, size=size, seed=seed, **config)
    except (TypeError, ValueError, AssertionError) as error:
        raise NoSource(f"{dataset} cannot be made with {dict(config)}: {error}") from None

    def rows() -> Iterator[Place]:
        for place in range(size):
            yield Place(f"entry {place + 1}", str(place), {"dataset": dataset, "entry": made[place], "config": config})

    about: dict[str, object] = {"generator": f"reasoning-gym {version('reasoning-gym')}", "dataset": dataset}
    return Source(dataset, rows, about | {"size": size, "seed": seed, "config": dict(config)}, size)
