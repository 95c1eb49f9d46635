"""Recordings from elsewhere: only of this tree, this device, and whole."""

import json
import os
import shlex
import warnings
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.captures import accept, bundle, capture_file, expected, lost, pairs
from scripts.captures.bundle import Recording
from scripts.common import files, lock
from scripts.common.errors import SiteError
from scripts.common.paths import TREE
from scripts.page.program import Block

GPU = dict.fromkeys(capture_file.MACHINE) | {"device": "cuda", "gpu": "A GPU"}
GPU |= {"torch": "2.11.0+cu130", "cuda": "13.0", "cores": 4, "threads": 4}
GPU |= {"cpu": "A CPU", "python": "3.12.3"}


def part(name, content=b""):
    """A part of a PNG: its length, its name, what it holds, its checksum."""
    told = zlib.crc32(name + content)
    return len(content).to_bytes(4) + name + content + told.to_bytes(4)


SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEAD = part(b"IHDR", b"\0\0\0\1\0\0\0\1\x08\0\0\0\0")  # one pixel, grey
PNG = SIGNATURE + HEAD + part(b"IDAT", zlib.compress(b"\0\0")) + part(b"IEND")
METRICS = {"loss": {"median": 1.0, "spread": 0.0, "n": 1}}
CAPTURE = dict.fromkeys(capture_file.PASSPORT) | {
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
    "sha256": capture_file.file_digest(b"1\n"),
    "figures": {"a-1.png": capture_file.file_digest(PNG)},
    "seconds": 0.5,
    "tolerance": 1e-3,
    "tolerance_reason": None,
    "volatile": None,
}
FILES = {"a.txt": b"1\n", "a-1.png": PNG}


@pytest.fixture
def wanted(house, monkeypatch):
    """What the tree calls for on a GPU; the experiment is recorded on a CPU."""
    x = expected.Expected("my-lesson", "x", "cuda", "abc", "python -m x")
    program = replace(x, name="program", blocks=(BLOCK,))
    monkeypatch.setattr(
        expected, "expected", lambda device: [program, x] if device == "cuda" else []
    )
    on_cpu = {**CAPTURE, "machine": {**GPU, "device": "cpu", "gpu": None}}
    house("docs/captures/my-lesson/cpu/x.json", capture_file.seal(on_cpu))
    return program, x


@pytest.fixture
def record(tmp_path):
    """Write a recording, with an experiment that is changed; returns its folder."""

    def write(folder="elsewhere", files=None, blocks=(NOTE,), extra=None, **changes):
        program = {k: v for k, v in CAPTURE.items() if k != "result"}
        book = Recording("my-lesson", "cuda", files=FILES if files is None else files)
        book.captures = {
            "program": capture_file.sealed(
                {**program, "blocks": [*blocks] if type(blocks) is tuple else blocks}
            ),
            "x": capture_file.sealed({**CAPTURE, **changes}),
            **(extra or {}),
        }
        bundle.write(tmp_path / folder, book)
        return tmp_path / folder

    return write


def edit(folder, change):
    """Let `change` edit the content of a recording."""
    path = folder / "my-lesson.cuda.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_a_good_one_comes_home(wanted, record):
    accepted = accept.bring_home(record())
    program, x = wanted
    assert capture_file.load(x.path)["machine"]["gpu"] == "A GPU"
    assert capture_file.load(program.path)["blocks"] == [NOTE]
    assert program.path.with_name("a.txt").read_text(encoding="utf-8") == "1\n"
    assert program.path.with_name("a-1.png").read_bytes() == PNG
    assert expected.state(x) == expected.state(program) == "fresh"
    assert "accepted my-lesson/x (cuda), recorded 2025-01-01" in accepted


SCAPEGOAT = {**NOTE, "figures": {"../../x.png": NOTE["figures"]["a-1.png"]}}


NAN, MINUS = (
    {"tables": {"all": {"columns": ["ms"], "rows": [["1.5"], [cell]]}}}
    for cell in ("nan", "1 ± -5")
)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"fingerprint": "old"}, "my-lesson/x: the fingerprint"),
        ({"machine": {**GPU, "device": "cpu"}}, "my-lesson/x: recorded on cpu"),
        ({"machine": {**GPU, "gpu": None}}, r"GPU: None.*, not on cuda"),
        ({"machine": {**GPU, "gpu": "stand-in for a T4"}}, "my-lesson/x: .* real GPU"),
        ({"result": {"metrics": {}}}, "my-lesson/x: the metric 'loss' is gone"),
        ({"result": {}}, "my-lesson/x: it is without result"),
        ({"machine": {**GPU, "gpu": " "}}, "machine.gpu is ' ', and has to be said"),
        ({"machine": {**GPU, "gpu": "Stand-in for a T4"}}, "my-lesson/x: .* real GPU"),
        ({"machine": {**GPU, "gpu": " stand-in for a T4"}}, "my-lesson/x: .* real GPU"),
        ({"machine": {**GPU, "gpu": "\u00a0Stand-in "}}, "my-lesson/x: .* real GPU"),
        ({"machine": {**GPU, "gpu": "NVIDIA stand-in T4"}}, "my-lesson/x: .* real GPU"),
        ({"machine": {**GPU, "gpu": "stand\u2011in T4"}}, "my-lesson/x: .* real GPU"),
        ({"machine": {**GPU, "gpu": "a stand\u2212in"}}, "my-lesson/x: .* real GPU"),
        (
            {"machine": {**GPU, "gpu": " A GPU"}},
            "x: the GPU's name ' A GPU' begins or ",
        ),
        (
            {"machine": {**GPU, "gpu": "A GPU\n"}},
            r"x: the GPU's name 'A GPU\\n' begins ",
        ),
        ({"result": {"metrics": METRICS, **NAN}}, "has the cell 'nan', which is no"),
        ({"result": {"metrics": METRICS, **MINUS}}, "has the cell '1 ± -5', which is"),
        ({"extra": {"y": {}}}, "holds my-lesson/y: no capture"),
        ({"extra": {"x": {}}}, "the capture my-lesson/x is not readable"),
        ({"extra": {"x": CAPTURE}}, "the capture my-lesson/x contra.* digest"),
        (
            {"files": {"a-1.png": PNG}},
            r"a\.txt is not what program\.json says",
        ),
        ({"files": {**FILES, "a.txt": b"2\n"}}, r"a\.txt is not what program\.json"),
        ({"files": {**FILES, "b.txt": b""}}, r"holds the file b\.txt, which no block"),
        (
            {"blocks": [{**NOTE, "figures": {"a-1.png": ["x"]}}]},
            r"the digest of a-1\.png is \['x'\], not a text",
        ),
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
        capture_file.seal({**CAPTURE, "fingerprint": "old"}), encoding="utf-8"
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
        path.write_text(capture_file.seal(capture), encoding="utf-8")
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
    assert capture_file.load(x.path)["result"]["metrics"] == other
    assert x.path.parent.name == "again" and expected.state(x) == "fresh"
    assert not program.path.exists()
    assert capture_file.load(wanted[1].path)["result"]["metrics"] == METRICS


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda content: None, "hold one and the same recording"),
        (lambda content: content["captures"].pop("x"), "it lacks my-lesson/x"),
        (lambda content: content["captures"].pop("program"), "holds the file a"),
        (
            lambda c: c["captures"]["x"].update(seconds=3),
            "the capture my-lesson/x contra.*digest",
        ),
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


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"result": {"metrics": {"other": METRICS["loss"]}}}, "my-lesson/x: the metri"),
        ({"repeats": 50}, "my-lesson/x: repeats is 50, but its result says 1: this is"),
        ({"left_out": []}, r"my-lesson/x: left_out is \[\], not a list of cells"),
        ({"fingerprint": "old"}, "my-lesson/x: the fingerprint of the recording is no"),
        (
            {"files": {"a-1.png": PNG}},
            r"the captured file a\.txt is not what pro",
        ),
        ({"extra": {"x": {}}}, "the capture my-lesson/x is not readable: machine is"),
    ],
)
def test_a_refusal_says_which_recording_is_meant(wanted, record, changes, message):
    good, bad = record(seconds=3), record("bad", **changes)
    for given in ((bad,), (bad, good), (good, bad)):
        with pytest.raises(SiteError, match=f"^{bad}/my-lesson.cuda.json: {message}"):
            accept.bring_home(*given)


