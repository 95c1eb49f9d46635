"""The last few checkpoints and the best weights, instead of all."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

# capture: volatile - the message names two numbers, which may change
# --8<-- [start:fails]
import torch

net = torch.nn.Linear(500, 500)
optimizer = torch.optim.Adam(net.parameters())
net(torch.ones(1, 500)).sum().backward()
optimizer.step()
try:  # Linux alone has /dev/full, a disk that is always full
    torch.save([net.state_dict(), optimizer.state_dict()], "/dev/full")
except Exception as error:
    print(f"{type(error).__name__}: {error}")
# --8<-- [end:fails]

# --8<-- [start:cure]
from pathlib import Path

Path("run").mkdir(exist_ok=True)
saved = []  # this run's files: it deletes no others
for epoch in range(6):
    path = Path(f"run/epoch-{epoch:04}.pt")  # each time a new name
    torch.save([net.state_dict(), optimizer.state_dict()], path)
    saved.append(path)  # only now: a save that failed is none
    if len(saved) > 2:
        saved.pop(0).unlink(missing_ok=True)  # you may have made room
torch.save(net.state_dict(), "run/best.pt")  # at each new best score
print(sorted(path.name for path in Path("run").iterdir()))
# --8<-- [end:cure]
