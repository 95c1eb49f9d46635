"""Copies: timed until they are there, in every way; without a GPU, no claim."""

import time
import weakref

import pytest
import torch
from listing import ROOT, labelled, run_listing

from scripts.render import rendered_files
from scripts.render.plots import style
from snippets.gpu_training import transfer

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.fixture
def result(monkeypatch):
    """The experiment on a CPU, where a clone has to stand in for pinned memory."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(torch.Tensor, "pin_memory", torch.Tensor.clone)
    return transfer.measure(CPU, **transfer.QUICK)


def test_a_copy_is_really_made_each_time(monkeypatch):
    calls = []

    def copy(tensor, device, non_blocking, copy):
        calls.append((device, non_blocking, copy))

    monkeypatch.setattr(torch.Tensor, "to", copy)
    back, there = transfer.time_copies(torch.ones(4), CPU, False, True, 2, 3)
    assert calls == [(CPU, True, True)] * 5
    assert len(back) == len(there) == 3


def test_only_what_is_to_be_pinned_is_pinned(monkeypatch):
    pinned = []
    monkeypatch.setattr(
        torch.Tensor, "pin_memory", lambda self: pinned.append(1) or self
    )
    transfer.time_copies(torch.ones(4), CPU, False, False, 0, 1)
    assert not pinned
    transfer.time_copies(torch.ones(4), CPU, True, False, 3, 2)
    assert len(pinned) == 1, "pinning once is not part of the copies"


def test_a_copy_that_goes_on_after_the_call_counts_until_it_is_there(monkeypatch):
    """A stand-in for a GPU that takes 20 ms."""
    monkeypatch.setattr(torch.Tensor, "to", lambda self, *given, **more: self)
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: time.sleep(0.02))
    back, there = transfer.time_copies(torch.ones(4), CUDA, False, True, 1, 3)
    assert max(back) < 0.01
    assert min(there) >= 0.02


def test_each_way_and_size_is_in_metrics_table_and_series(result):
    metrics, (table,) = result["metrics"], result["tables"].values()
    assert len(table["rows"]) == 2 * len(transfer.WAYS)
    assert {len(row) for row in table["rows"]} == {len(table["columns"])}
    for name in transfer.WAYS:
        line = result["series"][name]
        assert line["x"] == [64 * 784 * 4 / 1e6, 1024 * 784 * 4 / 1e6]
        for count, rate in zip((64, 1024), line["y"][0], strict=True):
            cell = metrics[f"{name}_{count}_us"]
            assert cell["n"] == result["repeats"] == 5
            assert rate == pytest.approx(count * 784 * 4 / cell["median"] / 1e3)
            assert metrics[f"{name}_{count}_back_us"]["median"] <= cell["median"]
        if name != "pageable":
            slow = metrics["pageable_64_us"]["median"]
            gain = metrics[f"{name}_64_gain"]["median"]
            assert gain == pytest.approx(slow / metrics[f"{name}_64_us"]["median"])
    assert metrics["pinning_1024_us"]["median"] > 0


def test_the_plot_has_a_line_for_each_way_and_says_its_rates(result, tmp_path):
    files = rendered_files.rendered(
        "gpu-training", tmp_path / "transfer.json", {"result": result}
    )
    svg = files[tmp_path / "transfer-rate.svg"]
    title = svg.partition("<title>")[2].partition("</title>")[0]
    for way in ("ordinary", "ordinary, non_blocking", "pinned", "pinned, non_blocking"):
        assert f" {way}: " in title
    for word, times in (("ordinary", 1), ("pinned", 1), ("non_blocking", 2)):
        assert svg.count(f">{word}<") == times, "at the line's end"
    assert style.A not in svg


def test_without_a_gpu_it_says_so(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match="none is here"):
        transfer.main(**transfer.QUICK)


def test_with_a_gpu_it_measures_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(transfer, "measure", lambda *given: given)
    assert transfer.main((64,), 2, 3, 4) == (CUDA, (64,), 2, 3, 4)
    assert transfer.DEVICES == ("cuda",)


def test_what_was_pinned_is_kept_while_more_is_pinned(monkeypatch):
    pinned, alive = [], []

    class Images:
        def pin_memory(self):
            pinned.append(weakref.ref(block := Block()))
            alive.append(sum(ref() is not None for ref in pinned))
            return block

    class Block:
        pass

    seconds = transfer.time_pinning(Images(), torch.device("cpu"), repeats=3)
    assert len(seconds) == 3
    assert alive == [1, 2, 3, 4], "a freed block would not be pinned a second time"


def test_the_quick_block_claims_nothing_of_a_gpu(tmp_path, monkeypatch):
    names, text = run_listing("gpu_training.transfer_quick", tmp_path, monkeypatch)
    said = labelled(text)
    if names["device"].type == "cuda":
        assert "No GPU here" not in said and len(said) == 16
        return
    assert said["No GPU here"].startswith("on one, this block prints")
    assert said["where a tensor is already, `.to(device)` copies nothing"] == "True"
    milliseconds = float(said["a real copy, `.clone()`, of 25.7 MB"].split()[0])
    rate = float(said["rate of that copy"].split()[0])
    assert rate == pytest.approx(25.7 / milliseconds, rel=0.1)


@pytest.mark.cuda
@pytest.mark.skipif(
    not torch.cuda.is_available(),
    reason="no CUDA device here: that pinned memory is copied without waiting",
)
def test_on_a_gpu_a_pinned_copy_is_back_before_it_is_there(monkeypatch):
    monkeypatch.chdir(ROOT)
    metrics = transfer.main(sizes=(60_000,), repeats=10)["metrics"]
    back = metrics["pinned_async_60000_back_us"]["median"]
    assert back < 0.5 * metrics["pinned_async_60000_us"]["median"]