def test_of_two_machines_the_recording_is_named(wanted, record):
    bad = record("bad", machine={**GPU, "gpu": "T4"})
    with pytest.raises(SiteError, match=f"^{bad}: my-lesson/.*: recorded on T4, and"):
        accept.bring_home(bad)


INCLUDES = ['--8<-- "README.md"', ";--8<-- x", ' -8<- ".git/config"', "---8<---"]
INCLUDES += ["x # -8<- [start:y]", "--8<-- [END:y]", '-8<-\t"x"']


@pytest.mark.parametrize("line", ["```", "  ~~~~", *INCLUDES])
def test_a_text_that_would_end_its_fence_does_not(wanted, record, line):
    text = f"1\n{line}\n<script>alert(1)</script>\n".encode()
    note = {**NOTE, "sha256": capture_file.file_digest(text)}
    folder = record(files={**FILES, "a.txt": text}, blocks=[note])
    with pytest.raises(SiteError, match=r"a\.txt, line 2: no output may (begin|hold) "):
        accept.bring_home(folder)


def at_home(want, **changes):
    """Put a capture of an experiment into the tree."""
    want.path.parent.mkdir(parents=True, exist_ok=True)
    text = capture_file.seal({**CAPTURE, **changes})
    want.path.write_text(text, encoding="utf-8")


MORE = {"metrics": METRICS | {"bfloat16": METRICS["loss"]}}
TABLE = {"columns": ["a", "tf32, ms"], "rows": [["x", 1], ["y", 2], ["tf32", 3]]}
MORE |= {"tables": {"all": TABLE}, "series": {"tf32_b": [1, 2]}}
LESS = {"columns": ["a"], "rows": [["x"], ["y"]]}  # of a GPU without these formats
LESS = {"metrics": METRICS, "tables": {"all": LESS}}
ONE_ROW = {"columns": ["a"], "rows": [["x"]]}


@pytest.mark.parametrize(
    ("part", "named"),
    [("metrics", "metric 'bfl"), ("tables", "table 'all"), ("series", "series 'tf")],
)
def test_what_the_same_gpu_gave_is_not_lost(wanted, record, part, named):
    at_home(wanted[1], result=MORE)
    with pytest.raises(SiteError, match=f"x: the {named}.* is gone from the recording"):
        accept.bring_home(
            record(result={**MORE, part: dict([*MORE[part].items()][:-1])})
        )
    accept.bring_home(record(result=MORE))


def test_what_another_gpu_cannot_give_is_not_lost(wanted, record):
    """One without bfloat16, say; the recording on it is not thrown away."""
    at_home(wanted[1], result=MORE, machine={**GPU, "gpu": "Another"})
    accept.bring_home(record(result=LESS))
    assert capture_file.load(wanted[1].path)["result"] == LESS
    at_home(wanted[1], result=LESS, machine={**GPU, "gpu": "Another"})
    accept.bring_home(record(result=MORE))


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (MORE | {"metrics": METRICS}, "the metric 'bfloat16' is gone"),
        (MORE | {"series": {}}, "the series 'tf32_b' is gone"),
        (MORE | {"series": {"tf32_b": [1]}}, "a value in 1 of the series 'tf32_b' is"),
        (MORE | LESS, "the metric 'bfloat16' is gone from the recording"),
        (LESS | {"tables": {}}, "the table 'all' is gone from the recording"),
        (LESS | {"tables": {"all": ONE_ROW}}, "the row 'y' of the table 'all' is gone"),
        (
            MORE
            | {"tables": {"all": TABLE | {"rows": [["x", 1], ["x", 2], ["tf32", 3]]}}},
            "the row 'y' of the table 'all' is gone",
        ),
        (LESS | {"series": {"c": [1]}}, "the series 'c' is in no other recording of t"),
    ],
)
def test_another_gpu_is_without_whole_formats_and_nothing_else(
    wanted, record, result, message
):
    at_home(wanted[1], result=MORE, machine={**GPU, "gpu": "Another"})
    with pytest.raises(SiteError, match=f"x: {message}"):
        accept.bring_home(record(result=result))


def test_what_a_cpu_has_of_a_format_every_gpu_has(wanted, record):
    cpu = replace(wanted[1], device="cpu")
    at_home(cpu, result=MORE, machine={**GPU, "device": "cpu", "gpu": None})
    with pytest.raises(SiteError, match="x: the metric 'bfloat16' is gone from the re"):
        accept.bring_home(record(result=LESS))


