"""A schedule with a fixed end, and a run that is to be longer."""

# --8<-- [start:fails]
import torch
from torch.optim.lr_scheduler import OneCycleLR

weight = torch.nn.Parameter(torch.zeros(1))
optimizer = torch.optim.SGD([weight], lr=0.1)
done = OneCycleLR(optimizer, max_lr=0.1, total_steps=10)
for _ in range(10):
    optimizer.step()
    done.step()
longer = OneCycleLR(optimizer, max_lr=0.1, total_steps=20)
longer.load_state_dict(done.state_dict())  # brings its end with it
try:
    longer.step()
except ValueError as error:
    print(f"{type(error).__name__}: {error}")
# --8<-- [end:fails]

# --8<-- [start:cure]
fresh = OneCycleLR(optimizer, max_lr=0.01, total_steps=10)  # a second, lower cycle
for _ in range(10):
    optimizer.step()
    fresh.step()
print("trained on to the end:", fresh.last_epoch == 10)
# --8<-- [end:cure]
