"""Gradient clipping with a scaler: bring the gradients back to size first."""

from snippets.gpu_training.data import load_images, nn, torch
from snippets.gpu_training.model import make_net

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# --8<-- [start:clip]
few_images, few_labels = load_images(count=1000)
few_images, few_labels = few_images.to(device), few_labels.to(device)
for label, unscale_first in [("clipped as they are", False), ("unscale_ first", True)]:
    torch.manual_seed(0)
    clip_net = make_net(64).to(device)
    sgd = torch.optim.SGD(clip_net.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler(device.type)  # begins with a scale of 65,536
    old = nn.utils.parameters_to_vector(clip_net.parameters()).detach()  # (55050,)

    loss = nn.functional.cross_entropy(clip_net(few_images), few_labels)
    scaler.scale(loss).backward()
    if unscale_first:
        scaler.unscale_(sgd)  # divides now; step() will know and not divide again
    norm = nn.utils.clip_grad_norm_(clip_net.parameters(), max_norm=0.5)
    scaler.step(sgd)
    scaler.update()

    new = nn.utils.parameters_to_vector(clip_net.parameters()).detach()
    print(f"{label}, norm that the clipping saw: {norm.item():.3g}")
    print(f"{label}, length of the step: {(new - old).norm().item():.2g}")
print(f"what it should be, learning rate times 0.5: {0.1 * 0.5:.2g}")
# --8<-- [end:clip]
