"""Which device is there, and what `.to()` does to a tensor and to a module."""

import torch
from torch import nn

# --8<-- [start:choose]
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
print("device:", device)

# Newer, and for GPUs of every make: "accelerator" is the word for any such device.
found = torch.accelerator.is_available()
print("an accelerator is there:", found)
print("its name:", torch.accelerator.current_accelerator() if found else "none")
# --8<-- [end:choose]

# --8<-- [start:copy_or_move]
batch = torch.ones(64, 784)
layer = nn.Linear(784, 10)

# Every machine has the device "meta". Its tensors have a shape and a type, but hold no
# numbers: enough to see what moves, and what complains.
batch.to("meta")  # the result is thrown away
layer.to("meta")  # and so is this one
print("batch, after batch.to(...):", batch.device)
print("layer, after layer.to(...):", layer.weight.device)

batch = batch.to("meta")
print("batch, after batch = batch.to(...):", batch.device)

print("layer.to(...) returns the layer itself:", layer.to("meta") is layer)
print("where a tensor is already, .to() copies nothing:", batch.to("meta") is batch)
# --8<-- [end:copy_or_move]
