"""What a recording says of itself has to be possible."""

import subprocess
from datetime import UTC, date, datetime, timedelta

import pytest

from scripts.captures import capture_file, claims, of_site, record
from scripts.common.paths import TREE

MACHINE = dict.fromkeys(capture_file.MACHINE) | {
    "device": "cuda",
    "gpu": "H100 (80 GB)",
}
MACHINE |= {"torch": "2.11.0+cu130", "cuda": "13.0", "cores": 4, "python": "3.12.3"}
GOOD = {
    "command": "python -m x",
    "fingerprint": "abc",
    "recorded": "2025-12-31",
    "commit": None,
    "machine": {**MACHINE, "threads": 2, "cpu": "Prozessor für Müller™"},
    "seconds": 1.5,
    "warmup": 0,
    "repeats": 3,
    "result": {
        "metrics": {"loss": {"median": -1.0, "spread": 0, "n": 3}},
        "tables": {"all": {"columns": ["a", "b"], "rows": [["two\nlines", 1]]}},
    },
}


def faults(**changes):
    return list(claims.faults({**GOOD, **changes}))


def test_a_good_one_has_none():
    today = datetime.now(UTC).date()
    assert faults() == faults(commit="0123abcdef12", recorded=str(today)) == []


OURS = sorted(TREE.captures.rglob("*.json"))


def wrong_in(path):
    """What cannot be so in one of the tree's captures, and in its texts."""
    capture = capture_file.load(path)
    if of_site.is_of_site(path):  # their results have a form of their own
        capture.pop("result")
    yield from claims.faults(capture)
    yield from claims.text_faults(capture, lambda n: path.with_name(n).read_bytes())


@pytest.mark.parametrize("path", OURS, ids=lambda path: TREE.name(path)[14:])
def test_ours_have_none(path):
    assert list(wrong_in(path)) == []


def test_of_ours_none_is_left_out():
    names = {TREE.name(path) for path in OURS}
    assert len(names) > 40
    assert "docs/captures/gpu-training/cuda/again/launches.json" in names


NAMES = ["Tesla T4", "NVIDIA A100-SXM4-80GB MIG 3g.40gb", "NVIDIA GB200/B200 (x+y_z)"]


@pytest.mark.parametrize("name", NAMES)
def test_names_and_versions_as_they_are(name):
    assert faults(**machine(gpu=name)) == faults(**machine(cpu="a\u0301\u0302")) == []
    for torch, cuda in (("2.6.0a0+ecf3bae.nv25.01", "12.8"), ("2.6.0+cu126", "12.6")):
        assert faults(**machine(torch=torch, cuda=cuda)) == []


FUTURE = str(datetime.now(UTC).date() + timedelta(days=3))
DATES = ["last Tuesday", "2025-02-30", "1999-01-01", FUTURE, "20250101", "", None, 2025]
DATES += ["2025-W01-1", "2025-01-01T00:00", "٢٠٢٥-٠١-٠١", "2025-01-01\n"]


@pytest.mark.parametrize("date", DATES)
def test_a_date_that_is_none(date):
    assert any(
        "not a date from 2025-01-01 to today" in f for f in faults(recorded=date)
    )


def metric(name="loss", **changes):
    good = GOOD["result"]["metrics"]["loss"]
    return {"result": {"metrics": {name: {**good, **changes}}}}


def table(name="all", **changes):
    good = {"columns": ["a"], "rows": [["b"], [1.5]]}
    return {"result": {"tables": {name: {**good, **changes}}}}


