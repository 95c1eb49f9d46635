"""The grid of step times: whole, in order, and honest about steps left out.

Also the two listings beside it: crossover_quick and crossover_paste.
"""

import json
import types
from statistics import median

import pytest
import torch
from listing import labelled, run_listing

from snippets.gpu_training import crossover

CPU = torch.device("cpu")
WIDTHS, BATCHES = crossover.QUICK["widths"], crossover.QUICK["batches"]


@pytest.fixture(scope="module")
def result():
    """The experiment in its quick settings, on the CPU, run once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "is_available", lambda: False)
        return crossover.main(**crossover.QUICK)


def made_up(factor):
    """A grid with exact times: a cell takes width × batch × factor seconds."""
    return {
        (width, batch): [width * batch * factor] * (3 if batch == 256 else 8)
        for width in WIDTHS
        for batch in BATCHES
    }


def test_a_step_trains(monkeypatch):
    nets = []
    made = crossover.make_net
    monkeypatch.setattr(
        crossover, "make_net", lambda width: nets.append(made(width)) or nets[-1]
    )
    torch.manual_seed(0)
    step = crossover.make_step(64, 16, CPU)
    before = [weight.clone() for weight in nets[0].parameters()]
    step()
    after = list(nets[0].parameters())
    assert after[0].shape == (64, 784)
    assert not any(map(torch.equal, before, after)), "Adam moves every tensor"


def test_wider_nets_take_longer():
    """With a wide margin: 64 times as wide, with thousands of times the work."""
    times = [
        median(crossover.measure_cell(width, 256, CPU, 1, 3, limit=0, fewest=1))
        for width in (64, 4096)
    ]
    assert 2 * times[0] < times[1]


def test_the_limit_leaves_out_steps_but_never_too_many(monkeypatch):
    asked = []

    def time_steps(step, device, warmup, repeats):
        asked.append((warmup, repeats))
        return [0.5] * repeats  # each step takes half a second

    monkeypatch.setattr(crossover, "time_steps", time_steps)
    cell = crossover.measure_cell
    assert len(cell(8, 4, CPU, limit=1000)) == 50
    assert len(cell(8, 4, CPU, limit=15)) == 25  # 30 of 60 steps fit
    assert len(cell(8, 4, CPU, limit=0)) == 5
    assert len(cell(8, 4, CPU, limit=0, fewest=3)) == 3
    assert len(cell(8, 4, CPU, limit=0, repeats=1)) == 1
    assert asked[::2] == [(1, 1)] * 5, "two steps come first, whatever the limit"
    assert asked[1::2] == [(10, 50), (5, 25), (0, 5), (0, 3), (0, 1)]


def test_every_cell_has_a_metric_a_place_in_the_table_and_in_a_line(result):
    table = result["tables"]["cpu"]
    assert [row[0] for row in table["rows"]] == [str(width) for width in WIDTHS]
    assert table["columns"] == ["width", *[f"batch {batch}" for batch in BATCHES]]
    for batch in BATCHES:
        line = result["series"][f"cpu_b{batch}"]
        times = [result["metrics"][f"cpu_w{w}_b{batch}"]["median"] for w in WIDTHS]
        assert line == {"x": list(WIDTHS), "y": [times]}
    assert result["warmup"] == crossover.QUICK["warmup"]
    assert not {"cuda", "ratio"} & set(result["tables"]), "nothing of a GPU that is not"


def test_cells_with_fewer_steps_are_counted_and_starred():
    told = crossover.report({"cpu": made_up(1e-6)}, WIDTHS, BATCHES, repeats=8)
    assert told["metrics"]["cpu_cells_with_fewer_steps"]["median"] == 2
    assert told["metrics"]["weights_ratio"]["median"] > 1
    assert told["tables"]["repeats"]["rows"] == [["cpu", 64, 8, 3], ["cpu", 1024, 8, 3]]
    assert told["tables"]["cpu"]["rows"] == [
        ["64", "1.02 ± 0.00", "16.4 ± 0.00*"],
        ["1024", "16.4 ± 0.00", "262 ± 0.00*"],
    ]


def test_a_gpu_adds_its_own_grid_and_the_ratio():
    grids = {"cpu": made_up(1e-6), "cuda": made_up(5e-7)}
    told = crossover.report(grids, WIDTHS, BATCHES, repeats=8)
    alone = crossover.report({"cpu": grids["cpu"]}, WIDTHS, BATCHES, repeats=8)
    assert set(alone["metrics"]) < set(told["metrics"])
    assert told["metrics"]["cuda_w64_b16"]["median"] == pytest.approx(0.512)
    assert told["metrics"]["ratio_w1024_b256"]["median"] == pytest.approx(2)
    assert told["tables"]["ratio"]["rows"][0] == ["64", "2.00", "2.00"]
    assert told["tables"]["cuda"]["rows"][0][1] == "0.51 ± 0.00"


@pytest.mark.cuda
@pytest.mark.skipif(
    not torch.cuda.is_available(),
    reason="no CUDA device here: the grid of a GPU beside that of its machine's CPU",
)
def test_on_a_gpu_both_devices_are_measured():
    told = crossover.main(**crossover.QUICK)
    assert {"cpu", "cuda", "ratio", "repeats"} == set(told["tables"])
    assert told["metrics"]["cuda_w64_b16"]["median"] > 0


def test_the_page_prints_the_grid_that_it_keeps(tmp_path, monkeypatch):
    monkeypatch.setattr(crossover, "WIDTHS", (64, 128))
    names, text = run_listing("gpu_training.crossover_quick", tmp_path, monkeypatch)
    mine, said = names["mine"], labelled(text)
    assert list(mine) == [(w, b) for w in (64, 128) for b in (16, 64, 256, 1024)]
    assert said["batch"].split() == ["16", "64", "256", "1024"]
    assert said["width   64"].split() == [
        f"{mine[64, batch]:.2f}" for batch in (16, 64, 256, 1024)
    ]
    wider = mine[128, 16] / mine[64, 16]
    assert said["batch 16, width 128 over width 64"] == f"{wider:.1f} times"
    assert mine[64, 16] > 0.02, "milliseconds, not seconds"


@pytest.fixture
def pasted(tmp_path, monkeypatch):
    """The names and the text of crossover_paste, which here measures nothing."""

    def cell(width, batch, device, **settings):
        return [width / 1e6 + batch / 1e9]

    monkeypatch.setattr(crossover, "measure_cell", cell)
    return run_listing("gpu_training.crossover_paste", tmp_path, monkeypatch)


def test_the_line_to_paste_is_one_line_of_json_with_the_whole_grid(pasted):
    names, text = pasted
    assert text.endswith("}\n") and text.count("\n") == 1
    line = json.loads(text)
    assert list(line) == [
        "practical_patterns",
        "version",
        "machine",
        "device",
        "threads",
        "torch",
        "ms",
    ]
    assert (line["practical_patterns"], line["version"]) == ("crossover", 1)
    assert line["device"] == names["device"].type and line["machine"]
    assert line["threads"] == torch.get_num_threads()
    assert torch.__version__.startswith(line["torch"]) and "+" not in line["torch"]
    assert [row[:2] for row in line["ms"]] == [
        [w, b] for w in (64, 256, 1024, 4096) for b in (16, 64, 256, 1024)
    ]
    assert line["ms"][1] == [64, 64, 0.064]
    assert line["ms"][-1] == [4096, 1024, 4.097]


def test_the_line_names_the_gpu_or_the_kind_of_processor_and_nobody(
    pasted, monkeypatch
):
    machine_name, platform = pasted[0]["machine_name"], pasted[0]["platform"]
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: f"G {device.n}")
    assert machine_name(types.SimpleNamespace(type="cuda", n=1)) == "G 1"
    monkeypatch.setattr(platform, "processor", lambda: "")
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert machine_name(CPU) == "riscv64"
    assert platform.node() not in pasted[1]


def test_the_next_width_is_compared_with_the_narrowest():
    cells = {"w64_b16": 2.0, "w256_b16": 5.0, "w64_b32": 3.0, "w256_b32": 30.0}
    times = {f"cpu_{cell}": {"median": time} for cell, time in cells.items()}
    found = crossover.growth("cpu", times, (64, 256), (16, 32))
    assert found["cpu_growth_b16"]["median"] == 2.5
    assert found["cpu_growth_b32"]["median"] == 10
    assert found["cpu_growth_w64"]["median"] == 1.5
    assert found["weights_ratio"]["median"] == pytest.approx(269_322 / 55_050)
