"""Made data with ten classes, a net, and a short training loop that entries share."""

# --8<-- [start:setup]
import torch
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)  # for so small a net, more threads mostly wait


def make_data(count, seed):
    """Inputs (count, 20) from ten classes that overlap, and labels (count,)."""
    centres = torch.randn(10, 20, generator=torch.Generator().manual_seed(0))
    draw = torch.Generator().manual_seed(seed + 1)
    y = torch.randint(10, (count,), generator=draw)
    return centres[y] + 1.5 * torch.randn(count, 20, generator=draw), y


def make_net(*more):
    """A net with one hidden layer and ten logits; `more` stands before the last."""
    return nn.Sequential(nn.Linear(20, 64), nn.ReLU(), *more, nn.Linear(64, 10))


def train(net, x, y, epochs=10, lr=0.1, zero_grad=True, weight=None):
    """Train in batches of 50, shuffled; return the mean loss of the last epoch."""
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    net.train()
    for _ in range(epochs):
        losses = []
        for batch in torch.randperm(len(x)).split(50):
            if zero_grad:
                optimizer.zero_grad()
            loss = F.cross_entropy(net(x[batch]), y[batch], weight)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return sum(losses) / len(losses)


def accuracy(net, x, y):
    """How many percent of the labels a net predicts, in eval mode."""
    net.eval()
    with torch.no_grad():
        return 100 * (net(x).argmax(1) == y).float().mean().item()


# --8<-- [end:setup]
