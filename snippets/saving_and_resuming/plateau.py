"""ReduceLROnPlateau after a resume: its patience begins again."""

# --8<-- [start:fails]
import torch
from torch.optim.lr_scheduler import ReduceLROnPlateau

weight = torch.nn.Parameter(torch.zeros(1))
optimizer = torch.optim.SGD([weight], lr=1.0)
scheduler = ReduceLROnPlateau(optimizer, patience=2)
for loss in (0.5, 0.6, 0.6):  # two epochs without a better loss
    scheduler.step(loss)
saved = scheduler.state_dict()

scheduler = ReduceLROnPlateau(optimizer, patience=2)  # the resumed run
scheduler.step(0.6)  # the third
print("learning rate:", optimizer.param_groups[0]["lr"])
# --8<-- [end:fails]

# --8<-- [start:cure]
scheduler = ReduceLROnPlateau(optimizer, patience=2)
scheduler.load_state_dict(saved)
scheduler.step(0.6)
print("learning rate:", optimizer.param_groups[0]["lr"])
# --8<-- [end:cure]
