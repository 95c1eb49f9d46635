"""The loop in mixed precision is the plain loop, but for four lines."""

import inspect
import re
import warnings
from pathlib import Path

import pytest
import torch
from listing import ROOT, labelled, run_listing
from torch import nn

from snippets.gpu_training.loop import train_epoch
from snippets.gpu_training.model import make_net

CPU = torch.device("cpu")
SOURCE = Path(ROOT / "snippets/gpu_training/amp_loop.py").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("amp_loop")
    with pytest.MonkeyPatch.context() as monkeypatch:
        names, text = run_listing("gpu_training.amp_loop", folder, monkeypatch)
    return names, labelled(text)


@pytest.fixture(scope="module")
def small(ran):
    images, labels = ran[0]["few_images"][:700].cpu(), ran[0]["few_labels"][:700].cpu()
    return images, labels


def new_net(seed=0):
    torch.manual_seed(seed)
    net = make_net(32)
    return net, torch.optim.Adam(net.parameters())


def off():
    return torch.amp.GradScaler("cpu", enabled=False)


def plain(images, labels):
    net, optimizer = new_net()
    return train_epoch(net, optimizer, images, labels), net


def assert_same(net, other):
    for one, two in zip(net.parameters(), other.parameters(), strict=True):
        assert torch.equal(one, two)


def test_the_four_lines_are_marked():
    section = SOURCE.split("# --8<-- [start:loop]")[1].split("# --8<-- [end:loop]")[0]
    assert re.findall(r"# AMP (\d)$", section, re.M) == ["1", "2", "3", "4"]
    loop = inspect.getsource(train_epoch).splitlines()
    changed = [line for line in section.splitlines() if "# AMP" in line]
    assert not any(line.split("  #")[0] in loop for line in changed)


def test_what_the_page_shows(ran):
    names, said = ran
    assert said["AMP on is the plain loop, to the last digit"] == "False"
    assert said["AMP on differs by less than 2 %"] == "True"
    if names["device"].type == "cpu":
        assert said["AMP off is the plain loop, to the last digit"] == "True"
        assert said["AMP off, loss"] == said["plain loop, loss"]


@pytest.mark.parametrize("native", [True, False])
def test_float16_only_on_a_gpu_that_imitates_bfloat16(ran, monkeypatch, native):
    def is_bf16_supported(including_emulation=True):
        return native or including_emulation  # a T4 says yes to an imitation

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", is_bf16_supported)
    half_type = ran[0]["half_type"]
    on_cuda = torch.bfloat16 if native else torch.float16
    assert half_type(torch.device("cuda")) == on_cuda
    assert half_type(CPU) == torch.bfloat16


def test_the_old_names_warn_and_the_new_ones_say_nothing():
    for old in (torch.cuda.amp.GradScaler, torch.cuda.amp.autocast):
        with pytest.warns(FutureWarning, match=r"use `torch\.amp\.\w+\('cuda'"):
            old(enabled=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        torch.amp.GradScaler("cpu")
        torch.autocast("cpu", dtype=torch.bfloat16)


def test_switched_off_it_is_the_plain_loop_bit_for_bit(ran, small):
    expected, plain_net = plain(*small)
    net, optimizer = new_net()
    loss = ran[0]["train_epoch_amp"](net, optimizer, off(), *small, CPU, use_amp=False)
    assert loss == expected
    assert_same(net, plain_net)


def test_a_scale_that_is_a_power_of_two_changes_no_bit(ran, small):
    """Fails if the loss is not scaled, or a step is taken with scaled gradients."""
    expected, plain_net = plain(*small)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**10, growth_interval=4)
    seen = []
    net, optimizer = new_net()
    net[4].bias.register_hook(lambda gradient: seen.append(gradient.abs().max().item()))
    loss = ran[0]["train_epoch_amp"](net, optimizer, scaler, *small, CPU, use_amp=False)
    assert loss == expected
    assert_same(net, plain_net)
    assert min(seen) > 10  # of the loss times 1024, and not of the loss
    assert scaler.get_scale() == 2.0**12  # 11 batches: it grew after 4 and after 8