def machine(**changes):
    return {"machine": {**GOOD["machine"], **changes}}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"seconds": -5}, "seconds is -5, not a number from 0 to 10,000,000"),
        ({"seconds": float("nan")}, "seconds is nan"),
        ({"seconds": "<b>1</b>"}, "seconds is '<b>1</b>'"),
        ({"repeats": 0}, "repeats is 0, not a whole number from 1 on"),
        ({"warmup": True}, "warmup is True"),
        ({"commit": "<script>"}, "commit is '<script>', not a commit of git"),
        ({"command": None, **machine(gpu=7)}, "machine.gpu is 7, not a text"),
        (machine(cpu="x" * 999), "machine.cpu is 'xxx"),
        (machine(threads="two"), "machine.threads is 'two'"),
        (machine(gpu="A\nGPU"), r"machine.gpu holds the invisible character '\n'"),
        (machine(gpu="\u202eUPG"), r"machine.gpu holds the invisible character"),
        (machine(gpu="A <b>GPU</b>"), "machine.gpu is 'A <b>GPU</b>', not a name of l"),
        (
            machine(gpu="A GPU, or two"),
            "not a name of letters, digits, blanks and -_()",
        ),
        (machine(gpu="AMD EPYC 9V45 CPU"), "not the name of a GPU"),
        (machine(gpu="Intel Xeon Platinum"), "not the name of a GPU"),
        (machine(gpu="llvmpipe"), "not the name of a GPU"),
        (machine(gpu="H\u2011100"), "not a name of letters, digits, blanks and -_()/."),
        (machine(gpu="\u041d100"), "not a name of letters, digits, blanks and -_()/.+"),
        (machine(python="2.7"), "machine.python is '2.7', not 3.10 or newer"),
        (machine(torch="1.0"), "machine.torch is '1.0', not 2.6 or newer"),
        (machine(torch="2.5.1+cu130"), "machine.torch is '2.5.1+cu130', not 2.6 or n"),
        (
            machine(torch="2.11.0+cu118"),
            "machine.torch is '2.11.0+cu118' with CUDA '13.0': expected one built for",
        ),
        (machine(gpu="A\ue000"), r"machine.gpu holds the invisible character '\ue000'"),
        (machine(cpu="A\u0378"), r"machine.cpu holds the invisible character '\u0378'"),
        (
            machine(cpu="a" + 4 * "\u0301"),
            r"machine.cpu holds '\u0301', which is more than 3 marks on one letter",
        ),
        (machine(torch="2.6\x1b[31m"), r"machine.torch holds the invisible"),
        (
            metric(name="pass_ms", median=-5.0),
            "'pass_ms' is -5.0, not a number above 0",
        ),
        (metric(n=5), "repeats is 3, but its result says 5"),
        ({"result": None}, "result is None, not an object with metrics"),
        ({"result": {"metrics": []}}, "result.metrics is [], not an object"),
        ({"result": {"series": {"a": [1, float("nan")]}}}, "result.series.a is nan"),
        (table(name="../../x"), "a table is called '../../x', which is no name"),
        (table(rows=None), "the table 'all' is without its columns and rows"),
        (table(rows=[["a", 1]]), "the table 'all' has a row that is not 1 cells long"),
        (table(rows=[[None]]), "the table 'all' has the cell None"),
        (table(rows=[["9e999"]]), "the cell '9e999', longer or larger than one can be"),
        (table(rows=[["9" * 400]]), "longer or larger than one can be"),
        (table(rows=[["9" * 5000]]), "longer or larger than one can be"),
        (table(rows=[["1e16 ± 2"]]), "longer or larger than one can be"),
        (machine(torch="2.11.0+cpu"), "machine.torch is '2.11.0+cpu' with CUDA '13.0'"),
        (
            machine(threads=None),
            "machine.threads is None, not a whole number from 1",
        ),
        (machine(threads=2.5), "machine.threads is 2.5, not a whole number"),
        (machine(threads=64), "machine.threads is 64 beside 4 cores: "),
        (machine(cores=0), "machine.cores is 0, not a whole number from 1 to 100,000"),
        (machine(python=None), "machine.python is None, and has to be said"),
        (machine(torch=None), "machine.torch is None, and has to be said"),
        (machine(cpu=""), "machine.cpu is '', and has to be said"),
        (machine(device="cpu", cpu=None), "machine.cpu is None, and has to be said"),
        ({"commit": 1234567}, "commit is 1234567, not a commit of git"),
        ({"commit": ["0123456"]}, "commit is ['0123456'], not a commit of git"),
        ({"seconds": 10**400}, "seconds is 1000"),
        ({"repeats": 3.0}, "repeats is 3.0, not a whole number from 1 on"),
        ({"warmup": -1}, "warmup is -1, not a whole number from 0 on"),
        (metric(n=2.5), "n of the metric 'loss' is 2.5, not a whole number from 1 on"),
        (metric(median=10**400), "median of the metric 'loss' is 1000"),
        (metric(best=1), "the metric 'loss' has 'best', not only median, spread, n"),
        (table(name=".."), "a table is called '..', which is no name of a file"),
        (table(name=".hidden"), "a table is called '.hidden', which is no name"),
        (table(name="x" * 99), "a table is called 'xxx"),
        ({"result": {"counts": {"kills": -1}}}, "the count 'kills' is -1, not a whole"),
        (
            {"result": {"counts": {"kills": 1.5}}},
            "the count 'kills' is 1.5, not a whole",
        ),
        ({"result": {"counts": 3}}, "result.counts is 3, not an object"),
        ({"result": {"settings": []}}, "result.settings is [], not an object"),
        (table(rows=[]), "the table 'all' is without its columns and rows"),
        (
            table(columns=[], rows=[[]]),
            "the table 'all' is without its columns",
        ),
        (table(rows=[[10**400]]), "the table 'all' has the cell 1000"),
        ({"result": {"series": {"a": 10**400}}}, "result.series.a is 1000"),
        (machine(cuda=None), "machine.torch is '2.11.0+cu130' with CUDA None: that se"),
        (machine(cores=None), "machine.cores is None, not a whole number from 1 "),
        (metric(median=float("inf")), "median of the metric 'loss' is inf"),
        (metric(median="<script>"), "median of the metric 'loss' is '<script>'"),
        (metric(spread=-1), "spread of the metric 'loss' is -1"),
        (metric(n=0), "n of the metric 'loss' is 0"),
        ({"result": {"metrics": {"loss": 1}}}, "median of the metric 'loss' is None"),
        (
            {"result": {"tables": {"a\x00": {}}}},
            r"holds the invisible character '\x00'",
        ),
    ],
)
def test_what_cannot_be_so_is_named(changes, says):
    assert any(fault.startswith(says) or says in fault for fault in faults(**changes))


