"""The data: right already, made again, or an error that says what was tried."""

import gzip
import hashlib
import signal
import subprocess
import sys

import pytest
from listing import ROOT

from scripts.run import dataset

CONTENTS = {"a": b"first", "b": b"second"}


@pytest.fixture
def raw(tmp_path, monkeypatch):
    """The folder of the data; no source has anything yet."""
    digests = {name: hashlib.sha256(c).hexdigest() for name, c in CONTENTS.items()}
    monkeypatch.setattr(dataset, "FILES", digests)
    monkeypatch.setattr(dataset, "DEBIAN", tmp_path / "debian")
    monkeypatch.setattr(
        dataset, "SOURCES", {"Debian": dataset.from_debian, "net": refuse}
    )
    (tmp_path / "debian").mkdir()
    folder = tmp_path / "data" / "FashionMNIST" / "raw"
    folder.mkdir(parents=True)
    return folder


def refuse(name, target):
    """A source that breaks off half way."""
    target.write_bytes(CONTENTS[name][:3])
    raise ConnectionError("no network")


def debian(content=None):
    """Let Debian's package be there."""
    for name, right in CONTENTS.items():
        (dataset.DEBIAN / f"{name}.gz").write_bytes(gzip.compress(content or right))


def ensure(raw):
    return dataset.ensure(raw.parents[1])


def everything(raw):
    return {path.name: path.read_bytes() for path in raw.iterdir()}


def test_what_is_right_is_left_alone(raw):
    for name, content in CONTENTS.items():
        (raw / name).write_bytes(content)
    before = (raw / "a").stat().st_mtime_ns
    assert ensure(raw) == []
    assert (raw / "a").stat().st_mtime_ns == before


@pytest.mark.parametrize("there", [None, b"", b"fir", b"FIRST", b"first and more"])
def test_from_debian_what_is_missing_damaged_or_half(raw, there):
    debian()
    (raw / "b").write_bytes(CONTENTS["b"])
    if there is not None:
        (raw / "a").write_bytes(there)
    assert ensure(raw) == ["a"]
    assert everything(raw) == CONTENTS


def test_the_next_source_if_the_first_has_it_wrong(raw, monkeypatch):
    debian(b"something else")
    monkeypatch.setitem(
        dataset.SOURCES, "net", lambda name, target: target.write_bytes(CONTENTS[name])
    )
    assert ensure(raw) == ["a", "b"]
    assert everything(raw) == CONTENTS


@pytest.mark.parametrize("there", [None, b"fir"])
def test_no_source_is_left(raw, there):
    if there:
        (raw / "a").write_bytes(there)
    before = everything(raw)
    with pytest.raises(dataset.DataError) as caught:
        ensure(raw)
    said = str(caught.value)
    assert f"{raw / 'a'} is {'damaged' if there else 'not there'}" in said
    assert "Debian: FileNotFoundError" in said and "net: ConnectionError" in said
    assert "What to do: " in said
    assert everything(raw) == before


def test_a_source_with_other_bytes_leaves_nothing(raw):
    debian(b"something else")
    with pytest.raises(dataset.DataError, match="SHA-256"):
        ensure(raw)
    assert everything(raw) == {}


def test_what_a_killed_run_left_is_cleared_away(raw):
    for name in ("a.123.part", "b.99999999.part"):
        (raw / name).write_bytes(b"first"[:3])
    half = raw / "download.x_1y.part" / "FashionMNIST"
    half.mkdir(parents=True)
    (half / "a").write_bytes(b"fi")
    for name, content in CONTENTS.items():
        (raw / name).write_bytes(content)
    assert ensure(raw) == []
    assert everything(raw) == CONTENTS


@pytest.mark.parametrize("name", ["a.gz.part", "a.part", "c.1.part", "a.1.part.txt"])
def test_what_is_not_ours_stays(raw, name):
    """A browser's download, by which the reader brings the data here by hand."""
    debian()
    (raw / name).write_bytes(b"the reader's own")
    ensure(raw)
    assert everything(raw) == {**CONTENTS, name: b"the reader's own"}


COPY = """
import sys
from pathlib import Path
from scripts.run import dataset

def slow(name, target):
    target.write_bytes(b"a")
    print("begun", flush=True)
    sys.stdin.readline()
    target.write_bytes(b"right")

sha = "27042f4e6eca7d0b2a7ee4026df2ecfa51d3339e6d122aa099118ecd8563bad9"
dataset.FILES = {"a": sha}
dataset.SOURCES = {"slow": slow}
print(dataset.ensure(Path(sys.argv[1])), flush=True)
"""


@pytest.fixture
def copying(raw):
    """Start a copy; it has begun to write, and goes on when it gets a line."""
    started = []

    def start():
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", COPY, str(raw.parents[1])],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_two_at_once_do_not_disturb_each_other(raw, copying):
    first = copying()
    assert first.stdout.readline() == "begun\n"
    second = copying()  # finds what the first has made, or waits for it
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(timeout=1)
    assert len(everything(raw)) == 1
    assert first.communicate("\n")[0] == "['a']\n"
    assert second.communicate()[0] == "[]\n"
    assert everything(raw) == {"a": b"right"}


def test_one_that_is_killed_leaves_nothing_for_ever(raw, copying):
    for _ in range(3):
        process = copying()
        assert process.stdout.readline() == "begun\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(everything(raw)) == 1
    last = copying()
    assert last.communicate("\n")[0] == "begun\n['a']\n"
    assert everything(raw) == {"a": b"right"}
