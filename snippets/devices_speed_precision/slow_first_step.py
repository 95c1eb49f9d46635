"""One step timed once, and as it should be."""

# capture: volatile - it prints times
# --8<-- [start:fails]
import statistics
import time

import torch

device = "cuda" if torch.cuda.is_available() else "cpu"
weight = torch.ones(1000, device=device, requires_grad=True)
optimizer = torch.optim.Adam([weight])


def step():
    weight.square().sum().backward()
    optimizer.step()


start = time.perf_counter()
step()
print(f"the first step: {1000 * (time.perf_counter() - start):.2f} ms")
# --8<-- [end:fails]

# capture: volatile - it prints times
# --8<-- [start:cure]
wait, times = torch.cuda.synchronize if device == "cuda" else lambda: None, []
for _ in range(60):
    start = time.perf_counter()
    step()
    wait()
    times.append(1000 * (time.perf_counter() - start))
print(f"steps 11 to 60, median: {statistics.median(times[10:]):.2f} ms")
print(f"fastest, slowest: {min(times[10:]):.2f}, {max(times[10:]):.2f} ms")
# --8<-- [end:cure]
