"""save_checkpoint keeps the old file, and load_checkpoint refuses what is not sound."""

import argparse
import ast
import bz2
import collections
import datetime
import enum
import errno
import io
import lzma
import os
import pathlib
import pickle
import pydoc
import random
import re
import socket
import stat
import struct
import subprocess
import sys
import tarfile
import time
import warnings
import zipfile

import numpy
import pytest
import torch
from listing import ROOT, run_listing
from short_forms import assert_two_writers_and_a_reader
from torch import nn

from scripts.render.tables import saving_and_loading as tables
from snippets.saving_and_loading import checkpoint, faults
from snippets.saving_and_loading.checkpoint import (
    CheckpointError,
    load_checkpoint,
    save_checkpoint,
)
from snippets.saving_and_loading.model import Net


def make_state():
    """A small full checkpoint: net, Adam, scheduler, step, score, name, RNG."""
    torch.manual_seed(0)
    net = Net(hidden=8)
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 10)
    net(torch.randn(20, 784)).logsumexp(1).sum().backward()
    optimizer.step()
    scheduler.step()
    return {
        "model": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "step": 1,
        "best": 87.5,
        "name": "first",
        "rng": torch.get_rng_state(),
    }


@pytest.fixture(scope="module")
def state():
    return make_state()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "checkpoint.pt"


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


# --- saving ---------------------------------------------------------------------------


def test_what_is_saved_comes_back(path, state):
    assert save_checkpoint(str(path), state) is None  # str and Path alike
    assert faults.same(load_checkpoint(str(path)), state)
    assert faults.same(load_checkpoint(path), state)
    assert names(path.parent) == ["checkpoint.pt"]


def test_a_tensor_saved_elsewhere_comes_to_the_cpu(path, monkeypatch):
    """Its storage says "cuda:0"; this must load without a GPU."""
    with monkeypatch.context() as patch:
        patch.setattr(torch.serialization, "location_tag", lambda storage: "cuda:0")
        save_checkpoint(path, {"weight": torch.ones(3)})
    if not torch.cuda.is_available():
        with pytest.raises(RuntimeError, match="CUDA"):
            torch.load(path, weights_only=True)
    assert load_checkpoint(path)["weight"].device.type == "cpu"


def test_the_order_is_write_flush_fsync_replace(path, monkeypatch):
    """When the file gets its name, all of its bytes are on the disk."""
    calls = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(number):
        calls.append(("fsync", os.fstat(number).st_size))
        real_fsync(number)

    def replace(source, target):
        calls.append(("replace", os.path.getsize(source)))
        assert os.path.dirname(source) == os.path.dirname(target)
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    unsafe = "get_unsafe_globals_in_checkpoint"  # would refuse what is no checkpoint
    monkeypatch.setattr(torch.serialization, unsafe, lambda path: [])
    monkeypatch.setattr(checkpoint, "check_saved", lambda state, file: None)
    for save in (torch.save, lambda state, file: file.write(b"not flushed")):
        monkeypatch.setattr(torch, "save", save)
        calls.clear()
        save_checkpoint(path, {"weight": torch.ones(100_003)})
        size = path.stat().st_size
        assert size > 0
        assert calls == [("fsync", size), ("replace", size)]


class FailsAfterATensor(dict):
    """Breaks off while torch.save walks it, a big tensor being written already."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def __reduce__(self):
        raise self.error


class Stops(io.FileIO):
    """A file on which the nth write ends in an error, as from Ctrl-C or a full disk."""

    def __init__(self, path, left, error):
        super().__init__(path, "w")
        self.left, self.error = left, error

    def write(self, content):
        self.left -= 1
        if not self.left:
            raise self.error
        return super().write(content)


@pytest.mark.parametrize("nth", range(1, 12))
@pytest.mark.parametrize("error", [KeyboardInterrupt("^C"), OSError(28, "disk full")])
def test_what_ended_a_save_is_said_whenever_it_came(path, monkeypatch, nth, error):
    """torch's writer raises an error of its own over it: "unexpected pos"."""
    save_checkpoint(path, {"step": 1})
    with monkeypatch.context() as patch:
        patch.setattr("builtins.open", lambda name, mode: Stops(name, nth, error))
        with pytest.raises(type(error)) as caught:
            save_checkpoint(path, {"weight": torch.ones(1000), "step": 2})
    if isinstance(error, OSError):  # the same, with the path that was asked for
        assert str(caught.value) == f"[Errno 28] disk full: {str(path)!r}"
        assert caught.value.__cause__ is error
    else:
        assert caught.value is error
    assert load_checkpoint(path) == {"step": 1}
    assert names(path.parent) == ["checkpoint.pt"]


STOPPED = """
import sys, torch
from snippets.saving_and_loading.checkpoint import load_checkpoint, save_checkpoint
save_checkpoint("c.pt", {"step": 1})
writer = torch.serialization._open_zipfile_writer_buffer
def stop(*_): raise KeyboardInterrupt
writer.__exit__ = stop
try:
    save_checkpoint("c.pt", {"step": 2})
except KeyboardInterrupt:
    print("interrupted", load_checkpoint("c.pt"))
"""


def test_ctrl_c_before_torchs_writer_has_ended_does_not_end_the_process(tmp_path):
    """It writes once more when it is deleted; in a closed file, that is an abort."""
    done = subprocess.run(
        [sys.executable, "-c", STOPPED],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
    )
    assert (done.returncode, done.stdout) == (0, "interrupted {'step': 1}\n"), done
    assert names(tmp_path) == ["c.pt"]


def test_an_error_while_saving_after_another_is_its_own(path):
    """Its context is that other error, and it has nothing to do with this save."""
    with pytest.raises(TypeError, match="state is a pathlib"):
        try:
            raise ValueError
        except ValueError:
            save_checkpoint(path, pathlib.Path("data"))


class Kind(enum.Enum):
    ONE = 1


ADAM = torch.optim.Adam([torch.ones(1, requires_grad=True)])


