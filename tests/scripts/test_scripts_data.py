"""The data: right already, made again, or an error that says what was tried."""

import gzip
import hashlib

import pytest

from scripts import data

CONTENTS = {"a": b"first", "b": b"second"}


@pytest.fixture
def raw(tmp_path, monkeypatch):
    """The folder of the data; no source has anything yet."""
    digests = {name: hashlib.sha256(c).hexdigest() for name, c in CONTENTS.items()}
    monkeypatch.setattr(data, "FILES", digests)
    monkeypatch.setattr(data, "DEBIAN", tmp_path / "debian")
    monkeypatch.setattr(data, "SOURCES", {"Debian": data.from_debian, "net": refuse})
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
        (data.DEBIAN / f"{name}.gz").write_bytes(gzip.compress(content or right))


def ensure(raw):
    return data.ensure(raw.parents[1])


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
        data.SOURCES, "net", lambda name, target: target.write_bytes(CONTENTS[name])
    )
    assert ensure(raw) == ["a", "b"]
    assert everything(raw) == CONTENTS


@pytest.mark.parametrize("there", [None, b"fir"])
def test_no_source_is_left(raw, there):
    if there:
        (raw / "a").write_bytes(there)
    before = everything(raw)
    with pytest.raises(data.DataError) as caught:
        ensure(raw)
    said = str(caught.value)
    assert f"{raw / 'a'} is {'damaged' if there else 'not there'}" in said
    assert "Debian: FileNotFoundError" in said and "net: ConnectionError" in said
    assert "What to do: " in said
    assert everything(raw) == before


def test_a_source_with_other_bytes_leaves_nothing(raw):
    debian(b"something else")
    with pytest.raises(data.DataError, match="SHA-256"):
        ensure(raw)
    assert everything(raw) == {}