# A name, a number that it cannot be, and one that an honest recording has.
NUMBERS = [
    ("per_image_us", None, -0.0324),  # the slope of a fit
    ("fixed_ms_per_step", None, -0.1),
    ("bfloat16_difference", None, -0.08),
    ("accuracy_gain", None, -0.5),
    ("scheduler_lost_lower", None, -0.5),
    ("adam_accuracy_dip", None, -0.1),
    ("plain_gap", None, -1.0),
    ("loss", None, -2.5),
    ("inputs_per_image_us", -1.0, 22.0),
    ("tiny_us_per_image", -69.0, 69.0),
    ("training_per_image_us_large_batch", -1.0, 4.0),
    ("tiny_ms_per_step", 0, 0.6),
    ("big_seconds", -1.0, 13.0),
    ("softmax_wall_s", 0.0, 2.9),
    ("cpu_w64_b16", -5.0, 0.6),
    ("cuda_w4096_b1024", 0, 3.0),
    ("float16_accuracy", 140.0, 87.5),
    ("accuracy_at_end", -1.0, 100.0),
    ("float32_w64_b1024_mb", -4.9, 0),
    ("pinned_60000_gain", -5.5, 0.9),
    ("pageable_60000_gb_per_s", -1.0, 9.9),
    ("ratio_w64", None, 0.47),
    ("usual_share_percent", -7.0, 109.7),
    ("tiny_images", -1, 10000),
    ("tiny_fixed_percent", -1.0, 126.8),
    ("true_tflops", -1.0, 50.9),
]


@pytest.mark.parametrize(("name", "wrong", "right"), NUMBERS)
def test_what_a_number_can_be_follows_from_its_name(name, wrong, right):
    assert faults(**metric(name, median=right)) == []
    if wrong is not None:
        (fault,) = faults(**metric(name, median=wrong))
        assert fault.startswith(f"median of the metric '{name}' is {wrong}, not a ")


