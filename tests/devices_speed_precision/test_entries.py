"""Each entry of the page shows its fault, and its cure is one."""

import json

import pytest
import torch
from listing import labelled, run_listing

from snippets.devices_speed_precision import compile_speed

CUDA = torch.cuda.is_available()


@pytest.fixture
def ran(tmp_path, monkeypatch):
    """A function that runs an entry and returns its names and what it printed."""
    return lambda name: run_listing(
        f"devices_speed_precision.{name}", tmp_path, monkeypatch
    )


def test_the_weight_of_the_loss_is_the_one_left_behind(ran):
    _, text = ran("same_device")
    said = labelled(text)
    assert "device" in said["RuntimeError"]
    places = {name: said[name] for name in said if name[-6:] in ("weight", "labels")}
    assert places.pop("CrossEntropyLoss(), weight") == "cpu"
    assert "cpu" not in places.values() and len(places) == 2
    assert said["the loss is on"] == said["images"] != "cpu"


def test_the_checklist_says_no_where_there_is_no_gpu(ran):
    names, text = ran("not_available")
    said = labelled(text)
    assert said["torch.cuda.is_available()"] == str(CUDA)
    assert ("NO" not in [said[check] for check in names["checks"]]) == CUDA
    assert ("a tensor is on" in said) == CUDA


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_the_checklist_sees_a_variable_that_hides_the_card(ran, monkeypatch, hidden):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    assert not ran("not_available")[0]["checks"]["no variable hides the card"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert ran("not_available")[0]["checks"]["no variable hides the card"]


def test_most_of_a_step_is_what_waits_for_backward(ran):
    _, text = ran("out_of_memory")
    assert "Error: " in text.splitlines()[0] and "memory" in text
    said = {key: float(x.split()[0]) for key, x in labelled(text).items() if "MB" in x}
    large, small = (said[f"batch {n}, kept for backward"] for n in (16384, 1024))
    # The input and the layer between, four bytes a number
    assert large == pytest.approx(16384 * (784 + 512) * 4 / 1e6, rel=0.01)
    assert small < large / 15 and 4 * said["weights"] < large / 10


def test_a_total_keeps_the_graph_of_all_steps(ran):
    said = labelled(ran("memory_grows")[1])
    assert int(said["operations kept after 50 batches"]) > 50 * 3
    assert said["with no_grad, kept"] == said["with detach, kept"] == "0"


def test_the_cpu_names_the_label_and_the_check_finds_it(ran):
    said = labelled(ran("late_error")[1])
    late = "torch.AcceleratorError" if CUDA else "IndexError"
    assert late in said["error (of the child)"]
    assert ("assert triggered" if CUDA else "Target 10") in said["error (of the child)"]
    assert said["wrong labels"] == "[10] at: [1]"


def test_the_loader_takes_longer_than_the_net_and_tensors_take_less(ran):
    names, text = ran("hardly_busy")
    said = {key: float(x.split()[0]) for key, x in labelled(text).items()}
    assert said["enumerate(DataLoader)"] > 0 and said["aten::mul"] > 0
    assert said["tuple"] < said["DataLoader"]
    assert len(names["loader"]) == len(names["images"].split(64))


def test_each_way_to_load_is_timed_for_two_epochs(ran):
    text = ran("workers")[1]
    assert text.count("'num_workers': 0") == 2
    assert text.count("'num_workers': 2") == 4
    assert text.count("'persistent_workers': True") == 2
    # Twelve steps that wait: what no worker makes shorter
    assert all(float(x.split()[-2]) > 0.6 for x in text.splitlines())


def test_four_parts_add_up_to_four_gradients_and_divided_to_one(ran):
    names, text = ran("accumulation")
    said = labelled(text)
    assert said["gradient, times the large batch's"] == "4.00"
    assert said["the large batch's gradient"] == "True"
    assert names["net"].weight.grad.norm() <= 1.0
    assert names["scaler"].is_enabled()


def test_a_large_input_overflows_in_float16_alone(ran):
    names, text = ran("nan_in_half")
    first, *_ = text.splitlines()
    assert first.startswith("Linear") and first.endswith("False")
    said = text[text.index("loss: ") :]
    assert said.startswith("loss: nan") and "False" not in said
    assert labelled(text)["loss is finite"] == "True"
    with torch.autocast(names["device"], torch.bfloat16):  # the page names it, too
        assert names["net"](names["x"]).isfinite().all()
    with (
        torch.autocast(names["device"], torch.float16),
        torch.autocast(names["device"], enabled=False),
    ):
        assert names["net"](names["x"].float()).isfinite().all()


def test_autocast_names_the_device_that_is_there(ran):
    names, text = ran("which_autocast")
    said = labelled(text)
    assert said["autocast is on"] == str(CUDA)
    assert ("UserWarning" in said) == (not CUDA)
    assert names["out"].dtype == names["dtype"]
    assert names["scaler"].is_enabled() == (names["dtype"] == torch.float16)


def test_another_shape_compiles_once_more_and_a_prefix_is_saved(ran):
    text = ran("compiled")[1]
    counts = [line[-1] for line in text.splitlines() if "compilations" in line]
    assert counts == ["1", "1", "2", "2", "2"]
    wrapped, in_place = [x for x in text.splitlines() if "checkpoint" in x]
    assert wrapped.endswith(": _orig_mod.0.weight") and in_place.endswith(": 0.weight")


def test_the_cost_of_compiling_is_measured():
    result = compile_speed.main(**compile_speed.QUICK)
    metrics = json.loads(json.dumps(result))["metrics"]
    assert all(each["n"] == 2 for each in metrics.values())
    assert all(metrics[name]["median"] > 0 for name in ("first_call_s", "eager_ms"))
    assert metrics["first_call_s"]["median"] > metrics["compiled_ms"]["median"] / 1000


def test_one_seed_is_not_enough_and_an_operation_is_refused(ran):
    said = labelled(ran("determinism")[1])
    assert said["one seed, the same batch"] == "False"
    assert said["all seeded, the same"] == "True"
    assert "put_ does not have a deterministic" in said["RuntimeError"]
    assert not torch.are_deterministic_algorithms_enabled()


def test_a_median_lies_between_the_fastest_and_the_slowest(ran):
    text = ran("slow_first_step")[1]
    said = {key: x.removesuffix(" ms") for key, x in labelled(text).items()}
    fastest, slowest = map(float, said["fastest, slowest"].split(", "))
    assert 0 < fastest <= float(said["steps 11 to 60, median"]) <= slowest
    assert float(said["the first step"]) > 0


def test_a_detached_state_lets_both_parts_go_back(ran):
    said = labelled(ran("second_backward")[1])
    assert said["RuntimeError"].startswith("Trying to backward through the graph a")
    assert said["both parts went back, gradient"] == "True"


def test_a_new_tensor_instead_of_a_change_in_place(ran):
    said = labelled(ran("in_place")[1])
    assert "modified by an inplace operation" in said["RuntimeError"]
    assert said["gradient"] == "[0.25, 0.25, 0.25]"  # of sigmoid, at 0


def test_both_formats_have_a_rate(ran):
    said = labelled(ran("which_card")[1])
    assert (said["its memory, GB"] == "-") == (not CUDA)
    for dtype in ("torch.float32", "torch.bfloat16"):
        assert float(said[dtype].split()[0]) > 0
