"""Save a net, load it into a new one, and prove that the two are the same."""

import os

from snippets.saving_and_loading.data import load_images, torch
from snippets.saving_and_loading.loop import train_epoch
from snippets.saving_and_loading.model import Net

images, labels = load_images(train=True, count=8000)
val_images, val_labels = images[6000:], labels[6000:]
images, labels = images[:6000], labels[:6000]
torch.manual_seed(0)
net = Net()
train_epoch(net, torch.optim.Adam(net.parameters()), images, labels)

# --8<-- [start:trip]
torch.save(net.state_dict(), "net.pt")

loaded = Net()  # a new net with random weights; the file holds no code, only tensors
state = torch.load("net.pt", weights_only=True, map_location="cpu")
print(loaded.load_state_dict(state))

net.eval()
loaded.eval()
with torch.no_grad():
    logits, loaded_logits = net(val_images), loaded(val_images)  # (2000, 10) each
print("same predictions, bit for bit:", torch.equal(logits, loaded_logits))
# --8<-- [end:trip]

# --8<-- [start:size]
numbers = sum(tensor.numel() for tensor in net.state_dict().values())
print(f"{numbers:,} numbers of 4 bytes: {numbers * 4 / 1000:.0f} kB")
print(f"net.pt: {os.path.getsize('net.pt') / 1000:.0f} kB")
# --8<-- [end:size]

# --8<-- [start:eval]
forgot = Net()
forgot.load_state_dict(state)  # and no forgot.eval(): a new net is in training mode
with torch.no_grad():
    first, second = forgot(val_images), forgot(val_images)  # (2000, 10) each
print("first call gives the saved net's logits:", torch.equal(first, logits))
print("second call gives the first one's logits:", torch.equal(second, first))

moved = not torch.equal(forgot.norm.running_mean, state["norm.running_mean"])
print("running_mean has moved, without any training:", moved)
forgot.eval()
with torch.no_grad():
    late = forgot(val_images)
print("eval() afterwards brings the saved net back:", torch.equal(late, logits))
# --8<-- [end:eval]