@pytest.mark.parametrize(
    ("second", "message"),
    [
        (LESS, "the metric 'bfloat16' is in one of the two recordings, and not in "),
        (MORE | {"tables": {}}, "the table 'all' is in one of the two recordings"),
    ],
)
def test_two_recordings_hold_the_same(wanted, record, monkeypatch, second, message):
    for one, other in ((MORE, second), (second, MORE)):
        with pytest.raises(SiteError, match=f"x: {message}"):
            accept.bring_home(
                record(result=one), record("again", result=other, seconds=3)
            )
    at_home(wanted[1], result=MORE)
    again = replace(wanted[1], again=True)
    at_home(again, result=second, seconds=3)
    monkeypatch.setattr(pairs, "programs", lambda: ["my-lesson"])
    found = [*pairs.problems()]
    assert f"my-lesson/x (again): {message}" in found[0], found
    at_home(again, result=MORE, seconds=3)
    assert not [*pairs.problems()]


CELLS = [(64, 16), (64, 1024), (256, 16), (256, 1024)]
GRID = {f"w{w}_b{b}_ms": {"median": w + b, "spread": 0.1, "n": 2} for w, b in CELLS}
WIDE = {"cell": "width 256, batch 16", "least": {"width": 256}}
LAST = {"cell": "width 256, batch 1024", "least": {"width": 256, "batch": 1024}}


def without(*names):
    """The result of a grid that lacks the metrics of that name's beginning."""
    rest = {n: m for n, m in GRID.items() if not n.startswith(names or "none")}
    rows = [[w, b] for w, b in CELLS if f"w{w}_b{b}_ms" in rest]
    tables = {"all": {"columns": ["width", "batch"], "rows": rows}}
    return {"result": {"metrics": rest, "tables": tables}, "repeats": 2}


CODE = """
FORMATS = {"float32": (torch.float32, 1), "tf32": (torch.float32, 2)}
def main(widths=(64, 256), batch=16, more_cells=((64, 1024), (256, 1024))):
    print(f"width {width}, batch {batch}", file=sys.stderr)
    print(f"width {width}, batch {batch}, {name}", file=sys.stderr)
"""


@pytest.fixture
def grid(wanted, house):
    """The tree has a whole grid, recorded on the same GPU; no CPU has."""
    house("snippets/my_lesson/x.py", CODE)
    replace(wanted[1], device="cpu").path.unlink()
    at_home(wanted[1], **without())
    return wanted[1]


@pytest.mark.parametrize(
    ("gone", "named"), [("w256", WIDE), ("w256_b1024", LAST)], ids=["a row", "a cell"]
)
def test_a_cell_that_is_named_may_be_gone(grid, record, gone, named):
    more = {**without(gone), "left_out": [named]}
    accept.bring_home(record(**more))
    assert capture_file.load(grid.path)["left_out"] == [named]
    accept.bring_home(record(**more, seconds=3))  # so may what is gone already
    accept.bring_home(record(**without(), seconds=4))
    assert "left_out" not in capture_file.load(grid.path)


def cell(said, **least):
    """One cell that is left out."""
    return [{"cell": said, "least": least}]


@pytest.mark.parametrize(
    ("gone", "left_out", "message"),
    [
        ("w256", None, "the metric 'w256_b16_ms' is gone from the recording"),
        ("w256", [LAST], "the metric 'w256_b16_ms' is gone from the recording"),
        (("w256", "w64_b16"), [WIDE], "the metric 'w64_b16_ms' is gone"),
        ("none", [WIDE], "left_out says from width 256 on, and the metric 'w256_"),
        ("none", cell("width 9000", width=9000), "'width 9000', which the experiment "),
        (
            "none",
            cell("width 1024, batch 16", width=1024),
            "on, which is no larger cel",
        ),
        ("none", cell("seed 3, float32", seed=3), "which is no cell and from where on"),
        ("w256", cell("width 64, batch 16", width=256), "which is no cell and from wh"),
        ("w256", cell("width 256"), "which is no cell and from where on"),
        ("w256", cell("width 256", width=256.0), "which is no cell and from where on"),
        ("w256", [{**WIDE, "more": 1}], "which is no cell and from where on"),
        ("none", cell("product, 256", size=256), "'product, 256', which the experim"),
        ("w256", [WIDE, LAST], "width 256 and batch 1024 on, which another of its cel"),
        ("w256", ["width 256"], "which is no cell and from where on"),
        ("w256", [], r"left_out is \[\], not a list of cells"),
        ("w256", "width 256", "left_out is 'width 256', not a list of cells"),
        ("w256", cell("width 256\x07", width=256), "the invisible character"),
    ],
)
def test_what_is_gone_is_named_and_what_is_named_is_gone(
    grid, record, gone, left_out, message
):
    names = gone if isinstance(gone, tuple) else (gone,)
    more = {} if left_out is None else {"left_out": left_out}
    before = grid.path.read_bytes()
    with pytest.raises(SiteError, match=message):
        accept.bring_home(record(**without(*names), **more))
    assert grid.path.read_bytes() == before


def test_a_table_loses_the_rows_of_that_cell_and_no_others(grid, record):
    more = {**without("w256"), "left_out": [WIDE]}
    table = more["result"]["tables"]["all"]
    rows = table["rows"]
    table["rows"] = rows[:1]
    with pytest.raises(
        SiteError, match="row 'width 64, batch 1024' of the table 'all'"
    ):
        accept.bring_home(record(**more))
    table["rows"] = [*rows, [256, 16]]
    says = "width 256 on, and the row 'width 256, batch 16' of the table 'all' is ther"
    with pytest.raises(SiteError, match=says):
        accept.bring_home(record(**more))
    table["rows"] = [*rows, ["2 56", 16]]
    with pytest.raises(SiteError, match="'2 56' below 'width' of the table all is no "):
        accept.bring_home(record(**more))
    table["rows"] = rows
    assert accept.bring_home(record(**more))


def test_two_recordings_leave_out_the_same(grid, record):
    more = {**without("w256"), "left_out": [WIDE]}
    twice = {"median": 2, "spread": 2, "n": 1}
    other = {name: {k: twice[k] * m[k] for k in m} for name, m in GRID.items()}
    whole = {**without(), "result": {**without()["result"], "metrics": other}}
    says = "x: the two recordings leave out different cells: the first leaves out from "
    with pytest.raises(SiteError, match=f"{says}width 256 on, the second nothing: rec"):
        accept.bring_home(record(**more), record("again", **whole, seconds=3))
    at_home(replace(grid, again=True), **whole, seconds=3)
    with pytest.raises(SiteError, match=says):
        accept.bring_home(record(**more))
    less = {name: m for name, m in other.items() if "w256" not in name}
    again = {**more, "result": {**more["result"], "metrics": less}, "seconds": 3}
    again["left_out"] = [{**WIDE, "cell": "width 256, batch 16, tf32"}]  # tried first
    accept.bring_home(record(**more), record("again", **again))
    assert not list(pairs.problems())


