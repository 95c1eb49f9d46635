"""A learning rate that is given and not used, since the checkpoint holds another."""

# --8<-- [start:fails]
import torch
from torch.optim.lr_scheduler import StepLR

weight = torch.nn.Parameter(torch.zeros(1))
optimizer = torch.optim.SGD([weight], lr=0.1)
StepLR(optimizer, step_size=10)  # notes the initial rate, too
torch.save(optimizer.state_dict(), "optimizer.pt")

optimizer = torch.optim.SGD([weight], lr=0.01)  # the second run wants less
optimizer.load_state_dict(torch.load("optimizer.pt", weights_only=True))
print("learning rate:", optimizer.param_groups[0]["lr"])
# --8<-- [end:fails]

# --8<-- [start:cure]
for group in optimizer.param_groups:  # after the load
    group["lr"] = group["initial_lr"] = 0.01
scheduler = StepLR(optimizer, step_size=10)  # a new one, which starts from there
print("learning rate:", optimizer.param_groups[0]["lr"], scheduler.base_lrs)
# --8<-- [end:cure]
