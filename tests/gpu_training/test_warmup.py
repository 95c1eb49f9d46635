import re
import statistics

import torch
from listing import labelled, run_listing


def test_it_times_real_steps_and_sums_them_up(tmp_path, monkeypatch):
    names, text = run_listing("gpu_training.warmup", tmp_path, monkeypatch)
    said, times = labelled(text), names["times"]
    assert len(times) == 200
    assert len(names["later"]) == 190
    value = {label: float(text.split()[0]) for label, text in said.items()}
    assert value["step 1"] == round(times[0], 2)
    assert value["step 2"] == round(times[1], 2)
    fastest, median, slowest = (
        value[f"steps 11 to 200, {name}"] for name in ("fastest", "median", "slowest")
    )
    assert 0 < fastest <= median <= slowest
    spread = max(times[10:]) / min(times[10:])
    assert value["steps 11 to 200, slowest over fastest"] == round(spread, 1)
    ratio = times[0] / statistics.median(times[10:])
    assert value["step 1 over the median"] == round(ratio, 1)
    assert re.search(r"step 1: \d+\.\d\d ms on (cpu|cuda)", text)


def test_its_step_trains_on_the_one_batch(tmp_path, monkeypatch):
    names, _ = run_listing("gpu_training.warmup", tmp_path, monkeypatch)
    net, optimizer = names["new_net"], names["new_optimizer"]
    assert optimizer.state[net[0].weight]["step"] == 200
    with torch.no_grad():
        right = net(names["one_x"]).argmax(1) == names["one_y"]
    assert right.all(), "200 steps overfit one batch of 64 images"
    names["same_batch_step"]()
    assert optimizer.state[net[0].weight]["step"] == 201