TIMED = {"metrics": METRICS | {"pass_ms": {"median": 2.5, "spread": 0.0, "n": 1}}}


def test_one_recording_is_not_two(wanted, record):
    again = record("again", result=TIMED, seconds=3)  # all but its numbers is another
    with pytest.raises(SiteError, match="x: most of its times are those of --again"):
        accept.bring_home(record(result=TIMED), again)
    at_home(replace(wanted[1], again=True), result=TIMED, seconds=3)
    with pytest.raises(SiteError, match="those of what the tree has of a second one"):
        accept.bring_home(record(result=TIMED))
    assert not any(want.path.exists() for want in wanted)


def test_without_times_two_recordings_may_be_equal(wanted, record):
    accept.bring_home(record(), record("again", seconds=3))
    assert replace(wanted[1], again=True).path.exists()


def test_one_experiment_may_be_recorded_twice_again(wanted, record, monkeypatch):
    program, x = wanted
    y = replace(x, name="y")
    monkeypatch.setattr(
        expected, "expected", lambda d: [program, x, y] if d == "cuda" else []
    )
    extra = {"y": capture_file.sealed(CAPTURE)}
    accept.bring_home(record(result=TIMED, extra=extra))

    def alone(content):
        for name in ("program", "y"):
            content["captures"].pop(name, None)
        content["texts"], content["figures"] = {}, {}

    slower = METRICS | {"pass_ms": {"median": 3.5, "spread": 0.0, "n": 1}}
    one = edit(record(result=TIMED), alone)
    other = edit(record("again", result={"metrics": slower}, seconds=3), alone)
    accept.bring_home(one, other)
    assert replace(x, again=True).path.exists()
    assert not replace(y, again=True).path.exists()


def test_of_two_cards_nothing_is_taken_in(wanted, record):
    with pytest.raises(
        SiteError, match="x: recorded on T4, and the rest on A GPU: rec"
    ):
        accept.bring_home(record(machine={**GPU, "gpu": "T4"}))
    assert not any(want.path.exists() for want in wanted)


def test_a_damaged_capture_is_replaced(wanted, record, capsys):
    at_home(wanted[1], result=TIMED)
    path = wanted[1].path
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("2.5", "2.6"), encoding="utf-8")
    accept.bring_home(record())
    assert capture_file.load(path)["result"]["metrics"] == METRICS
    assert (
        "note: the capture docs/captures/my-lesson/cuda/x.json contradicts its own"
        in (capsys.readouterr().out)
    )


def test_an_unknown_commit_is_named(wanted, record, capsys):
    accept.bring_home(record(commit="deadbeefdead"))
    said = capsys.readouterr().out
    assert "note: recorded from no commit: my-lesson/program\n" in said
    assert "from the commit deadbeefdead, which is not here: my-lesson/x\n" in said


def test_where_recordings_are_removed_none_is_read(wanted, record):
    folder = record("docs/captures/recording")
    for take in (lambda: accept.take(folder), lambda: accept.take(record(), folder)):
        with pytest.raises(
            SiteError, match="recording lies in docs/captures, where all"
        ):
            take()


def test_a_file_is_given_instead_of_its_folder(wanted, record):
    folder = record()
    file = folder / "my-lesson.cuda.json"
    for given in ((file,), (record("again", seconds=3), file)):
        with pytest.raises(SiteError) as caught:
            accept.take(*given)
        said = f"{file} is one file of a recording: give its folder, {folder}"
        assert str(caught.value) == said


def test_what_is_wrong_with_a_packed_one_is_said_of_the_file(wanted, record, tmp_path):
    folder = edit(record(), lambda content: content["captures"].pop("x"))
    packed = tmp_path / "recording.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in folder.iterdir():
            archive.write(path, f"recording/{path.name}")
    with pytest.raises(SiteError) as caught:
        accept.take(packed)
    said = str(caught.value)
    assert said.startswith(f"{packed}: recording/my-lesson.cuda.json is half-recorded")
    assert said.endswith("--device cuda --out recording")


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (["recording-2/my-lesson.cuda.json"], "no recording in its folder recording:"),
        ([], "no recording in its folder recording:"),
        (
            ["recording/my-lesson.cuda.json", "recording-2/"],
            "no recording in its folder recording-2:",
        ),
        (2 * ["recording/my-lesson.cuda.json"], r"my-lesson\.cuda\.json' twice: pack"),
    ],
)
def test_what_a_packed_one_lacks_or_has_twice_is_named(
    wanted, record, tmp_path, names, says
):
    content = (record() / "my-lesson.cuda.json").read_text(encoding="utf-8")
    packed = tmp_path / "recording.zip"
    with warnings.catch_warnings(), zipfile.ZipFile(packed, "w") as archive:
        warnings.simplefilter("ignore")  # zipfile's own, of what is there twice
        for name in names:
            archive.writestr(name, "" if name.endswith("/") else content)
    with pytest.raises(SiteError, match=says):
        accept.take(packed)


def without_formats(capture):
    """A capture as from a GPU that has neither bfloat16 nor TF32."""
    result = {
        part: {
            name: value
            for name, value in held.items()
            if not lost.NOT_ON_ALL.search(name)
        }
        for part, held in capture["result"].items()
        if part in ("metrics", "series")
    }
    return {**capture, "result": result}


def test_one_gpu_has_number_formats_in_all_experiments_or_in_none():
    both = [
        (want, capture_file.load(want.path))
        for want in real()
        if not want.again and want.name in ("amp_speed", "matmul_rate", "amp_accuracy")
    ]
    lost.check_formats(both)
    timed = [pair for pair in both if pair[0].name != "amp_accuracy"]
    lost.check_formats([(want, without_formats(capture)) for want, capture in timed])
    (want, capture), other = timed
    with pytest.raises(SiteError, match=f"{want.id}: without bfloat16 and TF32, which"):
        lost.check_formats([(want, without_formats(capture)), other])


