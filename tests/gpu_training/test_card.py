"""The loop to carry away: killed, moved and started again, it is the same run."""

import os
import pathlib

import pytest
import short_forms
import torch
from listing import labelled, run_listing
from torch import nn

from snippets.gpu_training import data

CARD = "gpu_training.card"
CUDA = torch.cuda.is_available()


class Crash(Exception):
    """The program ends here."""


def load(path):
    return torch.load(path, weights_only=True, map_location="cpu")


def run(folder, monkeypatch, device="cpu"):
    """Run the card on a device; returns its names and its text."""
    with monkeypatch.context() as patch:
        patch.setattr(torch.cuda, "is_available", lambda: device == "cuda")
        return run_listing(CARD, folder, patch)


def interrupted(folder, monkeypatch, after, device="cpu", saved=True):
    """Run until epoch `after`, and crash once it is saved, or just before."""
    real, calls = os.replace, []

    def crash(source, target):
        calls.append(target)
        if len(calls) == after and not saved:
            raise Crash
        real(source, target)
        if len(calls) == after:
            raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", crash)
        with pytest.raises(Crash):
            run(folder, patch, device)
    torch.manual_seed(12345)  # the new process knows nothing of the old one's numbers


def assert_equal(one, two):
    """Two checkpoints hold the same, bit for bit."""
    if isinstance(one, dict):
        assert one.keys() == two.keys()
        for key in one:
            assert_equal(one[key], two[key])
    elif isinstance(one, list):
        for pair in zip(one, two, strict=True):
            assert_equal(*pair)
    elif isinstance(one, torch.Tensor):
        assert torch.equal(one, two)
    else:
        assert one == two


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("card")
    with pytest.MonkeyPatch.context() as monkeypatch:
        names, text = run(folder, monkeypatch)
    return names, text, folder


def test_it_needs_nothing_from_other_files_and_is_short():
    source = (pathlib.Path(data.__file__).parent / "card.py").read_text(
        encoding="utf-8"
    )
    before, section = source.split("# --8<-- [start:card]\n")
    assert "import" not in before
    assert "snippets" not in section
    assert section.endswith("# --8<-- [end:card]\n")
    assert len(section.splitlines()) <= 96


def test_it_trains_saves_and_says_how_good_it_is(unbroken):
    names, text, folder = unbroken
    assert text.splitlines()[:3] == [f"epoch {n} of 3: saved" for n in (1, 2, 3)]
    assert sorted(os.listdir(folder)) == ["data", "portable.pt"]
    checkpoint = load(folder / "portable.pt")
    assert checkpoint["epoch"] == 3
    assert_equal(dict(checkpoint["model"]), dict(names["net"].state_dict()))
    assert checkpoint["scaler"] == {}  # off on a CPU
    net = names["net"].eval()
    with torch.no_grad():
        right = net(names["images"][5000:]).argmax(1) == names["labels"][5000:]
    accuracy = 100 * right.float().mean().item()
    assert accuracy > 70
    assert labelled(text)["validation accuracy"] == f"{accuracy:.0f} %"


@pytest.mark.parametrize("saved", [True, False])
@pytest.mark.parametrize("after", [1, 2, 3])
def test_interrupted_and_resumed_it_is_the_unbroken_run(
    unbroken, tmp_path, monkeypatch, after, saved
):
    interrupted(tmp_path, monkeypatch, after, saved=saved)
    _, text = run(tmp_path, monkeypatch)
    finished = after if saved else after - 1
    lines = [f"epoch {n} of 3: saved" for n in range(finished + 1, 4)]
    assert text.splitlines() == [*lines, unbroken[1].splitlines()[-1]]
    assert_equal(load(tmp_path / "portable.pt"), load(unbroken[2] / "portable.pt"))


def test_it_saves_as_lesson_1_says(unbroken, tmp_path):
    names = unbroken[0]
    short_forms.assert_save_promises(names["save"], names["load"], tmp_path)


