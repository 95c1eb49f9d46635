"""One step timed once, and as it should be."""

# capture: volatile - it prints times
# --8<-- [start:fails]
import statistics
import time

import torch
from torch import nn

device = "cuda" if torch.cuda.is_available() else "cpu"
net, x = nn.Linear(512, 512).to(device), torch.randn(256, 512, device=device)
start = time.perf_counter()
net(x).sum().backward()
print(f"the first step: {1000 * (time.perf_counter() - start):.2f} ms")
# --8<-- [end:fails]

# capture: volatile - it prints times
# --8<-- [start:cure]
wait = torch.cuda.synchronize if device == "cuda" else lambda: None
times = []
for _ in range(60):
    start = time.perf_counter()
    net(x).sum().backward()
    wait()
    times.append(1000 * (time.perf_counter() - start))
print(f"steps 11 to 60, median: {statistics.median(times[10:]):.2f} ms")
print(f"fastest and slowest: {min(times[10:]):.2f} and {max(times[10:]):.2f} ms")
# --8<-- [end:cure]
