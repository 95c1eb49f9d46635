"""Recordings from elsewhere: only of this tree, this device, and whole."""

import json

import pytest

from scripts import accept, captures
from scripts.tree import SiteError

GPU = dict.fromkeys(captures.MACHINE) | {"device": "cuda", "gpu": "A GPU"}
METRICS = {"loss": {"median": 1.0, "spread": 0.0, "n": 1}}
CAPTURE = dict.fromkeys(captures.PASSPORT) | {
    "machine": GPU,
    "fingerprint": "abc",
    "recorded": "2025-01-01",
    "result": {"metrics": METRICS},
}


@pytest.fixture
def want(house, monkeypatch):
    """What the tree calls for: one experiment on a GPU, recorded on a CPU."""
    made = captures.Expected("my-lesson", "x", "cuda", "abc", "python -m x")
    monkeypatch.setattr(
        captures, "expected", lambda device: [made] if device == "cuda" else []
    )
    on_cpu = {**CAPTURE, "machine": {**GPU, "device": "cpu", "gpu": None}}
    house("docs/captures/my-lesson/cpu/x.json", captures.seal(on_cpu))
    return made


@pytest.fixture
def record(house):
    """Write a recording; returns its folder."""

    def write(name="my-lesson/cuda/x.json", **changes):
        path = house(f"elsewhere/{name}", captures.seal({**CAPTURE, **changes}))
        return path.parents[2]

    return write


def test_a_good_one_comes_home(want, record, capsys):
    accept.bring_home(record())
    assert json.loads(want.path.read_text())["machine"]["gpu"] == "A GPU"
    assert "accepted my-lesson/x (cuda), recorded 2025-01-01" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fingerprint": "old"}, "my-lesson/x: the fingerprint"),
        ({"machine": {**GPU, "device": "cpu"}}, "recorded on cpu"),
        ({"machine": {**GPU, "gpu": None}}, r"GPU: None.*, not on cuda"),
        ({"result": {"metrics": {}}}, "metric 'loss' is gone"),
        ({"result": {}}, "metric 'loss' is gone"),
        ({"name": "my-lesson/cuda/y.json"}, "y.json is no capture"),
        ({"name": "other/cuda/x.json"}, "other/cuda/x.json is no capture"),
    ],
)
def test_others_do_not(want, record, changes, message):
    with pytest.raises(SiteError, match=message):
        accept.bring_home(record(**changes))
    assert not want.path.exists()


def test_all_or_nothing(want, record):
    folder = record()
    record(name="my-lesson/cuda/z.json")
    with pytest.raises(SiteError, match="z.json"):
        accept.bring_home(folder)
    assert not want.path.exists()


def test_texts_come_home_too(want, record, house):
    note = {"name": "a", "sha256": captures.file_digest(b"1\n"), "figures": {}}
    folder = record(blocks=[note])
    with pytest.raises(SiteError, match=r"a\.txt"):
        accept.bring_home(folder)
    house("elsewhere/my-lesson/cuda/a.txt", "1\n")
    accept.bring_home(folder)
    assert want.path.with_name("a.txt").read_text() == "1\n"


def test_no_recording_at_all(want, tmp_path):
    with pytest.raises(SiteError, match="is not a folder"):
        accept.bring_home(tmp_path / "gone")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SiteError, match="holds no capture"):
        accept.bring_home(tmp_path / "empty")


def test_what_is_done_already(want, record):
    folder = record() / "my-lesson" / "cuda"
    assert accept.is_done(want, folder)
    record(fingerprint="old")
    assert not accept.is_done(want, folder)
    assert not accept.is_done(want, folder.parent)
