"""The last few checkpoints and the best weights, instead of all."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

# capture: volatile - the message names two numbers, which may change
# --8<-- [start:fails]
import torch

net = torch.nn.Linear(500, 500)
optimizer = torch.optim.Adam(net.parameters())
try:  # Linux alone has /dev/full, a disk that is always full
    torch.save([net.state_dict(), optimizer.state_dict()], "/dev/full")
except Exception as error:
    print(f"{type(error).__name__}: {error}")
# --8<-- [end:fails]

# --8<-- [start:cure]
from pathlib import Path

Path("run").mkdir(exist_ok=True)  # for each run a folder of its own
saved = []  # this run's files: it deletes no others
for epoch in range(6):  # a resumed run begins with its next epoch
    path = Path(f"run/epoch-{epoch:04}.pt")  # each time a new name
    torch.save([net.state_dict(), optimizer.state_dict()], path)
    saved.append(path)  # only now: the save has not failed
    if len(saved) > 2:
        saved.pop(0).unlink(missing_ok=True)  # you may have made room
    if epoch == 3:  # instead: at each new best score
        torch.save(net.state_dict(), path.with_suffix(".best"))
        path.with_suffix(".best").replace("run/best.pt")  # only now the old one goes
print(sorted(path.name for path in Path("run").iterdir()))
# --8<-- [end:cure]
