"""A warm-up that is told by `last_epoch` to go on, and refuses."""

# --8<-- [start:fails]
import torch
from torch.optim.lr_scheduler import LambdaLR

weight = torch.nn.Parameter(torch.zeros(1))
optimizer = torch.optim.SGD([weight], lr=0.1)
try:
    LambdaLR(optimizer, lambda step: min(1, (step + 1) / 10), last_epoch=4)
except KeyError as error:
    print(f"{type(error).__name__}: {error.args[0].splitlines()[0]}")
# --8<-- [end:fails]

# --8<-- [start:cure]
scheduler = LambdaLR(optimizer, lambda step: min(1, (step + 1) / 10))
for _ in range(4):
    optimizer.step()
    scheduler.step()
torch.save([optimizer.state_dict(), scheduler.state_dict()], "both.pt")

optimizer = torch.optim.SGD([weight], lr=0.1)  # the second run
scheduler = LambdaLR(optimizer, lambda step: min(1, (step + 1) / 10))  # as before
saved = torch.load("both.pt", weights_only=True)
optimizer.load_state_dict(saved[0])
scheduler.load_state_dict(saved[1])
rate = optimizer.param_groups[0]["lr"]
print("goes on after step", scheduler.last_epoch, "with rate", rate)
# --8<-- [end:cure]
