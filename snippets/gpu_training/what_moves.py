"""What else has to move, beside the model and the batch."""

import torch
from torch import nn

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
target = device if device.type == "cuda" else torch.device("meta")


# --8<-- [start:forward]
class Noisy(nn.Module):
    """Adds noise to the pixels."""

    def forward(self, x):  # (batch, 784)
        return x + torch.randn(x.shape)  # made on the CPU, wherever x is


class NoisyAnywhere(nn.Module):
    """The same, with the noise made where x is."""

    def forward(self, x):  # (batch, 784)
        return x + torch.randn(x.shape, device=x.device)  # or torch.randn_like(x)


there = torch.ones(64, 784, device=target)
for label, module in [
    ("noise in forward", Noisy()),
    ("noise where x is", NoisyAnywhere()),
]:
    module.to(target)
    try:
        print(f"{label}: no error, on {module(there).device}")
    except RuntimeError as error:
        print(f"{label}: {type(error).__name__}: {str(error).splitlines()[0]}")
# --8<-- [end:forward]


# --8<-- [start:buffer]
class Centred(nn.Module):
    """Subtracts a mean image, which is not trained."""

    def __init__(self):
        super().__init__()
        self.mean = torch.zeros(784)  # a plain attribute: .to() does not see it

    def forward(self, x):  # (batch, 784)
        return x - self.mean


class CentredBuffer(nn.Module):
    """The same, with the mean image as a buffer."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.zeros(784))  # self.mean, and .to() sees it

    def forward(self, x):  # (batch, 784)
        return x - self.mean


for label, module in [("attribute", Centred()), ("buffer", CentredBuffer())]:
    module.to(target)
    print(f"{label}, after .to(...): {module.mean.device}")
    print(f"{label}, in the state_dict: {'mean' in module.state_dict()}")
    try:
        print(f"{label}, forward: no error, on {module(there).device}")
    except RuntimeError as error:
        print(f"{label}, forward: {type(error).__name__}: {str(error).splitlines()[0]}")
# --8<-- [end:buffer]

# --8<-- [start:weights]
logits = torch.zeros(64, 10, device=target)
classes = torch.zeros(64, dtype=torch.long, device=target)
class_weights = torch.ones(10)
class_weights[6] = 2.0  # shirts, which are hard to tell apart, count double

for label, loss_function in [
    ("weights on the CPU", nn.CrossEntropyLoss(weight=class_weights)),
    ("weights moved", nn.CrossEntropyLoss(weight=class_weights.to(target))),
    ("loss module moved", nn.CrossEntropyLoss(weight=class_weights).to(target)),
]:
    try:
        print(f"{label}: no error, on {loss_function(logits, classes).device}")
    except RuntimeError as error:
        print(f"{label}: {type(error).__name__}: {str(error).splitlines()[0]}")
# --8<-- [end:weights]

# --8<-- [start:totals]
right_now = torch.ones(10, device=target)  # one batch's right answers, by class
for label, total in [
    ("ten numbers, CPU", torch.zeros(10)),
    ("ten numbers, moved", torch.zeros(10, device=target)),
    ("one number, CPU", torch.tensor(0.0)),  # shape (): no dimension
]:
    try:
        print(f"{label}: no error, the sum is on {(total + right_now).device}")
    except RuntimeError as error:
        print(f"{label}: {type(error).__name__}: {str(error).splitlines()[0]}")
# --8<-- [end:totals]

# --8<-- [start:optimizer]
# A move to CUDA keeps the parameter objects, one to meta would make new ones. With this
# switch, meta keeps them too, so that it can stand in for a GPU.
torch.__future__.set_swap_module_params_on_conversion(target.type == "meta")

layer = nn.Linear(784, 10)
adam = torch.optim.Adam(layer.parameters())
layer(torch.ones(64, 784)).mean().backward()
adam.step()
torch.save(adam.state_dict(), "adam.pt")  # one step taken, on the CPU

for when in ("before", "after"):
    layer = nn.Linear(784, 10)
    if when == "after":
        layer.to(target)
    adam = torch.optim.Adam(layer.parameters())
    saved = torch.load("adam.pt", weights_only=True, map_location="cpu")
    adam.load_state_dict(saved)  # to where the parameters are at this moment
    layer.to(target)  # does nothing the second time
    held = adam.param_groups[0]["params"][0]
    print(
        f"loaded {when} the move, Adam holds the net's weights: {held is layer.weight}"
    )
    print(f"loaded {when} the move, its averages: {adam.state[held]['exp_avg'].device}")
    layer(there).mean().backward()
    try:
        adam.step()
        print(f"loaded {when} the move, a second step: no error")
    except RuntimeError as error:
        message = str(error).splitlines()[0]
        print(f"loaded {when} the move, a second step: RuntimeError: {message}")
torch.__future__.set_swap_module_params_on_conversion(False)
# --8<-- [end:optimizer]
