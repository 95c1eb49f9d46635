"""How much memory a step needs, and how fast the card at hand multiplies."""

# --8<-- [start:fails]
import time

import torch
from torchvision.models import resnet18


def step_gb(net, examples, batch):  # in float32, with Adam
    kept, weights = {}, {p.data_ptr() for p in net.parameters()}

    def keep(tensor):
        kept[tensor.data_ptr()] = tensor.nbytes * (tensor.data_ptr() not in weights)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        net(examples)
    adam = 4 * sum(p.nbytes for p in net.parameters())
    return (adam + sum(kept.values()) * batch / len(examples)) / 1e9


need = step_gb(resnet18(), torch.zeros(4, 3, 224, 224), batch=1024)
print(f"{need:.0f} GB; below 16, 40, 80 GB:", [need < gb for gb in (16, 40, 80)])
# --8<-- [end:fails]

# capture: volatile - each machine has another speed
# --8<-- [start:cure]
device, n = ("cuda", 8192) if torch.cuda.is_available() else ("cpu", 1024)
for dtype in 2 * (torch.float32, torch.bfloat16):  # the first may be slower
    a = torch.randn(n, n, device=device).to(dtype)
    start = time.perf_counter()
    (a @ a).sum().item()  # waits for a GPU
    print(f"{dtype}: {2 * n**3 / (time.perf_counter() - start) / 1e9:.1f} GFLOP/s")
# --8<-- [end:cure]
