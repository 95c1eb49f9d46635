import ast
import os
import pathlib
import zipfile

import pytest
import short_forms
import torch
from listing import ROOT, labelled, run_listing
from torch import nn

from snippets.saving_and_loading import data

CARD = "saving_and_loading.card"


class Crash(Exception):
    """The program ends here."""


def load(path):
    return torch.load(path, weights_only=True, map_location="cpu")


def equal(first, second):
    return all(torch.equal(first[name], second[name]) for name in first)


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory):
    folder = tmp_path_factory.mktemp("card")
    with pytest.MonkeyPatch.context() as monkeypatch:
        names, text = run_listing(CARD, folder, monkeypatch)
    return names, text, folder


def test_it_trains_saves_and_keeps_the_best(unbroken):
    names, text, folder = unbroken
    assert text.splitlines()[:3] == [f"epoch {n} of 3: saved" for n in (1, 2, 3)]
    assert sorted(os.listdir(folder)) == ["card-best.pt", "card.pt", "data"]
    checkpoint = load(folder / "card.pt")
    assert checkpoint["epoch"] == 3
    assert equal(checkpoint["model"], names["net"].state_dict())
    names["net"].load_state_dict(load(folder / "card-best.pt"))
    inputs, targets = names["inputs"][5000:], names["targets"][5000:]
    with torch.no_grad():
        right = (names["net"](inputs).argmax(1) == targets).float().mean().item()
    assert right == checkpoint["best"] > 0.7
    score = f"{100 * right:.0f} %"
    assert labelled(text)["best validation accuracy"] == score


def test_pasted_behind_the_page_it_takes_no_name_that_its_functions_read():
    """Or train_until_worse would train on images that nobody normalised."""
    card, *others = (
        ast.parse((pathlib.Path(data.__file__).parent / name).read_text("utf-8"))
        for name in ("card.py", "loop.py", "trainer.py", "early_stopping.py", "kill.py")
    )
    taken = {x.id for x in ast.walk(card) if is_name(x, ast.Store)}
    read = set()
    for function in (x for tree in others for x in ast.walk(tree)):
        if isinstance(function, ast.FunctionDef):
            inside = list(ast.walk(function))
            own = {x.arg for x in inside if isinstance(x, ast.arg)}
            own |= {x.id for x in inside if is_name(x, ast.Store)}
            read |= {x.id for x in inside if is_name(x, ast.Load)} - own
    assert {"images", "labels", "val_images", "cells", "train_epoch"} <= read
    assert not taken & read


def is_name(node, context):
    return isinstance(node, ast.Name) and isinstance(node.ctx, context)


def test_it_needs_nothing_from_other_files(unbroken):
    source = (pathlib.Path(data.__file__).parent / "card.py").read_text(
        encoding="utf-8"
    )
    before, section = source.split("# --8<-- [start:card]\n")
    assert "import" not in before
    assert "snippets" not in section
    assert section.endswith("# --8<-- [end:card]\n")


def test_the_short_forms_are_the_same_everywhere():
    """But for lesson 2: a change there has to wait for a recording on a GPU."""
    first, *others = [short_forms.functions(file) for file in short_forms.FILES]
    assert sorted(first) == ["load", "save"]
    assert len(others) == 1 and all(other == first for other in others)


def test_it_saves_as_the_lesson_says(unbroken, tmp_path):
    names = unbroken[0]
    short_forms.assert_save_promises(names["save"], names["load"], tmp_path)


def test_it_refuses_what_is_damaged(unbroken, tmp_path, say):
    path = tmp_path / "card.pt"
    path.write_bytes((unbroken[2] / "card.pt").read_bytes())
    short_forms.assert_load_refuses_damage(unbroken[0]["load"], path)
    silent = short_forms.silently_wrong(unbroken[0]["load"], path, 200)
    say(f"the cards' short load: {silent} of 200 flips loaded wrong")
    assert silent <= 1


@pytest.mark.parametrize("other", [[1, 2], torch.ones(3), {"weight": torch.ones(3)}])
def test_a_file_of_another_kind_is_refused(tmp_path, monkeypatch, other):
    torch.save(other, tmp_path / "card.pt")
    before = (tmp_path / "card.pt").read_bytes()
    with pytest.raises(ValueError, match="card.pt is from None, and this run is .*: "):
        run_listing(CARD, tmp_path, monkeypatch)
    assert (tmp_path / "card.pt").read_bytes() == before


def test_a_damaged_card_stops_the_run(unbroken, tmp_path, monkeypatch):
    good = (unbroken[2] / "card.pt").read_bytes()
    (tmp_path / "card.pt").write_bytes(good[:-200])
    with pytest.raises(zipfile.BadZipFile):
        run_listing(CARD, tmp_path, monkeypatch)
    assert (tmp_path / "card.pt").read_bytes() == good[:-200]


