import pytest
import torch
from listing import labelled, run_listing

DEVICE = "gpu_training.device"


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        names, text = run_listing(DEVICE, tmp_path_factory.mktemp("d"), monkeypatch)
    return names, labelled(text)


def test_it_chooses_the_device_that_is_there(ran):
    names, said = ran
    there = "cuda" if torch.cuda.is_available() else "cpu"
    assert names["device"] == torch.device(there)
    assert said["device"] == there
    assert torch.ones(1, device=names["device"]).device.type == there
    assert said["an accelerator is there"] == str(torch.accelerator.is_available())


@pytest.mark.parametrize("name, device", [("cuda", "cuda"), ("mps", "cpu")])
def test_it_would_choose_a_gpu_and_name_any_accelerator(
    name, device, tmp_path, monkeypatch
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: name == "cuda")
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setattr(
        torch.accelerator, "current_accelerator", lambda: torch.device(name)
    )
    _, text = run_listing(DEVICE, tmp_path, monkeypatch)
    assert labelled(text)["device"] == device
    assert labelled(text)["an accelerator is there"] == "True"
    assert labelled(text)["its name"] == name


def test_a_tensor_is_copied_and_a_module_moved(ran):
    names, said = ran
    assert said["batch, after batch.to(...)"] == "cpu"
    assert said["layer, after layer.to(...)"] == "meta"
    assert said["batch, after batch = batch.to(...)"] == "meta"
    assert {p.device.type for p in names["layer"].parameters()} == {"meta"}
    assert names["batch"].device.type == "meta"


def test_to_makes_no_copy_where_there_is_nothing_to_do(ran):
    assert ran[1]["layer.to(...) returns the layer itself"] == "True"
    assert ran[1]["where a tensor is already, .to() copies nothing"] == "True"
    here = torch.ones(3)
    assert here.to("cpu") is here
    assert here.to(torch.float64) is not here  # another type is another tensor
