"""Writing files of the tree: whole or not at all, and all of them or none."""

import errno
import os
import signal
import subprocess
import sys

import pytest
from listing import ROOT

from scripts.common import files
from scripts.common.errors import SiteError
from scripts.common.paths import TREE

FULL = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fails(*_, **__):
    """What a disk says that is full."""
    raise FULL


def refused():
    """A context in which something begins and fails."""
    return pytest.raises(SiteError, match="no plot")


def test_what_accept_wrote_is_put_back_and_nothing_else(house, capsys):
    old, gone = house("docs/assets/a.css", "old"), house("docs/captures/x.json", "x")
    other = house("docs/assets/site.css", "before")
    with refused(), files.all_or_nothing("nothing was taken in"):
        files.write_if_changed(old, "new")
        files.write_if_changed(old, "newer")
        files.write_if_changed(TREE.notebooks / "new" / "n.ipynb", "{}")
        files.remove(gone)
        other.write_text("edited meanwhile", encoding="utf-8")
        added = house("docs/assets/added.css", "added meanwhile")
        raise SiteError("no plot")
    assert old.read_text(encoding="utf-8") == "old"
    assert gone.read_text(encoding="utf-8") == "x"
    assert not (TREE.notebooks / "new" / "n.ipynb").exists()
    assert other.read_text(encoding="utf-8") == "edited meanwhile"
    assert added.read_text(encoding="utf-8") == "added meanwhile"
    assert not list(TREE.cache.glob("undo-*"))
    said = capsys.readouterr().err
    assert said == "nothing was taken in: the tree is as it was before\n"


def test_what_succeeds_stays(house, capsys):
    path = house("docs/a.txt", "old")
    with files.all_or_nothing("nothing"):
        files.write_if_changed(path, "new")
    assert path.read_text(encoding="utf-8") == "new"
    assert not list(TREE.cache.glob("undo-*")) and capsys.readouterr().err == ""


def test_a_link_to_nothing_disturbs_nobody(house):
    """As an editor leaves one beside a file that it has open."""
    link = house("docs/assets/a.css").with_name(".#a.css")
    link.symlink_to("gone")
    with refused(), files.all_or_nothing("nothing"):
        files.write_if_changed(link.with_name("a.css"), "new")
        raise SiteError("no plot")
    assert link.is_symlink()


