"""A step in each number format, its memory, and what a CPU can count of it."""

import itertools

import pytest
import torch
from listing import labelled, run_listing

from scripts.render import rendered_files
from snippets.gpu_training import amp_speed
from snippets.gpu_training.model import make_net

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.fixture
def memory(monkeypatch):
    """A stand-in for a GPU's memory: the peak is 1 MB more at each question."""
    peaks = itertools.count(3_000_000, 1_000_000)
    resets = []
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda: 2_000_000)
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda: next(peaks))
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda: resets.append(1))
    return resets


@pytest.fixture
def result(memory):
    """The experiment on a CPU."""
    quick = {**amp_speed.QUICK, "more_cells": ((16, 32),), "widths": (8, 16)}
    return amp_speed.measure(CPU, batch=16, **quick)


@pytest.mark.parametrize("name", amp_speed.FORMATS)
def test_a_step_trains_in_its_number_format(name, monkeypatch):
    seen, nets = [], []
    loss, dtype = torch.nn.functional.cross_entropy, amp_speed.FORMATS[name][0]
    monkeypatch.setattr(
        torch.nn.functional,
        "cross_entropy",
        lambda logits, y: seen.append((logits.dtype, loss(logits, y))) or seen[-1][1],
    )
    monkeypatch.setattr(
        amp_speed, "make_net", lambda width: nets.append(make_net(width)) or nets[-1]
    )
    step = amp_speed.make_amp_step(32, 64, CPU, dtype)
    for _ in range(20):
        step()
    assert {logits for logits, _ in seen} == {dtype}
    assert seen[-1][1] < 0.9 * seen[0][1], "it learns its one batch"
    assert {weights.dtype for weights in nets[0].parameters()} == {torch.float32}
    assert {weights.grad.dtype for weights in nets[0].parameters()} == {torch.float32}


def test_only_float16_is_scaled(monkeypatch):
    switched, scaler = [], torch.amp.GradScaler
    monkeypatch.setattr(
        torch.amp,
        "GradScaler",
        lambda device, enabled: (
            switched.append(enabled) or scaler(device, enabled=enabled)
        ),
    )
    for dtype, _ in amp_speed.FORMATS.values():
        amp_speed.make_amp_step(8, 8, CPU, dtype)
    assert switched == [False, False, False, True]


@pytest.mark.parametrize(
    ("capability", "native", "expected"),
    [
        ((9, 0), True, ["float32", "tf32", "bfloat16", "float16"]),  # H100
        ((7, 5), False, ["float32", "float16"]),  # T4: imitates bfloat16
    ],
)
def test_a_format_that_a_gpu_only_imitates_is_left_out(
    monkeypatch, capability, native, expected
):
    cuda = torch.cuda
    monkeypatch.setattr(cuda, "get_device_capability", lambda device: capability)
    monkeypatch.setattr(cuda, "is_bf16_supported", lambda including_emulation: native)
    assert amp_speed.formats_of(CUDA) == expected
    assert amp_speed.formats_of(CPU) == list(amp_speed.FORMATS)


def test_products_of_float32_use_what_they_may_and_no_longer():
    before = torch.get_float32_matmul_precision()
    with pytest.raises(ZeroDivisionError), amp_speed.float32_products("high"):
        assert torch.get_float32_matmul_precision() == "high"
        raise ZeroDivisionError
    assert torch.get_float32_matmul_precision() == before


def test_another_optimizer_takes_the_step_if_asked(monkeypatch):
    made = []

    def sgd(parameters, lr):
        made.append(torch.optim.SGD(parameters, lr=lr))
        return made[0]

    amp_speed.make_amp_step(8, 8, CPU, torch.float32, sgd)()
    assert made[0].param_groups[0]["lr"] == 0.001


def test_the_peak_is_the_steps_own_and_starts_anew(memory):
    for megabytes in (1, 2):
        given = (8, 8, CPU, torch.float32, 1, 3)
        seconds, peak = amp_speed.time_and_memory(*given)
        assert len(seconds) == 3 and peak == megabytes * 1_000_000
    assert len(memory) == 2


