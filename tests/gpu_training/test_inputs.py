"""Input alone, training alone, both: inputs and inputs_quick."""

import pytest
import torch
from listing import ROOT, labelled, run_listing

from snippets.gpu_training import inputs
from snippets.gpu_training.data import load_images
from snippets.gpu_training.model import make_net

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def result():
    """The experiment in its quick settings, on the CPU, run once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setattr(torch.cuda, "is_available", lambda: False)
        return inputs.main(**inputs.QUICK)


def median(result, name):
    return result["metrics"][name]["median"]


def everything(batches):
    """All images (n, 784) and labels of a pass, sorted so that order does not count."""
    x, y = map(torch.cat, zip(*batches, strict=True))
    x = x.flatten(1)
    order = sorted(range(len(x)), key=lambda i: x[i].tolist())
    return x[order], y[order]


def test_every_way_gives_the_same_images_in_a_new_order(monkeypatch):
    monkeypatch.chdir(ROOT)
    images, labels = load_images(train=True, count=100)
    wanted = everything([(images, labels)])
    for name, batches in inputs.ways(100, CPU, batch_size=32).items():
        torch.manual_seed(0)
        first = list(batches())
        assert [len(x) for x, _ in first] == [32, 32, 32, 4], name
        found = everything(first)
        assert torch.allclose(found[0], wanted[0], atol=1e-5), name
        assert torch.equal(found[1], wanted[1]), name
        again = list(batches())
        assert not torch.equal(first[0][1], again[0][1]), f"{name} does not shuffle"


def test_only_another_device_has_a_way_of_its_own(monkeypatch):
    monkeypatch.chdir(ROOT)
    four = ["usual", "workers", "tensors", "indexed"]
    assert list(inputs.ways(100, CPU, 32)) == four
    there = inputs.ways(100, torch.device("meta"), 32)
    assert list(there) == [*four, "resident"]
    x, y = next(iter(there["resident"]()))
    assert x.shape == (32, 784) and {x.device.type, y.device.type} == {"meta"}
    x, y = next(iter(there["indexed"]()))
    assert {x.device.type, y.device.type} == {"cpu"}


def test_without_a_net_nothing_is_trained():
    net = make_net(8)
    optimizer = torch.optim.Adam(net.parameters())
    before = net[0].weight.clone()
    batches = [(torch.randn(4, 1, 28, 28), torch.randint(10, (4,)))] * 2
    assert inputs.epoch_seconds(batches, CPU) > 0
    assert torch.equal(net[0].weight, before)
    assert inputs.epoch_seconds(batches, CPU, net, optimizer) > 0
    assert not torch.equal(net[0].weight, before)
    assert optimizer.state[net[0].weight]["step"] == 2


def test_bound_and_share_are_two_sides_of_one_thing(result):
    for name in ("usual", "workers", "tensors", "indexed"):
        alone = median(result, f"{name}_input_per_image_us")
        both = median(result, f"{name}_together_per_image_us")
        assert median(result, f"{name}_share_percent") == pytest.approx(
            100 * alone / both
        )
        assert median(result, f"{name}_bound") == pytest.approx(both / alone)
        assert median(result, f"{name}_epoch_s") == pytest.approx(both * 60000 / 1e6)
        assert median(result, f"{name}_images_per_s") == pytest.approx(1e6 / both)


def test_the_first_turn_is_thrown_away_and_the_ways_take_turns(monkeypatch):
    calls = []

    def epoch_seconds(batches, device, net=None, optimizer=None):
        calls.append((len(list(batches)), net is not None))
        return float(len(calls))

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(inputs, "epoch_seconds", epoch_seconds)
    seconds, training, copying = inputs.measure(64, CPU, 32, width=8, repeats=2)
    turn = [(2, True)] + 4 * [(2, False), (2, True)]
    assert calls == 3 * turn
    assert training == [10 / 64, 19 / 64]  # of calls 1, 10 and 19
    assert seconds["usual"] == {"input": [11, 20], "together": [12, 21]}
    assert copying == [], "on a CPU, nothing is copied"


def test_on_a_gpu_the_copy_is_told_apart():
    parts = {"input": [3.0], "together": [4.0]}
    names = ("usual", "workers", "tensors", "indexed")
    alone = inputs.report(dict.fromkeys(names, parts), [1e-6], [], count=1000)
    there = dict.fromkeys((*names, "resident"), parts)
    told = inputs.report(there, [1e-6], [2e-3], count=1000)
    assert set(alone["metrics"]) < set(told["metrics"])
    assert "copy_per_image_us" not in alone["metrics"]
    assert median(told, "copy_per_image_us") == pytest.approx(2000)
    assert median(told, "resident_bound") == pytest.approx(4 / 3)
    for table in (alone["tables"]["inputs"], told["tables"]["inputs"]):
        assert {len(row) for row in table["rows"]} == {len(table["columns"])}
    rows = told["tables"]["inputs"]["rows"]
    assert rows[0][:3] == ["usual loader", "3000.0 ± 0.0", "2000.0 ± 0.0"]
    assert rows[-1][:3] == ["tensors on the GPU, indexed", "3000.0 ± 0.0", "none"]
    assert told["tables"]["inputs"]["columns"][2] == "of it the copy, µs"


def test_share_and_bound_are_those_of_the_medians_in_the_table():
    parts = {"input": [1.0, 2.0, 9.0], "together": [8.0, 4.0, 3.0]}
    told = inputs.report({"usual": parts}, [1e-6], [], count=1000)
    assert median(told, "usual_share_percent") == pytest.approx(100 * 2 / 4)
    assert median(told, "usual_bound") == pytest.approx(4 / 2)


@pytest.mark.cuda
@pytest.mark.skipif(
    not torch.cuda.is_available(),
    reason="no CUDA device here: the five ways to feed a GPU",
)
def test_on_a_gpu_there_is_a_fifth_way(monkeypatch):
    monkeypatch.chdir(ROOT)
    told = inputs.main(**inputs.QUICK)
    assert len(told["tables"]["inputs"]["rows"]) == 5
    assert median(told, "copy_per_image_us") > 0


def test_the_usual_loader_is_measured_with_a_larger_batch_too(monkeypatch):
    asked = []

    def measure(count, device, batch_size, width, repeats, only=None):
        asked.append((batch_size, only))
        parts = {"input": [1.0], "together": [batch_size / 64 + 1]}
        return dict.fromkeys(only or ("usual", "indexed"), parts), [1e-6], []

    monkeypatch.setattr(inputs, "measure", measure)
    result = inputs.main(count=1000, repeats=1)
    assert asked == [(64, None), (256, ("usual",))]
    assert median(result, "usual_bound") == 2
    assert median(result, "usual_bound_large_batch") == 5


def test_the_page_times_four_ways(tmp_path, monkeypatch):
    names, text = run_listing("gpu_training.inputs_quick", tmp_path, monkeypatch)
    said = labelled(text)
    assert set(names["ways"]) < set(said)
    alone = names["alone"]["usual loader"]
    assert said["usual loader"].startswith(f"{alone:.3g} ms, with training ")
