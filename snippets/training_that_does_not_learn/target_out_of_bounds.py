"""Labels from 1 to 10 for a net that knows 0 to 9."""

# --8<-- [start:fails]
import torch
from torch.nn import functional as F

logits = torch.randn(4, 10)  # ten classes: 0 to 9
labels = torch.tensor([1, 4, 10, 7])  # counted from 1
try:
    F.cross_entropy(logits, labels)
except IndexError as error:
    print(f"{type(error).__name__}: {error}")
print("labels from", labels.min().item(), "to", labels.max().item())
# --8<-- [end:fails]

# --8<-- [start:cure]
known, labels = labels.unique(return_inverse=True)  # once, over all for training
print("labels:", labels.tolist(), "stand for", known.tolist())
print("finite:", F.cross_entropy(logits, labels).isfinite().item())
later = torch.tensor([4, 10])  # for validation, with the same `known`
print("all known:", torch.isin(later, known).all().item())
print("they become:", torch.searchsorted(known, later).tolist())
print("and back:", known[torch.searchsorted(known, later)].tolist())
# --8<-- [end:cure]
