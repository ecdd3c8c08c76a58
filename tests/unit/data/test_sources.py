"""Rows of files, folders, the hub and a generator: each with its place, and a hash of where it is from."""

import gzip
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from sets.drafts import Refused
from sets.sources import NoSource, generated, open_source

ROWS = [{"question": "a"}, {"question": "é"}]
LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ROWS)


def places(given: object, columns: tuple[str, ...] = ()) -> list[tuple]:
    return [tuple(place) for place in open_source(str(given), columns).rows()]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("rows.jsonl", LINES.encode()),
        ("rows.jsonl", b"\xef\xbb\xbf" + LINES.encode()),
        ("rows.jsonl.gz", gzip.compress(LINES.encode())),
        ("rows.json", LINES.encode()),
        ("rows.json", json.dumps(ROWS).encode()),
        ("rows.json.gz", gzip.compress(json.dumps(ROWS).encode())),
        ("rows.csv", "question\na\né\n".encode()),
        ("rows.tsv", "question\na\né\n".encode()),
    ],
)
def test_a_file_of_any_kind_holds_the_same_rows(tmp_path: Path, name: str, content: bytes) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    assert [(name, row) for _, name, row in places(file)] == [("0", ROWS[0]), ("1", ROWS[1])]
    assert open_source(str(file)).about == {
        "file": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(),
    }  # fmt: skip


def test_a_table_without_a_head_line_has_the_sets_columns(tmp_path: Path) -> None:
    (tmp_path / "physics_test.csv").write_text('"What, now?",1,2,3,4,B\nx,1,2,3,4,A,5\n')
    columns = ("question", "A", "B", "C", "D", "answer")
    (where, _, row), (_, _, wide) = places(tmp_path / "physics_test.csv", columns)
    assert (where, row["question"], row["answer"]) == ("row 1", "What, now?", "B")
    assert isinstance(wide, Refused)