@pytest.mark.parametrize(
    ("error", "raised", "says"),
    [
        (SiteError("a plot cannot be drawn"), SiteError, "cannot be drawn"),
        (KeyboardInterrupt("stop"), KeyboardInterrupt, "stop"),
        (IsADirectoryError(21, "is one", "a/b"), SiteError, "a/b cannot be .*: is one"),
    ],
)
def test_what_was_begun_is_put_back(wanted, record, error, raised, says):
    at_home(wanted[1], seconds=7)
    path = wanted[1].path
    before = path.read_bytes()
    with pytest.raises(raised, match=says), files.all_or_nothing("nothing"):
        accept.bring_home(record())
        assert path.read_bytes() != before and wanted[0].path.exists()
        raise error
    assert path.read_bytes() == before and not wanted[0].path.exists()
    with files.all_or_nothing("nothing"):
        accept.bring_home(record())
    assert path.read_bytes() != before


def real(device="cuda"):
    """What the tree has recorded on a GPU, and its second recordings."""
    found = expected.expected_everywhere()
    return [w for w in found if w.device == device and w.path.exists()]


@pytest.mark.parametrize("want", real(), ids=lambda want: want.id.replace(" ", "-"))
def test_what_the_tree_has_could_be_taken_in(want):
    capture = capture_file.load(want.path)
    names = [n for b in capture.get("blocks", []) for n in capture_file.files_of(b)]
    texts = {name: want.path.with_name(name).read_bytes() for name in names}
    accept.verify(want, capture, texts)


def test_of_what_the_tree_has_nothing_is_left_out():
    assert sum(want.again for want in real()) == 9 and len(real()) == 19


ODD = [
    ({"blocks": 5}, "blocks is 5, not a list"),
    ({"blocks": None}, "blocks is None, not a list"),
    ({"blocks": ["a"]}, r"blocks\[0\] is 'a', not an object"),
    ({"blocks": [{"name": "a"}]}, "lacks sha256, figures, tolerance, toler"),
    ({"blocks": [{**NOTE, "figures": []}]}, r"figures is \[\], not an object"),
    ({"blocks": [{**NOTE, "name": ["a"]}]}, r"name of a block is \['a'\], not a t"),
    ({"blocks": [{**NOTE, "sha256": None}]}, "sha256 of a block is None, not a text"),
    ({"machine": [*GPU]}, r"machine is \['device', .*, not an object"),
    ({"machine": None}, "machine is None, not an object"),
    ({"machine": {**GPU, "gpu": ["A GPU"]}}, r"machine.gpu is \['A GPU'\], not a text"),
    ({"fingerprint": {}}, "x: the fingerprint"),
    ({"seconds": 10**400}, "seconds is 1000"),
    ({"command": ["python -m x"]}, r"command is \['python -m x'\], not a text"),
    ({"result": []}, r"result is \[\], not an object"),
    ({"result": {"series": 3}}, "result.series is 3, not an object"),
    (
        {
            "result": {
                "metrics": {**METRICS, "accuracy": {**METRICS["loss"]} | {"n": 2.5}}
            }
        },
        "n of the metric 'accuracy' is 2.5, not a whole number from 1 on",
    ),
]


@pytest.mark.parametrize(("changes", "message"), ODD)
def test_what_has_another_form_is_named(wanted, record, changes, message):
    with pytest.raises(SiteError, match=f"my-lesson/.*{message}"):
        accept.bring_home(record(**changes))
    assert not any(want.path.exists() for want in wanted)


def points(x, *lines):
    """A result with a series of points."""
    return {"metrics": METRICS, "series": {"fall": {"x": x, "y": [*lines]}}}


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (
            points([1, 2], [1.5, True]),
            "y of the series 'fall' has True, not a finite n",
        ),
        (points([1, 2], [1.5, "2"]), "y of the series 'fall' has '2', not a finite nu"),
        (points([1, 2], [None, 2]), "y of the series 'fall' has None, not a finite nu"),
        (
            points([1, 2], [1, [2]]),
            r"y of the series 'fall' has \[2\], not a finite nu",
        ),
        (points([1, False], [1, 2]), "x of the series 'fall' has False, not a finite "),
        (
            points([1, 2], [1, 2, 3]),
            "'fall' has a line of 3 numbers, not of 2 as its x",
        ),
        (points([1, 2], [1, 2], [1]), "'fall' has a line of 1 numbers, not of 2 as it"),
        (
            points([1, 2], 1, 2),
            r"y of the series 'fall' is \[1, 2\], not a list of lis",
        ),
        (points([1, 2]), r"y of the series 'fall' is \[\], not a list of lists of num"),
        (points("12", [1, 2]), "x of the series 'fall' is '12', not a list of numbers"),
    ],
)
def test_a_series_of_points_has_a_number_for_each_x(wanted, record, result, message):
    with pytest.raises(SiteError, match=f"my-lesson/x: .*{message}"):
        accept.bring_home(record(result=result))
    assert not any(want.path.exists() for want in wanted)


def test_several_lines_of_points_come_home(wanted, record):
    accept.bring_home(record(result=points([1, 2.5], [1, 2], [0.5, 3])))


@pytest.mark.parametrize("capture", ["text", 3, [*capture_file.PASSPORT], None, True])
def test_what_is_no_object_is_named(wanted, record, capture):
    folder = edit(record(), lambda content: content["captures"].update(x=capture))
    with pytest.raises(
        SiteError, match="the capture my-lesson/x is .* it is .*, not an object"
    ):
        accept.bring_home(folder)


@pytest.mark.parametrize("mark", ["\x1b[2J", "\x00", "\u202e", "\u2028"])
def test_what_would_play_with_a_terminal_does_not(wanted, record, mark):
    text = f"1{mark}\n".encode()
    note = {**NOTE, "sha256": capture_file.file_digest(text)}
    folder = record(files={**FILES, "a.txt": text}, blocks=[note])
    says = r"my-lesson/program: a\.txt holds the invisible character '.*': this is no"
    with pytest.raises(SiteError, match=says):
        accept.bring_home(folder)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_block_that_printed_a_text_on_a_gpu_prints_one(wanted, record, device):
    """On a CPU, it may say that there is no GPU."""
    note = {**NOTE, "sha256": capture_file.file_digest(b"")}
    folder = record(files={**FILES, "a.txt": b""}, blocks=[note])
    path = replace(wanted[0], device=device).path
    path.parent.mkdir(parents=True, exist_ok=True)
    machine = {**GPU, "device": device, "gpu": "A GPU" if device == "cuda" else None}
    program = {k: v for k, v in CAPTURE.items() if k != "result"}
    program |= {"machine": machine, "blocks": [NOTE]}
    path.write_text(capture_file.seal(program), encoding="utf-8")
    for name, content in FILES.items():
        path.with_name(name).write_bytes(content)
    if device == "cpu":
        assert accept.bring_home(folder)
        return
    says = "my-lesson/program: a.txt is empty; on A GPU, its block printed a text"
    with pytest.raises(SiteError, match=says):
        accept.bring_home(folder)


