"""What mixed precision makes smaller and what it adds; its speed, where a GPU is."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

from snippets.gpu_training.amp_speed import time_and_memory
from snippets.gpu_training.data import nn, torch
from snippets.gpu_training.model import make_net

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


# --8<-- [start:kept]
def kept_for_backward(net, x, y, dtype):
    """Bytes that the forward pass keeps for backward, beside weights and batch."""
    there_before = {tensor.data_ptr() for tensor in [*net.parameters(), x, y]}
    kept = {}

    def keep(tensor):  # autograd calls it with each tensor that backward will need
        kept[tensor.data_ptr()] = tensor
        return tensor

    hooks = torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor)
    enabled = dtype != torch.float32
    with hooks, torch.autocast(device.type, dtype=dtype, enabled=enabled):
        nn.functional.cross_entropy(net(x), y)
    new = [tensor for place, tensor in kept.items() if place not in there_before]
    return sum(tensor.nbytes for tensor in new)


wide_net = make_net(1024).to(device)
size = sum(weights.nbytes for weights in wide_net.parameters())
print(f"weights, which stay float32: {size / 1e6:.2f} MB")
for batch in (64, 1024, 8192):
    x = torch.randn(batch, 784, device=device)
    y = torch.randint(10, (batch,), device=device)
    for dtype in (torch.float32, torch.bfloat16):
        size = kept_for_backward(wide_net, x, y, dtype)
        print(f"kept for backward, batch {batch}, {dtype}: {size / 1e6:.2f} MB")
# --8<-- [end:kept]

# capture: volatile - it prints times
# --8<-- [start:run]
from statistics import median

if device.type == "cuda":
    dtypes = [torch.float32, torch.float16]
    if torch.cuda.is_bf16_supported(including_emulation=False):
        dtypes.append(torch.bfloat16)  # older GPUs only imitate it, and slowly
    for width in (64, 4096):
        for dtype in dtypes:
            seconds, peak = time_and_memory(width, 1024, device, dtype)
            print(f"width {width}, {dtype}, a step: {1e3 * median(seconds):.3f} ms")
            print(f"width {width}, {dtype}, memory at most: {peak / 1e6:.0f} MB")
else:
    print("No GPU here: on one, this block prints a step's time and peak memory.")
# --8<-- [end:run]
