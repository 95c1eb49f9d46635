"""Class labels as floats, in a column: what cross_entropy says to each."""

# --8<-- [start:fails]
import torch
from torch.nn import functional as F

logits = torch.randn(4, 10)
column = torch.tensor([[1.0], [4.0], [9.0], [7.0]])  # as from a table
for labels in (column.flatten(), column.long()):
    try:
        F.cross_entropy(logits, labels)
    except RuntimeError as error:
        print(f"{type(error).__name__}: {error}")
# --8<-- [end:fails]

# --8<-- [start:cure]
labels = (column.squeeze(1) if column.dim() > 1 else column).long()
print(tuple(logits.shape), tuple(labels.shape), labels.dtype)
print("finite:", F.cross_entropy(logits, labels).isfinite().item())
# --8<-- [end:cure]
