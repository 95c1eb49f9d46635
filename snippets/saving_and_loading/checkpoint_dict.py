"""Everything a run needs to go on, in one dict, and the proof by reloading it."""

import os

from snippets.saving_and_loading.data import load_images, torch
from snippets.saving_and_loading.loop import accuracy, train_epoch
from snippets.saving_and_loading.model import Net

images, labels = load_images(train=True, count=8000)
val_images, val_labels = images[6000:], labels[6000:]
images, labels = images[:6000], labels[:6000]

# --8<-- [start:train]
torch.manual_seed(0)
net = Net()
optimizer = torch.optim.Adam(net.parameters())
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
best = 0.0
for _ in range(2):
    train_epoch(net, optimizer, images, labels)
    scheduler.step()
    best = max(best, accuracy(net, val_images, val_labels))
# --8<-- [end:train]

# --8<-- [start:build]
checkpoint = {
    "model": net.state_dict(),
    "optimizer": optimizer.state_dict(),
    "scheduler": scheduler.state_dict(),
    "epoch": 2,  # epochs finished
    "step": 2 * 60,  # batches trained on
    "best": best,  # the best validation accuracy so far
    "rng": torch.get_rng_state(),  # where the random numbers stand
}
torch.save(checkpoint, "checkpoint.pt")
# --8<-- [end:build]

# --8<-- [start:reload]
loaded = torch.load("checkpoint.pt", weights_only=True, map_location="cpu")
new_net = Net()
new_optimizer = torch.optim.Adam(new_net.parameters())
new_scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(new_optimizer, T_max=10)
new_net.load_state_dict(loaded["model"])
new_optimizer.load_state_dict(loaded["optimizer"])
new_scheduler.load_state_dict(loaded["scheduler"])
torch.set_rng_state(loaded["rng"])
# --8<-- [end:reload]

# --8<-- [start:proof]
for name, value in checkpoint.items():
    print(f"{name}: {type(value).__name__}")
print(f"checkpoint.pt: {os.path.getsize('checkpoint.pt') / 1000:.0f} kB")
print("holds:", ", ".join(loaded))
print(f"goes on after epoch {loaded['epoch']}, step {loaded['step']}")
average = new_optimizer.state_dict()["state"][0]["exp_avg"]
borrowed = average is loaded["optimizer"]["state"][0]["exp_avg"]
print("the optimizer works on the loaded tensors themselves:", borrowed)
print(f"learning rate: {new_scheduler.get_last_lr()[0]:.6f}")

train_epoch(new_net, new_optimizer, images, labels)
torch.set_rng_state(loaded["rng"])  # both continue from the same random numbers
train_epoch(net, optimizer, images, labels)
pairs = zip(net.state_dict().values(), new_net.state_dict().values(), strict=True)
print("same net one epoch later:", all(torch.equal(a, b) for a, b in pairs))
# --8<-- [end:proof]
