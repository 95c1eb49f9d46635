"""A recording's file: written whole or not at all, read whole or refused by name."""

import errno
import json
import sys
import zipfile

import pytest

from scripts.captures import bundle, capture_file
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


def nested(depth):
    return "[" * depth + "]" * depth


@pytest.mark.parametrize("depth", [60, 900, 50_000])
def test_what_is_nested_beyond_reason_is_refused(tmp_path, depth):
    path = bundle.path_of(tmp_path, "my-lesson", "cuda")
    path.write_text(nested(depth), encoding="utf-8")
    with pytest.raises(
        SiteError, match=r"cuda\.json is not readable.*nested too deeply"
    ):
        bundle.read(path)
    with pytest.raises(ValueError, match="nested too deeply"):
        capture_file.parsed(nested(depth))
    assert capture_file.parsed('{"a": [1, {"b": []}]}') == {"a": [1, {"b": []}]}


@pytest.mark.parametrize("place", ["file/recording", "/proc/recording", "gone", "full"])
def test_a_folder_is_tried_out_first(tmp_path, place, monkeypatch):
    (tmp_path / "file").touch()
    (tmp_path / "gone").symlink_to("nowhere/at/all")

    def full(number):
        raise OSError(errno.ENOSPC, "No space left on device")

    if place == "full":
        monkeypatch.setattr(bundle.os, "fsync", full)
    with pytest.raises(SiteError, match=f"{place} cannot be written .*, and nothing"):
        bundle.try_out(tmp_path / place)
    assert not list(tmp_path.glob("full/*"))


def test_a_folder_that_can_be_written_stays_empty(tmp_path):
    bundle.try_out(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_what_was_set_aside_is_not_overwritten(tmp_path):
    path = tmp_path / "x.json"
    for text, name in [("1", "x.json.old"), ("2", "x.json.old-2"), ("1", "x.json.old")]:
        path.write_text(text, encoding="utf-8")
        assert bundle.set_aside(path).name == name
    assert [p.read_text(encoding="utf-8") for p in sorted(tmp_path.iterdir())] == [
        *("1", "1", "2")
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_that_leads_to_itself_is_no_folder(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(SiteError, match="loop/x.* cannot be a folder: "):
        bundle.check_place(tmp_path / "loop/x")


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = bundle.path_of(tmp_path, BOOK.slug, BOOK.device)
    with open(path, "wb") as file:
        file.truncate(bundle.LARGEST + 1)  # a hole, which takes no room
    with pytest.raises(SiteError, match="is too large: it is no file of the record"):
        bundle.read(path)


@pytest.mark.parametrize(
    "text", ["[]", '{"lesson": "a", "device": "b", "captures": 3}']
)
def test_what_has_another_form_is_not_said_to_be_cut_short(tmp_path, text):
    path = bundle.path_of(tmp_path, BOOK.slug, BOOK.device)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SiteError, match="it does not have the form that the recorder"):
        bundle.read(path)


@pytest.mark.timeout(60)  # if each name were looked for among all, minutes
def test_many_names_in_a_packed_file_take_no_time(tmp_path):
    with zipfile.ZipFile(tmp_path / "recording.zip", "w") as archive:
        for number in range(60_000):
            archive.writestr(f"recording/.x{number}", "")
    with pytest.raises(SiteError, match="holds no recording in its folder recording"):
        bundle.unpack(tmp_path / "recording.zip", tmp_path / "room")