@pytest.mark.parametrize("before", ["", "\n", "loss 0.3\n"])
def test_a_block_that_failed_is_no_text(wanted, record, before):
    text = f"{before}Traceback (most recent call last):\n  ...\n".encode()
    note = {**NOTE, "sha256": capture_file.file_digest(text)}
    says = r"my-lesson/program: a\.txt has the line 'Traceback \(most recent call last"
    with pytest.raises(SiteError, match=says):
        accept.bring_home(record(files={**FILES, "a.txt": text}, blocks=[note]))


def test_an_empty_recording_is_refused(wanted, record):
    accept.bring_home(record())
    folder = edit(record(), lambda c: c.update(captures={}, texts={}, figures={}))
    with pytest.raises(SiteError, match=r"cuda\.json holds no capture: record into it"):
        accept.bring_home(folder)


def test_one_pair_that_is_one_file_twice_is_refused(wanted, record, monkeypatch):
    """Without times in them, too."""
    program, x = wanted
    y = replace(x, name="y")
    monkeypatch.setattr(
        expected, "expected", lambda d: [program, x, y] if d == "cuda" else []
    )
    same, other = capture_file.sealed(CAPTURE), capture_file.sealed({**CAPTURE})
    assert same["digest"] == other["digest"]
    first, again = (
        record(extra={"y": same}),
        record("again", {}, (), {"y": other}, seconds=3),
    )
    edit(again, lambda content: content["captures"].pop("program"))
    with pytest.raises(SiteError, match="one and the same recording of my-lesson/y: "):
        accept.bring_home(first, again)
    at_home(replace(y, again=True))
    with pytest.raises(
        SiteError, match="my-lesson/y: .* that is one recording, not tw"
    ):
        accept.bring_home(first)


def test_a_second_recording_of_other_code_goes_and_says_so(wanted, record):
    x = replace(wanted[1], again=True)
    at_home(x, fingerprint="old")
    said = accept.bring_home(record())
    assert not x.path.exists()
    assert said[0].startswith("note: my-lesson/x (again) was of other code and is rem")
    accept.bring_home(record(), record("again", seconds=3))
    assert x.path.exists()
    assert "removed" not in "".join(accept.bring_home(record()))
    assert x.path.exists()


def test_a_second_recording_that_is_replaced_is_no_loss(wanted, record):
    at_home(replace(wanted[1], again=True), fingerprint="old")
    said = accept.bring_home(record(), record("again", seconds=3))
    assert replace(wanted[1], again=True).path.exists()
    assert "removed" not in "".join(said)


def test_two_at_once_do_not_mix(wanted, record):
    folder = record()
    with (
        lock.held(TREE.cache / "accept.lock", "busy"),
        pytest.raises(SiteError, match="another process takes a recording into this"),
    ):
        accept.take_in(folder, None, lambda: None)
    assert not any(want.path.exists() for want in wanted)
    accept.take_in(folder, None, lambda: None)
    assert all(want.path.exists() for want in wanted)


def test_nobody_comes_in_between_before_all_is_put_back(wanted, record, monkeypatch):
    put_back, seen = files.Undo.put_back, []

    def looked_at(self):
        with (
            pytest.raises(SiteError, match="busy"),
            lock.held(TREE.cache / "accept.lock", "busy"),
        ):
            pass
        seen.append(True)
        return put_back(self)

    def fails():
        raise SiteError("no page can be made")

    monkeypatch.setattr(files.Undo, "put_back", looked_at)
    with pytest.raises(SiteError, match="no page can be made"):
        accept.take_in(record(), None, fails)
    assert seen


def test_a_packed_second_one_is_told_apart_from_no_folder(wanted, record, tmp_path):
    (tmp_path / "r.zip").touch()
    with pytest.raises(SiteError, match="give a packed one alone, without --again"):
        accept.take(record(), tmp_path / "r.zip")


def test_a_folder_that_cannot_be_read_is_not_said_to_be_empty(
    wanted, record, monkeypatch
):
    folder = record()

    def refuse(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(type(folder), "iterdir", refuse)
    with pytest.raises(SiteError, match="elsewhere cannot be read: Permission denied"):
        accept.bring_home(folder)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="not on this system")
def test_a_device_is_named_and_not_read(wanted, record):
    folder = record()
    (folder / "my-lesson.cuda.json").unlink()
    (folder / "my-lesson.cuda.json").symlink_to("/dev/zero")
    with pytest.raises(SiteError, match=r"my-lesson\.cuda\.json is no file"):
        accept.bring_home(folder)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_is_named_and_not_waited_for(wanted, record):
    folder = record()
    (folder / "my-lesson.cuda.json").unlink()
    os.mkfifo(folder / "my-lesson.cuda.json")
    with pytest.raises(SiteError, match=r"my-lesson\.cuda\.json is no file"):
        accept.bring_home(folder)


def test_a_second_recordings_program_may_be_of_another_cpu(wanted, record):
    """It is not kept."""

    def move(content):
        program = content["captures"]["program"]
        program["machine"]["cpu"] = "Another"
        program["digest"] = capture_file.digest(program)

    accept.bring_home(record(), edit(record("again", seconds=3), move))


OTHERS = [("gpu", "T4"), ("threads", 3), ("cores", 5), ("cpu", "Another CPU")]
OTHERS += [("python", "3.13.0"), ("torch", "2.12.0+cu130")]


@pytest.mark.parametrize(("fact", "other"), OTHERS)
def test_both_recordings_are_of_one_machine(wanted, record, monkeypatch, fact, other):
    """So says the notebook, too."""

    def move(content):
        for name, capture in content["captures"].items():
            capture["machine"][fact] = other
            content["captures"][name] = capture_file.sealed(capture)

    folder = edit(record("again", seconds=3), move)
    says = f"my-lesson/x: --again was recorded on .*{other}.*, the first recording was"
    with pytest.raises(SiteError, match=says.replace("+", "[+]")):
        accept.bring_home(record(), folder)
    assert not any(want.path.exists() for want in wanted)
    again = replace(wanted[1], again=True)
    at_home(again, machine={**GPU, fact: other}, seconds=3)
    monkeypatch.setattr(pairs, "programs", lambda: ["my-lesson"])
    at_home(wanted[1])
    (fault,) = pairs.problems()
    assert fault.startswith("my-lesson/x (again) was recorded on "), fault
    assert fault.endswith("not: record both on one machine")
    (said, *_) = accept.bring_home(record())
    kind = "GPU, T4" if fact == "gpu" else "machine, "
    assert f"note: my-lesson/x (again) was of another {kind}" in said
    assert not again.path.exists()


