"""Recordings from elsewhere: only of this tree, this device, and whole."""

import json
from dataclasses import replace

import pytest

from scripts import accept, captures, recording, sealed
from scripts.pages import Block
from scripts.recording import Recording
from scripts.tree import SiteError

GPU = dict.fromkeys(captures.MACHINE) | {"device": "cuda", "gpu": "A GPU"}
METRICS = {"loss": {"median": 1.0, "spread": 0.0, "n": 1}}
CAPTURE = dict.fromkeys(captures.PASSPORT) | {
    "machine": GPU,
    "fingerprint": "abc",
    "recorded": "2025-01-01",
    "command": "python -m x",
    **{"seconds": 1.5, "warmup": 0, "repeats": 1},
    "result": {"metrics": METRICS},
}
BLOCK = Block("a", "x.py", "print(1)\n")
NOTE = {
    "name": "a",
    "sha256": sealed.file_digest(b"1\n"),
    "figures": {"a-1.png": sealed.file_digest(b"png")},
    "tolerance": 1e-3,
    "tolerance_reason": None,
    "volatile": None,
}
FILES = {"a.txt": b"1\n", "a-1.png": b"png"}


@pytest.fixture
def wanted(house, monkeypatch):
    """What the tree calls for on a GPU; the experiment is recorded on a CPU."""
    x = captures.Expected("my-lesson", "x", "cuda", "abc", "python -m x")
    program = replace(x, name="program", blocks=(BLOCK,))
    monkeypatch.setattr(
        captures, "expected", lambda device: [program, x] if device == "cuda" else []
    )
    on_cpu = {**CAPTURE, "machine": {**GPU, "device": "cpu", "gpu": None}}
    house("docs/captures/my-lesson/cpu/x.json", captures.seal(on_cpu))
    return program, x


@pytest.fixture
def record(tmp_path):
    """Write a recording, with an experiment that is changed; returns its folder."""

    def write(folder="elsewhere", files=None, blocks=(NOTE,), extra=None, **changes):
        program = {k: v for k, v in CAPTURE.items() if k != "result"}
        book = Recording("my-lesson", "cuda", files=FILES if files is None else files)
        book.captures = {
            "program": sealed.sealed({**program, "blocks": list(blocks)}),
            "x": sealed.sealed({**CAPTURE, **changes}),
            **(extra or {}),
        }
        recording.write(tmp_path / folder, book)
        return tmp_path / folder

    return write


def edit(folder, change):
    """Let `change` edit the content of a recording."""
    path = folder / "my-lesson.cuda.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_a_good_one_comes_home(wanted, record, capsys):
    accept.bring_home(record())
    program, x = wanted
    assert captures.load(x.path)["machine"]["gpu"] == "A GPU"
    assert captures.load(program.path)["blocks"] == [NOTE]
    assert program.path.with_name("a.txt").read_text(encoding="utf-8") == "1\n"
    assert program.path.with_name("a-1.png").read_bytes() == b"png"
    assert captures.state(x) == captures.state(program) == "fresh"
    assert "accepted my-lesson/x (cuda), recorded 2025-01-01" in capsys.readouterr().out


SCAPEGOAT = {**NOTE, "figures": {"../../x.png": NOTE["figures"]["a-1.png"]}}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fingerprint": "old"}, "my-lesson/x: the fingerprint"),
        ({"machine": {**GPU, "device": "cpu"}}, "my-lesson/x: recorded on cpu"),
        ({"machine": {**GPU, "gpu": None}}, r"GPU: None.*, not on cuda"),
        ({"machine": {**GPU, "gpu": "stand-in for a T4"}}, "my-lesson/x: .* real GPU"),
        ({"result": {"metrics": {}}}, "my-lesson/x: the metric 'loss' is gone"),
        ({"result": {}}, "metric 'loss' is gone"),
        ({"extra": {"y": {}}}, "holds my-lesson/y: no capture"),
        ({"extra": {"x": {}}}, "my-lesson/x in .* is not readable"),
        ({"extra": {"x": CAPTURE}}, "my-lesson/x in .* digest"),
        ({"files": {"a-1.png": b"png"}}, r"a\.txt is not what program\.json says"),
        ({"files": {**FILES, "a.txt": b"2\n"}}, r"a\.txt is not what program\.json"),
        ({"files": {**FILES, "b.txt": b""}}, r"holds the file b\.txt, which no block"),
        ({"blocks": [{**NOTE, "volatile": "why"}]}, "my-lesson/program: the finger"),
        (
            {"recorded": "last Tuesday"},
            "my-lesson/x: recorded is 'last Tuesday', ",
        ),
        ({"command": "rm -rf /"}, "x: recorded with 'rm -rf /', not with python -m x"),
        ({"machine": {**GPU, "gpu": "A\x07GPU"}}, r"gpu holds the .* '\\x07': this is"),
        ({"blocks": [SCAPEGOAT]}, r"my-lesson/program: \.\./\.\./x\.png is no figure"),
    ],
)
def test_others_do_not(wanted, record, changes, message):
    with pytest.raises(SiteError, match=message):
        accept.bring_home(record(**changes))
    assert not any(want.path.exists() for want in wanted)


