"""Autocast for a GPU where there is none, and the choice that is right everywhere."""

# --8<-- [start:fails]
import warnings

import torch
from torch import nn

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    with torch.autocast("cuda"):
        print("autocast is on:", torch.is_autocast_enabled("cuda"))
for warning in caught:
    print(f"{warning.category.__name__}: {warning.message}")
# --8<-- [end:fails]

# --8<-- [start:cure]
there = torch.accelerator.is_available()
device = torch.accelerator.current_accelerator() if there else torch.device("cpu")
old = device.type == "cuda" and not torch.cuda.is_bf16_supported(False)
dtype = torch.float16 if old else torch.bfloat16
scaler = torch.amp.GradScaler(device.type, enabled=dtype == torch.float16)
with torch.autocast(device.type, dtype):
    out = nn.Linear(4, 4).to(device)(torch.ones(2, 4, device=device))
print(f"{device.type}: {out.dtype}, scaler: {scaler.is_enabled()}")
# --8<-- [end:cure]
