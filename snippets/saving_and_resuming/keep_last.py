"""The last few checkpoints and the best weights, instead of all."""

# capture: volatile - the message names a line and two numbers, which may change
# --8<-- [start:fails]
from pathlib import Path

import torch

Path("run").mkdir(exist_ok=True)
net = torch.nn.Linear(500, 500)
optimizer = torch.optim.Adam(net.parameters())
for epoch in range(6):
    net(torch.ones(1, 500)).sum().backward()
    optimizer.step()
    torch.save([net.state_dict(), optimizer.state_dict()], f"run/epoch-{epoch:04}.pt")
torch.save(net.state_dict(), "run/best.pt")  # at each new best score
size = Path("run/epoch-0005.pt").stat().st_size / Path("run/best.pt").stat().st_size
print(f"6 files, each {size:.0f} times the weights")
try:
    torch.save(net.state_dict(), "/dev/full")  # Linux alone: a disk that is always full
except Exception as error:
    print(f"{type(error).__name__}: {error}")
# --8<-- [end:fails]

# --8<-- [start:cure]
files = {p.stem.split("epoch-")[-1]: p for p in Path("run").glob("epoch-*.pt")}
for number in sorted(filter(str.isdecimal, files), key=int)[:-2]:  # after each save
    files[number].unlink()  # what has no such name stays
print(sorted(path.name for path in Path("run").iterdir()))
# --8<-- [end:cure]
