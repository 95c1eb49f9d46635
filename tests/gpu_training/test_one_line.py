import inspect
import pathlib

import pytest
import torch
from listing import labelled, run_listing

from snippets.gpu_training import loop, timing
from snippets.gpu_training.model import make_net

SOURCE = pathlib.Path(timing.__file__).with_name("one_line.py")


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("one_line")
    with pytest.MonkeyPatch.context() as monkeypatch:
        names, text = run_listing("gpu_training.one_line", folder, monkeypatch)
    return names, labelled(text)


def section(name):
    text = SOURCE.read_text(encoding="utf-8")
    return text.split(f"[start:{name}]\n")[1].split(f"# --8<-- [end:{name}]")[0]


def test_one_line_is_not_enough_and_three_are(ran):
    names, said = ran
    for label in ("model moved", "inputs moved too"):
        assert said[label].startswith("RuntimeError: ")
        assert "device" in said[label]
        assert str(names["target"]) in said[label]
    end = f"no error, the loss is on {names['loss'].device}"
    assert said["targets moved too"] == end
    assert names["loss"].device.type == names["target"].type != "cpu"


def test_the_second_error_comes_from_the_loss(ran):
    names, _ = ran
    logits = names["one_line_net"](names["x"].to(names["target"]))  # no error
    with pytest.raises(RuntimeError, match="device"):
        torch.nn.functional.cross_entropy(logits, names["y"])


def test_the_cpu_loop_and_two_lines_and_one_where_the_net_is_made():
    marked = [line for line in section("three").splitlines() if "  # " in line]
    marks = [line.split("  # ")[1][:2] for line in marked if ".to(device)" in line]
    assert marks == ["1:", "2:", "3:"]
    lines = section("three").split("def train_epoch_on")[1].splitlines()
    without = [line for line in lines if ".to(device)" not in line][2:]
    plain = inspect.getsource(loop.train_epoch).splitlines()[2:]
    assert [line for line in without if line] == plain
    assert len(plain) > 8


def test_both_loops_give_the_same_training(ran):
    names, said = ran
    device = names["device"]
    cpu = float(said["mean loss, the CPU loop"])
    assert 0.5 < cpu < 2.0  # it has learnt, in one epoch
    moved = float(said[f"mean loss, with the three lines, on {device}"])
    apart = float(said["largest difference in the first layer's weights"])
    assert moved == pytest.approx(cpu, rel=1e-3)
    if device.type == "cpu":
        assert float(said["difference"]) == 0
        assert apart == 0
        for mine, theirs in zip(
            names["moved_net"].parameters(), names["cpu_net"].parameters(), strict=True
        ):
            assert torch.equal(mine, theirs)
    assert apart < 1e-3


def test_it_moves_inputs_and_targets_to_the_device_that_it_is_given(ran, monkeypatch):
    meta, seen = torch.device("meta"), []
    net = make_net(16).to(meta)
    net.register_forward_pre_hook(lambda _, args: seen.append(args[0].device))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    monkeypatch.setattr(
        torch.Tensor, "detach", lambda loss: seen.append(loss.device) or 0
    )
    images, labels = ran[0]["few_images"][:100], ran[0]["few_labels"][:100]
    ran[0]["train_epoch_on"](net, optimizer, images, labels, meta)
    assert seen == [meta] * 4  # two batches, and the loss of each
    assert images.device.type == "cpu"


@pytest.mark.cuda
@pytest.mark.skipif(
    not torch.cuda.is_available(),
    reason="no CUDA device here: the loop with three lines trains on the GPU",
)
def test_on_a_gpu_it_trains_there(ran):
    names, said = ran
    assert names["moved_net"][0].weight.device.type == "cuda"
    assert "cuda" in said["model moved"]
