"""Many small steps cost more than few large ones: launches and launches_quick."""

import pytest
import torch
from listing import labelled, run_listing

from snippets.gpu_training import launches

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def result():
    """The experiment in its quick settings, on the CPU, run once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda, "is_available", lambda: False)
        return launches.main(**launches.QUICK)


def median(result, name):
    return result["metrics"][name]["median"]


@pytest.mark.parametrize("batch, steps", [(16, 8), (128, 1)])
def test_a_pass_goes_through_all_the_images(monkeypatch, batch, steps):
    calls = []
    monkeypatch.setattr(launches, "make_step", lambda *cell: lambda: calls.append(cell))
    seconds = launches.time_pass(batch, 32, CPU, samples=128, warmup=1, repeats=2)
    assert len(seconds) == 2
    assert calls == [(32, batch, CPU)] * (3 * steps)


def test_every_part_of_a_step_is_timed(result):
    for name in ("pass_b16_ms", "pass_b2048_ms", "empty_ms_per_step"):
        assert median(result, name) > 0
    assert median(result, "update_ms_per_step") > 0
    for name in ("empty_ms_per_step", "update_ms_per_step"):
        assert result["metrics"][name]["n"] == launches.QUICK["repeats"]


def test_an_update_moves_the_weights_without_a_pass(monkeypatch):
    nets, made = [], launches.make_net
    monkeypatch.setattr(
        launches, "make_net", lambda width: nets.append(made(width)) or nets[-1]
    )
    before = []

    def time_steps(step, device, warmup, repeats):
        before.extend(weight.clone() for weight in nets[0].parameters())
        step()
        return [1.0]

    monkeypatch.setattr(launches, "time_steps", time_steps)
    assert launches.update_alone(8, CPU, calls=4, repeats=1) == [0.25]
    assert not any(map(torch.equal, before, nets[0].parameters()))


def test_the_fit_finds_both_costs_again():
    batches = [16, 64, 1024]
    times = [2e-3 + 5e-6 * batch for batch in batches]
    found = launches.fixed_and_per_image(batches, times)
    assert found == pytest.approx((2e-3, 5e-6))


def test_the_fit_says_how_far_it_is_off():
    exact = {batch: [(64 // batch) * 2e-3 + 64 * 5e-6] * 2 for batch in (16, 32, 64)}
    told = launches.report(exact, [1e-3], [5e-4], samples=64)
    assert median(told, "fit_off_percent") == pytest.approx(0, abs=1e-6)
    assert median(told, "fixed_ms_per_step") == pytest.approx(2)
    assert median(told, "per_image_us") == pytest.approx(5)
    assert told["tables"]["launches"]["rows"][0] == [
        "16",
        "4",
        "8.3 ± 0.0",
        "2.08",
        "96",
    ]
    assert told["series"]["fit"]["y"][0] == pytest.approx([8.32, 4.32, 2.32])
    exact[32] = [value * 2 for value in exact[32]]
    told = launches.report(exact, [1e-3], [5e-4], samples=64)
    assert median(told, "fit_off_percent") > 10


def test_series_and_table_hold_every_batch(result):
    batches = list(launches.QUICK["batches"])
    measured = result["series"]["measured"]
    assert measured["x"] == result["series"]["fit"]["x"] == batches
    assert len(measured["y"]) == launches.QUICK["repeats"]
    rows = result["tables"]["launches"]["rows"]
    assert [row[:2] for row in rows] == [["16", "128"], ["256", "8"], ["2048", "1"]]


def test_the_page_shows_that_steps_cost(tmp_path, monkeypatch):
    names, text = run_listing("gpu_training.launches_quick", tmp_path, monkeypatch)
    said = labelled(text)
    times = names["milliseconds"]
    assert said["in steps of 16"] == f"{times[16]:.3g} ms"
    assert said["256 steps over 1 step"] == f"{times[16] / times[4096]:.1f} times"
