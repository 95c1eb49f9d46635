"""Which learning rates a resumed run takes, by scheduler and by what was restored."""

from snippets.saving_and_loading.data import torch
from snippets.saving_and_loading.lost_scheduler import (
    build,
    cosine,
    cosine_by_step,
    one_cycle,
    resume_with,
)

# --8<-- [start:rates]
for new_scheduler in (cosine, cosine_by_step, one_cycle):
    net, optimizer, scheduler = build(new_scheduler, 100)
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
        "everything kept": ("optimizer", "scheduler"),
        "optimizer lost": ("scheduler",),
        "scheduler lost": ("optimizer",),
        "both lost": (),
    }.items():
        net, optimizer, scheduler = resume_with(
            loaded, "stopped.pt", new_scheduler, 100
        )
        rates = []
        for _ in range(20):
            rates.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            scheduler.step()
        first, second, last = rates[0], rates[1], rates[-1]
        name = type(scheduler).__name__
        print(f"{name}, {way}: {first:.5f}, {second:.5f} ... {last:.5f}")
# --8<-- [end:rates]
