"""What each experiment returns with less of its grid can be taken in, by its own code.

Nothing is measured: times and copies are made up.
"""

import json

import pytest
import torch
from listing import ROOT

from scripts.captures import expected, grids, left_out, lost
from snippets.gpu_training import amp_speed, crossover, launches, matmul_rate, transfer

SLUG = "gpu-training"
WIDTHS, MORE = (64, 256, 1024, 4096, 8192), ((256, 16384), (1024, 16384))
SIZES, IMAGES = (1024, 2048, 4096, 8192), (64, 1024, 8192, 60_000)
CPU = torch.device("cpu")
MADE_UP = {"median": 1.5, "spread": 0.5, "n": 5}


@pytest.fixture(autouse=True)
def nothing_is_measured(monkeypatch):
    def set_(module, **names):
        for name, value in names.items():
            monkeypatch.setattr(module, name, value)

    set_(amp_speed, measure_cell=lambda *_: ([1.5, 2.5], 5.0), formats_of=formats)
    set_(matmul_rate, make_step=formats, make_amp_step=formats, make_net=formats)
    set_(matmul_rate, count_operations=lambda *_: 1e9)
    set_(matmul_rate, measure_products=lambda sizes, *_: dict.fromkeys(sizes, MADE_UP))
    steps = dict.fromkeys(("ms", "gflops", "percent"), MADE_UP)
    set_(matmul_rate, measure_steps=lambda *_: steps)
    set_(transfer, time_copies=lambda *_: ([0.5, 1.5], [1.5, 2.5]))
    set_(transfer, time_pinning=lambda *_: [0.5, 1.5])


def formats(*_):
    return list(amp_speed.FORMATS)


def amps(widths=WIDTHS, more=MORE):
    return amp_speed.measure(CPU, widths, 1024, more, 10, 50)


def cross(widths=WIDTHS[:4], batches=crossover.BATCHES):
    cells = [(width, batch) for width in widths for batch in batches]
    grids = {name: {cell: [0.5, 1.5] for cell in cells} for name in ("cpu", "cuda")}
    return crossover.report(grids, widths, batches, 2)


def launch(batches=launches.BATCHES):
    passes = {b: [n + 10 / b for n in range(7)] for b in batches}
    return launches.report(passes, [0.5, 1.5], [0.5, 1.5], 4096)


def rates(sizes=SIZES, widths=WIDTHS, large=16384):
    metrics, series, rows = {}, {}, []
    for name in amp_speed.FORMATS:
        sgd = [w for w in widths if w == 1024]
        given = name, CPU, sizes, widths, sgd, 1024, large
        values, cells, series[name] = matmul_rate.measure_format(*given)
        metrics |= values
        rows += cells
    tables = {"rates": {"columns": matmul_rate.COLUMNS, "rows": rows}}
    return {"metrics": metrics, "series": series, "tables": tables}


def copies(sizes=IMAGES):
    return transfer.measure(CPU, sizes, 5, 50, 3)


def capture(name, result, *parts):
    """Ours, with another result."""
    path = ROOT / f"docs/captures/{SLUG}/cuda/{name}.json"
    found = json.loads(path.read_text(encoding="utf-8"))
    less = [{"cell": said, "least": least} for said, least in parts]
    return {**found, "result": result, **({"left_out": less} if less else {})}


def faults(name, found):
    """What `--accept` has against it."""
    grid = grids.grid_of(ROOT / f"snippets/gpu_training/{name}.py")
    said = [*left_out.faults(found), *left_out.foreign(found, grid)]
    return said + lost.lost(expected.wanted(SLUG, name, "cuda"), found)


WIDE = "float32, width 8192, batch 1024, Adam"
LARGE = ("tf32, width 4096, batch 16384, Adam", {"large_batch": 16384})
FEWER = [  # the experiment, less of its grid, and how a recording says so
    (amps, [WIDTHS[:4]], ("width 8192, batch 1024, tf32", {"width": 8192})),
    (amps, [WIDTHS[:1], ()], ("width 256, batch 1024, tf32", {"width": 256})),
    (
        amps,
        [WIDTHS, MORE[:1]],
        ("width 1024, batch 16384, tf32", {"width": 1024, "batch": 16384}),
    ),
    (cross, [WIDTHS[:3]], ("cuda: width 4096, batch 16", {"width": 4096})),
    (cross, [WIDTHS[:2]], ("cuda: width 1024, batch 16", {"width": 1024})),
    (
        cross,
        [WIDTHS[:4], (16, 64, 256)],
        ("cuda: width 64, batch 1024", {"batch": 1024}),
    ),
    (launch, [(16, 32, 64)], ("32 steps of 128", {"batch": 128})),
    (rates, [SIZES, WIDTHS[:4]], (WIDE, {"width": 8192})),
    (rates, [SIZES[:2]], ("product, 4096, torch.float32", {"size": 4096})),
    (rates, [SIZES, WIDTHS[:4], None], (WIDE, {"width": 8192}), LARGE),
    (rates, [SIZES, WIDTHS, None], (LARGE[0].replace("4096", "8192"), LARGE[1])),
    (copies, [IMAGES[:3]], ("60000 images", {"size": 60000})),
    (copies, [IMAGES[:1]], ("1024 images", {"size": 1024})),
]
NAMES = {
    amps: "amp_speed",
    cross: "crossover",
    launch: "launches",
    rates: "matmul_rate",
    copies: "transfer",
}


@pytest.mark.parametrize("made", FEWER, ids=lambda made: NAMES[made[0]])
def test_what_is_left_of_a_grid_can_be_taken_in_and_the_whole_after_it(
    monkeypatch, made
):
    function, less, *parts = made
    name = NAMES[function]
    found = capture(name, function(*less), *parts)
    assert faults(name, found) == []
    assert faults(name, {**found, "left_out": []}), "and it has to say so"
    whole = capture(name, function(), *parts)
    assert "is there" in faults(name, whole)[0]
    monkeypatch.setattr(lost, "_of_this_code", lambda _: [found])
    assert faults(name, capture(name, function())) == faults(name, found) == []