class Recorder:
    """A scaler that writes down what is called, and does what a disabled one does."""

    def __init__(self):
        self.calls = []

    def scale(self, loss):
        assert loss.dtype == torch.float32
        self.calls.append("scale")
        return loss

    def step(self, optimizer):
        self.calls.append("step")
        optimizer.step()

    def update(self):
        self.calls.append("update")


def test_each_batch_scales_then_steps_then_updates(ran, small):
    scaler = Recorder()
    net, optimizer = new_net()
    ran[0]["train_epoch_amp"](net, optimizer, scaler, *small, CPU)
    assert scaler.calls == ["scale", "step", "update"] * 11


def test_a_batch_with_inf_gradients_is_skipped_and_the_rest_is_learned(ran, small):
    net, optimizer = new_net()
    before = net[0].weight.detach().clone()
    calls = []
    hook = net.register_forward_hook(
        lambda module, args, out: calls.append(1) or out * (2e38 if calls == [1] else 1)
    )
    scaler = torch.amp.GradScaler("cpu", init_scale=65536.0)
    images, labels = small
    ran[0]["train_epoch_amp"](
        net, optimizer, scaler, images[:64], labels[:64], CPU, use_amp=False
    )
    assert torch.equal(net[0].weight, before)
    assert scaler.get_scale() == 32768.0
    hook.remove()


@pytest.mark.parametrize(
    ("use_amp", "dtype"), [(True, torch.bfloat16), (False, torch.float32)]
)
def test_products_are_calculated_in_the_type_that_was_asked_for(
    ran, small, use_amp, dtype
):
    net, optimizer = new_net()
    seen = set()
    for layer in net:
        layer.register_forward_hook(lambda module, args, out: seen.add(out.dtype))
    loss = ran[0]["train_epoch_amp"](net, optimizer, off(), *small, CPU, use_amp)
    assert seen == {dtype}
    assert type(loss) is float
    for parameter in net.parameters():
        assert parameter.dtype == parameter.grad.dtype == torch.float32


def test_bfloat16_moves_the_loss_by_no_more_than_its_rounding_can(ran, small):
    """bfloat16 keeps 8 bits, so a rounding is off by 2**-8 at worst.

    An image passes three layers, and each rounds its weights and its output: six
    roundings, 2.3 % if all of them were at their worst and in one direction.
    """
    expected, _ = plain(*small)
    for mode, tolerance in ((True, 6 * 2**-8), (False, 0)):
        net, optimizer = new_net()
        loss = ran[0]["train_epoch_amp"](net, optimizer, off(), *small, CPU, mode)
        assert abs(loss - expected) <= tolerance * expected
        assert (loss == expected) is not mode  # autocast was applied


def test_it_trains_in_training_mode_and_learns(ran, small):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(784, 32), nn.Dropout(0.5), nn.Linear(32, 10)).eval()
    optimizer = torch.optim.Adam(net.parameters())
    train = ran[0]["train_epoch_amp"]
    losses = [train(net, optimizer, off(), *small, CPU) for _ in range(3)]
    assert net.training
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.cuda
@pytest.mark.skipif(
    not torch.cuda.is_available(),
    reason="no CUDA device here: bfloat16, or float16 with an enabled scaler, batches "
    "moved by the loop, and the loss of the plain loop within 2 %",
)
def test_on_cuda_it_is_the_type_of_that_gpu(ran, small):
    expected, _ = plain(*small)
    device = torch.device("cuda")
    dtype = ran[0]["half_type"](device)
    net, optimizer = new_net()
    net.to(device)
    seen = set()
    net[0].register_forward_hook(lambda module, args, out: seen.add(out.dtype))
    scaler = torch.amp.GradScaler("cuda", enabled=dtype == torch.float16)
    loss = ran[0]["train_epoch_amp"](net, optimizer, scaler, *small, device)
    assert seen == {dtype}
    assert loss == pytest.approx(expected, rel=0.02)
