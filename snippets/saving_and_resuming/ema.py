"""Averaged weights: lost in a checkpoint that holds only the trained ones."""

# --8<-- [start:fails]
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

net = nn.Linear(4, 2)
ema = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True)
for _ in range(3):
    nn.init.normal_(net.weight)  # in place of a training step
    ema.update_parameters(net)
torch.save({"model": net.state_dict()}, "checkpoint.pt")

net.load_state_dict(torch.load("checkpoint.pt", weights_only=True)["model"])
new = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True)
print("the same average:", torch.equal(new.module.weight, ema.module.weight))
# --8<-- [end:fails]

# --8<-- [start:cure]
torch.save({"model": net.state_dict(), "ema": ema.state_dict()}, "checkpoint.pt")
new.load_state_dict(torch.load("checkpoint.pt", weights_only=True)["ema"])
print("the same average:", torch.equal(new.module.weight, ema.module.weight))
torch.save(ema.module.state_dict(), "to_ship.pt")  # plain names: no "module."
# --8<-- [end:cure]
