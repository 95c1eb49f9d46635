"""The tiny race is not slow because of its arithmetic; races and races_quick."""

import pytest
import torch
from listing import ROOT, labelled, run_listing

from snippets.gpu_training import races
from snippets.gpu_training.model import make_net

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def result():
    """The experiment in its quick settings, on the CPU, run once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setattr(torch.cuda, "is_available", lambda: False)
        return races.main(**races.QUICK)


def median(result, name):
    return result["metrics"][name]["median"]


def test_the_arithmetic_is_counted_per_matrix_product():
    net = make_net(3)  # weights 784 × 3, 3 × 3 and 3 × 10
    forwards = 2 * (784 * 3 + 3 * 3 + 3 * 10)
    weight_gradients = forwards
    input_gradients = 2 * (3 * 3 + 3 * 10)  # nobody asks for that of the images
    assert races.arithmetic(net, 1) == forwards + weight_gradients + input_gradients
    assert races.arithmetic(net, 70) == 70 * races.arithmetic(net, 1)


def test_a_race_trains_the_net_for_all_its_epochs(monkeypatch):
    calls = []
    train = races.train_epoch

    def train_epoch(net, optimizer, images, labels, batch_size):
        calls.append((len(images), batch_size))
        return train(net, optimizer, images, labels, batch_size)

    monkeypatch.setattr(races, "train_epoch", train_epoch)
    net = make_net(8)
    before = net[0].weight.clone()
    images, labels = torch.randn(40, 784), torch.randint(10, (40,))
    seconds = races.race(net, images, labels, CPU, epochs=2, batch_size=16)
    assert seconds > 0 and not torch.equal(before, net[0].weight)
    assert calls == [(24, 16), (40, 16), (40, 16)], "steps of both sizes, then epochs"


def test_the_ratio_of_work_is_that_of_the_counts(result):
    work = median(result, "gflop_ratio")
    assert work == median(result, "big_gflop") / median(result, "tiny_gflop")


def test_the_empty_race_has_the_steps_and_not_the_arithmetic(result):
    assert median(result, "empty_steps") == median(result, "tiny_steps") == 126
    assert median(result, "empty_gflop") < median(result, "tiny_gflop") / 100


def test_rates_and_times_agree(result):
    for name in ("tiny", "empty", "big"):
        seconds = median(result, f"{name}_seconds")
        images = median(result, f"{name}_images")
        assert median(result, f"{name}_us_per_image") == pytest.approx(
            1e6 * seconds / images
        )
        steps = median(result, f"{name}_steps")
        assert median(result, f"{name}_ms_per_step") == pytest.approx(
            1e3 * seconds / steps
        )


def test_the_table_says_what_was_run_only_once(result):
    table = result["tables"]["races"]
    rows = {row[0]: row[1:] for row in table["rows"]}
    assert list(rows) == ["tiny", "empty", "big"]
    assert {len(row) for row in table["rows"]} == {len(table["columns"])}
    assert rows["tiny"][:3] == ["2,000", "26,432", "126"]
    assert rows["big"][0] == "6,000" and rows["big"][4].endswith(" (once)")
    assert " ± " in rows["tiny"][4]
    assert "host" not in result["tables"]


def test_on_a_gpu_the_host_is_there_too():
    def measured(seconds):
        numbers = {"images": [9], "weights": [8], "steps": [7], "gflop": [2.0]}
        numbers |= {"seconds": [seconds], "rate": [2.0 / seconds]}
        return dict.fromkeys(("tiny", "empty", "big"), numbers)

    alone = races.report({"cpu": measured(4.0)})
    both = races.report({"cuda": measured(2.0), "cpu": measured(8.0)})
    assert set(alone["metrics"]) < set(both["metrics"])
    assert median(both, "tiny_seconds") == 2 and median(both, "host_tiny_seconds") == 8
    assert median(both, "big_speedup") == 4
    assert both["tables"]["host"]["rows"][0][5] == "8 (once)"


def test_both_devices_race_where_there_is_a_gpu(monkeypatch):
    ran = []

    def run_race(kind, data, device, repeats):
        ran.append((device.type, kind[0], repeats))

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(races, "run_race", run_race)
    monkeypatch.setattr(races, "report", lambda by_device: {"devices": list(by_device)})
    assert races.main() == {"devices": ["cuda", "cpu"], "warmup": 1}
    assert ran == [("cuda", 32, 5), ("cuda", 1, 5), ("cuda", 2048, 3)] + [
        ("cpu", 32, 5),
        ("cpu", 1, 5),
        ("cpu", 2048, 1),
    ]


@pytest.mark.cuda
@pytest.mark.skipif(
    not torch.cuda.is_available(),
    reason="no CUDA device here: the same loop in a race on a GPU",
)
def test_a_race_on_a_gpu_moves_the_net_there():
    net, images = make_net(8), torch.randn(40, 784)
    seconds = races.race(
        net, images, torch.randint(10, (40,)), torch.device("cuda"), batch_size=16
    )
    assert seconds > 0 and net[0].weight.is_cuda


def test_the_page_says_which_race_does_more_arithmetic_a_second(tmp_path, monkeypatch):
    names, text = run_listing("gpu_training.races_quick", tmp_path, monkeypatch)
    said = labelled(text)
    assert said["both races on"] == names["device"].type
    assert said["arithmetic, big over tiny"] == "351 times"
    assert names["tiny_seconds"] > 0 and names["big_seconds"] > 0
