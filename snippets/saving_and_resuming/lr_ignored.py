"""A learning rate that is given and not used, since the checkpoint holds another."""

# --8<-- [start:fails]
import torch
from torch.optim.lr_scheduler import LambdaLR

weight = torch.nn.Parameter(torch.zeros(1))
optimizer = torch.optim.SGD([weight], lr=0.1)
scheduler = LambdaLR(optimizer, lambda epoch: 0.5**epoch)
torch.save([optimizer.state_dict(), scheduler.state_dict()], "both.pt")

optimizer = torch.optim.SGD([weight], lr=0.01)  # the second run wants less
scheduler = LambdaLR(optimizer, lambda epoch: 0.5**epoch)
for part, saved in zip((optimizer, scheduler), torch.load("both.pt"), strict=True):
    part.load_state_dict(saved)
print("learning rate:", optimizer.param_groups[0]["lr"])
# --8<-- [end:fails]

# --8<-- [start:cure]
factor = 0.1  # the rate wanted now over group["lr"] after both loads; use it once
for group in optimizer.param_groups:
    for name in {"lr", "initial_lr", "max_lr", "min_lr"} & group.keys():
        group[name] *= factor
scheduler.base_lrs = [rate * factor for rate in scheduler.base_lrs]
optimizer.step()  # these three lines only show it:
scheduler.step()  # copied, they put the schedule a step ahead
print("the next one:", optimizer.param_groups[0]["lr"])
# --8<-- [end:cure]
