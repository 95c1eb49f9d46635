"""Which learning rate a resumed run begins and ends with, by what was restored."""

from snippets.saving_and_loading.data import torch
from snippets.saving_and_loading.lost_scheduler import build, resume_with

# --8<-- [start:rates]
net, optimizer, scheduler = build(total_steps=100)
for _ in range(80):  # no gradients: here only the learning rate counts
    optimizer.step()
    scheduler.step()
state = {
    "model": net.state_dict(),
    "optimizer": optimizer.state_dict(),
    "scheduler": scheduler.state_dict(),
}
torch.save(state, "stopped.pt")

for way, loaded in {
    "everything": ("optimizer", "scheduler"),
    "without the optimizer": ("scheduler",),
    "without the scheduler": ("optimizer",),
    "without both": (),
}.items():
    net, optimizer, scheduler = resume_with("stopped.pt", 100, loaded)
    first = optimizer.param_groups[0]["lr"]
    for _ in range(20):
        optimizer.step()
        scheduler.step()
    last = optimizer.param_groups[0]["lr"]
    print(f"{way}: {first:.5f} at first, {last:.5f} at the end")
# --8<-- [end:rates]
