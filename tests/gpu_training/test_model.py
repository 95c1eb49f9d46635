import pytest
import torch

from snippets.gpu_training.model import make_net


@pytest.mark.parametrize("width", [1, 64])
def test_two_hidden_layers_of_the_width_asked_for(width):
    net = make_net(width)
    shapes = [tuple(p.shape) for p in net.parameters() if p.dim() == 2]
    assert shapes == [(width, 784), (width, width), (10, width)]
    hidden = net[:4](torch.randn(3, 784))
    assert hidden.shape == (3, width)
    assert hidden.min() >= 0  # after a ReLU
    assert net(torch.randn(3, 784)).shape == (3, 10)


def test_its_outputs_are_logits_and_not_probabilities():
    torch.manual_seed(0)
    logits = make_net(32)(10 * torch.randn(3, 784))
    assert logits.min() < 0
