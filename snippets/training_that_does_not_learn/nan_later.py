"""A loss written by hand that is nan as soon as the net is sure; where it came from."""

from snippets.training_that_does_not_learn.setup import make_data, make_net

# The section imports what its entry newly needs:
# isort: split
# --8<-- [start:fails]
import warnings

import torch
from torch.nn import functional as F

x, y = make_data(500, seed=0)
torch.manual_seed(0)
net = make_net()
optimizer = torch.optim.SGD(net.parameters(), lr=10)  # too high
try:
    with warnings.catch_warnings(record=True) as told, torch.autograd.detect_anomaly():
        for _ in range(100):
            optimizer.zero_grad()
            likely = net(x).softmax(1)
            loss = -(F.one_hot(y, 10) * likely.log()).sum(1).mean()
            loss.backward()
            optimizer.step()
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
    print([s for s in str(told[-1].message).splitlines() if s.startswith("    ")][-1])
# --8<-- [end:fails]

# --8<-- [start:cure]
F.cross_entropy(net(x), y).backward()  # the same net, from logits
print("all finite:", all(p.grad.isfinite().all().item() for p in net.parameters()))
# --8<-- [end:cure]