def test_other_settings_are_refused(unbroken):
    """Or the cosine would climb again, and a new seed would report the old one's."""
    card = "saving_and_loading/card.py"
    short_forms.assert_refuses_other_settings(card, unbroken[2], "card.pt")


def test_a_diverged_run_is_named_and_not_saved(unbroken, tmp_path):
    (tmp_path / "data").symlink_to(ROOT / "data", target_is_directory=True)
    error = short_forms.error_with(
        "saving_and_loading/card.py", tmp_path, '"lr": 1e-3', '"lr": 1e30', "lower lr"
    )
    assert error == "nan or inf in the weights, epoch 1: lower lr"
    assert os.listdir(tmp_path) == ["data"]


def test_a_finished_run_does_nothing_more(unbroken, monkeypatch):
    _, text, folder = unbroken
    before = (folder / "card.pt").read_bytes(), (folder / "card-best.pt").read_bytes()
    _, again = run_listing(CARD, folder, monkeypatch)
    assert again == text.splitlines(keepends=True)[-1]
    after = (folder / "card.pt").read_bytes(), (folder / "card-best.pt").read_bytes()
    assert after == before


@pytest.mark.parametrize("nth", [1, 2, 3, 4])  # best and latest of epochs 1 and 2
def test_a_crash_while_saving_changes_nothing_in_the_end(
    unbroken, tmp_path, monkeypatch, nth
):
    real, calls = os.replace, []

    def crash(source, target):
        calls.append(os.path.basename(target))
        if len(calls) == nth:
            raise Crash
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", crash)
        with pytest.raises(Crash):
            run_listing(CARD, tmp_path, patch)
    assert calls == ["card-best.pt", "card.pt", "card-best.pt", "card.pt"][:nth]

    torch.manual_seed(12345)  # the new process knows nothing of the old one's numbers
    _, text = run_listing(CARD, tmp_path, monkeypatch)
    finished = (nth - 1) // 2
    assert text.splitlines()[0] == f"epoch {finished + 1} of 3: saved"
    whole, resumed = load(unbroken[2] / "card.pt"), load(tmp_path / "card.pt")
    assert equal(whole["model"], resumed["model"])
    assert whole["best"] == resumed["best"]
    best = load(unbroken[2] / "card-best.pt"), load(tmp_path / "card-best.pt")
    assert equal(*best)


def orders(folder, seed, monkeypatch):
    """The labels in the order of training, with the global random numbers at `seed`."""
    found = []
    real_seed, real_loss = torch.manual_seed, nn.functional.cross_entropy

    def loss(logits, labels):
        found.append(labels)
        return real_loss(logits, labels)

    with monkeypatch.context() as patch:
        patch.setattr(torch, "manual_seed", lambda _: real_seed(seed))
        patch.setattr(nn.functional, "cross_entropy", loss)
        names, _ = run_listing(CARD, folder, patch)
    return torch.stack(found).view(3, 5000), names["net"]


def test_the_order_depends_on_the_epoch_and_on_no_other_random_numbers(
    tmp_path, monkeypatch
):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, net = orders(tmp_path / "a", 1, monkeypatch)
    second, other_net = orders(tmp_path / "b", 2, monkeypatch)
    assert torch.equal(first, second)
    assert not equal(net.state_dict(), other_net.state_dict())
    assert len(first.unique(dim=0)) == 3  # a new order each epoch


def test_bytes_reach_the_disk_before_the_name_moves(unbroken, monkeypatch):
    names, events = unbroken[0], []
    folder = unbroken[2]
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(descriptor):
        events.append(("fsync", os.fstat(descriptor).st_size))
        real_fsync(descriptor)

    def replace(source, target):
        events.append(("replace", os.path.getsize(source)))
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.chdir(folder)
    names["save"]("other.pt", {"step": 1})
    size = os.path.getsize("other.pt")
    assert events == [("fsync", size), ("replace", size)]
    os.remove("other.pt")


def test_a_file_of_another_run_ends_this_process_too(tmp_path, monkeypatch):
    torch.save({"settings": {"epochs": 1}}, tmp_path / "card.pt")
    with pytest.raises(ValueError, match="card.pt is from {'epochs': 1}"):
        run_listing(CARD, tmp_path, monkeypatch)


def test_spoiled_weights_end_this_process_too(tmp_path, monkeypatch):
    real = torch.nn.functional.cross_entropy
    spoiled = lambda *pair: real(*pair) * float("nan")  # noqa: E731
    monkeypatch.setattr(torch.nn.functional, "cross_entropy", spoiled)
    with pytest.raises(ValueError, match="nan or inf in the weights, epoch 1"):
        run_listing(CARD, tmp_path, monkeypatch)
    assert not (tmp_path / "card.pt").exists()
