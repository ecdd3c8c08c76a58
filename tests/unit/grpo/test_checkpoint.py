"""A checkpoint is there whole or not at all, gives back every bit, and is refused where it is not as it was written."""

import copy
import errno
import json
import os
import resource
import shutil
from pathlib import Path

import pytest
import torch

from grpo.checkpoint import load_checkpoint, load_good, save_checkpoint
from grpo.config import RecipeError
from grpo.manifest import fault_of


class Tied(torch.nn.Module):
    """One matrix is embedding and head; `idle` is in no loss, so it never has a gradient."""

    def __init__(self, seed: int = 0, width: int = 4) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.embedding, self.inner = torch.nn.Embedding(7, width), torch.nn.Linear(width, width)
        self.idle, self.head = torch.nn.Linear(width, 1), torch.nn.Linear(width, 7, bias=False)
        self.head.weight = self.embedding.weight
        self.register_buffer("scale", torch.rand(width))

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.head(self.inner(self.embedding(ids)) * self.scale)


def made(seed: int = 0) -> dict:
    model = Tied(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1, betas=(0.9, 0.95), weight_decay=0.0, fused=True)
    return {"model": model, "optimizer": optimizer, "reference": Tied(seed + 1)}


def train(parts: dict, step: int) -> None:
    """A step whose batch and learning rate are functions of its number."""
    parts["optimizer"].param_groups[0]["lr"] = 0.1 / step
    ids = torch.arange(6).roll(step)
    torch.nn.functional.cross_entropy(parts["model"](ids), ids.roll(1)).backward()
    parts["optimizer"].step()
    parts["optimizer"].zero_grad(set_to_none=True)


def bits(parts: dict) -> dict[str, bytes]:
    """Every number of the parts, whatever it is in."""
    optimizer = parts["optimizer"].state_dict()
    state = {f"{i}.{key}": value for i, entry in optimizer["state"].items() for key, value in entry.items()}
    state |= parts["model"].state_dict() | {f"ref.{k}": value for k, value in parts["reference"].state_dict().items()}
    return {key: value.numpy().tobytes() for key, value in state.items()} | {"groups": repr(optimizer["param_groups"])}


def checkpoints(folder: Path) -> list[str]:
    return sorted(os.listdir(folder / "checkpoints"))


def test_all_comes_back_bit_for_bit_and_training_goes_on_as_if_unbroken(tmp_path):
    whole = made()
    for step in (1, 2, 3):
        train(whole, step)
        if step == 2:
            save_checkpoint(tmp_path, step, **whole, extra={"place": 7, "rate": 0.1 + 0.2, "name": "easy"})
            saved = bits(whole)
    again = made(seed=5)
    train(again, 9)  # what it held before does not matter
    assert load_checkpoint(tmp_path, **again) == (2, {"place": 7, "rate": 0.1 + 0.2, "name": "easy"})
    assert bits(again) == saved
    assert again["model"].head.weight is again["model"].embedding.weight
    train(again, 3)
    assert bits(again) == bits(whole)


def test_nothing_saved_is_step_0_and_changes_nothing(tmp_path):
    parts = made()
    before = bits(parts)
    assert load_checkpoint(tmp_path, **parts) == (0, {})
    assert bits(parts) == before


def test_an_optimiser_before_its_first_step_has_no_state_and_gets_none(tmp_path):
    """AdamW's first step is not its second: state of zeros, as torch's own getter makes, would be another run."""
    whole, again = made(), made(seed=5)
    save_checkpoint(tmp_path, 4, **whole)
    assert not whole["optimizer"].state
    assert load_checkpoint(tmp_path, **again)[0] == 4
    assert not again["optimizer"].state
    train(whole, 5)
    train(again, 5)
    assert bits(again) == bits(whole)


def test_a_parameter_that_had_no_gradient_gets_its_first_after_the_resume_as_it_would_have(tmp_path):
    whole, again = made(), made(seed=5)
    train(whole, 1)
    save_checkpoint(tmp_path, 1, **whole)
    load_checkpoint(tmp_path, **again)
    for parts in (whole, again):
        assert not parts["optimizer"].state[parts["model"].idle.weight]
        parts["model"].idle(torch.ones(4)).sum().backward()
        train(parts, 2)
    assert bits(again) == bits(whole)


def test_what_two_names_share_is_stored_once(tmp_path):
    model = torch.nn.Linear(500, 500, bias=False)
    model.again = torch.nn.Linear(500, 500, bias=False)
    model.again.weight = model.weight
    save_checkpoint(tmp_path, 1, model=model)
    size = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert 1e6 < size < 1.1e6


def test_the_last_ones_are_kept_and_none_of_a_future_that_is_gone_through_again(tmp_path):
    parts = made()
    for step in (1, 2, 3, 12):
        save_checkpoint(tmp_path, step, **parts, keep_last=2)
    assert checkpoints(tmp_path) == ["000003", "000012"]
    save_checkpoint(tmp_path, 5, **parts, keep_last=3)
    assert checkpoints(tmp_path) == ["000003", "000005"]
    save_checkpoint(tmp_path, 5, **parts, keep_last=1)
    assert checkpoints(tmp_path) == ["000005"]
    save_checkpoint(tmp_path, 1_000_000, **parts)
    save_checkpoint(tmp_path, 1_000_001, **parts)
    assert load_checkpoint(tmp_path, **parts)[0] == 1_000_001


