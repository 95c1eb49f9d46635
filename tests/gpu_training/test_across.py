"""A checkpoint goes from device to device, and the run goes on as if nothing were."""

from unittest.mock import patch

import pytest
import torch
from listing import labelled, run_listing

from snippets.gpu_training.model import make_net

CUDA = torch.cuda.is_available()
DEVICE = "cuda:0" if CUDA else "cpu"


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("across")
    with pytest.MonkeyPatch.context() as monkeypatch:
        names, text = run_listing("gpu_training.across", folder, monkeypatch)
    return names, text, folder


def load(path, place="cpu"):
    return torch.load(path, weights_only=True, map_location=place)


def places(path):
    """The devices that a file names for its tensors."""
    found = set()

    def note(storage, location):
        found.add(location)
        return storage

    load(path, note)
    return found


def test_the_file_says_that_it_comes_from_a_gpu(ran):
    _, _, folder = ran
    assert places(folder / "gpu.pt") == {"cuda:0"}
    assert DEVICE in places(folder / "here.pt")
    first, second = load(folder / "here.pt"), load(folder / "gpu.pt")
    for name, tensor in first["model"].items():  # and it is the same checkpoint
        assert torch.equal(tensor, second["model"][name])


def test_without_map_location_it_goes_where_it_was(ran):
    _, text, _ = ran
    said = labelled(text)
    assert said["here.pt"] == f"loaded to {DEVICE}"
    if CUDA:
        assert said["gpu.pt"] == "loaded to cuda:0"
    else:
        message = " ".join(text.split())
        assert "gpu.pt: RuntimeError: Attempting to deserialize object on a" in message
        assert "map_location=torch.device('cpu')" in message


def test_the_resumed_run_takes_the_steps_of_the_one_that_never_stopped(ran):
    names, text, _ = ran
    said = labelled(text)
    assert said["opened on"] == "cpu"
    assert said["Adam's averages are where the net is"] == "True"
    assert len(set(names["never_stopped"])) == 3
    assert names["resumed"] == pytest.approx(names["never_stopped"], rel=1e-4)
    assert said["resumed, steps 6 to 8"] == said["never stopped, steps 6 to 8"]
    if not CUDA:
        assert said["the same losses, to the last digit"] == "True"


def resume(names, checkpoint, device, restore=("model", "optimizer", "rng")):
    """Three steps on `device` with those parts of the checkpoint; their losses."""
    torch.manual_seed(12345)  # a new process knows nothing of the old numbers
    net = make_net(64).to(device)
    optimizer = torch.optim.Adam(net.parameters())
    if "model" in restore:
        net.load_state_dict(checkpoint["model"])
    if "optimizer" in restore:
        optimizer.load_state_dict(checkpoint["optimizer"])
    if "rng" in restore:
        torch.set_rng_state(checkpoint["rng"])
    return names["take_steps"](net, optimizer, 3, device)


@pytest.mark.parametrize("left_out", ["model", "optimizer", "rng"])
def test_each_part_of_the_checkpoint_matters(ran, left_out):
    names, _, folder = ran
    checkpoint = load(folder / "gpu.pt")
    restore = {"model", "optimizer", "rng"} - {left_out}
    assert resume(names, checkpoint, names["device"], restore) != pytest.approx(
        names["never_stopped"], rel=1e-4
    )


@pytest.mark.parametrize("old", ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)])
@pytest.mark.parametrize("new", ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)])
@pytest.mark.parametrize("tag", [None, "cuda:0"])
def test_from_each_device_to_each(ran, tmp_path, monkeypatch, old, new, tag):
    if "cuda" in (old, new) and not CUDA:
        pytest.skip(f"no CUDA device here: a checkpoint from {old}, resumed on {new}")
    names = ran[0]
    torch.manual_seed(1)
    net = make_net(64).to(old)
    optimizer = torch.optim.Adam(net.parameters())
    names["take_steps"](net, optimizer, 5, old)
    checkpoint = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}
    checkpoint["rng"] = torch.get_rng_state()
    with monkeypatch.context() as patched:
        if tag:
            patched.setattr(torch.serialization, "location_tag", lambda _: tag)
        torch.save(checkpoint, tmp_path / "old.pt")
    assert (tag or old) in " ".join(places(tmp_path / "old.pt"))
    expected = names["take_steps"](net, optimizer, 3, old)
    losses = resume(names, load(tmp_path / "old.pt"), new)
    if old == new == "cpu":
        assert losses == expected
    else:
        assert losses == pytest.approx(expected, rel=1e-3)


def test_the_optimizer_takes_its_averages_to_its_weights(ran):
    """ "meta" stands for any other device; the step count stays on the CPU."""
    _, _, folder = ran
    net = make_net(64).to("meta")
    optimizer = torch.optim.Adam(net.parameters())
    optimizer.load_state_dict(load(folder / "gpu.pt")["optimizer"])
    state = optimizer.state[net[0].weight]
    assert state["exp_avg"].device.type == "meta"
    assert state["step"].device.type == "cpu"


def test_the_rng_state_has_to_stay_on_the_cpu(ran):
    _, text, _ = ran
    said = labelled(text)
    away = "cuda" if CUDA else "meta"
    assert said[f"map_location {away}"].startswith("TypeError: RNG state must be")
    assert said["map_location cpu"] == "the RNG state is accepted"


@pytest.mark.parametrize("here", [0, 1])
def test_gpus_get_their_states_back_as_far_as_they_are_here(
    tmp_path, monkeypatch, here
):
    """Two GPUs' states in the file, and none or one here."""
    states, given = [torch.ones(1).byte(), torch.zeros(1).byte()], []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: here)
    monkeypatch.setattr(torch.cuda, "get_rng_state_all", lambda: states)
    with patch("torch.cuda.set_rng_state_all", side_effect=given.append):
        run_listing("gpu_training.across", tmp_path, monkeypatch)
    assert given == [states[:here]]
