"""A save that stalls the training, and one that goes on in the background."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

# capture: volatile - how long it takes depends on the disk and on what else runs
# --8<-- [start:fails]
import time

import torch

net = torch.nn.Linear(5000, 5000)
start = time.perf_counter()
torch.save(net.state_dict(), "step-5.pt")
print(f"training waits for {time.perf_counter() - start:.2f} s")
# --8<-- [end:fails]

# capture: volatile - how long it takes depends on the disk and on what else runs
# --8<-- [start:cure]
import torch.distributed as dist
import torch.distributed.checkpoint as dcp

if not dist.is_initialized():
    dist.init_process_group("gloo", store=dist.HashStore(), rank=0, world_size=1)
state = {"model": net.state_dict(), "step": 5}
for folder in ("step-5", "step-6"):  # the first has more to set up
    start = time.perf_counter()
    saving = dcp.async_save(state, checkpoint_id=folder)  # first copies the state
    print(f"training waits for {time.perf_counter() - start:.2f} s")
    saving.result()  # before the next save, and before the program ends
    print(f"on the disk after {time.perf_counter() - start:.2f} s")
# --8<-- [end:cure]
