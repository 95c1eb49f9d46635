"""A loop that waits for its data, found with the profiler and a bare loop."""

# capture: volatile - it prints times
# --8<-- [start:fails]
import os
import time

import torch
from torch.utils.data import DataLoader, TensorDataset

os.environ["KINETO_LOG_LEVEL"] = "99"  # the profiler is to print nothing by itself
device = "cuda" if torch.cuda.is_available() else "cpu"
images, weight = torch.randn(4000, 64), torch.randn(64, device=device)
loader = DataLoader(TensorDataset(images), batch_size=64)
with torch.profiler.profile() as profile:
    for (batch,) in loader:
        batch.to(device).mul(weight)  # a very small net
spent = {row.key.split("#")[0]: row.cpu_time_total for row in profile.key_averages()}
for name in ("enumerate(DataLoader)", "aten::mul"):
    print(f"{name}: {spent[name] / 1000:.1f} ms")
# --8<-- [end:fails]

# capture: volatile - it prints times
# --8<-- [start:cure]
for source in (loader, images.to(device).split(64)):
    start = time.perf_counter()
    sum(1 for _ in source)  # nothing but the input
    print(f"{type(source).__name__}: {1000 * (time.perf_counter() - start):.3f} ms")
# --8<-- [end:cure]
