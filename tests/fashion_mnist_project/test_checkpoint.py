"""The project's checkpoint: whole or old, refused if other settings made it."""

import errno
import os
import pathlib
import pickle
import zipfile
from collections import deque

import numpy
import pytest
import short_forms
import torch
from torch import nn

from snippets.fashion_mnist_project.checkpoint import load, resume, save, snapshot

SETTINGS = {"seed": 0, "batch_size": 64}


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.pt"


def parts_after(steps, enabled=False):
    """A small net, Adam and a scaler, after a number of steps."""
    torch.manual_seed(0)
    net = nn.Linear(3, 2)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0, enabled=enabled)
    for _ in range(steps):
        scaler.scale(net(torch.ones(1, 3)).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
    return {"model": net, "optimizer": optimizer, "scaler": scaler}


def progress_after(steps, parts):
    best = {n: value.clone() for n, value in parts["model"].state_dict().items()}
    log = [{"val": {"accuracy": 50.0}}]
    counts = {"epoch": 1, "step": steps, "best_accuracy": 50.0}
    return counts | {"best_model": best, "log": log}


@pytest.fixture
def saved(path):
    """What went into the checkpoint at `path`: its parts and its progress."""
    parts = parts_after(4)
    progress = progress_after(4, parts)
    save(path, snapshot(parts, SETTINGS, progress))
    return parts, progress


def same(one, two):
    """Are two state_dicts, lists or numbers equal, bit for bit?"""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, two)
    if isinstance(one, dict):
        return list(one) == list(two) and all(same(one[k], two[k]) for k in one)
    if isinstance(one, list):
        return len(one) == len(two) and all(map(same, one, two))
    return one == two


def test_without_a_file_there_is_no_progress(path):
    progress = resume(path, parts_after(0), SETTINGS)
    assert progress["epoch"] == progress["step"] == progress["best_accuracy"] == 0
    assert progress["best_model"] == {} and progress["log"] == []
    assert not path.exists()


def test_two_new_runs_share_no_log(path):
    resume(path, {}, SETTINGS)["log"].append("an entry")
    assert resume(path, {}, SETTINGS)["log"] == []


def test_everything_comes_back(path, saved):
    parts = parts_after(0)
    assert not same(parts["model"].state_dict(), saved[0]["model"].state_dict())
    progress = resume(path, parts, SETTINGS)
    assert same(progress, saved[1])
    for name, part in parts.items():
        assert same(part.state_dict(), saved[0][name].state_dict()), name


def test_the_random_numbers_go_on(path):
    parts = parts_after(1)
    save(path, snapshot(parts, SETTINGS, progress_after(1, parts)))
    expected = torch.rand(5)
    torch.manual_seed(99)
    resume(path, parts, SETTINGS)
    assert torch.equal(torch.rand(5), expected)


def test_a_scaler_that_was_on_comes_back_and_one_that_was_off_is_left(path):
    on, off = parts_after(1, enabled=True), parts_after(1)
    on["scaler"].update(4.0)
    save(path, snapshot(on, SETTINGS, progress_after(1, on)))
    fresh = parts_after(1, enabled=True)
    resume(path, fresh, SETTINGS)
    assert fresh["scaler"].get_scale() == 4.0
    save(path, snapshot(off, SETTINGS, progress_after(1, off)))
    fresh = parts_after(1, enabled=True)
    resume(path, fresh, SETTINGS)
    assert fresh["scaler"].get_scale() == 8.0


def test_it_loads_with_weights_only_on_a_cpu(path, saved):
    state = torch.load(path, weights_only=True, map_location="cpu")
    assert state["step"] == 4 and state["settings"] == SETTINGS


def test_other_settings_are_refused_and_the_file_is_left_alone(path, saved):
    before, stamp = path.read_bytes(), path.stat().st_mtime_ns
    parts = parts_after(0)
    with pytest.raises(ValueError, match="delete it to begin anew") as refused:
        resume(path, parts, SETTINGS | {"seed": 1})
    assert "'seed': 0" in str(refused.value) and "'seed': 1" in str(refused.value)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, stamp)
    assert same(parts["model"].state_dict(), parts_after(0)["model"].state_dict())


