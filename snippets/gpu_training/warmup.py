"""The first steps, and the spread of the later ones: why to warm up, why a median."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

from snippets.gpu_training.data import load_images, nn, torch
from snippets.gpu_training.model import make_net
from snippets.gpu_training.timing import time_steps

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
few_images, few_labels = load_images(count=4000)

# capture: volatile - it prints times
# --8<-- [start:warmup]
from statistics import median

torch.manual_seed(0)
new_net = make_net(256).to(device)
new_optimizer = torch.optim.Adam(new_net.parameters())
one_x, one_y = few_images[:64].to(device), few_labels[:64].to(device)


def same_batch_step():
    """One training step, always with the same batch."""
    loss = nn.functional.cross_entropy(new_net(one_x), one_y)
    new_optimizer.zero_grad()
    loss.backward()
    new_optimizer.step()


seconds = time_steps(same_batch_step, device, warmup=0, repeats=200)
times = [1000 * second for second in seconds]  # milliseconds
later = times[10:]
print(f"step 1: {times[0]:.2f} ms on {device}")
print(f"step 2: {times[1]:.2f} ms")
print(f"steps 11 to 200, fastest: {min(later):.2f} ms")
print(f"steps 11 to 200, median: {median(later):.2f} ms")
print(f"steps 11 to 200, slowest: {max(later):.2f} ms")
print(f"steps 11 to 200, slowest over fastest: {max(later) / min(later):.1f} times")
print(f"step 1 over the median: {times[0] / median(later):.1f} times")
# --8<-- [end:warmup]
