"""The old names of GradScaler and autocast, and what they say today."""

from snippets.gpu_training.data import torch

# isort: split
# --8<-- [start:warning]
import textwrap
import warnings

for old_name in (torch.cuda.amp.GradScaler, torch.cuda.amp.autocast):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        old_name()
    for warning in caught:
        if warning.category is FutureWarning:  # others only say that there is no GPU
            message = f"{warning.category.__name__}: {warning.message}"
            print(textwrap.fill(message, width=88, subsequent_indent="    "))
# --8<-- [end:warning]