def test_a_checkpoint_that_names_no_settings_is_refused(path):
    save(path, {"epoch": 1})
    with pytest.raises(ValueError, match="was trained with None, not with"):
        resume(path, {}, SETTINGS)


def test_it_saves_as_lesson_1_says(tmp_path):
    short_forms.assert_save_promises(save, load, tmp_path)


def test_two_writers_and_a_reader(path):
    where = "snippets.fashion_mnist_project.checkpoint"
    short_forms.assert_two_writers_and_a_reader(where, save, load, path)


def test_a_damaged_checkpoint_is_not_resumed(path, saved):
    short_forms.assert_load_refuses_damage(load, path)
    path.write_bytes(path.read_bytes()[:-10])
    before, parts = path.read_bytes(), parts_after(0)
    with pytest.raises(zipfile.BadZipFile):
        resume(path, parts, SETTINGS)
    assert path.read_bytes() == before
    assert same(parts["model"].state_dict(), parts_after(0)["model"].state_dict())


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_crash_while_saving_leaves_the_old_file(path, saved, monkeypatch, call):
    def crash(*arguments):
        raise OSError("the power went")

    before = path.read_bytes()
    with monkeypatch.context() as patch, pytest.raises(OSError, match="the power"):
        patch.setattr(os, call, crash)
        save(path, {"step": 5})
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["run.pt"]
    save(path, {"step": 5})
    assert torch.load(path, weights_only=True) == {"step": 5}
    assert [file.name for file in path.parent.iterdir()] == ["run.pt"]


def test_the_new_file_is_on_the_disk_before_it_takes_the_name(path, monkeypatch):
    done = []
    for call in ("fsync", "replace"):
        real = getattr(os, call)

        def noted(*arguments, real=real, call=call):
            done.append(call)
            return real(*arguments)

        monkeypatch.setattr(os, call, noted)
    save(path, {"step": 5})
    assert done == ["fsync", "replace"]


@pytest.mark.parametrize("bad", [numpy.float64(1), pathlib.Path("a"), deque([1])])
def test_what_load_refuses_never_replaces_a_good_file(path, bad):
    save(path, {"step": 1})
    with pytest.raises(pickle.UnpicklingError, match="Weights only load failed"):
        save(path, {"step": 2, "odd": bad})
    assert load(path) == {"step": 1}
    assert [file.name for file in path.parent.iterdir()] == ["run.pt"]


def test_a_disk_that_does_not_answer_is_no_new_run(saved, path, monkeypatch):
    def away(*_, **__):
        raise OSError(errno.ENOTCONN, "not connected")

    monkeypatch.setattr(zipfile, "ZipFile", away)
    with pytest.raises(OSError, match="not connected"):
        resume(path, parts_after(0), SETTINGS)


def test_progress_of_one_s_own_comes_back(path):
    parts = parts_after(1)
    progress = progress_after(1, parts) | {"bad_epochs": 2, "note": "mine"}
    save(path, snapshot(parts, SETTINGS, progress))
    assert same(resume(path, parts_after(0), SETTINGS), progress)


def test_a_part_that_the_file_has_not_is_named(saved, path):
    parts = parts_after(0) | {"ema": nn.Linear(3, 2)}
    with pytest.raises(ValueError, match="run.pt holds no ema: choose another path"):
        resume(path, parts, SETTINGS)


def test_a_file_that_is_no_run_is_refused(path):
    save(path, [1, 2])
    with pytest.raises(ValueError, match="trained with None, not with"):
        resume(path, parts_after(0), SETTINGS)


def test_a_tensor_marked_as_a_folder_is_damage(path):
    save(path, {"x": torch.arange(5.0)})
    good = bytearray(path.read_bytes())
    good[good.rindex(b"archive/data/0") - 46 + 38] ^= 0x10
    path.write_bytes(good)
    with pytest.raises(zipfile.BadZipFile, match=r"damaged \(.*data/0\)"):
        load(path)