def test_one_json_file_a_problem_is_a_row_with_its_path(tmp_path: Path) -> None:
    for name in ("algebra/10.json", "algebra/2.json", "geometry/1.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps({"problem": name}))
    found = places(tmp_path)
    assert [name for _, name, _ in found] == ["algebra/10", "algebra/2", "geometry/1"]
    assert found[0][0] == "file algebra/10.json"
    assert found[1][2] == {"problem": "algebra/2.json"}
    before = open_source(str(tmp_path)).about["sha256"]
    (tmp_path / "algebra/2.json").write_text("{")
    assert open_source(str(tmp_path)).about["sha256"] != before
    assert isinstance(places(tmp_path)[1][2], Refused)


def test_one_folder_a_problem_is_a_row_of_its_files(tmp_path: Path) -> None:
    problem = tmp_path / "train" / "0007"
    problem.mkdir(parents=True)
    (problem / "question.txt").write_text("Double.\n")
    (problem / "input_output.json").write_text('{"inputs": ["2"], "outputs": ["4"]}')
    (problem / "solutions.json").write_text('["print(4)"]')
    (problem / "metadata.json").write_text('{"difficulty": "interview", "url": "u"}')
    [(where, name, row)] = places(tmp_path)
    assert (where, name) == ("folder train/0007", "train/0007")
    assert row == {
        "question": "Double.\n", "input_output": '{"inputs": ["2"], "outputs": ["4"]}', "solutions": '["print(4)"]',
        "difficulty": "interview", "url": "u",
    }  # fmt: skip


def test_a_row_that_cannot_be_read_has_its_place(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_bytes(b'{"a": 1}\n\n{"a": "\xff"}\n[1]\n{\n' + b"[" * 100_000 + b"\n")
    found = places(tmp_path / "rows.jsonl")
    assert [where for where, _, _ in found] == ["line 1", "line 3", "line 4", "line 5", "line 6"]
    said = [str(row) for _, _, row in found[1:]]
    assert "not UTF-8" in said[0]
    assert "expected a JSON object, found '[1]'" in said[1]
    assert "expected one JSON object, found '{'" in said[2]
    assert all(row.reason == "not JSON" for _, _, row in found[1:])


@pytest.fixture
def parquet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for pyarrow: what ParquetFile is asked for."""

    class ParquetFile:
        def __init__(self, path: Path) -> None:
            self.rows = json.loads(path.read_bytes())
            self.metadata = SimpleNamespace(num_rows=len(self.rows))

        def iter_batches(self, batch_size: int) -> Iterator[SimpleNamespace]:
            for row in self.rows:
                yield SimpleNamespace(to_pylist=lambda row=row: [row])

    module = ModuleType("pyarrow")
    module.parquet = SimpleNamespace(ParquetFile=ParquetFile)
    monkeypatch.setitem(sys.modules, "pyarrow", module)


@pytest.mark.usefixtures("parquet")
def test_parquet_is_read_as_a_file_and_as_the_shards_of_a_folder(tmp_path: Path) -> None:
    for number, row in enumerate(ROWS):
        (tmp_path / f"test-0000{number}-of-00002.parquet").write_text(json.dumps([row]))
    assert places(tmp_path / "test-00001-of-00002.parquet") == [("row 1", "0", ROWS[1])]
    assert places(tmp_path) == [("row 1", "0", ROWS[0]), ("row 2", "1", ROWS[1])]
    (tmp_path / "broken.parquet").write_text("PAR1")
    with pytest.raises(NoSource, match=r"broken\.parquet cannot be read as Parquet"):
        open_source(str(tmp_path / "broken.parquet"))


class Hub(ModuleType):
    """A stand-in for the packages datasets and huggingface_hub: the calls of them that are made."""

    def __init__(self) -> None:
        super().__init__("datasets")
        self.asked: list[tuple] = []

    def load_dataset(self, path: str, name: str | None, *, split: str, revision: str, streaming: bool) -> list:
        self.asked.append((path, name, split, revision, streaming))
        if path == "nobody/nothing":
            raise FileNotFoundError("Dataset 'nobody/nothing' doesn't exist on the Hub")
        return ROWS

    def HfApi(self) -> "Hub":
        return self

    def dataset_info(self, repository: str, revision: str | None) -> SimpleNamespace:
        if repository == "private/set":
            raise PermissionError("gated")
        return SimpleNamespace(sha="c0ffee")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Hub:
    found = Hub()
    monkeypatch.setitem(sys.modules, "datasets", found)
    monkeypatch.setitem(sys.modules, "huggingface_hub", found)
    return found


def test_a_set_of_the_hub_is_read_at_the_commit_that_its_manifest_names(hub: Hub) -> None:
    source = open_source("hf:openai/gsm8k@main:socratic:test")
    assert [tuple(place) for place in source.rows()] == [("row 1", "0", ROWS[0]), ("row 2", "1", ROWS[1])]
    assert hub.asked == [("openai/gsm8k", "socratic", "test", "c0ffee", True)]
    lines = "".join(json.dumps(row, sort_keys=True) + "\n" for row in ROWS)
    assert source.about == {
        "hub": "openai/gsm8k", "revision": "c0ffee", "config": "socratic", "split": "test",
        "sha256_of_rows": hashlib.sha256(lines.encode()).hexdigest(),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("hf:math-ai/aime25", ("math-ai/aime25", None, "train", "c0ffee", True)),
        ("hf:math-ai/aime25::test", ("math-ai/aime25", None, "test", "c0ffee", True)),
        (
            "hf:private/set@refs/convert/parquet:all:train",
            ("private/set", "all", "train", "refs/convert/parquet", True),
        ),
    ],
)
def test_parts_of_the_name_may_be_left_out_and_a_commit_not_be_had(hub: Hub, given: str, asked: tuple) -> None:
    open_source(given)
    assert hub.asked == [asked]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("hf:gsm8k", r"write hf:OWNER/NAME@REVISION:CONFIG:SPLIT"),
        ("hf:nobody/nothing", r"hf:nobody/nothing: FileNotFoundError: .* doesn't exist"),
    ],
)
@pytest.mark.usefixtures("hub")
def test_a_name_that_the_hub_does_not_have_is_one_sentence(given: str, expected: str) -> None:
    with pytest.raises(NoSource, match=expected):
        open_source(given)


@pytest.mark.parametrize(("missing", "given"), [("datasets", "hf:a/b"), ("pyarrow", "x.parquet")])
def test_a_package_that_is_missing_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, missing: str, given: str
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    with pytest.raises(NoSource, match=rf'{missing}.*pip install -e "\.\[data\]"'):
        open_source(given)


def test_what_is_no_file_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text(LINES)
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(NoSource, match=r"did you mean .*train\.jsonl\?"):
        open_source(str(tmp_path / "trian.jsonl"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(NoSource, match="folder without"):
        open_source(str(tmp_path / "empty"))


def test_a_generator_gives_the_same_entries_again_and_names_the_nearest_dataset() -> None:
    first, again, other = (
        [place.row["entry"]["question"] for place in generated("knights_knaves", 4, seed, {"n_people": 2}).rows()]
        for seed in (1, 1, 2)
    )
    assert first == again != other
    assert len(first) == 4
    with pytest.raises(NoSource, match="did you mean 'knights_knaves'"):
        generated("knight_knaves", 1, 0, {})
    with pytest.raises(NoSource, match="cannot be made with"):
        generated("knights_knaves", 1, 0, {"people": 2})
