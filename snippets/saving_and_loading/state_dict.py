"""What a state_dict is: names and tensors, parameters and buffers, and live."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

from snippets.saving_and_loading.data import load_images, torch
from snippets.saving_and_loading.loop import train_epoch
from snippets.saving_and_loading.model import Net

# --8<-- [start:train]
images, labels = load_images(train=True, count=8000)
val_images, val_labels = images[6000:], labels[6000:]  # 2,000 kept out of training
images, labels = images[:6000], labels[:6000]

torch.manual_seed(0)
net = Net()
optimizer = torch.optim.Adam(net.parameters())
for _ in range(2):
    train_epoch(net, optimizer, images, labels)


def same(first, second):
    """Whether two state_dicts hold the same numbers."""
    return all(torch.equal(first[name], second[name]) for name in first)


# --8<-- [end:train]

# --8<-- [start:look]
numbers = 0
for name, tensor in net.state_dict().items():
    print(f"{name}: {tuple(tensor.shape)} {tensor.dtype}")
    numbers += tensor.numel()
print(f"numbers in all: {numbers:,}")
# --8<-- [end:look]

# --8<-- [start:buffers]
print("parameters:", ", ".join(name for name, _ in net.named_parameters()))
print("buffers:", ", ".join(name for name, _ in net.named_buffers()))

new, trained = Net().norm, net.norm
print("running_mean of a new net is all zero:", not new.running_mean.any())
print("running_mean after training is all zero:", not trained.running_mean.any())
print("running_mean ever had a gradient:", trained.running_mean.requires_grad)
print("batches that moved it:", trained.num_batches_tracked.item())
# --8<-- [end:buffers]

# --8<-- [start:alias]
best = net.state_dict()
before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
train_epoch(net, optimizer, images, labels)
print("best is what the net was before:", same(best, before))
print("best is what the net is now:", same(best, net.state_dict()))
# --8<-- [end:alias]

# --8<-- [start:copy]
import copy

best = copy.deepcopy(net.state_dict())  # tensors of its own
# --8<-- [end:copy]

# --8<-- [start:copied]
before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
train_epoch(net, optimizer, images, labels)
print("best is what the net was before:", same(best, before))
print("best is what the net is now:", same(best, net.state_dict()))
net.load_state_dict(best)  # and back again
print("the net is what it was before:", same(net.state_dict(), before))
# --8<-- [end:copied]
