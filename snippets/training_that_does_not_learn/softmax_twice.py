"""A softmax before cross_entropy: the loss cannot fall below a bound."""

from snippets.training_that_does_not_learn.setup import make_data, make_net, train

# The section imports what its entry newly needs:
# isort: split
# capture: tolerance 5e-2 - CPUs round differently, which moves a loss a little
# --8<-- [start:fails]
import torch
from torch import nn

x, y = make_data(50, seed=0)
for seed in range(3):
    torch.manual_seed(seed)
    net = nn.Sequential(make_net(), nn.Softmax(1))
    loss = train(net, x, y, epochs=300, lr=1.0)
    print(f"seed {seed}: loss on one batch {loss:.2f}")
surest = torch.eye(10)[:1]  # the most that a softmax can say
bound = nn.functional.cross_entropy(surest, torch.tensor([0]))
print(f"the lowest that is possible: {bound:.2f}")
# --8<-- [end:fails]

# --8<-- [start:cure]
for seed in range(3):
    torch.manual_seed(seed)
    loss = train(make_net(), x, y, epochs=300, lr=1.0)
    print(f"seed {seed}: loss on one batch below 0.1: {loss < 0.1}")
# --8<-- [end:cure]
