"""Why PyTorch sees no GPU: a few questions, in the order in which to ask them."""

# capture: volatile - what is missing is another thing on each machine
# --8<-- [start:fails]
import os
import shutil

import torch

print("torch.cuda.is_available():", torch.cuda.is_available())
try:
    print("a tensor is on:", torch.ones(1, device="cuda").device)
except (RuntimeError, AssertionError) as error:
    print(f"{type(error).__name__}: {str(error).split('. ')[0]}")
# --8<-- [end:fails]

# capture: volatile - what is missing is another thing on each machine
# --8<-- [start:cure]
counted = torch.cuda.device_count() > 0
checks = {
    "this PyTorch is built for CUDA": torch.version.cuda is not None,
    "NVIDIA's driver is installed": shutil.which("nvidia-smi") is not None,
    "no variable hides the card": counted or "CUDA_VISIBLE_DEVICES" not in os.environ,
    "PyTorch can use a card": torch.cuda.is_available(),
}
for check, passed in checks.items():
    print(f"{check}: {'yes' if passed else 'NO'}")
print("PyTorch:", torch.__version__)
# --8<-- [end:cure]