def test_it_refuses_what_is_damaged(unbroken, tmp_path):
    path = tmp_path / "portable.pt"
    path.write_bytes((unbroken[2] / "portable.pt").read_bytes())
    short_forms.assert_load_refuses_damage(unbroken[0]["load"], path)


def test_other_settings_are_refused(unbroken):
    card = "gpu_training/card.py"
    short_forms.assert_refuses_other_settings(card, unbroken[2], "portable.pt")


def test_a_second_start_trains_no_more(unbroken, monkeypatch):
    _, text, folder = unbroken
    before = (folder / "portable.pt").read_bytes()
    _, again = run(folder, monkeypatch)
    assert again == text.splitlines(keepends=True)[-1]
    assert (folder / "portable.pt").read_bytes() == before


def edit(path, monkeypatch, change, tag=None):
    """Load a checkpoint, change it, and save it; `tag`: as if from that device."""
    checkpoint = load(path)
    change(checkpoint)
    with monkeypatch.context() as patch:
        if tag:
            patch.setattr(torch.serialization, "location_tag", lambda _: tag)
        torch.save(checkpoint, path)


def test_a_checkpoint_from_a_gpu_resumes_on_the_cpu(unbroken, tmp_path, monkeypatch):
    """With all that a GPU's has: tags, a scaler's state, a GPU's random numbers."""

    def as_on_a_gpu(checkpoint):
        checkpoint["scaler"] = torch.amp.GradScaler("cpu").state_dict()
        checkpoint["cuda_rng"] = [torch.zeros(16, dtype=torch.uint8)]

    interrupted(tmp_path, monkeypatch, after=1)
    edit(tmp_path / "portable.pt", monkeypatch, as_on_a_gpu, tag="cuda:0")
    if not CUDA:
        with pytest.raises(RuntimeError, match="CUDA"):
            torch.load(tmp_path / "portable.pt", weights_only=True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    names, text = run(tmp_path, monkeypatch)
    assert text.splitlines()[0] == "epoch 2 of 3: saved"
    assert_equal(
        dict(names["net"].state_dict()),
        dict(load(unbroken[2] / "portable.pt")["model"]),
    )


def test_the_random_numbers_are_part_of_the_run(unbroken, tmp_path, monkeypatch):
    def other(checkpoint):
        checkpoint["rng"] = torch.Generator().manual_seed(5).get_state()

    interrupted(tmp_path, monkeypatch, after=1)
    edit(tmp_path / "portable.pt", monkeypatch, other)
    names, _ = run(tmp_path, monkeypatch)
    whole = load(unbroken[2] / "portable.pt")["model"]
    assert not torch.equal(names["net"][0].weight, whole["0.weight"])  # dropout differs


@pytest.mark.parametrize("here", [1, 2])
def test_gpus_get_their_random_numbers_back(unbroken, tmp_path, monkeypatch, here):
    states, given = [torch.ones(1).byte(), torch.zeros(1).byte()], []

    def two_gpus(checkpoint):
        checkpoint["cuda_rng"] = states

    torch.save(load(unbroken[2] / "portable.pt"), tmp_path / "portable.pt")
    edit(tmp_path / "portable.pt", monkeypatch, two_gpus)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: here)
    monkeypatch.setattr(torch.cuda, "set_rng_state_all", given.append)
    run(tmp_path, monkeypatch)
    assert_equal(given, [states[:here]])


def test_each_epoch_has_an_order_of_its_own(tmp_path, monkeypatch):
    seen, real = [], nn.functional.cross_entropy

    def loss(logits, labels):
        assert logits.requires_grad
        seen.append(labels)
        return real(logits, labels)

    with monkeypatch.context() as patch:
        patch.setattr(nn.functional, "cross_entropy", loss)
        names, _ = run(tmp_path, patch)
    epochs = torch.stack(seen).view(3, 5000)
    assert len(epochs.unique(dim=0)) == 3
    for labels in epochs:  # each image once, and none of the 1,000 for validation
        assert torch.equal(labels.bincount(), names["labels"][:5000].bincount())


