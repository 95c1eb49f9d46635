import pytest
import torch
from listing import labelled, run_listing


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("state_dict")
    with pytest.MonkeyPatch.context() as monkeypatch:
        return run_listing("saving_and_loading.state_dict", folder, monkeypatch)


def test_every_entry_is_listed_with_shape_and_type(ran):
    names, text = ran
    shown = labelled(text)
    state = names["net"].state_dict()
    assert len(state) == 9
    for name, tensor in state.items():
        assert shown[name] == f"{tuple(tensor.shape)} {tensor.dtype}"
    count = 784 * 128 + 128 + 4 * 128 + 1 + 128 * 10 + 10
    assert shown["numbers in all"] == f"{count:,}"


def test_validation_images_are_not_trained_on(ran):
    names, _ = ran
    images, labels = names["load_images"](train=True, count=8000)
    assert torch.equal(names["images"], images[:6000])
    assert torch.equal(names["val_images"], images[6000:])
    assert torch.equal(names["val_labels"], labels[6000:])


def test_parameters_and_buffers_together_are_the_state_dict(ran):
    names, text = ran
    shown = labelled(text)
    parameters = shown["parameters"].split(", ")
    buffers = shown["buffers"].split(", ")
    assert buffers == ["norm.running_mean", "norm.running_var"] + [
        "norm.num_batches_tracked"
    ]
    assert sorted(parameters + buffers) == sorted(names["net"].state_dict())


def test_the_running_mean_moved_without_a_gradient(ran):
    shown = labelled(ran[1])
    assert shown["running_mean of a new net is all zero"] == "True"
    assert shown["running_mean after training is all zero"] == "False"
    assert shown["running_mean ever had a gradient"] == "False"
    assert shown["batches that moved it"] == "120"


def test_a_state_dict_is_live_and_a_deep_copy_is_not(ran):
    names, text = ran
    assert text.splitlines()[-5:] == [
        "best is what the net was before: False",
        "best is what the net is now: True",
        "best is what the net was before: True",
        "best is what the net is now: False",
        "the net is what it was before: True",
    ]
    net, best = names["net"], names["best"]
    live = net.state_dict()
    assert live["out.bias"].data_ptr() == net.out.bias.data_ptr()
    assert best["out.bias"].data_ptr() != net.out.bias.data_ptr()


@pytest.mark.parametrize("name", ["hidden.weight", "norm.running_var", "out.bias"])
def test_same_sees_one_changed_number(ran, name):
    names, _ = ran
    first = names["best"]
    second = {key: tensor.clone() for key, tensor in first.items()}
    assert names["same"](first, second)
    second[name].view(-1)[-1] += 1
    assert not names["same"](first, second)