@pytest.mark.parametrize(
    ("state", "place", "kind"),
    [
        ({"settings": {"lr": numpy.float64(1)}}, "['settings']['lr']", "numpy.float64"),
        ({"best": numpy.float32(1)}, "['best']", "numpy.float32"),
        ({"log": [1, (2, numpy.zeros(3))]}, "['log'][1][1]", "numpy.ndarray"),
        ({"path": pathlib.PurePosixPath("a")}, "['path']", "pathlib"),
        ({"when": datetime.date(2024, 1, 1)}, "['when']", "datetime.date"),
        ({"kind": Kind.ONE}, "['kind']", f"{Kind.__module__}.Kind"),
        ({"net": Net(hidden=2)}, "['net']", "snippets.saving_and_loading.model.Net"),
        ({"net": nn.Linear(1, 1)}, "['net']", "torch.nn.modules.linear.Linear"),
        ({"adam": ADAM}, "['adam']", "torch.optim.adam.Adam"),
        ([argparse.Namespace(lr=0.1)], "[0]", "argparse.Namespace"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_would_be_refused_later_is_refused_in_the_first_save(
    path, state, place, kind
):
    save_checkpoint(path, {"step": 1})
    with pytest.raises(TypeError) as caught:
        save_checkpoint(path, state)
    said = str(caught.value)
    assert said.startswith(f"state{place} is a {kind}")
    assert "save x.state_dict() of a model or an optimizer, float(x) of a numb" in said
    assert "x.tolist() of an array, str(x) of a path" in said
    assert load_checkpoint(path) == {"step": 1}
    assert names(path.parent) == ["checkpoint.pt"]


def noted(value, note):
    """The value, with an attribute that torch.save saves and nobody expects."""
    value.note = note
    return value


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({numpy.float64(1): 2}, "a key or element of state['x'] is a numpy.float64"),
        ({frozenset([1]): 2}, "a key or element of state['x'] is a builtins.frozenset"),
        ({pathlib.Path("a")}, "a key or element of state['x'] is a pathlib."),
        (2**3000, "state['x'] is a builtins.int"),
        (b"", "state['x'] is a builtins.bytes"),
        (lambda: 1, "state['x'] is a builtins.function"),
        (noted(collections.OrderedDict(), b""), "state holds something (builtins.byt"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_found_nowhere_else_is_named_too(path, value, named):
    """Keys, elements of sets, and values of a kind of which others are fine."""
    save_checkpoint(path, {"step": 1})
    with pytest.raises(TypeError) as caught:
        save_checkpoint(path, {"fine": 1, "x": value})
    said = str(caught.value)
    assert said.startswith(named) and ", which load_checkpoint would refuse: " in said
    assert "str(x) of a path or a huge integer" in said and "None for b''" in said
    assert load_checkpoint(path) == {"step": 1}
    assert names(path.parent) == ["checkpoint.pt"]


@pytest.mark.parametrize(
    "innocent",
    [bytearray(b"x"), torch.strided, torch.ones(3).untyped_storage(), b"x", 2**1000],
    ids=lambda value: type(value).__name__,
)
def test_a_rare_value_that_loads_is_not_blamed(path, innocent):
    with pytest.raises(TypeError, match=r"^state\['best'\] is a numpy.float64"):
        save_checkpoint(path, {"x": innocent, "best": numpy.float64(1)})
    save_checkpoint(path, {"x": innocent})
    assert "x" in load_checkpoint(path)


def test_what_is_shared_is_searched_once(path):
    """Ten levels of a thousand each, and the one value that is refused at the end."""
    shared = 1
    for _ in range(10):
        shared = [shared] * 1000
    with pytest.raises(TypeError, match=r"^state\['best'\] is a numpy.float64"):
        save_checkpoint(path, {"log": shared, "best": numpy.float64(1)})


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (range(3), "builtins.range"),
        (frozenset([1]), "builtins.frozenset"),
        (collections.defaultdict(list), "collections.defaultdict"),
        (collections.deque([1]), "collections.deque"),
        (len, "builtins.builtin_function_or_method"),
        (torch.nn.Linear(2, 2).state_dict, "builtins.method"),
        (torch.ones(3).max(0), "torch.return_types.max"),
    ],
)
def test_python_s_own_kinds_are_named_with_their_place(path, value, named):
    with pytest.raises(TypeError, match=r"^state\['log'\]\[0\] is a ") as caught:
        save_checkpoint(path, {"step": 1, "log": [value]})
    assert f" is a {named}, which load_checkpoint would refuse" in str(caught.value)
    assert names(path.parent) == []


def test_plain_values_and_what_torch_makes_are_not_blamed(path):
    fine = [1, 1.5, 1j, True, None, "a", b"a", (1,), {1}, {"a": 1}, torch.ones(2)]
    fine += [collections.OrderedDict(a=1), collections.Counter("ab"), torch.Size([2])]
    fine += [torch.float16, torch.device("cpu"), torch.nn.Parameter(torch.ones(2))]
    with pytest.raises(TypeError, match=r"^state\['fine'\]\[17\] is a numpy.float64"):
        save_checkpoint(path, {"fine": [*fine, numpy.float64(1)]})
    save_checkpoint(path, {"fine": fine})
    assert len(load_checkpoint(path)["fine"]) == len(fine)


def holds_itself():
    state = {"step": 2}
    state["self"] = state
    return state


def chain(length):
    state = {"step": 2}
    for _ in range(length):
        state = {"before": state}
    return state


def tuple_in_itself(*before):
    inside = []
    inside.append((*before, inside))
    return inside[0]


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (holds_itself(), "nested over 20 levels"),
        (holds_itself() | {"best": numpy.float64(1)}, "nested over 20 levels"),
        (tuple_in_itself(), "nested over 20 levels"),
        (tuple_in_itself(1, 2, 3), "nested over 20 levels"),
        (chain(40), "nested over 20 levels"),
        (chain(3000), "nested over 20 levels"),
        ([torch.ones(1) for _ in range(100_001)], "more entries than are checked"),
    ],
    ids=["itself", "itself, NumPy", "tuple", "tuple of 4", "chain", "deep", "many"],
)
def test_what_load_would_refuse_never_replaces_a_good_file(path, state, says):
    save_checkpoint(path, {"step": 1})
    with pytest.raises(ValueError, match=f"load_checkpoint would refuse .*{says}.*; s"):
        save_checkpoint(path, state)
    assert load_checkpoint(path) == {"step": 1}
    assert names(path.parent) == ["checkpoint.pt"]


def test_a_file_without_checksums_never_replaces_a_good_one(path):
    save_checkpoint(path, {"step": 1})
    torch.serialization.set_crc32_options(False)
    try:
        with pytest.raises(ValueError, match="saved without checksums"):
            save_checkpoint(path, {"x": torch.ones(3)})
    finally:
        torch.serialization.set_crc32_options(True)
    assert load_checkpoint(path) == {"step": 1}


def test_the_name_of_a_folder_is_no_file(path):
    with pytest.raises(OSError, match=r"runs/ is the name of a folder: add the name"):
        save_checkpoint(f"{path.parent}/runs/", {"step": 1})
    assert names(path.parent) == []


def test_only_a_file_that_is_not_found_is_not_there(path, monkeypatch):
    assert not checkpoint.is_there(path)
    save_checkpoint(path, {"step": 1})
    assert checkpoint.is_there(path)


@pytest.mark.parametrize("name", ["a\0b.pt", "a\ud800.pt"])
def test_a_name_that_no_file_can_have(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert not checkpoint.is_there(name)
    with pytest.raises(OSError, match="can name no file .*: choose another") as caught:
        save_checkpoint(name, {"step": 1})
    assert repr(name) in str(caught.value) and names(tmp_path) == []


def test_a_disk_that_does_not_answer_is_no_missing_file(path, monkeypatch):
    def away(*_):
        raise OSError(errno.ENOTCONN, "not connected")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="not connected"):
        patch.setattr(os, "stat", away)
        checkpoint.is_there(path)


def test_a_type_that_the_reader_has_allowed_is_not_blamed(path):
    state = {"args": argparse.Namespace(a=1), "best": numpy.float64(1)}
    with torch.serialization.safe_globals([argparse.Namespace]):
        with pytest.raises(TypeError, match=r"^state\['best'\] is a numpy.float64"):
            save_checkpoint(path, state)
        save_checkpoint(path, {"args": state["args"]})
        assert load_checkpoint(path)["args"].a == 1


