"""A checkpoint and tied weights, which safetensors refuses, and how it takes them."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

# --8<-- [start:fails]
import torch
from safetensors.torch import save_file  # missing? pip install safetensors
from torch import nn

net = nn.Sequential(nn.Embedding(10_000, 64), nn.Linear(64, 10_000, bias=False))
net[1].weight = net[0].weight  # tied: one tensor under two names
for state in (net.state_dict(), {"model": net.state_dict(), "step": 5}):
    torch.save(state, "net.pt")  # takes both
    try:
        save_file(state, "net.safetensors")
    except Exception as error:
        print(f"{type(error).__name__}: {str(error).strip().split(':')[0]}")
# --8<-- [end:fails]

# --8<-- [start:cure]
import os

from safetensors.torch import load_model, save_model

save_model(net, "net.safetensors", metadata={"step": "5"})  # the tied tensor once
print([os.path.getsize(f"net.{kind}") for kind in ("pt", "safetensors")], "bytes")
new = nn.Sequential(nn.Embedding(10_000, 64), nn.Linear(64, 10_000, bias=False))
new[1].weight = new[0].weight
load_model(new, "net.safetensors")
print("equal:", torch.equal(new[1].weight, net[1].weight))
# --8<-- [end:cure]