@pytest.mark.parametrize("fact", ["threads", "python", "cuda", "torch", "cores"])
def test_parts_of_one_recording_are_of_one_machine(wanted, record, fact):
    another = {"threads": 3, "cores": 5, "python": "3.13.0", "cuda": "13.0.1"}
    another["torch"] = "2.12.0+cu130"

    def move(content):
        x = content["captures"]["x"]
        x["machine"][fact] = another[fact]
        x["digest"] = capture_file.digest(x)

    with pytest.raises(SiteError, match="my-lesson/.*: recorded on .*, and the rest"):
        accept.bring_home(edit(record(), move))


@pytest.mark.parametrize(
    ("name", "says"), [("bfloat16_rate", ""), ("rate", "'rate' is gone")]
)
def test_another_gpu_may_be_without_a_format_and_nothing_else(
    wanted, record, name, says
):
    at_home(wanted[1], result={"metrics": {**METRICS, name: METRICS["loss"]}})

    def move(content):
        for capture in content["captures"].values():
            capture["machine"]["gpu"] = "Another GPU"
            capture["digest"] = capture_file.digest(capture)

    folder = edit(record(), move)
    if not says:
        assert accept.bring_home(folder)
        return
    with pytest.raises(SiteError, match=says):
        accept.bring_home(folder)


@pytest.mark.parametrize(
    ("part", "long", "short"),
    [
        ("tables", {"columns": ["ms"], "rows": [["1"], ["2"]]}, "rows"),
        ("series", {"ms": [1.5, 2.5]}, "ms"),
    ],
)
def test_nothing_gets_shorter_on_the_same_gpu(wanted, record, part, long, short):
    at_home(wanted[1], result={"metrics": METRICS, part: {"all": long}})
    cut = {**long, short: long[short][:1]}
    folder = record(result={"metrics": METRICS, part: {"all": cut}})
    with pytest.raises(SiteError, match=f"the {part[:5]}.* 'all' is gone"):
        accept.bring_home(folder)


def test_what_a_recording_quotes_cannot_command_a_terminal(wanted, record):
    folder = edit(record(), lambda content: content["captures"].update({"\x1b[2J": {}}))
    with pytest.raises(SiteError, match=r"holds my-lesson/\\x1b\[2J: no capture"):
        accept.bring_home(folder)


def test_a_damaged_byte_does_not_quote_the_whole_file(wanted, record):
    folder = record()
    path = folder / "my-lesson.cuda.json"
    path.write_bytes(path.read_bytes() + b" " * 50_000 + b"\xff")
    with pytest.raises(
        SiteError, match=r"it is not UTF-8 at byte [0-9,]+: copy"
    ) as raised:
        accept.bring_home(folder)
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize(
    ("once", "twice"),
    [
        ('"median": 1.0', '"median": 9.0, "median": 1.0'),
        ('"lesson": ', '"lesson": "other", "lesson": '),
    ],
)
def test_what_is_said_twice_is_named(wanted, record, once, twice):
    folder = record()
    path = folder / "my-lesson.cuda.json"
    text = path.read_text(encoding="utf-8")
    assert text.count(once) == 1
    path.write_text(text.replace(once, twice), encoding="utf-8")
    key = once.split('"')[1]
    says = f"cuda.json is not readable: the key '{key}' is in one object twice$"
    with pytest.raises(SiteError, match=f"^the recording .*{says}"):
        accept.bring_home(folder)


def test_what_a_capture_of_the_tree_says_twice_is_named(wanted, record):
    accept.bring_home(record())
    path = wanted[1].path
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("{", '{"repeats": 9,', 1), encoding="utf-8")
    says = "cuda/x.json is not readable: the key 'repeats' is in one object twice$"
    with pytest.raises(SiteError, match=f"^the capture docs/captures/.*{says}"):
        capture_file.load(path)


def test_what_is_no_number_of_json_is_refused(wanted, record):
    for more in (float("nan"), [float("inf")], 1e300, 10**400):
        result = {"metrics": METRICS, "settings": {"more": more}}
        with pytest.raises(SiteError, match="more is .*, not a finite number"):
            accept.bring_home(record(result=result))


def test_what_a_mac_adds_is_no_recording(wanted, record):
    folder = record()
    (folder / "._my-lesson.cuda.json").write_bytes(b"\0\5\x16\7")
    accept.bring_home(folder)


def test_what_cannot_be_read_is_not_said_to_be_unwritable(wanted, record):
    folder = record()
    path = folder / "my-lesson.cuda.json"
    for put in (path.mkdir, lambda: path.symlink_to("gone")):
        path.unlink() if path.is_file() else path.rmdir()
        put()
        with pytest.raises(
            SiteError, match=r"cuda\.json cannot be read: (Is a|No such)"
        ):
            accept.bring_home(folder)


def test_what_is_said_comes_after_all_is_done(wanted, record, capsys):
    folder = record()

    def fail():
        raise SiteError("the plot lines cannot be drawn")

    with pytest.raises(SiteError, match="the plot lines cannot be drawn$"):
        accept.take_in(folder, None, fail)
    said = capsys.readouterr()
    assert "accepted" not in said.out
    assert said.err == "nothing was taken in: the tree is as it was before\n"
    assert not any(want.path.exists() for want in wanted)
    accept.take_in(folder, None, lambda: print("wrote a table"))
    said = capsys.readouterr().out.splitlines()
    assert said[-3:-1] == [
        "wrote a table",
        "accepted my-lesson/program (cuda), recorded 2025-01-01",
    ]


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "y/" * 3000])
def test_what_can_be_no_folder_is_named(wanted, tmp_path, name):
    with pytest.raises(
        SiteError, match="cannot be a folder: (embedded null|File name)"
    ):
        accept.take(tmp_path / name)


def test_beside_the_cards_nothing_is_read(wanted, record):
    folder = record("docs/assets/cards/recording")
    with pytest.raises(SiteError, match="recording lies in docs/assets/cards, where"):
        accept.take(folder)


def test_a_command_can_be_copied(wanted, record):
    folder = edit(record("réc ü"), lambda content: content["captures"].pop("x"))
    with pytest.raises(SiteError) as caught:
        accept.bring_home(folder)
    command = str(caught.value).rpartition("with the command ")[2]
    assert shlex.split(command)[-2:] == ["--out", str(folder)]


