"""Gradient clipping with a scaler: bring the gradients back to size first."""

from snippets.gpu_training.data import load_images, nn, torch
from snippets.gpu_training.model import make_net

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# capture: tolerance 1e-1 - CPUs round differently, and two digits are printed
# --8<-- [start:clip]
few_images, few_labels = load_images(count=1000)
few_images, few_labels = few_images.to(device), few_labels.to(device)
ways = [("SGD", 0.1, False), ("SGD", 0.1, True)]
ways += [("Adam", 0.001, False), ("Adam", 0.001, True)]
for name, rate, unscale_first in ways:
    torch.manual_seed(0)
    clip_net = make_net(64).to(device)
    optimizer = getattr(torch.optim, name)(clip_net.parameters(), lr=rate)
    scaler = torch.amp.GradScaler(device.type)  # begins with a scale of 65,536
    old = nn.utils.parameters_to_vector(clip_net.parameters()).detach()  # (55050,)

    loss = nn.functional.cross_entropy(clip_net(few_images), few_labels)
    scaler.scale(loss).backward()
    if unscale_first:
        scaler.unscale_(optimizer)  # divides now; step() will know and not divide again
    norm = nn.utils.clip_grad_norm_(clip_net.parameters(), max_norm=0.5)
    scaler.step(optimizer)
    scaler.update()

    new = nn.utils.parameters_to_vector(clip_net.parameters()).detach()
    label = f"{name}, {'unscale_ first' if unscale_first else 'clipped as they are'}"
    print(f"{label}, norm that the clipping saw: {norm.item():.3g}")
    print(f"{label}, length of the step: {(new - old).norm().item():.2g}")
# --8<-- [end:clip]
