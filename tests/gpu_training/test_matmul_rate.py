"""Operations are counted right, and shares are of the rate that was measured."""

import math

import pytest
import torch
from listing import labelled, run_listing
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from scripts.render import rendered_files
from scripts.render.plots.gpu_training_amp import said
from snippets.gpu_training import matmul_rate
from snippets.gpu_training.model import make_net

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def result():
    """The experiment in its quick settings, run once."""
    return matmul_rate.main(**matmul_rate.QUICK)


@pytest.mark.parametrize(("width", "batch"), [(16, 8), (64, 100)])
def test_operations_are_those_that_torch_itself_counts(width, batch):
    net = make_net(width)
    x, y = torch.randn(batch, 784), torch.randint(10, (batch,))
    with FlopCounterMode(display=False) as counter:
        nn.functional.cross_entropy(net(x), y).backward()
    assert matmul_rate.count_operations(net, batch) == counter.get_total_flops()


def test_a_rate_is_operations_over_seconds(monkeypatch):
    def two_steps(step, device, warmup, repeats):
        assert step().shape == (10, 10) and step().dtype == torch.bfloat16
        assert (device, warmup, repeats) == (CPU, 3, 2)
        return [0.5, 0.25]

    monkeypatch.setattr(matmul_rate, "time_steps", two_steps)
    rates = matmul_rate.product_rates(10, CPU, torch.bfloat16, 3, 2)
    assert rates == [4000, 8000]


def test_the_best_product_is_the_measure_and_the_shares_follow(result):
    metrics = result["metrics"]
    rates = [metrics[f"matmul_{size}_gflops"]["median"] for size in (256, 512)]
    best = metrics["matmul_gflops"]["median"]
    assert best == max(rates)
    for key, width in (("step", 64), ("step", 256), ("sgd", 64)):
        cells = {
            unit: metrics[f"{key}_w{width}_{unit}"]["median"]
            for unit in ("ms", "gflops", "percent")
        }
        work = matmul_rate.count_operations(make_net(width), 256) / 1e9
        # The middle of the rates is that of the times for an odd count of them. For an
        # even one they differ by as much as the two in the middle do: on a busy machine
        # by a good deal, though never by a unit.
        assert 0.3 < cells["gflops"] / (1e3 * work / cells["ms"]) < 3
        assert cells["percent"] == pytest.approx(100 * cells["gflops"] / best)
        assert 0 < cells["percent"] < 300


def test_a_narrow_net_reaches_a_smaller_share_than_a_wide_one():
    """A wide ordering: at batch 16, what is not arithmetic is most of a small step."""
    result = matmul_rate.main((512,), (16, 512), (), batch=16)
    narrow, wide = result["series"]["float32"]["y"][0]
    assert narrow < wide


def test_the_table_has_a_row_for_each_product_and_step(result):
    table = result["tables"]["rates"]
    assert {len(row) for row in table["rows"]} == {len(table["columns"])}
    kinds = [row[1].split(",")[0].split(" of ")[0] for row in table["rows"]]
    assert kinds == ["product"] * 2 + ["step"] * 3
    assert [row[1].split()[-1] for row in table["rows"][2:]] == ["Adam", "Adam", "SGD"]


@pytest.mark.parametrize("name", ["tf32", "bfloat16"])
def test_the_formats_of_a_gpu_work_on_the_cpu_too(name):
    quick = {**matmul_rate.QUICK, "sizes": (64,), "widths": (16,)}
    metrics, rows, line = matmul_rate.measure_format(name, CPU, **quick)
    assert metrics[f"{name}_step_w16_percent"]["n"] == 50
    assert line["x"] == [16] and {row[0] for row in rows} == {name}
    assert all(key.startswith(name) for key in metrics), "beside float32's metrics"


def test_a_larger_batch_is_one_more_step_of_the_widest_net():
    quick = {**matmul_rate.QUICK, "sizes": (64,), "widths": (8, 16)}
    metrics, rows, line = matmul_rate.measure_format(
        "float32", CPU, **quick, large_batch=32
    )
    assert rows[-1][1] == "step, width 16, batch 32, Adam"
    work = matmul_rate.count_operations(make_net(16), 32) / 1e9
    assert rows[-1][2] == work and metrics["large_w16_percent"]["n"] == 50
    assert line["x"] == [8, 16]


def test_the_precision_of_products_is_put_back(monkeypatch):
    def fail(name, *_):
        assert torch.get_float32_matmul_precision() == "high"
        raise ZeroDivisionError

    monkeypatch.setitem(matmul_rate.FORMATS, "float32", (torch.float32, "high"))
    monkeypatch.setattr(matmul_rate, "measure_format", fail)
    before = torch.get_float32_matmul_precision()
    with pytest.raises(ZeroDivisionError):
        matmul_rate.main()
    assert torch.get_float32_matmul_precision() == before == "highest"


def test_few_repeats_only_where_a_cpu_has_much_to_do():
    assert matmul_rate.counts(100, CPU) == (1, 5)
    assert matmul_rate.counts(1, CPU) == (10, 50)
    assert matmul_rate.counts(100, torch.device("cuda")) == (10, 50)


def test_the_plot_shows_the_formats_that_were_measured(result, tmp_path):
    def drawn(result):
        path = tmp_path / "matmul_rate.json"
        files = rendered_files.rendered("gpu-training", path, {"result": result})
        return files[tmp_path / "matmul_rate-share.svg"]

    alone = drawn(result)
    share = result["series"]["float32"]["y"][0][-1]
    assert f"{said(share)} percent at width 256" in alone
    assert "bfloat16" not in alone
    lines = dict.fromkeys(matmul_rate.FORMATS, result["series"]["float32"])
    assert "bfloat16 autocast" in drawn({**result, "series": lines})


def test_the_quick_block(tmp_path, monkeypatch):
    names, text = run_listing("gpu_training.matmul_rate_quick", tmp_path, monkeypatch)
    lines = labelled(text)
    assert len(lines) == 10
    tiny = float(lines["width 64, batch 64, a step"].split()[0])
    assert tiny == pytest.approx(
        matmul_rate.count_operations(make_net(64), 64) / 1e9, abs=6e-4
    )
    assert math.isfinite(names["rate"]) and names["rate"] > 1e9
    shares = [float(lines[label].split()[0]) for label in lines if "share" in label]
    assert shares[0] < shares[2], "a tiny step is mostly something else"


@pytest.mark.cuda
@pytest.mark.skipif(
    not torch.cuda.is_available(),
    reason="no CUDA device here: that products in TF32 and bfloat16 are measured",
)
def test_on_a_gpu_smaller_numbers_multiply_faster():
    metrics = matmul_rate.main(sizes=(4096,), widths=(64,))["metrics"]
    plain = metrics["matmul_gflops"]["median"]
    assert metrics["bfloat16_matmul_gflops"]["median"] > plain
    assert "tf32_step_w8192_percent" in metrics
