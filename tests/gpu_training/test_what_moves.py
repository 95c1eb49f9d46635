"""Everything on the page's list of what must move, each with its own evidence."""

import pytest
import torch
from listing import labelled, run_listing
from torch import nn

from snippets.gpu_training.model import make_net

TARGET = torch.device("cuda" if torch.cuda.is_available() else "meta")
ERROR = "RuntimeError: "


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("what_moves")
    with pytest.MonkeyPatch.context() as monkeypatch:
        names, text = run_listing("gpu_training.what_moves", folder, monkeypatch)
    return names, labelled(text), folder


def on_target(text):
    return TARGET.type in text.split(" ")[-1]


# The model, its inputs and its targets: see also test_one_line.py.


def test_a_module_moves_its_parameters_and_buffers():
    net = nn.Sequential(nn.Linear(784, 10), nn.BatchNorm1d(10))
    net.to(TARGET)
    assert {p.device.type for p in net.parameters()} == {TARGET.type}
    assert {b.device.type for b in net.buffers()} == {TARGET.type}


@pytest.mark.parametrize("left", ["model", "inputs", "targets", None])
def test_model_inputs_and_targets_all_have_to_move(left):
    net, x, y = make_net(8), torch.ones(4, 784), torch.zeros(4, dtype=torch.long)
    net = net if left == "model" else net.to(TARGET)
    x = x if left == "inputs" else x.to(TARGET)
    y = y if left == "targets" else y.to(TARGET)
    if left is None:
        loss = nn.functional.cross_entropy(net(x), y)
        assert loss.device.type == TARGET.type
    else:
        with pytest.raises(RuntimeError, match="device"):
            nn.functional.cross_entropy(net(x), y)


def test_a_tensor_made_in_forward_needs_the_device_of_the_input(ran):
    names, said, _ = ran
    assert said["noise in forward"].startswith(ERROR)
    assert said["noise where x is"].startswith("no error")
    assert on_target(said["noise where x is"])
    x = torch.ones(64, 784)
    for module in (names["Noisy"](), names["NoisyAnywhere"]()):  # on the CPU, the same
        torch.manual_seed(0)
        noise = module(x) - x
        torch.manual_seed(0)
        assert torch.allclose(noise, torch.randn(64, 784), atol=1e-6)


def test_a_plain_attribute_stays_and_a_buffer_moves_and_is_saved(ran):
    names, said, _ = ran
    assert said["attribute, after .to(...)"] == "cpu"
    assert said["attribute, in the state_dict"] == "False"
    assert said["attribute, forward"].startswith(ERROR)
    assert on_target(said["buffer, after .to(...)"])
    assert said["buffer, in the state_dict"] == "True"
    assert said["buffer, forward"].startswith("no error")
    for kind in ("Centred", "CentredBuffer"):
        module = names[kind]()
        module.mean += 2
        assert torch.equal(module(torch.ones(1, 784)), -torch.ones(1, 784))
        assert list(module.parameters()) == []  # nothing for an optimizer to train


def test_modules_in_a_plain_list_stay_too():
    class Listed(nn.Module):
        def __init__(self, kind):
            super().__init__()
            self.layers = kind([nn.Linear(784, 10)])

    assert Listed(list).to(TARGET).layers[0].weight.device.type == "cpu"
    assert Listed(nn.ModuleList).to(TARGET).layers[0].weight.device.type == TARGET.type


def test_class_weights_have_to_be_where_the_logits_are(ran):
    _, said, _ = ran
    assert said["weights on the CPU"].startswith(ERROR)
    for label in ("weights moved", "loss module moved"):
        assert said[label].startswith("no error")
        assert on_target(said[label])


def test_a_running_total_has_to_be_where_the_numbers_are_made(ran):
    _, said, _ = ran
    assert said["ten numbers, CPU"].startswith(ERROR)
    assert said["ten numbers, moved"].startswith("no error")
    # the exception: a tensor without dimensions counts as a plain number
    assert said["one number, CPU"].startswith("no error")
    assert torch.tensor(0.0).dim() == 0
    # element-wise only, and not the other way round
    with pytest.raises(RuntimeError, match="device"):
        torch.dot(torch.ones(10, device=TARGET), torch.ones(10))
    with pytest.raises(RuntimeError, match="device"):
        torch.ones(10) + torch.tensor(0.0, device=TARGET)


def test_a_move_to_meta_keeps_the_parameters_only_where_it_is_told_to(ran):
    """The page's switch lets meta stand in for CUDA, and is off again afterwards."""
    _, said, _ = ran
    for when in ("before", "after"):
        held = said[f"loaded {when} the move, Adam holds the net's weights"]
        assert held == "True"
    assert not torch.__future__.get_swap_module_params_on_conversion()
    layer = nn.Linear(784, 10)
    weight = layer.weight
    assert layer.to("meta").weight is not weight
    assert layer.to(torch.float64).weight is layer.weight  # of one kind: kept


def test_an_optimizer_that_holds_the_old_weights_says_nothing_and_trains_nothing():
    layer = nn.Linear(784, 10)
    old = layer.weight
    optimizer = torch.optim.Adam(layer.parameters())
    before = old.detach().clone()
    layer.to("meta")
    assert layer.weight is not old
    layer(torch.ones(4, 784, device="meta")).mean().backward()
    optimizer.step()  # no error
    assert old.grad is None
    assert torch.equal(old, before)
    assert not optimizer.state


def test_the_checkpoint_goes_to_where_the_parameters_are_when_it_is_loaded(ran):
    _, said, folder = ran
    assert said["loaded before the move, its averages"] == "cpu"
    assert said["loaded before the move, a second step"].startswith(ERROR)
    assert on_target(said["loaded after the move, its averages"])
    assert said["loaded after the move, a second step"] == "no error"
    saved = torch.load(folder / "adam.pt", weights_only=True, map_location="cpu")
    assert saved["state"][0]["step"] == 1


def test_state_left_behind_stops_a_step_whose_parameters_are_the_same_objects():
    """As on CUDA, where `.to()` keeps the parameters; here the state is moved away."""
    layer = nn.Linear(784, 10)
    optimizer = torch.optim.Adam(layer.parameters(), foreach=False)
    layer(torch.ones(4, 784)).mean().backward()
    optimizer.step()
    for memory in optimizer.state.values():
        memory["exp_avg"] = memory["exp_avg"].to("meta")
    with pytest.raises(RuntimeError, match="device"):
        optimizer.step()


def test_adams_step_count_stays_on_the_cpu_on_purpose():
    layer = nn.Linear(784, 10)
    first = torch.optim.Adam(layer.parameters())
    layer(torch.ones(4, 784)).mean().backward()
    first.step()
    moved = nn.Linear(784, 10).to(TARGET)
    second = torch.optim.Adam(moved.parameters())
    second.load_state_dict(first.state_dict())
    memory = second.state[moved.weight]
    assert memory["step"].device.type == "cpu"
    assert memory["exp_avg_sq"].device.type == TARGET.type


@pytest.mark.cuda
@pytest.mark.skipif(
    not torch.cuda.is_available(),
    reason="no CUDA device here: parameters stay the same objects on the way to CUDA, "
    "and a step with state left on the CPU is refused",
)
def test_on_cuda_parameters_stay_and_left_behind_state_is_refused(ran):
    _, said, _ = ran
    assert said["loaded before the move, Adam holds the net's weights"] == "True"
    assert said["loaded before the move, a second step"].startswith(ERROR)