@pytest.mark.parametrize(
    "value",
    [{1, 2}, 1j, b"x", 2**100, collections.Counter("a"), torch.float32]
    + [torch.device("cpu"), torch.Size([1]), collections.OrderedDict(a=1), None],
    ids=repr,
)
def test_what_loads_may_be_saved(path, value):
    save_checkpoint(path, {"value": value})
    assert load_checkpoint(path) == {"value": value}


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_exception_while_saving_keeps_the_old_file(path, error):
    save_checkpoint(path, {"step": 1})
    bad = {"weight": torch.ones(1_000_000), "rest": FailsAfterATensor(error("stop"))}
    with pytest.raises(error, match="stop"):
        save_checkpoint(path, bad)
    assert load_checkpoint(path) == {"step": 1}
    assert names(path.parent) == ["checkpoint.pt"]


def test_a_failing_disk_keeps_the_old_file(path, monkeypatch):
    save_checkpoint(path, {"step": 1})

    def fail(*arguments):
        raise OSError("input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="input/output"):
        save_checkpoint(path, {"step": 2})
    assert load_checkpoint(path) == {"step": 1}
    assert names(path.parent) == ["checkpoint.pt"]


def held(monkeypatch, times):
    """As on Windows: os.replace is refused so many times; returns the waits."""
    waits, real, refusals = [], os.replace, iter(range(times))

    def replace(source, target):
        if next(refusals, None) is not None:
            raise PermissionError(errno.EACCES, "used by another process")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(time, "sleep", waits.append)
    return waits


@pytest.mark.parametrize("times", [1, 4])
def test_a_file_that_another_program_reads_is_tried_again(path, monkeypatch, times):
    save_checkpoint(path, {"step": 1})
    waits = held(monkeypatch, times)
    save_checkpoint(path, {"step": 2})
    assert len(waits) == times and all(wait > 0 for wait in waits)
    assert load_checkpoint(path) == {"step": 2}
    assert names(path.parent) == ["checkpoint.pt"]


def test_a_file_that_stays_held_costs_nothing_and_the_error_says_where_all_is(
    path, monkeypatch
):
    save_checkpoint(path, {"step": 1})
    held(monkeypatch, times=100)
    with pytest.raises(OSError, match="cannot replace") as caught:
        save_checkpoint(path, {"step": 2})
    message = str(caught.value)
    assert str(path) in message and f"({caught.value.__cause__})" in message
    assert isinstance(caught.value.__cause__, PermissionError)
    assert load_checkpoint(path) == {"step": 1}
    assert load_checkpoint(message.rpartition("the new state is in ")[2]) == {"step": 2}
    assert len(names(path.parent)) == 2


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_a_new_file_has_the_mode_that_open_gives(path, umask):
    old = os.umask(umask)
    try:
        save_checkpoint(path, {"step": 1})
        (path.parent / "other").write_bytes(b"")
    finally:
        os.umask(old)
    assert mode(path) == mode(path.parent / "other") == 0o666 & ~umask


@pytest.mark.parametrize("kept", [0o600, 0o640, 0o666])
def test_an_old_file_keeps_its_mode_and_a_private_one_is_private_throughout(
    path, monkeypatch, kept
):
    save_checkpoint(path, {"step": 1})
    path.chmod(kept)
    seen, real = [], torch.save

    def look(state, file):
        seen.append(mode(pathlib.Path(file.name)))  # before the first byte is in it
        real(state, file)

    monkeypatch.setattr(torch, "save", look)
    save_checkpoint(path, {"step": 2})
    assert seen == [kept] and mode(path) == kept
    assert load_checkpoint(path) == {"step": 2}


def test_where_a_mode_cannot_be_set_the_state_is_saved_all_the_same(path, monkeypatch):
    """As on a USB stick, or in some folders on a network."""
    save_checkpoint(path, {"step": 1})

    def no_modes(*_, **__):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "chmod", no_modes)
    save_checkpoint(path, {"step": 2})
    assert load_checkpoint(path) == {"step": 2}


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_a_link_and_its_target_is_replaced(tmp_path, there):
    (tmp_path / "disk").mkdir()
    target, link = tmp_path / "disk" / "target.pt", tmp_path / "link.pt"
    if there:
        save_checkpoint(target, {"step": 1})
    (tmp_path / "link-2.pt").symlink_to("disk/target.pt")
    link.symlink_to("link-2.pt")
    save_checkpoint(link, {"step": 2})
    assert link.is_symlink() and (tmp_path / "link-2.pt").is_symlink()
    assert not target.is_symlink()
    assert load_checkpoint(link) == load_checkpoint(target) == {"step": 2}
    assert names(tmp_path) == ["disk", "link-2.pt", "link.pt"]
    assert names(tmp_path / "disk") == ["target.pt"]


def test_another_hard_link_keeps_the_old_state(path):
    """A rename cannot write into it; the page says so."""
    save_checkpoint(path, {"step": 1})
    other = path.with_name("other.pt")
    other.hardlink_to(path)
    save_checkpoint(path, {"step": 2})
    assert load_checkpoint(path) == {"step": 2}
    assert load_checkpoint(other) == {"step": 1}


def no_file(kind, path):
    """Make something at `path` that is no regular file; returns what is saved to."""
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "link to itself":
        path.symlink_to(path.name)
    elif kind == "socket":
        socket.socket(socket.AF_UNIX).bind(os.path.relpath(path))  # a short name
    elif kind == "device":
        path.symlink_to("/dev/null")
    return path


@pytest.mark.parametrize("kind", ["pipe", "folder", "link to itself", "socket"])
def test_what_is_no_file_is_never_replaced(path, kind):
    target = no_file(kind, path)
    before, inode = names(path.parent), target.lstat()
    with pytest.raises(OSError, match="not a file that can be written: choose another"):
        save_checkpoint(target, {"step": 1})
    after = target.lstat()
    assert (after.st_ino, after.st_mode) == (inode.st_ino, inode.st_mode)
    assert names(path.parent) == before


def test_a_file_that_may_not_be_written_is_not_replaced(path, monkeypatch):
    save_checkpoint(path, {"step": 1})
    asked = []
    monkeypatch.setattr(os, "access", lambda *question: asked.append(question))
    with pytest.raises(OSError, match="not a file that can be written"):
        save_checkpoint(path, {"step": 2})
    assert asked == [(path, os.W_OK)]
    assert load_checkpoint(path) == {"step": 1}


@pytest.mark.parametrize("user_made", ["file", "link"])
def test_a_file_of_the_users_own_is_left_alone(path, monkeypatch, user_made):
    """Also if it has the very name that the new file would get."""
    for token in ("", "00000000."):
        own = path.with_name(f"checkpoint.pt.{token}tmp")
        if user_made == "file":
            own.write_text("mine", encoding="utf-8")
        else:
            path.with_name("precious").write_text("mine", encoding="utf-8")
            own.symlink_to("precious")
    monkeypatch.setattr(checkpoint.secrets, "token_hex", lambda length: "00000000")
    before = names(path.parent)
    with pytest.raises(FileExistsError):
        save_checkpoint(path, {"step": 1})
    monkeypatch.undo()
    save_checkpoint(path, {"step": 1})
    assert names(path.parent) == sorted([*before, "checkpoint.pt"])
    assert all(
        file.read_text(encoding="utf-8") == "mine"
        for file in path.parent.iterdir()
        if file != path
    )
    assert own.is_symlink() is (user_made == "link")


