import torch

from snippets.fashion_mnist_project import net


def test_the_baseline_is_784_256_128_10():
    made = net.make_baseline()
    shapes = [tuple(p.shape) for p in made.parameters() if p.dim() == 2]
    assert shapes == [(256, 784), (128, 256), (10, 128)]
    assert made(torch.randn(3, 784)).shape == (3, 10)
    assert made[:2](torch.randn(3, 784)).min() >= 0  # after a ReLU
    assert made[:4](torch.randn(3, 784)).min() >= 0


def test_its_outputs_are_logits_and_not_probabilities():
    torch.manual_seed(0)
    logits = net.make_baseline()(10 * torch.randn(3, 784))
    assert logits.min() < 0 and (logits.sum(1) - 1).abs().min() > 0.01


def test_the_device_is_the_gpu_where_there_is_one():
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert net.device.type == expected