@pytest.mark.parametrize("saved", [{}, {"scale": 1024.0}])
def test_a_scaler_that_is_on_goes_on_from_what_was_saved(
    unbroken, tmp_path, monkeypatch, saved
):
    """As on a GPU: {} comes from a CPU, and then the scaler begins anew."""
    real = torch.amp.GradScaler
    state = real("cpu").state_dict() | saved if saved else {}

    def on(device_type, enabled):
        return real(device_type, enabled=True)

    torch.save(load(unbroken[2] / "portable.pt"), tmp_path / "portable.pt")
    edit(tmp_path / "portable.pt", monkeypatch, lambda c: c.update(scaler=state))
    with monkeypatch.context() as patch:
        patch.setattr(torch.amp, "GradScaler", on)
        names, _ = run(tmp_path, patch)
    assert names["scaler"].get_scale() == saved.get("scale", 65536.0)


def test_mixed_precision_forced_on_the_cpu_still_learns(
    unbroken, tmp_path, monkeypatch
):
    real, seen = torch.autocast, []

    def forced(device_type, dtype, enabled):
        seen.append((device_type, dtype, enabled))
        return real(device_type, dtype=torch.bfloat16, enabled=True)

    with monkeypatch.context() as patch:
        patch.setattr(torch, "autocast", forced)
        _, text = run(tmp_path, patch)
    assert set(seen) == {("cpu", torch.float16, False)}
    assert len(seen) == 3 * 50
    accuracy = float(labelled(text)["validation accuracy"].removesuffix(" %"))
    plain = float(labelled(unbroken[1])["validation accuracy"].removesuffix(" %"))
    assert accuracy == pytest.approx(plain, abs=5)
    whole, forced_run = (
        load(unbroken[2] / "portable.pt"),
        load(tmp_path / "portable.pt"),
    )
    assert not torch.equal(whole["model"]["0.weight"], forced_run["model"]["0.weight"])


def test_bytes_reach_the_disk_before_the_name_moves(tmp_path, monkeypatch):
    events = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(descriptor):
        events.append(("fsync", os.fstat(descriptor).st_size))
        real_fsync(descriptor)

    def replace(source, target):
        events.append(("replace", os.path.getsize(source)))
        real_replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        patch.setattr(os, "replace", replace)
        run(tmp_path, patch)
    assert [name for name, _ in events] == ["fsync", "replace"] * 3
    assert all(events[n][1] == events[n + 1][1] for n in (0, 2, 4))


@pytest.mark.cuda
@pytest.mark.skipif(
    not CUDA,
    reason="no CUDA device here: the card trains in bfloat16, or in float16 with a "
    "scaler, and a run begun on either device goes on on the other",
)
@pytest.mark.parametrize(("old", "new"), [("cpu", "cuda"), ("cuda", "cpu")])
def test_a_run_moves_between_cpu_and_cuda(tmp_path, monkeypatch, old, new):
    interrupted(tmp_path, monkeypatch, after=1, device=old)
    scaled = not torch.cuda.is_bf16_supported(including_emulation=False)
    saved = bool(load(tmp_path / "portable.pt")["scaler"])
    assert saved is (old == "cuda" and scaled)
    names, text = run(tmp_path, monkeypatch, device=new)
    assert text.splitlines()[0] == "epoch 2 of 3: saved"
    assert names["net"][0].weight.device.type == new
    accuracy = float(labelled(text)["validation accuracy"].removesuffix(" %"))
    assert accuracy > 70


def test_a_file_of_another_run_ends_this_process_too(tmp_path, monkeypatch):
    torch.save({"settings": {"epochs": 1}}, tmp_path / "portable.pt")
    with pytest.raises(ValueError, match="portable.pt is from {'epochs': 1}"):
        run_listing("gpu_training.card", tmp_path, monkeypatch)
