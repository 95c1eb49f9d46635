"""The safe save of the practice: the old checkpoint or the new one, never half."""

from functools import partial

import pytest
import short_forms
import torch

from snippets.gpu_training.safe_save import save_checkpoint
from snippets.saving_and_loading.checkpoint import load_checkpoint


def test_what_was_saved_is_loaded(tmp_path):
    path = tmp_path / "run.pt"
    for step in (1, 2):  # a new file, and one in an old one's place
        save_checkpoint(path, {"step": step, "weight": torch.ones(3)})
    state = torch.load(path, weights_only=True)
    assert state["step"] == 2 and torch.equal(state["weight"], torch.ones(3))
    assert [file.name for file in tmp_path.iterdir()] == ["run.pt"]


def test_it_is_the_card_s_short_form_and_keeps_its_promises(tmp_path):
    form = short_forms.functions("gpu_training/card.py")["save"]
    here = short_forms.functions("gpu_training/safe_save.py")["save_checkpoint"]
    assert here == form.replace("def save(", "def save_checkpoint(")
    load = partial(torch.load, weights_only=True)
    short_forms.assert_save_promises(save_checkpoint, load, tmp_path)


def test_two_writers_do_not_mix(tmp_path):
    where = "snippets.gpu_training.safe_save"
    path = tmp_path / "run.pt"
    args = (where, save_checkpoint, load_checkpoint, path)
    short_forms.assert_two_writers_and_a_reader(*args)


def test_the_path_may_be_text(tmp_path):
    save_checkpoint(str(tmp_path / "run.pt"), {"step": 1})
    assert torch.load(tmp_path / "run.pt", weights_only=True) == {"step": 1}


def test_a_save_that_fails_half_way_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "run.pt"
    save_checkpoint(path, {"step": 1})

    def fails(state, file):
        file.write(b"half a checkpoint")
        raise OSError("no space left")

    monkeypatch.setattr(torch, "save", fails)
    with pytest.raises(OSError, match="no space left"):
        save_checkpoint(path, {"step": 2})
    assert torch.load(path, weights_only=True) == {"step": 1}


def test_the_bytes_are_on_the_disk_before_the_new_name_is(tmp_path, monkeypatch):
    done = []
    for name in ("fsync", "replace"):
        monkeypatch.setattr(f"os.{name}", lambda *given, name=name: done.append(name))
    save_checkpoint(tmp_path / "run.pt", {"step": 1})
    assert done == ["fsync", "replace"]
