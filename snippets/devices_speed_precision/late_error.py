"""A label that is no class: said late by a GPU, and at once by a CPU."""

# --8<-- [start:fails]
import subprocess
import sys

import torch

STEP = """
import torch
device = "cuda" if torch.cuda.is_available() else "cpu"
logits = torch.zeros(4, 10, device=device)
labels = torch.tensor([3, 10, -100, 7], device=device)
print(torch.nn.functional.cross_entropy(logits, labels).item())
"""
# In a process of its own: after this error, a process cannot use its GPU any more
run = [sys.executable, "-c", STEP]
done = subprocess.run(run, capture_output=True, encoding="utf-8", errors="replace")
print("error (of the child):", *(x for x in done.stderr.splitlines() if "Error: " in x))
# --8<-- [end:fails]


# --8<-- [start:cure]
def out_of_range(index, size, ignored=None):
    wrong = ((index < 0) | (index >= size)) & (index != ignored)
    return {tuple(at): index[tuple(at)].item() for at in wrong.nonzero().tolist()}


labels, tokens = torch.tensor([3, 10, -100, 7]), torch.tensor([[4, 0], [2, 50]])
print("wrong labels, by place:", out_of_range(labels, 10, ignored=-100))
print("wrong tokens, by place:", out_of_range(tokens, 50))
# --8<-- [end:cure]
