"""autocast around all the steps: training freezes, and nothing says so."""

from snippets.gpu_training.data import load_images, nn, torch
from snippets.gpu_training.model import make_net

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


# capture: tolerance 5e-2 - CPUs round bfloat16 differently, which moves a loss a little
# --8<-- [start:freeze]
def train_frozen(net, optimizer, x, y, steps):
    """The wrong way: inside autocast, a weight is cast once and the copy is kept."""
    losses = []
    with torch.autocast(device.type, dtype=torch.bfloat16):
        for _ in range(steps):
            loss = nn.functional.cross_entropy(net(x), y)  # with the first copy
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()  # changes the weight, not the copy
            losses.append(loss.item())
    return losses


def train_right(net, optimizer, x, y, steps):
    """The right way: at the end of each `with`, the copies are thrown away."""
    losses = []
    for _ in range(steps):
        with torch.autocast(device.type, dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


few_images, few_labels = load_images(count=100)
few_images, few_labels = few_images.to(device), few_labels.to(device)
for label, train in [("around all steps", train_frozen), ("in each step", train_right)]:
    torch.manual_seed(0)
    cast_net = make_net(64).to(device)
    adam = torch.optim.Adam(cast_net.parameters())
    losses = train(cast_net, adam, few_images, few_labels, 60)
    print(f"autocast {label}, loss of step 1: {losses[0]:.4f}")
    print(f"autocast {label}, loss of step 60: {losses[-1]:.4f}")
    with torch.no_grad():
        loss = nn.functional.cross_entropy(cast_net(few_images), few_labels)
    print(f"autocast {label}, loss with the weights as they are: {loss.item():.4f}")
# --8<-- [end:freeze]
