"""What a recording says of itself has to be possible."""

from datetime import UTC, datetime, timedelta

import pytest

from scripts.captures import capture_file, claims, of_site
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
        ({"seconds": -5}, "seconds is -5, not a number from 0 on"),
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
        (machine(torch="2.11.0+cpu"), "machine.torch is '2.11.0+cpu' with CUDA '13.0'"),
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
