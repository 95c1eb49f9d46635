import pytest
import torch
from listing import labelled, run_listing

from snippets.saving_and_loading.loop import train_epoch
from snippets.saving_and_loading.model import Net


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoint_dict")
    with pytest.MonkeyPatch.context() as monkeypatch:
        names, text = run_listing(
            "saving_and_loading.checkpoint_dict", folder, monkeypatch
        )
    return names, labelled(text), folder


def continued(ran, lost=None):
    """Weights one epoch after the checkpoint, without the entry `lost`."""
    names, _, folder = ran
    path = folder / "checkpoint.pt"
    checkpoint = torch.load(path, weights_only=True, map_location="cpu")
    torch.manual_seed(99)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters())
    if lost != "model":
        net.load_state_dict(checkpoint["model"])
    if lost != "optimizer":
        optimizer.load_state_dict(checkpoint["optimizer"])
    if lost != "rng":
        torch.set_rng_state(checkpoint["rng"])
    train_epoch(net, optimizer, names["images"], names["labels"])
    return net.out.weight


def test_the_checkpoint_holds_all_seven_parts(ran):
    _, shown, _ = ran
    parts = ["model", "optimizer", "scheduler", "epoch", "step", "best", "rng"]
    assert shown["holds"] == ", ".join(parts)
    types = ["OrderedDict", "dict", "dict", "int", "int", "float", "Tensor"]
    assert [shown[part] for part in parts] == types


def test_the_values_are_true(ran):
    names, shown, folder = ran
    path = folder / "checkpoint.pt"  # names["loaded"] has moved on with the optimizer
    loaded = torch.load(path, weights_only=True, map_location="cpu")
    assert shown["learning rate"] == f"{names['scheduler'].get_last_lr()[0]:.6f}"
    assert float(shown["learning rate"]) < 1e-3  # the schedule has moved it
    assert loaded["epoch"] == loaded["scheduler"]["last_epoch"]
    assert loaded["step"] == loaded["optimizer"]["state"][0]["step"]
    assert loaded["step"] == loaded["model"]["norm.num_batches_tracked"]
    assert 50 < loaded["best"] <= 100


def test_the_restored_run_goes_on_as_the_original(ran):
    names, shown, _ = ran
    assert shown["same net one epoch later"] == "True"
    assert torch.equal(names["net"].out.weight, names["new_net"].out.weight)
    assert torch.equal(continued(ran), names["net"].out.weight)


@pytest.mark.parametrize("lost", ["model", "optimizer", "rng"])
def test_it_does_not_when_a_part_is_lost(ran, lost):
    assert not torch.equal(continued(ran, lost), ran[0]["net"].out.weight)