def test_a_file_is_written_whole_or_the_old_one_stays(house, monkeypatch):
    path = house("docs/a.txt", "old")
    monkeypatch.setattr(files.Path, "write_bytes", fails)
    with pytest.raises(SiteError, match=r"a\.txt cannot be written: No space left on"):
        files.write_if_changed(path, "new")
    monkeypatch.undo()
    monkeypatch.setattr(files.os, "replace", fails)
    with pytest.raises(SiteError, match=r"a\.txt cannot be written: No space left on"):
        files.write_if_changed(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert [file.name for file in path.parent.glob("*a.txt*")] == ["a.txt"]


def test_what_cannot_be_removed_is_named(house):
    folder = house("docs/a/b.txt").parent
    with pytest.raises(SiteError, match=r"docs/a cannot be removed: Is a directory"):
        files.remove(folder)


def test_without_room_for_copies_nothing_is_begun(house, monkeypatch):
    path = house("docs/a.txt", "old")
    monkeypatch.setattr(files.shutil, "copy2", fails)
    error = pytest.raises(SiteError, match=r"a\.txt cannot be written: No space left")
    with error, files.all_or_nothing("nothing"):
        files.write_if_changed(path, "new")
    assert path.read_text(encoding="utf-8") == "old"


def test_copies_on_another_disk_are_put_back_too(house, monkeypatch):
    path = house("docs/a.txt", "old")
    real = os.replace

    def across(source, target):
        if "undo-" in str(source):
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        real(source, target)

    monkeypatch.setattr(files.os, "replace", across)
    with refused(), files.all_or_nothing("nothing"):
        files.write_if_changed(path, "new")
        raise SiteError("no plot")
    assert path.read_text(encoding="utf-8") == "old"


def test_what_a_killed_run_has_left_is_named(house, capsys):
    house(".cache/undo-x/0", "as it was")
    with files.all_or_nothing("nothing"):
        pass
    said = capsys.readouterr().err
    assert said.startswith("note: a run was killed, or is under way: git status shows")
    assert str(TREE.cache / "undo-x") in said


def test_a_disk_that_stays_full_costs_nothing(house, monkeypatch):
    """To put back is to move: that needs no room."""
    path = house("docs/a.txt", "old")
    error = pytest.raises(SiteError, match=r"b\.txt cannot be written: No space left")
    with error, files.all_or_nothing("nothing"):
        files.write_if_changed(path, "new")
        monkeypatch.setattr(files.Path, "write_bytes", fails)
        monkeypatch.setattr(files.shutil, "copy2", fails)
        files.write_if_changed(path.with_name("b.txt"), "more")
    assert path.read_text(encoding="utf-8") == "old"


def test_what_cannot_be_put_back_is_named_and_not_lost(house, monkeypatch, capsys):
    one, two = house("docs/1.txt", "one"), house("docs/2.txt", "two")
    real = os.replace

    def stuck(source, target):
        if target == one and source.parent.name.startswith("undo-"):
            raise FULL
        real(source, target)

    monkeypatch.setattr(files.os, "replace", stuck)
    with refused(), files.all_or_nothing("nothing"):
        for path in (one, two):
            files.write_if_changed(path, "new")
        raise SiteError("no plot")
    assert two.read_text(encoding="utf-8") == "two", "one that is stuck costs no other"
    (room,) = TREE.cache.glob("undo-*")
    (copy,) = room.iterdir()
    assert copy.read_text(encoding="utf-8") == "one"
    said = capsys.readouterr().err
    assert said.startswith(f"error: not put back: {one} (No space left on device; as ")
    assert str(copy) in said and "as it was before" not in said


def test_an_error_of_the_system_is_one_sentence(house):
    error = pytest.raises(SiteError, match="x.json cannot be read or written: No such")
    with error, files.all_or_nothing("nothing"):
        (TREE.captures / "x.json").read_text(encoding="utf-8")


INTERRUPTED = """
import os, signal, sys
from pathlib import Path
from scripts.common import files
from scripts.common.paths import TREE
TREE.root = Path(sys.argv[1])
# Whoever started the tests, by nohup or in the background, may have them ignore these
signal.signal(signal.SIGHUP, signal.SIG_DFL)
signal.signal(signal.SIGINT, signal.default_int_handler)
one, two = TREE.docs / "1.txt", TREE.docs / "2.txt"
real = os.replace
def impatient(source, target):
    real(source, target)
    if "undo-" in str(source):  # while things are put back
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)
files.os.replace = impatient
try:
    with files.all_or_nothing("nothing was taken in"):
        files.write_if_changed(one, "new")
        files.write_if_changed(two, "new")
        if sys.argv[2] == "fault":
            raise ValueError("a fault of ours")
        os.kill(os.getpid(), getattr(signal, sys.argv[2]))
        print("not reached")
except KeyboardInterrupt as error:
    print("interrupted by", error)
except ValueError as error:
    print(error)
print("SIGTERM is as before:", signal.getsignal(signal.SIGTERM) == signal.SIG_DFL)
"""


@pytest.mark.parametrize(
    ("signal", "says"),
    [
        ("SIGINT", "interrupted by SIGINT\n"),
        ("SIGTERM", "interrupted by SIGTERM\n"),
        ("SIGHUP", "interrupted by SIGHUP\n"),
        ("fault", "a fault of ours\n"),
    ],
)
def test_no_signal_leaves_half_of_it(tmp_path, signal, says):
    for name in ("docs/1.txt", "docs/2.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("old", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path), signal],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.stdout == f"{says}SIGTERM is as before: True\n", done.stderr
    assert done.stderr == "nothing was taken in: the tree is as it was before\n"
    texts = [p.read_text(encoding="utf-8") for p in sorted(tmp_path.glob("docs/*"))]
    assert texts == ["old", "old"]


def test_who_ignores_hang_ups_goes_on_ignoring_them(house):
    """As what is started under nohup."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with files.all_or_nothing("nothing"):
            os.kill(os.getpid(), signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_folders_that_were_made_go_with_what_was_written(house):
    new = TREE.captures / "a-lesson/cuda/x.json"
    with pytest.raises(SiteError), files.all_or_nothing("nothing"):
        files.write_if_changed(new, "{}")
        raise SiteError("no")
    assert not new.parent.exists() and not new.parent.parent.exists()


def test_what_could_not_even_be_written_is_not_lost(house, monkeypatch, capsys):
    """A folder that is closed: nothing was changed, so nothing has to be put back."""
    path = TREE.captures / "a-lesson/x.json"
    files.write_if_changed(path, "old")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    with (
        pytest.raises(SiteError, match="cannot be written"),
        files.all_or_nothing("nothing was taken in"),
    ):
        files.write_if_changed(path, "new")
    assert path.read_text(encoding="utf-8") == "old"
    assert "nothing was taken in: the tree is as it was" in capsys.readouterr().err
    assert not list(TREE.cache.glob("undo-*"))
