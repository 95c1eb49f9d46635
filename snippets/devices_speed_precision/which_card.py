"""What the card at hand is, and how fast it multiplies in two number formats."""

# capture: volatile - each machine has another name and speed
# --8<-- [start:fails]
import time

import torch

cuda = torch.cuda.is_available()
device = "cuda" if cuda else "cpu"
print("on a GPU:", torch.cuda.get_device_name() if cuda else "no")
print("its memory, GB:", torch.cuda.mem_get_info()[1] // 10**9 if cuda else "-")
print("bfloat16 in hardware:", torch.cuda.is_bf16_supported(False) if cuda else "-")
# --8<-- [end:fails]

# capture: volatile - each machine has another speed
# --8<-- [start:cure]
for dtype in (torch.float32, torch.bfloat16):
    a = torch.randn(1024, 1024, device=device).to(dtype)
    (a @ a).sum().item()  # the first is slower
    start = time.perf_counter()
    for _ in range(5):
        product = a @ a
    product.sum().item()  # waits for a GPU
    rate = 5 * 2 * 1024**3 / (time.perf_counter() - start)
    print(f"{dtype}: {rate / 1e9:.0f} GFLOP/s")
# --8<-- [end:cure]
