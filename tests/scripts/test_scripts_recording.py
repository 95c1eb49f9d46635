"""A recording's file: written whole or not at all, read whole or refused by name."""

import json

import pytest

from scripts.captures import bundle
from scripts.captures.bundle import Recording
from scripts.common.errors import SiteError

BOOK = Recording(
    "my-lesson",
    "cuda",
    {"x": {"a": 1.5}},
    {"a.txt": "µ\n".encode(), "a-1.png": b"\x89"},
)


def test_what_is_written_is_read(tmp_path):
    bundle.write(tmp_path / "new" / "folder", BOOK)
    path = bundle.path_of(tmp_path / "new" / "folder", "my-lesson", "cuda")
    assert path.name == "my-lesson.cuda.json"
    assert bundle.read(path) == BOOK
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_who_is_interrupted_leaves_the_old_one(tmp_path, monkeypatch):
    bundle.write(tmp_path, BOOK)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(bundle.os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bundle.write(tmp_path, Recording("my-lesson", "cuda"))
    assert bundle.read(bundle.path_of(tmp_path, "my-lesson", "cuda")) == BOOK
    assert len(list(tmp_path.glob("*.json"))) == 1


@pytest.mark.parametrize("length", [0, 1, 100, 200, 240])
def test_what_is_cut_short_is_refused(tmp_path, length):
    bundle.write(tmp_path, BOOK)
    path = bundle.path_of(tmp_path, "my-lesson", "cuda")
    assert length < len(path.read_bytes()) - 2
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(SiteError, match=r"my-lesson\.cuda\.json is not readable"):
        bundle.read(path)


@pytest.mark.parametrize(
    "change",
    [
        {"captures": []},
        {"texts": None},
        {"texts": {"a.txt": 1}},
        {"figures": {"a.png": "?"}},
        {"figures": {"a.png": "abc"}},
    ],
)
def test_what_is_no_recording_is_refused(tmp_path, change):
    bundle.write(tmp_path, BOOK)
    path = bundle.path_of(tmp_path, "my-lesson", "cuda")
    path.write_text(
        json.dumps(json.loads(path.read_text(encoding="utf-8")) | change),
        encoding="utf-8",
    )
    with pytest.raises(SiteError, match=r"my-lesson\.cuda\.json is not readable"):
        bundle.read(path)


@pytest.mark.parametrize("name", ["other.cuda.json", "my-lesson.cpu.json"])
def test_what_says_that_it_is_another_is_refused(tmp_path, name):
    bundle.write(tmp_path, BOOK)
    path = bundle.path_of(tmp_path, "my-lesson", "cuda").rename(tmp_path / name)
    with pytest.raises(SiteError, match="says that it is of my-lesson on cuda"):
        bundle.read(path)
