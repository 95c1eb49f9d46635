"""What every notebook runs first: is this torch one that the lesson was tried with?"""

# --8<-- [start:check]
import torch
import torchvision

OLDEST = (2, 6)  # the oldest torch that these lessons were tried with

if tuple(int(part) for part in torch.__version__.split(".")[:2]) < OLDEST:
    raise RuntimeError(
        f"This notebook needs torch 2.6 or newer; this is torch {torch.__version__}. "
        "In Colab: Runtime, Disconnect and delete runtime, then connect again. "
        "Elsewhere: pip install --upgrade torch torchvision, then restart the kernel."
    )
machine = torch.cuda.get_device_name() if torch.cuda.is_available() else "no GPU"
print(f"torch {torch.__version__}, torchvision {torchvision.__version__}, {machine}")
# --8<-- [end:check]