@pytest.mark.parametrize(
    ("column", "wrong", "right"),
    [
        ("seconds", "-0.4 ± 0.1", "0.4 ± 0.1"),
        ("ms for all the images", -3, "265.1 ± 7.8"),
        ("call is back, µs", "−25.0 ± 3.1", "0.0 ± 0.0"),  # rounded
        ("CPU seconds, 2 threads", "-1,100.5", "1,100.5"),
        ("accuracy, %", "140", "87.50 ± 0.36"),
        ("GFLOP/s", -1.5, "47,819.3"),
        ("minus float32's, same seed", None, "-0.04 ± 0.31"),
        ("of it fixed cost, by the fit, %", None, "-3"),
        ("got there", None, "never"),
    ],
)
def test_what_a_cell_can_be_follows_from_its_column(column, wrong, right):
    assert faults(**table(columns=[column], rows=[[right]]), repeats=1) == []
    if wrong is not None:
        (fault,) = faults(**table(columns=[column], rows=[[wrong]]), repeats=1)
        assert fault.startswith(f"the table 'all' has the cell {wrong!r} below")


def test_what_a_series_can_hold_follows_from_its_name():
    good = {"x": [64, 256], "y": [[1.5, 2.5]]}
    for name in ("float32_ms", "cuda_b16"):
        assert faults(result={"series": {name: good}}, repeats=1) == []
        bad = {"x": [64, 256], "y": [[1.5, -2.5]]}
        (fault,) = faults(result={"series": {name: bad}}, repeats=1)
        assert fault == f"the series '{name}' has -2.5, not a number above 0"


def program(**changes):
    """What a program's capture says, with one block that is changed."""
    digest = capture_file.file_digest(b"1\n")
    block = {"name": "a", "sha256": digest, "figures": {}, "seconds": 0.5, **changes}
    head = {key: value for key, value in GOOD.items() if key != "result"}
    return {**head, "repeats": 1, "blocks": [block, {**block, "name": "b"}]}


MORE = ["\ue000", "\u0378", "a" + 300 * "\u0301"]  # private, none so far, a tower
EMPTY = capture_file.file_digest(b"")


@pytest.mark.parametrize(
    ("capture", "says"),
    [
        (
            program(seconds=float("nan")),
            "seconds of the block 'a' is nan, not a n",
        ),
        (program(seconds=-1), "seconds of the block 'a' is -1, not a number from 0 on"),
        (program(seconds=None), "seconds of the block 'a' is None"),
        (program(sha256=EMPTY), "its blocks printed nothing and drew nothing"),
        (program() | {"repeats": 1000}, "repeats is 1000, but its result says 1"),
        (program() | {"warmup": 7}, "warmup is 7, but its result says 0"),
    ],
)
def test_what_no_program_can_have_done_is_named(capture, says):
    assert list(claims.faults(program())) == []
    assert [fault for fault in claims.faults(capture) if fault.startswith(says)]


@pytest.mark.parametrize(
    "text", ["a\x1b[31m", "a\x00", "a\u202eb", "a\rb", b"\xff", *MORE]
)
def test_what_no_text_of_a_block_can_hold_is_named(text):
    content = text if isinstance(text, bytes) else text.encode()
    found = list(claims.text_faults(program(), {"a.txt": content, "b.txt": b""}.get))
    assert len(found) == 1 and found[0].startswith("a.txt ")
    good = {"a.txt": "µ = 1\n\tx\né\n".encode(), "b.txt": b""}
    assert list(claims.text_faults(program(), good.get)) == []


def test_a_date_before_its_commit(monkeypatch):
    days = {"0123abc": date(2025, 12, 31), "abcdef0": date(2026, 1, 2)}
    monkeypatch.setattr(record, "day_of", lambda commit: days.get(commit))
    assert faults(commit="0123abc") == faults(commit="fedcba9") == []
    assert faults(commit="abcdef0") == [
        "recorded is '2025-12-31', before its commit abcdef0 of 2026-01-02"
    ]


def test_the_day_of_a_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(TREE, "root", tmp_path)
    for part in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{part}_NAME", "a")
        monkeypatch.setenv(f"GIT_{part}_EMAIL", "a@b")
        monkeypatch.setenv(f"GIT_{part}_DATE", "2026-01-03T01:30:00+05:00")
    for command in ("init -q", "commit -q --allow-empty -m x"):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    assert record.day_of("HEAD") == date(2026, 1, 2), "in the time that recordings use"
    assert record.day_of("0" * 12) is None and record.day_of(None) is None
