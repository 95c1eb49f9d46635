"""A number too large for float16, and the layer that made it."""

# --8<-- [start:fails]
from functools import partial

import torch
from torch import nn

device = "cuda" if torch.cuda.is_available() else "cpu"
torch.manual_seed(0)
net = nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 2)).to(device)
x = 1e6 * torch.randn(8, 16, device=device)  # not normalised


def finite(value):
    if isinstance(value, (tuple, list, dict)):  # nn.LSTM returns several
        return all(map(finite, getattr(value, "values", lambda: value)()))
    return not isinstance(value, torch.Tensor) or value.isfinite().all().item()


def check(name, module, inputs, output):
    what = f"{name or 'the net,'} {type(module).__name__}"
    print(f"{what}, finite: input {finite(inputs)}, output {finite(output)}")


for name, module in net.named_modules():
    module.register_forward_hook(partial(check, name))
with torch.autocast(device, torch.float16):
    print("loss:", net(x).float().var().item())
# --8<-- [end:fails]

# --8<-- [start:cure]
with torch.autocast(device, torch.float16):
    print("loss is finite:", net(x / x.std()).float().var().isfinite().item())
# --8<-- [end:cure]
