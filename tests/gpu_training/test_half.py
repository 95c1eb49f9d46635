"""What float16 and bfloat16 cannot hold, and what scaling the loss brings back."""

import copy

import pytest
import torch
from listing import labelled, run_listing
from torch import nn


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("half")
    with pytest.MonkeyPatch.context() as monkeypatch:
        names, text = run_listing("gpu_training.half", folder, monkeypatch)
    return names, labelled(text)


def test_what_each_type_can_hold(ran):
    _, said = ran
    assert said["columns"] == "float32, float16, bfloat16"
    table = {
        label: [float(number) for number in said[label].split(", ")]
        for label in ("1e-8", "70,000", "1 + 1/256", "largest number")
    }
    assert table["1e-8"][1] == 0 < table["1e-8"][2]
    assert table["70,000"][1] == float("inf")
    assert table["70,000"][2] == pytest.approx(70_000, rel=2**-8)
    assert table["1 + 1/256"][2] == 1 < table["1 + 1/256"][1]
    float32, float16, bfloat16 = table["largest number"]
    assert float16 == 65504
    assert bfloat16 == pytest.approx(float32, rel=1e-2)  # the same range
    eps = said["from 1 to the next number"].split(", ")
    assert [float(number) for number in eps] == pytest.approx(
        [2**-23, 2**-10, 2**-7], rel=2e-2
    )


def test_off_by_compares_with_the_gradient_in_float32(ran):
    make_deep, off_by = ran[0]["make_deep"], ran[0]["off_by"]
    torch.manual_seed(3)
    net, x, y = make_deep(2, width=16), torch.randn(8, 784), torch.arange(8)
    nn.functional.cross_entropy(net(x), y).backward()
    true, net[0].weight.grad = net[0].weight.grad, None
    half = copy.deepcopy(net).half()
    nn.functional.cross_entropy(half(x.half()).float(), y).backward()
    apart = (half[0].weight.grad.float() - true).norm() / true.norm()
    assert 0 < off_by(net, x, y) == pytest.approx(apart.item(), rel=1e-3)
    assert net[0].weight.grad is None  # the net itself is as it was
    assert net[0].weight.dtype == torch.float32
    unscaled = off_by(net, x, y)  # a power of two changes no digit that is held
    assert off_by(net, x, y, scale=16.0) == pytest.approx(unscaled, rel=0.1)


@pytest.mark.parametrize("layers", [1, 2, 8])
def test_a_deep_net_has_as_many_hidden_layers_as_it_is_told(ran, layers):
    net = ran[0]["make_deep"](layers, width=16)
    linear = [part for part in net if isinstance(part, nn.Linear)]
    assert len(linear) == layers + 1 and len(net) == 2 * layers + 1
    assert net(torch.ones(3, 784)).shape == (3, 10)


def off(said, layers, batch, before=""):
    return float(
        said[f"{before}{layers} hidden layers, batch {batch}, off by"].split()[0]
    )


def test_depth_and_batch_together_make_the_gradient_vanish(ran):
    _, said = ran
    for batch in (64, 4096):
        assert off(said, 2, batch) < 2
    assert off(said, 8, 64) < 8
    assert off(said, 8, 4096) > 10


def test_scaling_the_loss_brings_it_back(ran):
    _, said = ran
    assert off(said, 8, 4096, "loss times 65,536, ") < 2
    for layers, batch in ((2, 64), (2, 4096), (8, 64)):  # what is left is rounding
        scaled = off(said, layers, batch, "loss times 65,536, ")
        assert scaled == pytest.approx(off(said, layers, batch), rel=0.3)


def test_the_scaler_skips_and_halves_until_the_gradients_fit(ran):
    names, said = ran
    steps = [label for label in said if label.startswith("step ")]
    scales = [int(step.split("scale ")[1].replace(",", "")) for step in steps]
    moved = [said[step].endswith("True") for step in steps]
    assert scales[0] == 2**22
    assert moved[0] is False
    assert moved[-1] is True
    for number in range(len(steps) - 1):
        factor = 1 if moved[number] else 2  # halved if, and only if, it was skipped
        assert scales[number] == factor * scales[number + 1]
    assert moved == sorted(moved)
    assert names["fresh_net"][0].weight.isfinite().all()


@pytest.mark.parametrize(
    "device", ["cpu", pytest.param("cuda", marks=pytest.mark.cuda)]
)
def test_a_scaler_works_on(device):
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device here: GradScaler skips a step with inf gradients")
    weight = nn.Parameter(torch.ones(1, device=device))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    scaler = torch.amp.GradScaler(device, init_scale=2.0**127)
    for expected in (1.0, -3.0):  # 4 * 2**127 is inf, 4 * 2**126 too, then not
        for _ in range(2 if expected == 1.0 else 1):
            optimizer.zero_grad()
            scaler.scale(4 * weight.sum()).backward()
            scaler.step(optimizer)
            scaler.update()
        assert weight.item() == expected
    assert scaler.get_scale() == 2.0**125
