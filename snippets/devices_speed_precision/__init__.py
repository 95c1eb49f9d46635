"""The field guide: what goes wrong with devices, slow training and mixed precision."""

DEVICES = ("cpu", "cuda")