def test_half_a_recording_does_not(wanted, record):
    folder = edit(record(), lambda content: content["captures"].pop("x"))
    with pytest.raises(SiteError, match="half-recorded: it lacks my-lesson/x; go on.*"):
        accept.bring_home(folder)
    assert not any(want.path.exists() for want in wanted)


def test_what_is_fresh_at_home_is_not_lacking(wanted, record):
    accept.bring_home(record())
    folder = edit(record(), lambda content: content["captures"].pop("x"))
    accept.bring_home(folder)
    wanted[1].path.write_text(
        captures.seal({**CAPTURE, "fingerprint": "old"}), encoding="utf-8"
    )
    with pytest.raises(SiteError, match="it lacks my-lesson/x;"):
        accept.bring_home(folder)


def test_a_metric_that_the_code_gave_up_is_not_lost(wanted, record):
    old = {"metrics": {**METRICS, "gone": METRICS["loss"]}}
    for device in ("cpu", "cuda"):
        path = replace(wanted[1], device=device).path
        path.parent.mkdir(parents=True, exist_ok=True)
        machine = {**GPU, "device": device, "gpu": device == "cuda" and "A GPU"}
        capture = {**CAPTURE, "machine": machine, "fingerprint": "old", "result": old}
        path.write_text(captures.seal(capture), encoding="utf-8")
    accept.bring_home(record())


def test_no_recording_at_all(wanted, tmp_path):
    with pytest.raises(SiteError, match="is not a folder"):
        accept.bring_home(tmp_path / "gone")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SiteError, match=r"holds no recording: .*my-lesson\.cuda\.json"):
        accept.bring_home(tmp_path / "empty")


def test_all_or_nothing(wanted, record):
    folder = record()
    (folder / "zebra.cuda.json").write_text("{}", encoding="utf-8")
    with pytest.raises(SiteError, match=r"zebra\.cuda\.json is a recording of no less"):
        accept.bring_home(folder)
    assert not any(want.path.exists() for want in wanted)


def test_a_second_recording_stands_beside_the_first(wanted, record):
    other = {"loss": {"median": 1.5, "spread": 0.0, "n": 1}}
    again = record("again", result={"metrics": other})
    accept.bring_home(record(), again)
    program, x = (replace(want, again=True) for want in wanted)
    assert captures.load(x.path)["result"]["metrics"] == other
    assert x.path.parent.name == "again" and captures.state(x) == "fresh"
    assert not program.path.exists()
    assert captures.load(wanted[1].path)["result"]["metrics"] == METRICS


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: None, "hold one and the same recording"),
        (lambda content: content["captures"].pop("x"), "it lacks my-lesson/x"),
        (lambda content: content["captures"].pop("program"), "holds the file a"),
        (lambda c: c["captures"]["x"].update(seconds=3), "my-lesson/x in .*digest"),
        (lambda content: content.update(lesson="other"), "says that it is of other"),
    ],
)
def test_a_second_recording_is_verified_too(wanted, record, spoil, message):
    again = edit(record("again"), spoil)
    with pytest.raises(SiteError, match=message):
        accept.bring_home(record(), again)
    assert not any(want.path.exists() for want in wanted)


def test_a_second_recording_has_nothing_that_the_first_lacks(wanted, record, tmp_path):
    again = record("again", seconds=3)
    accept.bring_home(record())
    folder = edit(record(), lambda content: content["captures"].pop("x"))
    with pytest.raises(SiteError, match=r"again holds my-lesson/x \(cuda\), .* not"):
        accept.bring_home(folder, again)


@pytest.mark.parametrize("line", ["```", "  ~~~~", '--8<-- "README.md"', ";--8<-- x"])
def test_a_text_that_would_end_its_fence_does_not(wanted, record, line):
    text = f"1\n{line}\n<script>alert(1)</script>\n".encode()
    note = {**NOTE, "sha256": sealed.file_digest(text)}
    folder = record(files={**FILES, "a.txt": text}, blocks=[note])
    with pytest.raises(SiteError, match=r"a\.txt, line 2: no output may begin with"):
        accept.bring_home(folder)
