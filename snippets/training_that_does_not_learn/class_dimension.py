"""Logits whose classes are not in the second dimension."""

# --8<-- [start:fails]
import torch
from torch import nn

torch.manual_seed(0)
logits = torch.randn(2, 7, 5)  # (sentences, words, classes)
labels = torch.randint(5, (2, 7))  # (sentences, words)
cross_entropy = nn.functional.cross_entropy
try:
    cross_entropy(logits, labels)
except RuntimeError as error:
    print(f"{type(error).__name__}: {error}")
# --8<-- [end:fails]

# --8<-- [start:cure]
print(f"{cross_entropy(logits.transpose(1, 2), labels):.3f}")  # (2, 5, 7), (2, 7)
print(f"{cross_entropy(logits.flatten(0, 1), labels.flatten()):.3f}")  # (14, 5), (14,)
# --8<-- [end:cure]