@pytest.fixture
def two(tmp_path) -> tuple[Path, dict[int, dict]]:
    """A folder with checkpoints of steps 1 and 2, and what was saved."""
    parts, saved = made(), {}
    for step in (1, 2):
        train(parts, step)
        save_checkpoint(tmp_path, step, **parts)
        saved[step] = bits(parts)
    return tmp_path, saved


def flip(file: Path, at: float) -> None:
    content = bytearray(file.read_bytes())
    content[int(at * (len(content) - 1))] ^= 4
    file.write_bytes(content)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def other_step(file: Path) -> None:
    file.write_text(json.dumps(json.loads(file.read_text()) | {"step": 3}))


DAMAGE = {
    "a bit of the weights": ("__0_0.distcp", lambda file: flip(file, 0.5), "is not as it was written"),
    "their first bit": ("__0_0.distcp", lambda file: flip(file, 0), "is not as it was written"),
    "their last byte gone": ("__0_0.distcp", cut, r"has [\d,]+ bytes in place of [\d,]+"),
    "the weights gone": ("__0_0.distcp", Path.unlink, "is missing"),
    "the weights empty": ("__0_0.distcp", lambda file: file.write_bytes(b""), "has 0 bytes in place"),
    "a bit of the index": (".metadata", lambda file: flip(file, 0.9), "is not as it was written"),
    "the index gone": (".metadata", Path.unlink, "is missing"),
    "the manifest gone": ("manifest.json", Path.unlink, "it has no manifest.json"),
    "the manifest cut": ("manifest.json", cut, "its manifest.json is not as it was written"),
    "the manifest empty": ("manifest.json", lambda file: file.write_text(""), "its manifest.json is not as"),
    "the manifest a list": ("manifest.json", lambda file: file.write_text("[]"), "its manifest.json is not as"),
    "another step": ("manifest.json", other_step, "its manifest.json is not as it was written"),
    "a digit of a hash": ("manifest.json", lambda file: flip(file, 0.8), "its manifest.json is not as it was written"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_one_is_named_and_once_it_is_deleted_the_one_before_is_gone_on_from(two, damage):
    folder, saved = two
    name, harm, fault = DAMAGE[damage]
    last, parts = folder / "checkpoints" / "000002", made(seed=5)
    before = bits(parts)
    harm(last / name)
    sentence = (
        rf"checkpoint {last} is damaged \(.*{fault}.*\): delete {last}, and the same command goes on from step 1$"
    )
    with pytest.raises(RecipeError, match=sentence):
        load_checkpoint(folder, **parts)
    assert bits(parts) == before
    shutil.rmtree(last)
    assert load_checkpoint(folder, **parts)[0] == 1
    assert bits(parts) == saved[1]


def test_where_all_are_damaged_all_are_named(two):
    folder, _ = two
    first, last = (folder / "checkpoints" / name for name in ("000001", "000002"))
    flip(first / ".metadata", 0.5)
    (last / "manifest.json").unlink()
    with pytest.raises(
        RecipeError, match=rf"{last} is damaged .*: delete {last} and {first}, .* begins this stage again"
    ):
        load_checkpoint(folder, **made())


def test_a_damaged_one_before_the_last_is_in_nobodys_way(two):
    folder, saved = two
    cut(folder / "checkpoints" / "000001" / "__0_0.distcp")
    parts = made(seed=5)
    assert load_checkpoint(folder, **parts)[0] == 2
    assert bits(parts) == saved[2]


class Killed(BaseException):
    """The process is gone."""


OPERATIONS = ["mkdir", "open", "fsync", "replace", "rename", "unlink", "rmdir"]


def test_killed_before_or_after_any_operation_on_files_it_leaves_the_last_or_the_new_one_whole(two, tmp_path):
    folder, saved = two
    parts = made()
    for step in (1, 2, 3):
        train(parts, step)
    saved[3] = bits(parts)
    place = tmp_path / "place"

    def save_until(left: int) -> int:
        """Save step 3 and die at that moment; the number of moments that there were."""
        moments = 0

        def dying(operation):
            def run(*args, **options):
                nonlocal moments
                for do in (lambda: None, lambda: operation(*args, **options)):
                    moments += 1
                    if moments == left:
                        raise Killed
                    given = do()
                return given

            return run

        with pytest.MonkeyPatch.context() as patch:
            for name in OPERATIONS:
                patch.setattr(os, name, dying(getattr(os, name)))
            save_checkpoint(place, 3, **parts)
        return moments

    shutil.copytree(folder / "checkpoints", place / "checkpoints")
    moments, found = save_until(-1), []
    assert moments > 30
    for left in range(1, moments + 1):
        shutil.rmtree(place)
        shutil.copytree(folder / "checkpoints", place / "checkpoints")
        with pytest.raises(Killed):
            save_until(left)
        again = made(seed=5)
        found.append(load_checkpoint(place, **again)[0])
        assert bits(again) == saved[found[-1]]
        named = [path for path in (place / "checkpoints").iterdir() if path.name.isdecimal()]
        assert [path.name for path in named if fault_of(path)] == []  # of those before, too
        if left % 3 == 0:  # what is left over is in nobody's way
            save_checkpoint(place, 3, **parts)
            assert checkpoints(place) == ["000002", "000003"]
    assert found == sorted(found)
    assert {*found} == {2, 3}


def test_all_of_it_is_on_the_disk_before_it_gets_its_name(tmp_path, monkeypatch):
    fsync, replace = os.fsync, os.replace
    synced, renamed = [], []

    def noted(handle: int) -> None:
        synced.append(os.fstat(handle).st_ino)
        fsync(handle)

    def checked(source: Path, target: Path) -> None:
        if target.name == "000001":
            renamed.append(target)
            files = {path.name: path.stat().st_ino for path in [source, *source.iterdir()]}
            assert [name for name, inode in files.items() if inode not in synced] == []
            assert len(files) == 4
            synced.clear()
        replace(source, target)

    monkeypatch.setattr(os, "fsync", noted)
    monkeypatch.setattr(os, "replace", checked)
    save_checkpoint(tmp_path, 1, **made())
    assert len(renamed) == 1
    assert synced == [(tmp_path / "checkpoints").stat().st_ino]  # the name itself


def test_a_disk_that_fills_up_anywhere_is_an_os_error_and_the_last_one_stays(two):
    """A limit on the size of a file is met inside torch.save, as a full disk is."""
    folder, saved = two
    parts, size = made(), (folder / "checkpoints" / "000002" / "__0_0.distcp").stat().st_size
    large = parts | {"reference": torch.nn.Linear(300, 300)}  # more than the buffer of a file
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for limit in (1, 500, size // 2, size + 100, size + 150_000, size + 300_000):
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
        try:
            with pytest.raises(OSError, match="File too large") as raised:
                save_checkpoint(folder, 3, **large)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert raised.value.errno == errno.EFBIG
        assert checkpoints(folder) == ["000001", "000002"]  # its room is given back
        load_checkpoint(folder, **parts)
        assert bits(parts) == saved[2]


def test_another_number_of_threads_is_said(two):
    folder, _ = two
    said: list[str] = []
    load_checkpoint(folder, **made(), say=said.append)
    assert not said
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        load_checkpoint(folder, **made(), say=said.append)
    finally:
        torch.set_num_threads(threads)
    last = folder / "checkpoints" / "000002"
    assert said == [
        f"{last} was written with threads {threads}, now {threads + 1}: from here on numbers may differ in their last "
        "digits"
    ]


def test_weights_alone_are_loaded_from_a_checkpoint_of_more(two):
    folder, saved = two
    parts = made(seed=5)
    assert load_checkpoint(folder, model=parts["model"])[0] == 2
    assert parts["model"].inner.weight.detach().numpy().tobytes() == saved[2]["inner.weight"]


def test_a_checkpoint_of_another_model_or_without_a_reference_is_refused(two, tmp_path):
    folder, _ = two
    with pytest.raises(RecipeError, match=r"000002 does not fit the model .*: delete .*checkpoints to begin again"):
        load_checkpoint(folder, model=Tied(width=5))
    save_checkpoint(tmp_path / "good", 1, model=Tied())
    with pytest.raises(RecipeError, match=r"000001 does not fit the model .*reference"):
        load_checkpoint(tmp_path / "good", model=Tied(), reference=copy.deepcopy(Tied()))


def test_the_model_from_before_accuracy_was_given_up_is_loaded_or_missed_but_never_the_one_at_hand(tmp_path):
    before, at_hand = Tied(seed=1), Tied(seed=2)
    own = before.inner.weight.clone()
    with pytest.raises(RecipeError, match=r"good.*: it is gone\); nothing is saved.*: delete .* runs this stage again"):
        load_good(tmp_path, model=at_hand)
    save_checkpoint(tmp_path / "good", 0, model=before)  # that of before the first step is one too
    assert load_good(tmp_path, model=at_hand) == 0
    assert torch.equal(at_hand.inner.weight, own)
    (weights,) = (tmp_path / "good" / "checkpoints" / "000000").glob("*.distcp")
    weights.write_bytes(weights.read_bytes()[:-1])
    save_checkpoint(tmp_path, 3, model=Tied(seed=3))
    with pytest.raises(RecipeError, match=r"000000 is damaged: .* bytes in place of .*put a copy back.* from step 3;"):
        load_good(tmp_path, model=at_hand)


def test_one_of_an_earlier_version_is_refused(tmp_path):
    torch.save({"step": 3, "model": Tied().state_dict()}, tmp_path / "checkpoint.pt")
    with pytest.raises(
        RecipeError, match=r"checkpoint\.pt is of an earlier version: go on with that version, or delete"
    ):
        load_checkpoint(tmp_path, model=Tied())
