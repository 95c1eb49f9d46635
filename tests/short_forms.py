"""What every way to save and load here promises.

Lesson 1's card and lesson 3 share short forms of lesson 1's functions, word for word.
Those of lesson 2's card are older: they change when its page is recorded on a GPU anew.
"""

import ast
import os
import random
import runpy
import stat
import struct
import subprocess
import sys
import zipfile

import pytest
import torch
from listing import ROOT, captured

from snippets.saving_and_loading.faults import files_end_at, flipped, same

FILES = (
    "saving_and_loading/card.py",
    "fashion_mnist_project/checkpoint.py",
)
NAMES = ("save", "load", "save_checkpoint")  # the practice of lesson 2 has the last


def functions(file):
    """The source of the two functions in a file of `snippets/`, without comments."""
    tree = ast.parse((ROOT / "snippets" / file).read_text(encoding="utf-8"))
    found = [x for x in tree.body if isinstance(x, ast.FunctionDef)]
    return {x.name: ast.unparse(x) for x in found if x.name in NAMES}


def error_with(card, folder, old, new, match="rename it.* or delete"):
    """Run a card in `folder` with some of its text changed; returns its ValueError."""
    source = (ROOT / "snippets" / card).read_text(encoding="utf-8")
    assert source.count(old) == 1, old
    (folder / "changed.py").write_text(source.replace(old, new), encoding="utf-8")
    printed = []
    with pytest.MonkeyPatch.context() as patch, captured(printed):
        patch.chdir(folder)
        with pytest.raises(ValueError, match=match) as caught:
            runpy.run_path("changed.py", run_name="__main__")
    (folder / "changed.py").unlink()
    assert printed == [""]
    return str(caught.value)


def assert_refuses_other_settings(card, folder, file):
    """A finished run, started again with any other setting, says so and ends."""
    before = (folder / file).read_bytes()
    saved = torch.load(folder / file, weights_only=True)["settings"]
    for key, old, new in (
        ("epochs", "3", "6"),
        ("epochs", "3", "2"),
        ("seed", "0", "1"),
        ("batch_size", "100", "50"),
        ("lr", "1e-3", "1e-2"),
    ):
        error = error_with(card, folder, f'"{key}": {old}', f'"{key}": {new}')
        settings = saved | {key: type(saved[key])(float(new))}
        assert error.startswith(f"{file} is from {saved}, and this run is {settings}:")
        assert (folder / file).read_bytes() == before


def assert_save_promises(save, load, folder):
    """What every save here keeps: a mode, a link, a user's file, the old state."""
    path = folder / "short.pt"
    save(path, {"step": 1})  # a Path as well as a str
    assert load(str(path)) == load(path) == {"step": 1}
    path.chmod(0o600)
    (folder / "short.pt.tmp").write_text("mine", encoding="utf-8")
    save(str(path), {"step": 2})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (folder / "short.pt.tmp").read_text(encoding="utf-8") == "mine"

    link = folder / "link.pt"
    link.symlink_to(path)
    save(link, {"step": 3})
    assert link.is_symlink() and load(path) == {"step": 3}

    with pytest.MonkeyPatch.context() as patch, pytest.raises(OSError, match="held"):
        patch.setattr(os, "replace", lambda *names: raise_(OSError("held")))
        save(path, {"step": 4})
    with files_end_at(10_000), pytest.raises((RuntimeError, OSError)):
        save(path, {"step": 4, "weight": torch.ones(10_000)})
    assert load(path) == {"step": 3}
    for file in (link, path, folder / "short.pt.tmp"):
        file.unlink()
    assert not list(folder.glob("*.tmp")) and not list(folder.glob("short*"))


def raise_(error):
    raise error


def silently_wrong(load, path, flips):
    """Of so many files with one flipped bit: how many load, with other values."""
    good, places = path.read_bytes(), random.Random(0)
    state, silent = load(path), 0
    for _ in range(flips):
        place, bit = places.randrange(len(good)), places.randrange(8)
        path.write_bytes(flipped(good, place, bit))
        try:
            silent += not same(load(path), state)
        except Exception:
            continue
    path.write_bytes(good)
    return silent


def assert_load_refuses_damage(load, path):
    """A flip in the middle of any tensor is refused by name."""
    good = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        entries = [x for x in archive.infolist() if "/data/" in x.filename]
    assert len(entries) > 3
    for entry in entries:
        lengths = struct.unpack_from("<HH", good, entry.header_offset + 26)
        start = entry.header_offset + 30 + sum(lengths)  # behind name and padding
        path.write_bytes(flipped(good, start + entry.file_size // 2, 3))
        with pytest.raises(zipfile.BadZipFile, match="take an older copy") as caught:
            load(path)
        assert f"{path} is damaged ({entry.filename})" in str(caught.value)
    path.write_bytes(good)


WRITER = """
import sys
import torch
from {module} import {save} as save
from {source} import {load} as load
torch.set_num_threads(1)
path, number, times = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()  # all begin together
for _ in range(times):
    if number:
        save(path, {{"writer": number, "x": torch.full((50_000,), number)}})
    else:
        state = load(path)
        assert bool((state["x"] == state["writer"]).all())
"""


def assert_two_writers_and_a_reader(module, save, load, path, times=100):
    """Each saves, or loads, so many times: nothing fails, and no mixture is seen."""
    save(path, {"writer": 1, "x": torch.full((50_000,), 1)})
    names = {"module": module, "save": save.__name__, "load": load.__name__}
    program = WRITER.format(**names, source=load.__module__)
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(path), str(number), str(times)],
            **pipes,
            text=True,
            cwd=ROOT,
            encoding="utf-8",
        )
        for number in (0, 1, 2)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        _, errors = process.communicate()
        assert process.returncode == 0, errors
    state = load(path)
    assert state["writer"] in (1, 2) and (state["x"] == state["writer"]).all()
    assert [file.name for file in path.parent.iterdir()] == [path.name]
