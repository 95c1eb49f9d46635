"""The last few checkpoints and the best weights, instead of all."""

# --8<-- [start:fails]
from pathlib import Path

import torch
from torch import nn

Path("run").mkdir(exist_ok=True)
net = nn.Linear(500, 500)
optimizer = torch.optim.Adam(net.parameters())
for epoch in range(6):
    net(torch.ones(1, 500)).sum().backward()
    optimizer.step()
    state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}
    torch.save(state, f"run/epoch-{epoch:04}.pt")
torch.save(net.state_dict(), "run/best.pt")  # at each new best score
whole = Path("run/best.pt").stat().st_size
for path in sorted(Path("run").iterdir()):
    print(f"{path.name}: {path.stat().st_size / whole:.0f} times the weights")
# --8<-- [end:fails]

# --8<-- [start:cure]
for old in sorted(Path("run").glob("epoch-*.pt"))[:-2]:  # after each save
    old.unlink()
print(sorted(path.name for path in Path("run").iterdir()))
# --8<-- [end:cure]
