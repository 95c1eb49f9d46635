"""What a recording says of itself has to be possible."""

from datetime import UTC, datetime, timedelta

import pytest

from scripts import captures, claims
from scripts.tree import CAPTURES

MACHINE = dict.fromkeys(captures.MACHINE) | {"device": "cuda", "gpu": "H100 (80 GB)"}
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
        "metrics": {"loss": {"median": -1.0, "spread": 0, "n": 1}},
        "tables": {"all": {"columns": ["a"], "rows": [["two\nlines", 1]]}},
    },
}


def faults(**changes):
    return list(claims.faults({**GOOD, **changes}))


def test_a_good_one_has_none():
    today = datetime.now(UTC).date()
    assert faults() == faults(commit="0123abcdef12", recorded=str(today)) == []


def test_ours_have_none(say):
    paths = sorted(CAPTURES.glob("*/*/*.json"))
    found = [(path, list(claims.faults(captures.load(path)))) for path in paths]
    assert len(found) > 20 and all(wrong == [] for _, wrong in found), found


FUTURE = str(datetime.now(UTC).date() + timedelta(days=3))
DATES = ["last Tuesday", "2025-02-30", "1999-01-01", FUTURE, "20250101", "", None, 2025]
DATES += ["2025-W01-1", "2025-01-01T00:00", "٢٠٢٥-٠١-٠١", "2025-01-01\n"]


@pytest.mark.parametrize("date", DATES)
def test_a_date_that_is_none(date):
    assert any(
        "not a date from 2025-01-01 to today" in f for f in faults(recorded=date)
    )


def metric(**changes):
    good = GOOD["result"]["metrics"]["loss"]
    return {"result": {"metrics": {"loss": {**good, **changes}}}}


def machine(**changes):
    return {"machine": {**GOOD["machine"], **changes}}


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"seconds": -5}, "seconds is -5, not a number from 0 on"),
        ({"seconds": float("nan")}, "seconds is nan"),
        ({"seconds": "<b>1</b>"}, "seconds is '<b>1</b>'"),
        ({"repeats": 0}, "repeats is 0, not a number from 1 on"),
        ({"warmup": True}, "warmup is True"),
        ({"commit": "<script>"}, "commit is '<script>', not a commit of git"),
        ({"command": None, **machine(gpu=7)}, "machine.gpu is 7, not a text"),
        (machine(cpu="x" * 999), "machine.cpu is 'xxx"),
        (machine(threads="two"), "machine.threads is 'two'"),
        (machine(gpu="A\nGPU"), r"machine.gpu holds the invisible character '\n'"),
        (machine(gpu="\u202eUPG"), r"machine.gpu holds the invisible character"),
        (machine(torch="2.6\x1b[31m"), r"machine.torch holds the invisible"),
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
