"""Moving to the GPU is one line, they say: what the other lines are for."""

from snippets.gpu_training.data import load_images, nn, torch
from snippets.gpu_training.loop import train_epoch
from snippets.gpu_training.model import make_net

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# --8<-- [start:error]
target = device if device.type == "cuda" else torch.device("meta")  # no GPU: meta

x, y = load_images(count=64)  # (64, 784) and (64,), on the CPU like all data at first
one_line_net = make_net(128)
one_line_net.to(target)  # the one line

for label, inputs, targets in [
    ("model moved", x, y),
    ("inputs moved too", x.to(target), y),
    ("targets moved too", x.to(target), y.to(target)),
]:
    try:
        loss = nn.functional.cross_entropy(one_line_net(inputs), targets)
        print(f"{label}: no error, the loss is on {loss.device}")
    except RuntimeError as error:
        print(f"{label}: {type(error).__name__}: {str(error).splitlines()[0]}")
# --8<-- [end:error]

# --8<-- [start:three]
torch.manual_seed(0)
moved_net = make_net(128)
moved_net.to(device)  # 1: the model, before its optimizer is built
moved_optimizer = torch.optim.SGD(moved_net.parameters(), lr=0.1)


def train_epoch_on(net, optimizer, images, labels, device, batch_size=64):
    """`train_epoch` for a net that is on `device`; returns the mean loss."""
    net.train()
    total = 0.0
    order = torch.randperm(len(images), device=images.device)  # (len(images),)
    for batch in order.split(batch_size):
        x, y = images[batch], labels[batch]  # (batch, 784), (batch,)
        x = x.to(device)  # 2: the inputs
        y = y.to(device)  # 3: the targets
        loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(batch)  # stays on the device
    return float(total) / len(images)  # waits for the device


# --8<-- [end:three]

# --8<-- [start:run]
few_images, few_labels = load_images(count=4000)

torch.manual_seed(0)  # the same first weights as moved_net
cpu_net = make_net(128)
cpu_optimizer = torch.optim.SGD(cpu_net.parameters(), lr=0.1)

torch.manual_seed(1)  # the order of the images
cpu_loss = train_epoch(cpu_net, cpu_optimizer, few_images, few_labels)
torch.manual_seed(1)  # the same order again
moved_loss = train_epoch_on(moved_net, moved_optimizer, few_images, few_labels, device)

print(f"mean loss, the CPU loop: {cpu_loss:.4f}")
print(f"mean loss, with the three lines, on {device}: {moved_loss:.4f}")
print(f"difference: {abs(moved_loss - cpu_loss):.0e}")
apart = (moved_net[0].weight.cpu() - cpu_net[0].weight).abs().max().item()
print(f"largest difference in the first layer's weights: {apart:.0e}")
# --8<-- [end:run]