def lines(x, *y, name="fall"):
    """A result with a series of points."""
    return {"metrics": METRICS, "series": {name: {"x": x, "y": [list(y)]}}}


def cells(column, *values):
    """A result with a table of one column."""
    rows = [[value] for value in values]
    return {"metrics": METRICS, "tables": {"all": {"columns": [column], "rows": rows}}}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"junk": 1}, "it has 'junk'"),
        ({"machine": {**GPU, "junk": 1}}, "machine has 'junk'"),
        ({"result": {"metrics": METRICS, "junk": 1}}, "result has 'junk'"),
        ({"result": lines([2, 1], 1, 1)}, "x of the series 'fall' is not in ascending"),
        ({"result": lines([1, 1], 1, 1)}, "x of the series 'fall' is not in ascending"),
        ({"result": lines([1, 2], 1, -5)}, "y of the series 'fall' has -5"),
        ({"result": lines([1, 2], 1, 1e300)}, "y is 1e\\+300, not a finite number"),
        (
            {"result": {"metrics": {"a": {"median": 1, "spread": 5.0, "n": 1}}}},
            "spread of the metric 'a' is 5.0, and n is 1",
        ),
        (
            {"result": {"metrics": {"accuracy": {"median": 1, "spread": 999, "n": 3}}}},
            "spread of the metric 'accuracy' is 999, not from 0 to 100",
        ),
        (
            {"machine": {**GPU, "torch": "banana"}},
            "machine.torch is 'banana', not a ver",
        ),
        ({"machine": {**GPU, "python": "x"}}, "machine.python is 'x', not a version"),
        ({"machine": {**GPU, "gpu": "None"}}, "'None', not the name of a GPU"),
        ({"machine": {**GPU, "gpu": "0"}}, "machine.gpu is '0', not a name"),
        (
            {"machine": {**GPU, "threads": 10**9, "cores": 10**9}},
            "machine.threads is 1",
        ),
        (
            {"seconds": 1e12},
            "seconds is 1000000000000.0, not a number from 0 to 10,000,000",
        ),
        ({"warmup": True}, "warmup is True"),
        (
            {"result": cells("both, µs", "1.2.3")},
            "the cell '1.2.3', which is no number",
        ),
        ({"result": cells("both, µs", "?")}, "the cell '\\?', which is no number"),
        (
            {"result": cells("both, µs", "1 ± ∞")},
            "the cell '1 ± ∞', which is no number",
        ),
        ({"result": cells("both, µs", "5 {{ a }}")}, "5 {{ a }}', which is no number"),
    ],
)
def test_what_cannot_be_is_refused_by_name(wanted, record, changes, says):
    with pytest.raises(SiteError, match=says):
        accept.bring_home(record(**changes))
    assert not any(want.path.exists() for want in wanted)


def test_what_experiments_write_into_cells_comes_home(wanted, record):
    written = "25.0 ± 3.1", "1.0e+03 ± 2e-02", "0.41 (once)", "none", "", 3, "+0.02"
    accept.bring_home(record(result=cells("both, µs", *written, "5 times", "1,024")))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b" \n\n", r"a\.txt holds blanks alone"),
        (b"1" * 200_000, r"a\.txt has 200,000 letters"),
    ],
)
def test_a_blank_or_endless_text_is_refused(wanted, record, text, says):
    note = {**NOTE, "sha256": capture_file.file_digest(text)}
    with pytest.raises(SiteError, match=says):
        accept.bring_home(record(files={**FILES, "a.txt": text}, blocks=[note]))


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a-1.png", b"<html>", r"a-1\.png is no PNG"),
        ("a-1.png", SIGNATURE, r"a-1\.png is a damaged PNG: expected IHDR first"),
        ("a-1.png", SIGNATURE + b"<html><b>1</b>", r"a-1\.png is a damaged PNG: its p"),
        ("a-1.png", SIGNATURE + part(b"IEND"), r"a damaged PNG: expected IHDR first"),
        ("a-1.png", SIGNATURE + HEAD + part(b"IEND"), r"IHDR first, then IDAT, and IE"),
        ("a-1.png", PNG[:-1], r"a-1\.png is a damaged PNG: its part b'IEND' is not w"),
        ("a-1.png", PNG.replace(b"\1\x08", b"\2\x08"), r"its part b'IHDR' is not whol"),
        ("a-1.png", PNG + b"<html>", r"a-1\.png goes on behind its end, for 6 bytes"),
        ("a-0.png", PNG, r"a-0\.png is no figure of a"),
        ("a-01.png", PNG, r"a-01\.png is no figure of a"),
        ("a-١.png", PNG, r"a-١\.png is no figure of a"),
    ],
)
def test_a_figure_has_the_name_and_the_beginning_of_one(
    wanted, record, name, content, says
):
    note = {**NOTE, "figures": {name: capture_file.file_digest(content)}}
    with pytest.raises(SiteError, match=says):
        accept.bring_home(record(files={"a.txt": b"1\n", name: content}, blocks=[note]))


def test_a_block_takes_no_longer_than_its_program(wanted, record):
    with pytest.raises(
        SiteError, match="the block 'a' took 99 s, and the whole program"
    ):
        accept.bring_home(record(blocks=[{**NOTE, "seconds": 99}]))


def test_a_second_recording_of_another_gpu_goes_and_says_so(wanted, record):
    _, x = wanted
    slower = METRICS | {"pass_ms": {"median": 3.5, "spread": 0.0, "n": 1}}
    again = record("again", result={"metrics": slower}, seconds=3)
    accept.bring_home(record(result=TIMED), again)
    other = {**GPU, "gpu": "Another GPU"}

    def on_another(content):
        for name, capture in content["captures"].items():
            if name == "x":
                capture["result"]["metrics"]["pass_ms"]["median"] = 4.5
            made = {**capture, "machine": other, "recorded": "2025-01-02"}
            content["captures"][name] = capture_file.sealed(made)

    said = "\n".join(accept.bring_home(edit(record(result=TIMED), on_another)))
    assert "was of another GPU, A GPU, and is removed" in said
    assert not replace(x, again=True).path.exists()


def test_what_an_editor_puts_before_a_recording_is_no_damage(wanted, record):
    path = record() / "my-lesson.cuda.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert len(accept.bring_home(path.parent)) == 2


def test_a_recording_that_goes_on_behind_its_end_is_named(wanted, record):
    path = record() / "my-lesson.cuda.json"
    path.write_bytes(2 * path.read_bytes())
    with pytest.raises(SiteError, match="it goes on behind its end, at letter"):
        accept.bring_home(path.parent)
