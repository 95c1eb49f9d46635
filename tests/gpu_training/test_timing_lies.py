import time

import pytest
import torch
from listing import labelled, run_listing

from snippets.gpu_training import timing_lies
from snippets.gpu_training.timing_lies import back_and_done

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


def test_work_that_goes_on_after_the_call_is_in_done_and_not_in_back(monkeypatch):
    """A stand-in for a GPU: the call takes 2 ms, what it started 30 ms more."""
    pending = []

    def work():
        time.sleep(0.002)
        pending.append(0.03)

    def wait():
        time.sleep(sum(pending))
        pending.clear()

    monkeypatch.setattr(torch.cuda, "synchronize", wait)
    back, done = back_and_done(work, CUDA, warmup=5, repeats=3)
    assert len(back) == len(done) == 3
    assert 0.002 <= min(back) < 0.03
    assert min(done) >= 0.03
    assert max(done) < 0.15, "the work of the warm-up is not counted"


def test_on_a_cpu_the_two_clocks_agree():
    back, done = back_and_done(lambda: time.sleep(0.01), CPU, warmup=0, repeats=3)
    gaps = [late - early for early, late in zip(back, done, strict=True)]
    assert min(back) >= 0.01
    assert 0 <= min(gaps) < 0.005


def test_warmup_is_run_before_the_repeats():
    calls = []
    back_and_done(lambda: calls.append(1), CPU, warmup=4, repeats=3)
    assert len(calls) == 7


def test_its_numbers_follow_from_its_clocks(monkeypatch):
    clocks = iter([([0.001] * 3, [0.1] * 3), ([0.2] * 3, [0.2] * 3)])
    monkeypatch.setattr(timing_lies, "back_and_done", lambda *_: next(clocks))
    result = timing_lies.measure(CPU, 1000, 2, 3)
    medians = {
        name: value["median"] if isinstance(value, dict) else value
        for name, value in result["metrics"].items()
    }
    assert medians == pytest.approx(
        {
            "size": 1000,
            "unsynchronised_ms": 1,
            "item_ms": 200,
            "true_ms": 100,
            "unsynchronised_tflops": 2,  # 2e9 operations in 1 ms
            "item_tflops": 0.01,
            "true_tflops": 0.02,
            "ratio": 100,
        }
    )
    table = result["tables"]["lie"]
    assert [row[1] for row in table["rows"]] == ["1.000", "200.000", "100.000"]
    assert {len(row) for row in table["rows"]} == {len(table["columns"])}
    assert (result["warmup"], result["repeats"]) == (2, 3)


def test_measured_on_the_cpu_it_finds_no_lie(monkeypatch):
    """There, a call is back when its product is done."""
    now, product = [0.0], torch.Tensor.__matmul__

    def slow(left, right):
        now[0] += 0.5  # seconds
        return product(left, right)

    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(torch.Tensor, "__matmul__", slow)
    metrics = timing_lies.measure(CPU, 400, 2, 5)["metrics"]
    assert metrics["true_ms"] == {"median": 500.0, "spread": 0.0, "n": 5}
    assert metrics["ratio"]["median"] == 1
    assert metrics["true_tflops"]["median"] == 2 * 400**3 / 0.5 / 1e12


def test_without_a_gpu_it_says_so(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(RuntimeError, match="needs a CUDA GPU"):
        timing_lies.main(**timing_lies.QUICK)


def test_with_a_gpu_it_measures_there(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(timing_lies, "measure", lambda *given: given)
    assert timing_lies.main(256, warmup=2, repeats=3) == (CUDA, 256, 2, 3)
    assert timing_lies.DEVICES == ("cuda",)


def test_the_quick_block_prints_both_clocks(tmp_path, monkeypatch):
    names, text = run_listing("gpu_training.lie_quick", tmp_path, monkeypatch)
    said = labelled(text)
    early, late = (
        float(said[f"clock stopped {when}"].split()[0])
        for when in ("when the call is back", "when it is done")
    )
    assert 0 < early <= late
    speed = float(said["implied speed, when it is done"].split()[0].replace(",", ""))
    assert speed == pytest.approx(names["operations"] / late / 1e9, rel=0.05)
    assert len(names["back"]) == 20
    if names["device"].type == "cpu":
        assert float(said["done / back"]) >= 1
        assert said["No GPU here"].startswith("on one, this block times")
    else:
        assert "No GPU here" not in said


@pytest.mark.cuda
@pytest.mark.skipif(
    not torch.cuda.is_available(),
    reason="no CUDA device here: that a call is back before its product is done",
)
def test_on_a_gpu_the_call_is_back_long_before_the_work_is_done():
    metrics = timing_lies.main(size=4096, repeats=10)["metrics"]
    assert metrics["ratio"]["median"] > 3
    assert metrics["item_ms"]["median"] > 0.5 * metrics["true_ms"]["median"]