def test_each_cell_and_its_ratios_are_there(result):
    metrics = result["metrics"]
    cells = [(8, 16), (16, 16), (16, 32)]
    for width, batch in cells:
        key = f"w{width}_b{batch}"
        plain = {unit: metrics[f"float32_{key}_{unit}"] for unit in ("ms", "mb")}
        assert plain["ms"]["n"] == result["repeats"] == 5
        for name in ("tf32", "bfloat16", "float16"):
            mixed = {unit: metrics[f"{name}_{key}_{unit}"] for unit in ("ms", "mb")}
            speedup = metrics[f"{name}_{key}_speedup"]["median"]
            ratio = metrics[f"{name}_{key}_memory_ratio"]["median"]
            assert speedup * mixed["ms"]["median"] == pytest.approx(
                plain["ms"]["median"]
            )
            assert ratio * plain["mb"]["median"] == pytest.approx(mixed["mb"]["median"])
    # four cells of warm-up, then width 8: one more megabyte each time
    peaks = [metrics[f"{name}_w8_b16_mb"]["median"] for name in amp_speed.FORMATS]
    assert peaks == [5, 6, 7, 8]
    for table in result["tables"].values():
        assert {len(row) for row in table["rows"]} == {len(table["columns"])}
        assert [tuple(row[:2]) for row in table["rows"]] == cells


def test_the_plots_show_the_widths_at_one_batch(result, tmp_path):
    files = rendered_files.rendered(
        "gpu-training", tmp_path / "amp_speed.json", {"result": result}
    )
    speed, memory = (
        files[tmp_path / f"amp_speed-{n}.svg"] for n in ("speed", "memory")
    )
    assert "at width 16: float32" in speed and "ms a step" in speed
    assert (
        "at width 8: float32 5, TF32 6, bfloat16 autocast 7, float16 and scaler 8"
        in memory
    )
    assert result["series"]["float32_ms"]["x"] == [8, 16]


def test_without_a_gpu_it_says_so(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match="none is here"):
        amp_speed.main(**amp_speed.QUICK)


def test_with_a_gpu_it_measures_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(amp_speed, "measure", lambda *given: given)
    assert amp_speed.main((8,), 16, (), 2, 3) == (CUDA, (8,), 16, (), 2, 3)
    assert amp_speed.DEVICES == ("cuda",)


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """The listing, run once: its names and what it said."""
    folder = tmp_path_factory.mktemp("quick")
    with pytest.MonkeyPatch.context() as patch:
        return run_listing("gpu_training.amp_speed_quick", folder, patch)


def test_what_is_kept_for_backward_is_what_the_net_needs_by_hand(quick):
    kept = quick[0]["kept_for_backward"]
    net, width, batch = make_net(48), 48, 20
    x, y = torch.randn(batch, 784), torch.randint(10, (batch,))
    hidden, logits = 2 * batch * width, batch * 10
    total = 4  # the loss's own divisor, one float32
    assert kept(net, x, y, torch.float32) == 4 * (hidden + logits) + total
    # In bfloat16: half for hidden units; and copies of batch and of the later weights.
    copies = x.numel() + net[2].weight.numel() + net[4].weight.numel()
    expected = 2 * (hidden + copies) + 4 * logits + total
    assert kept(net, x, y, torch.bfloat16) == expected


def test_autocast_keeps_more_where_the_batch_is_small(quick):
    said = labelled(quick[1])

    def kept(batch, dtype):
        return float(said[f"kept for backward, batch {batch}, {dtype}"].split()[0])

    assert kept(64, torch.bfloat16) > 3 * kept(64, torch.float32)
    assert kept(8192, torch.bfloat16) < 0.8 * kept(8192, torch.float32)
    weights = sum(w.nbytes for w in make_net(1024).parameters()) / 1e6
    assert float(said["weights, which stay float32"].split()[0]) == round(weights, 2)


def test_the_quick_block_claims_nothing_of_a_gpu(quick):
    names, text = quick
    if names["device"].type == "cpu":
        assert labelled(text)["No GPU here"].startswith("on one, this block prints")
        assert "ms" not in text
    else:
        assert "No GPU here" not in text


@pytest.mark.cuda
@pytest.mark.skipif(
    not torch.cuda.is_available(),
    reason="no CUDA device here: that a wide step is faster in bfloat16",
)
def test_on_a_gpu_a_wide_step_is_faster_in_bfloat16():
    metrics = amp_speed.main((4096,), 1024, (), 5, 10)["metrics"]
    assert metrics["bfloat16_w4096_b1024_speedup"]["median"] > 1
    weights = sum(w.numel() for w in make_net(4096).parameters())
    assert metrics["float32_w4096_b1024_mb"]["median"] > 16 * weights / 1e6