class Located:
    """Has a path and is none: os.PathLike."""

    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return str(self.path)


def test_a_path_is_a_str_a_path_or_what_has_one(path):
    for number, kind in enumerate((str, pathlib.Path, Located)):
        save_checkpoint(kind(path), {"step": number})
        assert load_checkpoint(kind(path)) == {"step": number}


@pytest.mark.parametrize("wrong", [None, 3, b"checkpoint.pt", io.BytesIO()])
def test_what_is_no_path_is_a_type_error(wrong, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for call in (load_checkpoint, lambda path: save_checkpoint(path, {})):
        with pytest.raises(TypeError, match="os.PathLike"):
            call(wrong)
    assert names(tmp_path) == []


def test_two_writers_and_a_reader(path):
    where = "snippets.saving_and_loading.checkpoint"
    assert_two_writers_and_a_reader(where, save_checkpoint, load_checkpoint, path)


def test_a_missing_folder_raises_and_makes_nothing(tmp_path):
    path = tmp_path / "nowhere" / "checkpoint.pt"
    with pytest.raises(FileNotFoundError, match="in a folder that exists") as caught:
        save_checkpoint(path, {"step": 1})
    assert caught.value.filename == str(path)  # and not that of the temporary file
    assert names(tmp_path) == []


@pytest.mark.parametrize("length", [300, 250])  # 250: only the temporary name is long
def test_a_name_that_is_too_long_is_the_readers(tmp_path, length):
    path = tmp_path / ("x" * length)
    with pytest.raises(OSError, match="choose a path in a folder") as caught:
        save_checkpoint(path, {"step": 1})
    assert caught.value.errno == errno.ENAMETOOLONG
    assert caught.value.filename == str(path) and ".tmp" not in str(caught.value)
    assert names(tmp_path) == []


def test_a_disk_that_fills_keeps_the_old_file_and_leaves_nothing(path):
    save_checkpoint(path, {"step": 1})
    state = {"step": 2, "weight": torch.ones(1_000_000)}
    with faults.files_end_at(1_000_000), pytest.raises((RuntimeError, OSError)):
        save_checkpoint(path, state)
    assert load_checkpoint(path) == {"step": 1}
    assert names(path.parent) == ["checkpoint.pt"]
    save_checkpoint(path, state)  # the limit is gone again
    assert load_checkpoint(path)["step"] == 2


# --- loading --------------------------------------------------------------------------


OLDER = "go back to an older copy"
CONVERT = "save what it returns, for a new file"
STRANGER = "if not, do not load it"


def refused(path, *words):
    """Assert that the file is refused in these words, its path among them."""
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    message = str(caught.value)
    assert message.startswith(f"{path} ") and "\n" not in message, message
    for word in words:
        assert word in message, message
    if OLDER not in words:
        assert OLDER not in message and "damaged" not in message, message
    return caught.value


def test_a_missing_file_is_refused(path):
    error = refused(path, "does not exist", "check the path")
    assert isinstance(error.__cause__, FileNotFoundError)


@pytest.mark.parametrize("kind", ["pipe", "folder", "socket", "device"])
def test_what_is_no_file_is_refused_at_once(path, kind):
    refused(no_file(kind, path), "is a folder, pipe or device", "give it a file")


def raw_zip(**entries):
    """The bytes of a zip archive; keys of `entries` have / written as __."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_DOT_", "."), content)
    return file.getvalue()


def bytes_of(write, thing):
    """What `write(thing, file)` writes."""
    file = io.BytesIO()
    write(thing, file)
    return file.getvalue()


def tarred():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("letter.txt"))
    return file.getvalue()


def scripted():
    file = io.BytesIO()
    with warnings.catch_warnings(action="ignore"):  # on its way out
        torch.jit.save(torch.jit.script(nn.Linear(2, 2)), file)
    return file.getvalue()


FOREIGN = {
    "empty": (lambda: b"", "is empty", OLDER),
    "cut short": (lambda: b"PK\x03\x04" + bytes(99), "is cut short", OLDER),
    "zeros": (lambda: bytes(5000), "begins with zeros", OLDER),
    "noise": (lambda: random.Random(0).randbytes(9999), "of no known kind", OLDER),
    "a web page": (
        lambda: b"<!DOCTYPE html><title>404",
        "is text",
        "failed download (“<!DOCTYPE html><title>404”)",
    ),
    "a page with a mark in front": (
        lambda: "\ufeff<html>\t404".encode(),
        "is text",
        "(“<html> 404”)",
    ),
    "a text in UTF-16": (lambda: "sorry".encode("utf-16"), "is text", "(“sorry”)"),
    "something before a zip": (
        lambda: b"junk" + bytes_of(torch.save, {"step": 1}),
        "has something before its beginning",
        OLDER,
    ),
    "another pickle protocol": (
        lambda: bytes_of(lambda x, f: torch.save(x, f, pickle_protocol=4), {"a": 1}),
        "not in torch.save's own pickle protocol (Unsupported operand 149)",
        "save it anew",
    ),
    "an answer": (lambda: b'{"error": "gone"}\n{', "is text", '(“{"error": "gone"}”)'),
    "git-lfs": (
        lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:0",
        "only a git-lfs pointer",
        "git lfs pull",
    ),
    "safetensors": (
        lambda: faults.as_safetensors(Net(hidden=2)),
        "is a safetensors file",
        "safetensors.torch.load_file",
    ),
    "before 1.6": (
        lambda: bytes_of(old_format, {"step": 1}),
        "format from before PyTorch 1.6",
        CONVERT,
    ),
    "gzip": (lambda: b"\x1f\x8b\x08\x00", "packed with gzip", "unpack it first"),
    "bzip2": (lambda: bz2.compress(b"a"), "packed with bzip2", "unpack it first"),
    "xz": (lambda: lzma.compress(b"a"), "packed with xz", "unpack it first"),
    "zstd": (lambda: b"(\xb5/\xfd\x04\x00", "packed with zstd", "unpack it first"),
    "7z": (lambda: b"7z\xbc\xaf'\x1c\x00", "packed with 7-Zip", "unpack it first"),
    "rar": (lambda: b"Rar!\x1a\x07\x00", "packed with RAR", "unpack it first"),
    "pdf": (lambda: b"%PDF-1.7\n", "a PDF", "check the path"),
    "tar": (tarred, "is a tar archive", "unpack it first"),
    "npy": (
        lambda: bytes_of(lambda x, file: numpy.save(file, x), numpy.zeros(2)),
        "is a NumPy array",
        "numpy.load opens it",
    ),
    "npz": (
        lambda: bytes_of(lambda x, file: numpy.savez(file, x=x), numpy.zeros(2)),
        "is a NumPy archive",
        "numpy.load opens it",
    ),
    "HDF5": (lambda: b"\x89HDF\r\n\x1a\n", "is an HDF5 file", "h5py opens it"),
    "GGUF": (lambda: b"GGUF\x03\x00", "is a GGUF file", "llama.cpp opens it"),
    "pickle": (
        lambda: pickle.dumps({"step": 1}),
        "a pickle that torch.save did not write",
        "do not load a stranger's",
    ),
    "TorchScript": (scripted, "is a TorchScript archive", "torch.jit.load opens it"),
    "pt2": (
        lambda: raw_zip(net__archive_format=b"pt2", net__models__model="{}"),
        "is an exported program",
        "torch.export.load opens it",
    ),
    "zip": (
        lambda: raw_zip(letter_DOT_txt="Dear reader"),
        "a zip archive of something else (letter.txt)",
        "unpack it",
    ),
    "empty zip": (raw_zip, "a zip archive of something else (nothing)", "unpack it"),
}


@pytest.mark.filterwarnings("ignore:Detected pickle protocol 4")
@pytest.mark.parametrize("kind", FOREIGN)
def test_a_foreign_file_is_named_for_what_it_is(path, kind):
    make, *words = FOREIGN[kind]
    path.write_bytes(make())
    refused(path, *words)


def old_format(state, file):
    torch.save(state, file, _use_new_zipfile_serialization=False)


def test_the_advice_for_the_old_format_and_for_no_checksums_is_right(path, state):
    for make in (lambda: bytes_of(old_format, state), without_checksums(state)):
        path.write_bytes(make())
        refused(path, "torch.load reads it unchecked", CONVERT)
        save_checkpoint(path, torch.load(path, weights_only=True, map_location="cpu"))
        assert faults.same(load_checkpoint(path), state)


def without_checksums(state):
    """A function that gives the bytes of the state saved without checksums."""
    return lambda: faults.without_checksums(state)


@pytest.fixture(autouse=True)
def beside(tmp_path, monkeypatch):
    """faults.py writes where it runs."""
    monkeypatch.chdir(tmp_path)


def test_a_file_without_checksums_is_not_called_damaged(path):
    path.write_bytes(faults.without_checksums({"step": 1}))
    refused(path, "saved without checksums", "damage cannot be seen")
    assert torch.load(path, weights_only=True) == {"step": 1}
    save_checkpoint(path, {"step": 2})  # the option is as it was
    assert load_checkpoint(path) == {"step": 2}


def packed_anew(path, method=zipfile.ZIP_STORED, added=(), **changed):
    """Save {"x": …}, and pack its archive anew, with changed or added entries."""
    save_checkpoint(path, {"x": torch.arange(3.0)})
    with zipfile.ZipFile(path) as archive:
        entries = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in [*entries, *added]:
            archive.writestr(name, changed.get(name.rpartition("/")[2], content))


def test_an_archive_packed_anew_still_loads(path):
    """The other tests that pack anew fail for their change alone."""
    packed_anew(path)
    assert torch.equal(load_checkpoint(path)["x"], torch.arange(3.0))


def test_an_archive_with_entries_for_its_folders_loads(path):
    """As `zip -0 -r` packs an unpacked one anew."""
    packed_anew(path)
    with zipfile.ZipFile(path) as archive:
        entries = [(name, archive.read(name)) for name in archive.namelist()]
    with zipfile.ZipFile(path, "w") as archive:
        for folder in ("archive", "archive/data"):
            archive.mkdir(folder)
        for name, content in entries:
            archive.writestr(name, content)
    assert torch.equal(load_checkpoint(path)["x"], torch.arange(3.0))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["archive/data/0", "ARCHIVE/data/0"])
def test_two_entries_of_one_name_are_refused(path, name):
    """torch.load takes one of them, without regard to case."""
    packed_anew(path, added=[(name, torch.zeros(3).numpy().tobytes())])
    refused(path, "two entries with one name", "if you packed it anew", OLDER)


def test_another_byte_order_is_refused(path):
    other = {"little": b"big", "big": b"little"}[sys.byteorder]
    packed_anew(path, byteorder=other)
    loaded = torch.load(path, weights_only=True)  # other numbers, and no word
    assert not torch.equal(loaded["x"], torch.arange(3.0))
    refused(path, "a processor of another byte order", STRANGER)


@pytest.mark.parametrize("name", ["byteorder", "data.pkl", "data/0"])
def test_an_entry_without_checksum_and_sizes_is_damage(path, name):
    """Zeros in the table of contents: as if the entry were empty, and right."""
    save_checkpoint(path, {"x": torch.arange(3.0), "step": 1})
    content = bytearray(path.read_bytes())
    place = content.index(name.encode(), content.index(b"PK\x01\x02"))
    start = content.rindex(b"PK\x01\x02", 0, place)
    content[start + 16 : start + 28] = bytes(12)
    path.write_bytes(content)
    refused(path, "is damaged (", OLDER)


def test_a_file_of_a_newer_torch_is_named(path):
    packed_anew(path, version=b"999\n")
    refused(path, f"newer PyTorch than {torch.__version__}", "update PyTorch")


def test_a_compressed_archive_is_refused_before_it_is_unpacked(path):
    """Four million zeros in a few kilobytes; it could as well be any number."""
    save_checkpoint(path, {"x": 1})
    packed_anew(path, zipfile.ZIP_DEFLATED, [("archive/data/9", bytes(4_000_000))])
    assert path.stat().st_size < 20_000
    refused(path, "is compressed", "if you packed it anew", OLDER)


def test_an_archive_that_claims_more_than_it_has_is_refused(path):
    """All entries name the same megabyte: what they sum up to has no bound."""
    save_checkpoint(path, {"x": torch.zeros(250_000)})
    good = path.read_bytes()
    start = good.index(b"PK\x01\x02")
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("archive/data/0").file_size
    claimed = good[:start] + good[start:].replace(
        struct.pack("<II", 6, 6), struct.pack("<II", size, size)
    )  # the byteorder's entry
    assert claimed != good
    path.write_bytes(claimed)
    refused(path, "claims to hold more", OLDER)


def test_too_many_entries_are_refused_before_they_are_read(path, monkeypatch):
    added = [(f"archive/data/{n}", b"") for n in range(1, 100_000)]
    packed_anew(path, added=added)
    monkeypatch.setattr(zipfile.ZipFile, "testzip", lambda archive: 1 / 0)
    refused(path, "more entries than are checked (100,0", STRANGER)


def doubled(times):
    """The pickle of a list that holds its predecessor twice, and so on."""
    content = b"\x80\x02]q\x00"
    for n in range(times):
        content += b"]q%c(h%ch%ce" % (n + 1, n, n)
    return content + b"."


NESTED = {
    "doubled 60 times": lambda: doubled(60),
    "lists": lambda: b"\x80\x02" + b"]" * 100_000 + b"a" * 99_999 + b".",
    "tuples": lambda: b"\x80\x02)" + b"\x85" * 100_000 + b".",
}


@pytest.mark.parametrize("kind", NESTED)
def test_what_is_nested_without_end_is_refused(path, kind):
    packed_anew(path, **{"data.pkl": NESTED[kind]()})
    refused(path, "nested over 20 levels deep", STRANGER)


def test_what_is_nested_as_deep_as_that_loads(path):
    state = {"step": 1}
    for _ in range(6):
        state = {"a": [state, (state,)]}  # 19 levels, and shared
    save_checkpoint(path, state)
    assert load_checkpoint(path) == state
    torch.save([[state]], path)
    refused(path, "nested over 20 levels", STRANGER)


def test_what_is_shared_many_times_is_looked_at_once(path):
    """Ten levels of a thousand each: no number of steps would be enough otherwise."""
    state = 1
    for _ in range(10):
        state = [state] * 1000
    save_checkpoint(path, state)
    assert len(load_checkpoint(path)) == 1000


class Phase(enum.Enum):
    TRAIN = 1


@pytest.mark.parametrize(
    "value",
    [
        numpy.float64(0.5),
        numpy.zeros(3),
        pathlib.Path("data"),
        argparse.Namespace(lr=0.1),
        Phase.TRAIN,
        datetime.date(2024, 1, 1),
        Net(hidden=2),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_object_that_is_not_plain_is_named_and_can_be_allowed(path, value):
    state, allowed = {"step": 1, "value": value}, []
    torch.save(state, path)
    for what in ("needs", "also needs"):  # the second only for what NumPy makes
        with torch.serialization.safe_globals(allowed):
            error = refused(path, "could run code", "if the file is yours", STRANGER)
        asked = rf"{what} (.+) to rebuild what it holds.*safe_globals\(\[(.*)\]\)"
        found = re.search(asked, str(error))
        assert found and found[1] == found[2]
        allowed += [pydoc.locate(name) for name in found[1].split(", ")]
        if type(value).__module__ != "numpy":
            break
    with torch.serialization.safe_globals(allowed):
        assert str(load_checkpoint(path)) == str(state)


class UnblockedNet(nn.Linear):
    """Nothing is wrong with it but its name."""


def test_a_name_in_a_file_is_not_taken_for_torchs_verdict(path):
    torch.save(UnblockedNet(1, 1), path)
    refused(
        path, "UnblockedNet to rebuild what it holds", "if the file is yours", STRANGER
    )


def test_an_integer_that_torch_load_cannot_read_is_named(path):
    torch.save({"n": 2**3000}, path)
    refused(path, "holds an integer of over 600 digits", "as a string, str(x)")


def test_where_the_rest_of_a_file_cannot_be_read_the_one_name_is_said(path):
    torch.save({"best": numpy.float64(1), "n": 2**3000}, path)
    refused(path, "needs numpy", "to rebuild what it holds", STRANGER)


def test_a_file_that_is_deleted_meanwhile_is_a_checkpoint_error(path, monkeypatch):
    torch.save({"best": numpy.float64(1)}, path)
    real = torch.load

    def deleted(*arguments, **options):
        path.unlink()
        return real(*arguments, **options)

    monkeypatch.setattr(torch, "load", deleted)
    refused(path, "needs numpy", "to rebuild what it holds", STRANGER)


def test_a_pickle_that_ends_early_is_damage(path):
    for content in (b"\x80\x02}q\x00", b"\x80\x02cnumpy\ndtype\n"):
        packed_anew(path, **{"data.pkl": content})
        with pytest.raises(CheckpointError, match="is damaged|needs numpy.dtype"):
            load_checkpoint(path)


def test_what_is_allowed_loads(path):
    with torch.serialization.safe_globals([argparse.Namespace]):
        save_checkpoint(path, {"value": argparse.Namespace(lr=0.1)})
        assert load_checkpoint(path) == {"value": argparse.Namespace(lr=0.1)}
    refused(path, "argparse.Namespace", STRANGER)


def test_the_payload_is_refused_and_not_run(path):
    torch.save(faults.Payload(), path)
    refused(path, "mkdir", "do not load it")
    assert not os.path.exists("payload-ran")
    with pytest.raises(Exception, match="Weights only load failed"):
        torch.load(path)  # the default
    assert not os.path.exists("payload-ran")
    torch.load(path, weights_only=False)  # this test can fail: the payload is live
    assert os.path.exists("payload-ran")


def test_a_pickle_that_makes_no_sense_is_whole_and_unreadable(path):
    packed_anew(path, **{"data.pkl": b"\x80\x02)K\x01K\x02s."})
    error = refused(path, "is whole, but PyTorch", "cannot read it", "SETITEM")
    assert "weights_only" not in str(error)


def test_a_fault_of_the_check_itself_is_not_called_damage(path, monkeypatch):
    save_checkpoint(path, {"step": 1})
    monkeypatch.setattr(checkpoint, "what_archive", lambda archive, size: size["x"])
    assert isinstance(refused(path, "is whole").__cause__, TypeError)


def test_without_the_cell_of_the_messages_its_lack_is_named(path, monkeypatch):
    save_checkpoint(path, {"step": 1})
    monkeypatch.delattr(checkpoint, "what_archive")
    monkeypatch.delattr(checkpoint, "advice")
    with pytest.raises(NameError, match="advice"):
        load_checkpoint(path)


ENVIRONMENT = {
    "no permission": (PermissionError(errno.EACCES, "denied"), "(no permission)"),
    "a bad disk": (OSError(errno.EIO, "Input/output error"), "cannot be read now"),
    "Drive is gone": (OSError(errno.ENOTCONN, "not connected"), "not connected"),
    "no memory": (MemoryError(), "needs more memory"),
    "Windows has no word": (OSError(errno.EINVAL, "Invalid"), "cannot be read now"),
}


@pytest.mark.parametrize("kind", ENVIRONMENT)
@pytest.mark.parametrize("where", ["open", "read", "torch.load"])
def test_what_is_not_the_files_fault_is_not_blamed_on_it(
    path, monkeypatch, kind, where
):
    save_checkpoint(path, {"step": 1})
    error, word = ENVIRONMENT[kind]

    def fail(*arguments, **options):
        raise error

    with monkeypatch.context() as patch:
        if where == "open":
            patch.setattr("builtins.open", fail)
        elif where == "read":
            patch.setattr(zipfile.ZipFile, "testzip", fail)
        else:
            patch.setattr(torch, "load", fail)
        refused(path, word)
    assert load_checkpoint(path) == {"step": 1}


class BadDisk(io.FileIO):
    """A file whose reads fail at the places that `fails` names."""

    fails = None

    def readinto(self, buffer):
        self.fails(self.tell())
        return super().readinto(buffer)


@pytest.mark.parametrize("place", ["the start", "the middle", "the end", "first read"])
@pytest.mark.parametrize("code", [errno.EIO, errno.EACCES, errno.ENOMEM, errno.EINVAL])
def test_a_disk_that_does_not_answer_makes_no_file_a_damaged_one(
    path, monkeypatch, place, code
):
    save_checkpoint(path, {"step": 1, "weight": torch.rand(500_000)})
    size, reads = path.stat().st_size, []

    def fails(at):
        reads.append(at)
        if {
            "the start": at < 4096,
            "the middle": 4096 < at < size - 70_000,
            "the end": at > size - 70_000,
            "first read": len(reads) == 1,
        }[place]:
            raise OSError(code, os.strerror(code))

    monkeypatch.setattr(BadDisk, "fails", lambda self, at: fails(at))
    with monkeypatch.context() as patch:
        bad = lambda path, mode: io.BufferedReader(BadDisk(path))  # noqa: E731
        patch.setattr(checkpoint, "open", bad, raising=False)
        word = {errno.EACCES: "(no permission)", errno.ENOMEM: "more memory"}
        message = str(refused(path, word.get(code, "cannot be read now")))
    assert reads and "older copy" not in message
    assert load_checkpoint(path)["step"] == 1


def test_what_the_caller_is_handling_is_not_taken_for_the_disks_answer(path):
    save_checkpoint(path, {"step": 1})
    good = path.read_bytes()
    place = good.rindex(b"PK\x01\x02")  # in the table of contents
    path.write_bytes(good[:place] + b"XX" + good[place + 2 :])
    try:
        path.with_name("latest.pt").read_bytes()
    except FileNotFoundError:  # so: an older one
        refused(path, "damaged", OLDER)


def test_torchs_own_words_for_no_memory_are_understood(path, monkeypatch):
    save_checkpoint(path, {"step": 1})

    def fail(*arguments, **options):
        return torch.empty(2**60)  # what its allocator raises is a RuntimeError

    monkeypatch.setattr(torch, "load", fail)
    assert isinstance(refused(path, "needs more memory").__cause__, RuntimeError)

    def fail_on_windows(*arguments, **options):
        raise RuntimeError("DefaultCPUAllocator: not enough memory: you tried to")

    monkeypatch.setattr(torch, "load", fail_on_windows)
    refused(path, "needs more memory")


@pytest.mark.parametrize("name", ["a\0b", "x" * 300])
def test_a_path_that_cannot_be_is_refused(name):
    refused(name, "cannot be read now", "check path, disk and connection")


def test_the_very_bytes_that_were_checked_are_loaded(path, monkeypatch):
    """A writer that comes in between replaces the name, and not what is being read."""
    save_checkpoint(path, {"step": 1})
    other = path.with_name("other.pt")
    save_checkpoint(other, {"step": 2})
    real = zipfile.ZipFile.testzip

    def replaced_meanwhile(archive):
        result = real(archive)
        os.replace(other, path)
        return result

    with monkeypatch.context() as patch:
        patch.setattr(zipfile.ZipFile, "testzip", replaced_meanwhile)
        assert load_checkpoint(path) == {"step": 1}
    assert load_checkpoint(path) == {"step": 2}


# --- damage ---------------------------------------------------------------------------


def refused_or_right(path, state):
    """True: refused. False: loaded, and equal to what was saved. Else it fails."""
    try:
        loaded = load_checkpoint(path)
    except CheckpointError:
        return True
    assert faults.same(loaded, state), "loaded without a word, and wrong"
    return False


def test_a_thousand_flips_load_right_or_not_at_all(path, state, say):
    save_checkpoint(path, state)
    good = path.read_bytes()
    places = random.Random(1)
    count = 0
    for _ in range(1000):
        place, bit = places.randrange(len(good)), places.randrange(8)
        path.write_bytes(faults.flipped(good, place, bit))
        count += refused_or_right(path, state)
    say(f"1000 bits flipped: {count} refused, {1000 - count} hit nothing")
    assert count > 500


def test_a_flip_in_the_table_of_contents_is_never_called_whole(path):
    """Nor unreadable: it is damage, and the cure is an older copy."""
    save_checkpoint(path, {"step": 1})
    good = path.read_bytes()
    start = good.index(b"PK\x01\x02")
    said = []
    for place in range(start, len(good)):
        for bit in range(8):
            path.write_bytes(faults.flipped(good, place, bit))
            try:
                load_checkpoint(path)
            except CheckpointError as error:
                said.append(str(error).removeprefix(str(path)))
    wrong = [line for line in said if "is whole" in line or "be read now" in line]
    assert len(said) > 500 and not wrong, (len(wrong), sorted(set(wrong))[:5])
    assert not [line for line in said if "()" in line]


def test_a_file_without_its_beginning_is_damaged(path, state):
    save_checkpoint(path, state)
    good = path.read_bytes()
    for part in range(1, 20):
        path.write_bytes(good[len(good) * part // 20 :])
        said = str(refused(path, OLDER))
        assert "be read now" not in said, said


def test_a_flip_in_the_table_of_contents_loads_right_or_not_at_all(path, state, say):
    """No checksum covers it. Three bits of each of its bytes are turned over.

    Among them are those that mark a tensor as a folder, which torch.load then skips.
    """
    state = {"step": 1, "weight": state["model"]["out.weight"]}
    save_checkpoint(path, state)
    good = path.read_bytes()
    start = good.index(b"PK\x01\x02")
    count = 0
    for place in range(start, len(good)):
        for bit in (0, 4, 7):
            path.write_bytes(faults.flipped(good, place, bit))
            count += refused_or_right(path, state)
    flips = (len(good) - start) * 3
    say(f"{flips} bits flipped in the table of contents: {count} refused")
    assert 0 < count < flips


def storages(path):
    """Where each tensor's bytes begin in the file, and how many they are."""
    good = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if re.search(r"/data/\d+$", entry.filename):
                header = entry.header_offset
                lengths = struct.unpack("<HH", good[header + 26 : header + 30])
                start = header + 30 + sum(lengths)  # behind its name and its padding
                assert good[start : start + entry.file_size] == archive.read(entry)
                yield start, entry.file_size


def test_a_flip_in_every_tensor_is_refused(path, state):
    """And torch.load alone notices none of them: this is what the check is for."""
    save_checkpoint(path, state)
    good = path.read_bytes()
    places = list(storages(path))
    assert len(places) == 9 + 3 * 6 + 1  # net, Adam's three for each parameter, RNG
    for start, size in places:
        for offset in (0, size // 2, size - 1):
            path.write_bytes(faults.flipped(good, start + offset, 3))
            refused(path, "is damaged (", "/data/", OLDER)
            loaded = torch.load(path, map_location="cpu", weights_only=True)
            assert not faults.same(loaded, state)


def test_a_truncated_file_is_refused(path, state):
    save_checkpoint(path, state)
    good = path.read_bytes()
    for part in range(20):
        path.write_bytes(good[: len(good) * part // 20])
        refused(path, "is cut short" if part else "is empty", OLDER)
    path.write_bytes(good[:-1])
    refused(path, "is cut short", OLDER)


# --- in another process ---


def test_its_imports_functions_and_classes_are_enough(path, tmp_path):
    """A new process is handed these of a notebook's cells, and no other names."""
    tree = ast.parse(pathlib.Path(checkpoint.__file__).read_text(encoding="utf-8"))
    kinds = ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef
    tree.body = [part for part in tree.body if isinstance(part, kinds)]
    cells = {"__name__": "cells"}
    exec(compile(tree, "cells", "exec"), cells)
    cells["save_checkpoint"](path, {"step": 1})
    assert cells["load_checkpoint"](path) == {"step": 1}
    for content, what in ((b"", "is empty"), (path.read_bytes()[:-1], "is cut short")):
        path.write_bytes(content)
        with pytest.raises(cells["CheckpointError"], match=f"{what}: {OLDER}"):
            cells["load_checkpoint"](path)


# --- the listing and the table --------------------------------------------------------


def test_the_listing_shows_both_losses(tmp_path, monkeypatch):
    for name in ("run-best.pt", "run-0000000001.pt"):
        (tmp_path / name).write_bytes(b"another run's")
    (tmp_path / "run-000000090.pt").write_bytes(b"of an earlier start of this run")
    namespace, text = run_listing(
        "saving_and_loading.crash_safe", tmp_path, monkeypatch
    )
    lines = dict(line.split(": ", 1) for line in text.splitlines())
    assert abs(float(lines["saved weight"])) < 1
    assert abs(float(lines["loaded by torch.load"])) > 1e30
    assert lines["refused"].startswith("flipped.pt")
    assert "damaged" in lines["refused"]
    assert lines["torch.save"] == lines["save_checkpoint"]
    assert lines["plain.pt"].startswith("RuntimeError")  # the old one is gone
    assert lines["safe.pt"] == "step 100"  # the old one stands
    assert lines["temporary files"] == "[]"
    assert lines["kept"] == "run-000000030.pt run-000000040.pt run-000000050.pt"
    assert lines["skipped"].startswith("run-000000050.pt is cut short")
    assert lines["goes on from step"] == "40"
    assert (tmp_path / "run-best.pt").read_bytes() == b"another run's"
    assert (tmp_path / "run-0000000001.pt").read_bytes() == b"another run's"
    assert not list(tmp_path.glob("*.tmp"))
    content = (tmp_path / "sound.pt").read_bytes()
    damaged = (tmp_path / "flipped.pt").read_bytes()
    changed = [one ^ two for one, two in zip(content, damaged, strict=True)]
    assert sorted(changed)[-2:] == [0, 0b0100_0000]  # one bit in the whole file


RESTART = """
for step, size in {steps}:
    save_checkpoint(f"run-{{step:09}}.pt", {{"step": step}})
    path = Path(f"run-{{step:09}}.pt")
    path.write_bytes(path.read_bytes()[:size])
"""


def restarted(folder, steps, monkeypatch, load=None):
    """The end of the block "keep", from its comment "the newest first" on, and the
    names that are left; `steps` are pairs of a step and how much of its file is kept.
    """
    monkeypatch.chdir(folder)
    path = pathlib.Path(checkpoint.__file__).with_name("crash_safe.py")
    lines = path.read_text(encoding="utf-8").splitlines()
    start = next(n for n, x in enumerate(lines) if x.startswith("state, skipped"))
    kept = [
        x if n >= start or x.startswith("OURS") else "" for n, x in enumerate(lines)
    ]
    names = dict(vars(checkpoint)) | ({"load_checkpoint": load} if load else {})
    exec(RESTART.format(steps=steps), names)
    exec(compile("\n".join(kept), path, "exec"), names)  # each line in its place
    return sorted(p.name for p in folder.iterdir()), names["state"]


def test_what_is_skipped_does_not_count_among_the_last_three(tmp_path, monkeypatch):
    steps = [(30, None), (40, 0), (50, -9)]
    left, state = restarted(tmp_path, steps, monkeypatch)
    assert state == {"step": 30}
    assert left == [
        "run-000000030.pt",
        "run-000000040.skipped",
        "run-000000050.skipped",
    ]
    left, state = restarted(tmp_path, [(40, 0)], monkeypatch)  # and once more
    assert state == {"step": 30} and len(left) == 3


@pytest.mark.parametrize(
    ("why", "told"),
    [
        ("needs more memory than there is", "40.pt needs more memory"),
        ("cannot be read now: check path, disk", "40.pt cannot be read now"),
        ("is damaged: go back to an older copy", "none of them loads: find out"),
    ],
)
def test_where_none_can_be_read_nothing_begins_anew(tmp_path, monkeypatch, why, told):
    def no(path):
        raise checkpoint.CheckpointError(f"{path} {why}")

    steps = [(30, None), (40, None)]
    with pytest.raises(checkpoint.CheckpointError, match=told):
        restarted(tmp_path, steps, monkeypatch, load=no)
    assert names(tmp_path) == ["run-000000030.pt", "run-000000040.pt"]
    assert restarted(tmp_path, [], monkeypatch)[1] == {"step": 40}


def test_where_there_is_none_a_run_begins_at_zero(tmp_path, monkeypatch, capsys):
    assert restarted(tmp_path, [], monkeypatch) == ([], None)
    assert capsys.readouterr().out == "goes on from step: 0\n"


def test_the_fault_table():
    result = faults.main(**faults.QUICK)
    columns, rows = tables.faults_faults(result)
    assert {len(row) for row in rows} == {len(columns)}
    rows = {row[0]: row[1:] for row in rows}
    assert len(rows) == 17
    heard = {fault: said[0] for fault, said in rows.items()}
    assert heard["truncated"].startswith("RuntimeError: PytorchStreamReader")
    assert heard["empty"] == "EOFError"
    for fault in ("an HTML page", "random bytes"):
        assert heard[fault].startswith("UnpicklingError")
        assert heard[fault].endswith("advises weights_only=False)")
    for fault in ("a pickle that runs code", "a whole model"):
        assert heard[fault].startswith("UnpicklingError")
    for fault in ("in a weight", "in the table of contents"):
        assert heard[f"one bit flipped {fault}"] == "nothing"
    for fault in ("the format before PyTorch 1.6", "saved without checksums"):
        assert heard[fault] == "nothing"
    for fault in ("a git-lfs pointer", "a safetensors file", "a NumPy scalar"):
        assert heard[fault].endswith("advises weights_only=False)")
    for fault in list(rows)[:13]:
        assert rows[fault][1].startswith("CheckpointError: bad.pt ")
    assert "Error(s) in loading" in heard["the wrong architecture"]
    assert "none loaded" in heard["strict=False, no name matches"]
    assert "0.1 is now 0.001" in heard["SGD loads Adam's state"]
    plain, atomic = rows["disk full (imitated: writing stops at half the file's size)"]
    assert plain.endswith("(old file lost, 0 temporary files left)")
    assert atomic.endswith("(old file kept, 0 temporary files left)")
    assert not any("full" in said for said in (plain, atomic))

    counts = result["settings"] | result["counts"]
    for loader in ("plain", "checked"):
        outcomes = ("silent", "refused", "unchanged")
        assert sum(counts[f"{loader}_{name}"] for name in outcomes) == counts["flips"]
    assert counts["checked_silent"] == 0
    assert counts["plain_silent"] > counts["flips"] / 2


def test_same_notices_every_difference():
    state = {"a": torch.ones(2), "b": [1, (2.0, "x")]}
    assert faults.same(state, {"a": torch.ones(2), "b": [1, (2.0, "x")]})
    for other in (
        {"a": torch.ones(2, dtype=torch.int32), "b": [1, (2.0, "x")]},
        {"a": torch.ones(2, 1), "b": [1, (2.0, "x")]},
        {"a": torch.tensor([1.0, 1.0000001]), "b": [1, (2.0, "x")]},
        {"a": torch.ones(2), "b": [1, (2.0, "y")]},
        {"a": torch.ones(2), "b": [1, (2.0,)]},
        {"a": torch.ones(2), "b": [True, (2.0, "x")]},
        {"a": torch.ones(2)},
        {"b": [1, (2.0, "x")], "a": torch.ones(2)},
    ):
        assert not faults.same(state, other)
