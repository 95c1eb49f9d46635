"""What an optimizer remembers, and how much of it there is."""

from snippets.saving_and_loading.data import load_images, torch
from snippets.saving_and_loading.loop import train_epoch
from snippets.saving_and_loading.model import Net

images, labels = load_images(train=True, count=6000)

# --8<-- [start:inside]
torch.manual_seed(0)
net = Net()
optimizer = torch.optim.Adam(net.parameters())
train_epoch(net, optimizer, images, labels)  # 60 steps

saved = optimizer.state_dict()
print("entries:", list(saved))
print("lr:", saved["param_groups"][0]["lr"])
print("parameters are known by number:", list(saved["state"]))

print("hidden.weight:", tuple(net.hidden.weight.shape))
for name, value in saved["state"][0].items():  # parameter 0 is hidden.weight
    print(f"    {name}: {tuple(value.shape)}")
print("steps taken:", int(saved["state"][0]["step"]))
# --8<-- [end:inside]


# --8<-- [start:size]
def numbers_in_state(optimizer):
    """How many numbers the optimizer remembers for all parameters together."""
    memories = optimizer.state_dict()["state"].values()  # one dict a parameter
    tensors = [value for memory in memories for value in memory.values()]
    return sum(tensor.numel() for tensor in tensors if tensor is not None)


print(f"parameters: {sum(p.numel() for p in net.parameters()):,}")
for name, optimizer in {
    "Adam": torch.optim.Adam(net.parameters()),
    "SGD": torch.optim.SGD(net.parameters(), lr=0.1),
    "SGD with momentum": torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9),
}.items():
    before = numbers_in_state(optimizer)
    train_epoch(net, optimizer, images, labels)
    print(f"{name}: {before:,} before, {numbers_in_state(optimizer):,} after")
# --8<-- [end:size]
