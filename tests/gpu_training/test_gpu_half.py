"""What float16 and bfloat16 cannot hold, and what scaling the loss brings back."""

import pytest
import torch
from listing import labelled, run_listing
from torch import nn

from snippets.gpu_training.model import make_net


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
        for label in ("1e-8", "1e-6", "70,000", "1 + 1/256", "largest number")
    }
    assert table["1e-8"][1] == 0 < table["1e-8"][2]
    assert table["1e-6"][1] == pytest.approx(1.013e-6, rel=1e-3)  # 1.3 % off
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


def test_first_gradient_is_the_gradient(ran):
    first_gradient = ran[0]["first_gradient"]
    torch.manual_seed(3)
    net, x, y = make_net(16), torch.randn(8, 784), torch.arange(8)
    nn.functional.cross_entropy(net(x), y).backward()
    true, net[0].weight.grad = net[0].weight.grad, None
    assert torch.equal(first_gradient(net, x, y, torch.float32), true)
    scaled = first_gradient(net, x, y, torch.float32, scale=1024.0)
    assert torch.allclose(scaled, true)  # multiplied before, divided after
    half = first_gradient(net, x, y, torch.float16)
    assert half.dtype == torch.float32
    assert not torch.equal(half, true)  # it was calculated in float16 ...
    assert torch.equal(half, half.half().float())  # ... and holds such numbers
    assert net[0].weight.grad is None  # the net itself is as it was
    assert net[0].weight.dtype == torch.float32


def test_few_gradients_vanish_but_many_for_images_that_are_learned(ran):
    names, said = ran
    kinds = ("worst", "surest")
    assert said["worst 64 images, gradients that vanish in float16"] == "0 %"
    assert float(said["worst 64 images, gradient off by"].removesuffix(" %")) <= 2
    worst, surest = (float(said[f"{kind} 64 images, loss"]) for kind in kinds)
    assert surest < 0.001 * worst
    share = said["surest 64 images, gradients that vanish in float16"]
    assert 5 < float(share.removesuffix(" %")) <= 100
    assert float(said["surest 64 images, gradient off by"].removesuffix(" %")) > 3
    assert len(names["surest"]) == 64
    assert names["losses"][names["surest"]].max() < names["losses"].median()


def test_scaling_the_loss_brings_them_back(ran):
    names, said = ran
    assert said["loss times 65,536, gradients that vanish"] == "0 %"
    assert said["loss times 65,536, gradient off by less than 1 %"] == "True"
    true, rescued = names["true"], names["rescued"]
    assert ((rescued - true).norm() / true.norm()).item() < 0.01
    lost = said["loss times 2**40, gradients that are inf or nan"]
    assert float(lost.removesuffix(" %")) > 50


def test_the_scaler_skips_and_halves_until_the_gradients_fit(ran):
    names, said = ran
    steps = [label for label in said if label.startswith("step ")]
    scales = [int(step.split("scale ")[1].replace(",", "")) for step in steps]
    moved = [said[step].endswith("True") for step in steps]
    assert scales[0] == 2**20
    assert moved[0] is False
    assert moved[-1] is True
    for number in range(len(steps) - 1):
        factor = 1 if moved[number] else 2  # halved if, and only if, it was skipped
        assert scales[number] == factor * scales[number + 1]
    assert moved == sorted(moved)
    assert names["trained"][0].weight.isfinite().all()


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
