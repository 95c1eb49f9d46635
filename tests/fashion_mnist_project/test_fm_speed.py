"""The usual loader against tensors: the same work, taken in turn, counted right."""

import pytest
import torch
from listing import ROOT
from torch import nn

from snippets.fashion_mnist_project import speed
from snippets.fashion_mnist_project.data import load_images
from snippets.fashion_mnist_project.reference import DISTINCTION, GOOD, make_net


def median(result, name):
    return result["metrics"][name]["median"]


@pytest.fixture(scope="module")
def result(patch, one_thread):
    """The experiment in its quick settings, run once."""
    return speed.main(**speed.QUICK)


def everything(batches):
    """All images (n, 784) and labels of a pass, sorted so that order does not count."""
    x, y = map(torch.cat, zip(*batches, strict=True))
    x = x.flatten(1)
    order = sorted(range(len(x)), key=lambda i: x[i].tolist())
    return x[order], y[order]


def test_both_ways_give_the_same_images_in_a_new_order(monkeypatch):
    monkeypatch.chdir(ROOT)
    images, labels = (part[:100] for part in load_images())
    wanted = everything([(images, labels)])
    for batches in (
        lambda: speed.usual_loader(100, 32),
        lambda: speed.indexed(images, labels, 32),
    ):
        first = list(batches())
        assert [len(x) for x, _ in first] == [32, 32, 32, 4]
        found = everything(first)
        assert torch.allclose(found[0], wanted[0], atol=1e-5)
        assert torch.equal(found[1], wanted[1])
        assert not torch.equal(first[0][1], next(iter(batches()))[1])


def test_both_ways_train_all_layers():
    net = make_net(GOOD | {"widths": (8,)})
    optimizer = speed.make_optimizer(net, GOOD)
    before = [weights.clone() for weights in net.parameters()]
    batches = [(torch.randn(4, 1, 28, 28), torch.randint(10, (4,)))] * 3
    assert speed.epoch_seconds(batches, net.eval(), optimizer) > 0
    assert net.training, "as in training, with dropout"
    assert optimizer.state[net[0].weight]["step"] == 3
    for old, new in zip(before, net.parameters(), strict=True):
        assert not torch.equal(old, new)


def test_operations_are_those_of_the_layers():
    net = nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3))
    # forward 2 * (20 + 12), weights' gradients as many, the second layer's inputs 24
    assert speed.count_operations(net) == pytest.approx((64 + 64 + 24) / 1e9)
    wide, good = (speed.count_operations(make_net(r)) for r in (DISTINCTION, GOOD))
    assert 8 < wide / good < 11


def test_rates_leave_the_first_product_out(monkeypatch):
    clock = iter([0, 100, 100, 101, 101, 103])
    monkeypatch.setattr(speed.time, "perf_counter", lambda: next(clock))
    work = 2 * 64**3 / 1e9
    assert speed.product_rates(64, 2) == [work, work / 2]


def test_the_ways_take_turns_and_the_first_is_thrown_away(monkeypatch):
    calls = []

    def epoch_seconds(batches, net, optimizer):
        calls.append((type(batches).__name__, len(list(batches)), len(net)))
        return 64 * float(len(calls))

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(speed, "epoch_seconds", epoch_seconds)
    seconds, work = speed.measure("baseline", 64, repeats=2)
    assert calls == 3 * [("DataLoader", 1, 5), ("generator", 1, 5)]
    assert seconds == {"usual": [3, 5], "tensors": [4, 6]}
    assert work == pytest.approx(1e-3, rel=0.02)


def test_each_case_has_the_references_batch_and_optimizer():
    net, optimizer, recipe = speed.CASES["good"]
    assert (net, optimizer, recipe) == (make_net, speed.make_optimizer, GOOD)
    assert speed.CASES["distinction"][2]["batch_size"] == 256
    assert isinstance(speed.adam(make_net(GOOD), {}), torch.optim.Adam)


def test_the_report_counts_from_seconds():
    seconds = {"usual": [0.004, 0.006, 0.008], "tensors": [0.001, 0.002, 0.001]}
    found = dict.fromkeys(speed.CASES, (seconds, 0.01))  # GFLOP an image
    result = speed.report(found, [39.0, 40.0, 41.0], 2048)
    assert median(result, "good_ratio") == 4  # of 4, 3 and 8
    assert median(result, "good_tensors_images_per_s") == 1000
    assert median(result, "good_tensors_share_percent") == pytest.approx(25)
    assert median(result, "good_usual_epoch_s") == pytest.approx(330)
    assert median(result, "product_gflops") == 40
    table = result["tables"]["speed"]
    assert {len(row) for row in table["rows"]} == {len(table["columns"])}
    assert table["rows"][1][4:] == ["4.0 ± 2.6", "10.0", "25"]
    assert table["rows"][-1][0] == "product of two 2048 × 2048"


def test_tensors_are_faster_and_the_wide_net_gains_less(result):
    assert median(result, "good_ratio") > 1.5
    assert median(result, "baseline_ratio") > 1.5
    assert median(result, "distinction_ratio") < median(result, "good_ratio")
    wide, good = (
        median(result, f"{name}_tensors_images_per_s")
        for name in ("distinction", "good")
    )
    assert wide < good / 2
    assert result["warmup"] == 1
