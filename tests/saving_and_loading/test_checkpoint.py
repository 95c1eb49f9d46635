"""save_checkpoint keeps the old file, and load_checkpoint refuses what is not sound."""

import datetime
import multiprocessing
import os
import pathlib
import random
import re
import resource
import signal
import struct
import zipfile

import numpy
import pytest
import torch
from listing import run_listing

from snippets.saving_and_loading import faults
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


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_an_exception_while_saving_keeps_the_old_file(path, error):
    save_checkpoint(path, {"step": 1})
    bad = {"weight": torch.ones(1_000_000), "rest": FailsAfterATensor(error("stop"))}
    with pytest.raises(error, match="stop"):
        save_checkpoint(path, bad)
    assert load_checkpoint(path) == {"step": 1}
    assert names(path.parent) == ["checkpoint.pt"]


@pytest.mark.parametrize("function", ["fsync", "replace"])
def test_a_failing_disk_keeps_the_old_file(path, monkeypatch, function):
    save_checkpoint(path, {"step": 1})

    def fail(*arguments):
        raise OSError("input/output error")

    monkeypatch.setattr(os, function, fail)
    with pytest.raises(OSError, match="input/output"):
        save_checkpoint(path, {"step": 2})
    assert load_checkpoint(path) == {"step": 1}
    assert names(path.parent) == ["checkpoint.pt"]


def test_a_missing_folder_raises_and_makes_nothing(tmp_path):
    with pytest.raises(FileNotFoundError):
        save_checkpoint(tmp_path / "nowhere" / "checkpoint.pt", {"step": 1})
    assert names(tmp_path) == []


def test_what_a_kill_left_is_cleared_by_the_next_save(path):
    leftover = path.with_name("checkpoint.pt.tmp")
    leftover.write_bytes(b"half a checkpoint" * 100_000)  # longer than the new file
    save_checkpoint(path, {"step": 2})
    assert load_checkpoint(path) == {"step": 2}
    assert names(path.parent) == ["checkpoint.pt"]


def save_on_a_small_disk(path, state, connection):
    torch.set_num_threads(1)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    try:
        save_checkpoint(path, state)
    except (RuntimeError, OSError) as error:
        connection.send(type(error).__name__)
    else:
        connection.send("saved")


def test_a_disk_that_fills_keeps_the_old_file(path):
    save_checkpoint(path, {"step": 1})
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    state = {"step": 2, "weight": torch.ones(1_000_000)}
    child = context.Process(target=save_on_a_small_disk, args=(path, state, sender))
    child.start()
    assert receiver.poll(30)
    assert receiver.recv() in ("RuntimeError", "OSError")
    child.join()
    assert child.exitcode == 0
    assert load_checkpoint(path) == {"step": 1}
    assert names(path.parent) == ["checkpoint.pt"]


# --- loading --------------------------------------------------------------------------


def refused(path, what, do, cause):
    """Assert that the file is refused in the right words, its path among them."""
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(path)
    message = str(caught.value)
    assert message.startswith(str(path)), message
    assert what in message and do in message, message
    assert "\n" not in message, message
    assert isinstance(caught.value.__cause__, cause)


def test_a_missing_file_is_refused(path):
    refused(path, "does not exist", "check the path", FileNotFoundError)


def test_a_folder_is_refused(path):
    path.mkdir()
    refused(path, "directory", "go back", IsADirectoryError)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "empty file"),
        (b"<!DOCTYPE html><title>404 Not Found</title>", "not a checkpoint"),
        (random.Random(0).randbytes(10_000), "not a checkpoint"),
        (b"PK\x03\x04", "cut short"),
    ],
)
def test_a_foreign_file_is_refused(path, content, what):
    path.write_bytes(content)
    refused(path, what, "go back to an older copy", zipfile.BadZipFile)


def test_a_zip_of_something_else_is_refused(path):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("letter.txt", "Dear reader")
    refused(path, "cannot be loaded", "go back to an older copy", RuntimeError)


def test_a_file_in_the_old_format_is_refused(path):
    torch.save({"step": 1}, path, _use_new_zipfile_serialization=False)
    refused(path, "not a checkpoint", "go back", zipfile.BadZipFile)


@pytest.mark.parametrize(
    "value",
    [
        numpy.float64(0.5),
        numpy.zeros(3),
        pathlib.Path("data"),
        datetime.date(2024, 1, 1),
        Net(hidden=2),
    ],
    ids=lambda value: type(value).__name__,
)
def test_objects_that_are_not_plain_are_refused(path, value):
    save_checkpoint(path, {"step": 1, "value": value})
    refused(path, "objects that could run code", "do not load it", Exception)


def test_the_payload_is_refused_and_not_run(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save(faults.Payload(), path)
    refused(path, "objects that could run code", "do not load it", Exception)
    assert not os.path.exists("payload-ran")
    with pytest.raises(Exception, match="Weights only load failed"):
        torch.load(path)  # the default
    assert not os.path.exists("payload-ran")
    torch.load(path, weights_only=False)  # this test can fail: the payload is live
    assert os.path.exists("payload-ran")


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
            refused(path, "damaged at", "go back", zipfile.BadZipFile)
            loaded = torch.load(path, map_location="cpu", weights_only=True)
            assert not faults.same(loaded, state)


def test_a_truncated_file_is_refused(path, state):
    save_checkpoint(path, state)
    good = path.read_bytes()
    for part in range(20):
        path.write_bytes(good[: len(good) * part // 20])
        what = "cut short" if part else "empty file"
        refused(path, what, "go back to an older copy", zipfile.BadZipFile)
    path.write_bytes(good[:-1])
    refused(path, "cut short", "go back to an older copy", zipfile.BadZipFile)


# --- the listing and the table --------------------------------------------------------


def test_the_listing_shows_both_losses(tmp_path, monkeypatch):
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
    assert not list(tmp_path.glob("*.tmp"))
    content = (tmp_path / "sound.pt").read_bytes()
    damaged = (tmp_path / "flipped.pt").read_bytes()
    changed = [one ^ two for one, two in zip(content, damaged, strict=True)]
    assert sorted(changed)[-2:] == [0, 0b0100_0000]  # one bit in the whole file


def test_the_fault_table():
    result = faults.main(**faults.QUICK)
    rows = {row[0]: row[1:] for row in result["tables"]["faults"]["rows"]}
    assert len(rows) == 12
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
    for fault in list(rows)[:8]:
        assert rows[fault][1].startswith("CheckpointError: bad.pt ")
    assert "Error(s) in loading" in heard["the wrong architecture"]
    assert "none loaded" in heard["strict=False, no name matches"]
    assert "0.1 is now 0.001" in heard["SGD loads Adam's state"]
    plain, atomic = rows["disk full while saving"]
    assert "old file lost" in plain and "old file kept" in atomic
    assert not any("full" in said for said in (plain, atomic))

    counts = {name: value["median"] for name, value in result["metrics"].items()}
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


def test_the_full_disk_child_in_this_process(path, monkeypatch):
    """What only the forked child runs, run here without its limit."""
    monkeypatch.setattr(resource, "setrlimit", lambda *arguments: None)
    threads, handler = torch.get_num_threads(), signal.getsignal(signal.SIGXFSZ)
    receiver, sender = multiprocessing.Pipe(duplex=False)
    try:
        faults.save_on_a_full_disk(faults.save_safely, path, {"step": 1}, 10, sender)
    finally:
        torch.set_num_threads(threads)
        signal.signal(signal.SIGXFSZ, handler)
    assert receiver.recv() == "nothing"
    assert load_checkpoint(path) == {"step": 1}
