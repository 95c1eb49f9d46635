"""The debugging checklist as a function: what to rule out before you say "a limit"."""

from snippets.fashion_mnist_project.baseline import train_step, use_amp
from snippets.fashion_mnist_project.checkpoint import torch
from snippets.fashion_mnist_project.net import device, nn

# The section imports what its page newly needs:
# isort: split
# --8<-- [start:checklist]
import math


def check_training(make_net, x, y, rate=1e-3, step=train_step, steps=300):
    """Print three checks of a net, its learning rate and its step; True if all pass.

    Below them a note says whether train and eval mode give the same outputs.

    `x` (batch, 784) and `y` (batch,) are one batch of real images and labels.
    """
    torch.manual_seed(0)
    net, x, y = make_net().to(device), x.to(device), y.to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=rate)
    scaler = torch.amp.GradScaler(device.type, enabled=use_amp)
    before = {name: value.detach().clone() for name, value in net.named_parameters()}

    with torch.no_grad():
        start = nn.functional.cross_entropy(net(x), y).item()
    for _ in range(steps):
        step(net, optimizer, scaler, x, y)
    with torch.no_grad():
        in_train_mode = net(x)
        net.eval()
        logits = net(x)  # (batch, 10)
    loss = nn.functional.cross_entropy(logits, y).item()
    right = 100 * (logits.argmax(1) == y).double().mean().item()
    unmoved = [
        name
        for name, value in net.named_parameters()
        if value.grad is None or torch.equal(value, before[name])
    ]

    learned = loss < 0.2 and right == 100  # label smoothing of 0.1 ends just below 0.1
    checks = [abs(start - math.log(10)) < 0.5, learned, not unmoved]
    said = ["passed" if passed else "FAILED" for passed in checks]
    print(f"{said[0]}: loss at the start {start:.1f}, by guessing {math.log(10):.1f}")
    print(f"{said[1]}: overfit one batch: loss {loss:.1f}, accuracy {right:.0f} %")
    print(f"{said[2]}: parameters that no step moves: {', '.join(unmoved) or 'none'}")
    same = torch.allclose(in_train_mode, logits)
    print(f"note: train and eval mode, the same outputs: {same}")
    return all(checks)


# --8<-- [end:checklist]
