"""Runs of a pair differ in the number format alone; the table says how far apart."""

import pytest
import torch
from listing import ROOT, labelled, run_listing

from snippets.gpu_training import amp_accuracy
from snippets.gpu_training.amp_accuracy import flat, percent_right, train
from snippets.gpu_training.data import load_images
from snippets.gpu_training.loop import train_epoch
from snippets.gpu_training.model import make_net

CPU = torch.device("cpu")


@pytest.fixture
def few(monkeypatch):
    """1,000 images and their labels."""
    monkeypatch.chdir(ROOT)
    return load_images(count=1000)


@pytest.fixture(scope="module")
def result():
    """The experiment in its quick settings, run once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return amp_accuracy.main(**amp_accuracy.QUICK)


def test_in_float32_it_is_the_plain_loop_bit_for_bit(few):
    torch.manual_seed(3)
    net = make_net(256)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.001)
    for _ in range(2):
        train_epoch(net, optimizer, *few, batch_size=256)
    same = train(3, torch.float32, CPU, *few, epochs=2)
    assert torch.equal(flat(same), flat(net))


def test_a_pair_starts_the_same_and_ends_apart_by_rounding(few):
    def run(dtype, epochs):
        return flat(train(0, dtype, CPU, *few, epochs=epochs))

    assert torch.equal(run(torch.float32, 0), run(torch.bfloat16, 0))
    plain, mixed = run(torch.float32, 1), run(torch.bfloat16, 1)
    assert mixed.dtype == torch.float32
    assert 0 < (plain - mixed).norm() < 0.1 * plain.norm()


def test_both_runs_of_a_pair_see_the_images_in_the_same_order(few, monkeypatch):
    orders = []
    shuffle = torch.randperm

    def noted(count):
        orders.append(shuffle(count))
        return orders[-1]

    monkeypatch.setattr(torch, "randperm", noted)
    for dtype in (torch.float32, torch.bfloat16):
        train(0, dtype, CPU, *few, epochs=2)
    assert torch.equal(orders[0], orders[2]) and torch.equal(orders[1], orders[3])
    assert not torch.equal(orders[0], orders[1])


def test_autocast_is_on_in_bfloat16_and_off_in_float32(few, monkeypatch):
    seen = []

    def noted(logits, targets):
        seen.append(logits.dtype)
        return loss(logits, targets)

    loss = torch.nn.functional.cross_entropy
    monkeypatch.setattr(torch.nn.functional, "cross_entropy", noted)
    for dtype in (torch.float32, torch.bfloat16):
        train(0, dtype, CPU, *few, epochs=1)
        assert set(seen) == {dtype}
        seen.clear()


def test_only_float16_has_a_scaler_that_is_on(few, monkeypatch):
    enabled = []
    scaler = torch.amp.GradScaler

    def noted(device, enabled):
        switched.append(enabled)
        return scaler(device, enabled=enabled)

    switched = enabled
    monkeypatch.setattr(torch.amp, "GradScaler", noted)
    for dtype in (torch.float32, torch.bfloat16, torch.float16):
        train(0, dtype, CPU, *few, epochs=0)
    assert switched == [False, False, True]


def test_percent_right_counts(few):
    net = make_net(4)
    with torch.no_grad():
        for weights in net.parameters():
            weights.zero_()
        net[4].bias[3] = 1.0  # the net now says 3, whatever it sees
    share = 100 * (few[1] == 3).float().mean().item()
    assert percent_right(net, *few) == pytest.approx(share)
    assert 5 < share < 15


def test_the_held_out_images_are_not_trained_on(monkeypatch):
    images, labels = torch.arange(6000.0)[:, None], torch.arange(6000)
    seen = {}

    def note(name, result):
        def function(*given):
            seen[name] = [part for part in given if isinstance(part, torch.Tensor)]
            return result

        return function

    monkeypatch.setattr(amp_accuracy, "train", note("train", make_net(2)))
    monkeypatch.setattr(amp_accuracy, "percent_right", note("held out", 50.0))
    amp_accuracy.run_seed(0, ["float32"], CPU, images, labels, 1)
    for part in (0, 1):
        both = torch.cat([seen["train"][part], seen["held out"][part]]).flatten()
        assert both.tolist() == list(range(6000))
    assert len(seen["held out"][0]) == 5000


def test_the_test_images_are_not_touched(monkeypatch):
    asked = []
    monkeypatch.setattr(
        amp_accuracy,
        "load_images",
        lambda **given: (
            asked.append(given) or (torch.ones(5100, 784), torch.ones(5100))
        ),
    )
    monkeypatch.setattr(amp_accuracy, "train", lambda *given: make_net(2))
    amp_accuracy.main(seeds=1, count=5100)
    assert asked == [{"count": 5100}]  # of the training images


def test_accuracies_differ_by_points_and_weights_by_more_than_nothing(result):
    metrics = result["metrics"]
    for name in ("float32", "bfloat16", "nudged"):
        assert 60 < metrics[f"{name}_accuracy"]["median"] < 95
        assert metrics[f"{name}_accuracy"]["n"] == 2
    for name in ("bfloat16", "nudged"):
        assert abs(metrics[f"{name}_difference"]["median"]) < 3
        assert 0 < metrics[f"{name}_weights_apart_percent"]["median"] < 50
    assert metrics["noise"]["median"] == metrics["float32_accuracy"]["spread"]


def test_differences_are_of_pairs(monkeypatch):
    scores = iter([80.0, 81.0, 80.5, 90.0, 91.0, 90.5])
    monkeypatch.setattr(amp_accuracy, "train", lambda *given: make_net(2))
    monkeypatch.setattr(amp_accuracy, "percent_right", lambda *given: next(scores))
    monkeypatch.setattr(
        amp_accuracy, "load_images", lambda count: (torch.ones(9), torch.ones(9))
    )
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    metrics = amp_accuracy.main(seeds=2)["metrics"]
    assert metrics["bfloat16_difference"] == {"median": 1.0, "spread": 0.0, "n": 2}
    assert metrics["nudged_difference"]["median"] == 0.5
    assert metrics["noise"]["median"] == pytest.approx(50**0.5)


def test_the_table_has_a_row_for_each_way(result):
    table = result["tables"]["accuracy"]
    assert {len(row) for row in table["rows"]} == {len(table["columns"])}
    assert table["rows"][0][2:] == ["", ""], "float32 is what the others differ from"
    assert all(row[2][0] in "+-" for row in table["rows"][1:])


def test_the_quick_block(tmp_path, monkeypatch):
    _, text = run_listing("gpu_training.amp_quick", tmp_path, monkeypatch)
    said = labelled(text)
    for dtype in ("torch.float32", "torch.bfloat16"):
        score = float(said[f"trained in {dtype}, validation accuracy"].split()[0])
        assert 75 < score < 90
        assert said[f"trained in {dtype}, its weights are"] == "torch.float32"
    assert said["torch.bfloat16 and float32, the same weights"] == "False"
    assert said["torch.bfloat16 and float32, less than 2 points apart"] == "True"


@pytest.mark.cuda
@pytest.mark.skipif(
    not torch.cuda.is_available(),
    reason="no CUDA device here: that float16 with a scaler trains as well as float32",
)
def test_on_a_gpu_float16_trains_as_well(monkeypatch):
    monkeypatch.chdir(ROOT)
    metrics = amp_accuracy.main(**amp_accuracy.QUICK)["metrics"]
    assert abs(metrics["float16_difference"]["median"]) < 3
