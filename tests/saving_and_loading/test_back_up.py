"""The copy of a checkpoint is read back; one that fails hurts no older copy."""

import pytest
from listing import ROOT, run_listing

from snippets.saving_and_loading.checkpoint import CheckpointError, load_checkpoint


def test_the_copy_is_a_checkpoint(tmp_path, monkeypatch):
    _, text = run_listing("saving_and_loading.back_up", tmp_path, monkeypatch)
    assert text == "copied and read back: step 80\n"
    assert load_checkpoint(tmp_path / "backup" / "killed-step-80.pt")["step"] == 80
    assert len(list((tmp_path / "backup").iterdir())) == 1


def test_run_again_it_replaces_the_copy(tmp_path, monkeypatch):
    (tmp_path / "backup").mkdir()
    (tmp_path / "backup" / "killed-step-80.pt").write_bytes(b"old")
    run_listing("saving_and_loading.back_up", tmp_path, monkeypatch)
    assert load_checkpoint(tmp_path / "backup" / "killed-step-80.pt")["step"] == 80


def test_a_drive_that_is_not_mounted_is_named_and_not_made(tmp_path, monkeypatch):
    listing = ROOT / "snippets/saving_and_loading/back_up.py"
    source = listing.read_text(encoding="utf-8")
    assert source.count('Path("backup")') == 1
    there = tmp_path / "drive"
    changed = source.replace('Path("backup")', 'Path("drive/MyDrive/lesson-1")')
    monkeypatch.chdir(tmp_path)
    for parents in ((), ("drive",)):
        for name in parents:
            (tmp_path / name).mkdir()
        with pytest.raises(
            FileNotFoundError, match="MyDrive: mount that drive or disk"
        ):
            exec(compile(changed, listing, "exec"), {})
        assert list(tmp_path.rglob("MyDrive")) == []
    (there / "MyDrive").mkdir()
    exec(compile(changed, listing, "exec"), {})
    assert load_checkpoint(there / "MyDrive/lesson-1/killed-step-80.pt")["step"] == 80


@pytest.mark.parametrize("copied", [b"", b"half", OSError("no room")])
def test_a_copy_that_fails_is_seen_and_hurts_no_older_one(
    copied, tmp_path, monkeypatch
):
    def broken(source, target):
        if isinstance(copied, OSError):
            raise copied
        target.write_bytes(copied)
        return target

    run_listing("saving_and_loading.back_up", tmp_path, monkeypatch)
    monkeypatch.setattr("shutil.copy", broken)
    with pytest.raises((CheckpointError, OSError), match="unfinished is|no room"):
        run_listing("saving_and_loading.back_up", tmp_path, monkeypatch)
    assert load_checkpoint(tmp_path / "backup" / "killed-step-80.pt")["step"] == 80
