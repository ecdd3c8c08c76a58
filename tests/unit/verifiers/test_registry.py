import importlib

import pytest

from verifiers import R1_ZERO, VERIFIERS, registry, verify_math
from verifiers.registry import GROUP, Unknown, find

RIGHT = "<think>2 + 2</think><answer>4</answer>"


@pytest.fixture
def another(tmp_path, monkeypatch):
    """A package that adds a reward function by an entry point."""
    (tmp_path / "another.py").write_text(
        "import verifiers\ndef proof(completion, truth):\n    return verifiers.verify_math(completion, truth)\n"
    )
    info = tmp_path / "another-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: another\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        f"[{GROUP}]\nproof = another:proof\nbroken = another:gone\nmath = another:gone\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    registry.others_by_name.cache_clear()
    yield tmp_path
    registry.others_by_name.cache_clear()


def test_names_stand_for_functions(another):
    assert [find(name) for name in VERIFIERS] == list(VERIFIERS.values())
    assert find("r1_zero") is R1_ZERO
    assert find("verifiers:verify_math") is verify_math
    assert find("proof")(RIGHT, "4").correct
    assert find(f"{another}/another.py:proof")(RIGHT, "5").score == 0


def test_an_unknown_name_is_said_with_the_nearest_also_of_others(another):
    with pytest.raises(Unknown, match="no reward function 'prof': did you mean 'proof'"):
        find("prof")
    with pytest.raises(Unknown, match="did you mean 'r1_zero'"):
        find("r1zero")


def test_what_another_package_cannot_load_is_said_by_its_name_alone(another):
    assert find("math") is verify_math
    with pytest.raises(Unknown, match="'broken', which is another:gone, cannot be loaded: AttributeError"):
        find("broken")


def test_half_a_file_is_not_found_again(tmp_path):
    file = tmp_path / "half_rewards.py"
    file.write_text("def own(completion, truth):\n    return 1\nraise OSError('no data')\n")
    for _ in range(2):
        with pytest.raises(OSError, match="no data"):
            find(f"{file}:own")
