"""A label that is no class: said late by a GPU, and at once by a CPU."""

# --8<-- [start:fails]
import subprocess
import sys

import torch

STEP = """
import torch
device = "cuda" if torch.cuda.is_available() else "cpu"
logits = torch.zeros(4, 10, device=device)
labels = torch.tensor([3, 10, 0, 7], device=device)
print(torch.nn.functional.cross_entropy(logits, labels).item())
"""
# In a process of its own: after this error, a process cannot use its GPU any more
run = [sys.executable, "-c", STEP]
done = subprocess.run(run, capture_output=True, text=True, encoding="utf-8")
print("error (of the child):", *(x for x in done.stderr.splitlines() if "Error: " in x))
# --8<-- [end:fails]

# --8<-- [start:cure]
labels, classes = torch.tensor([3, 10, 0, 7]), 10
wrong = (labels < 0) | (labels >= classes)
print(
    "wrong labels:", labels[wrong].tolist(), "at:", wrong.nonzero().flatten().tolist()
)
# --8<-- [end:cure]
