"""A training run that dies in epoch 47 of 50, and what is left of it."""

from snippets.saving_and_loading.data import load_images, torch
from snippets.saving_and_loading.loop import accuracy, train_epoch
from snippets.saving_and_loading.model import Net
from snippets.saving_and_loading.new_process import die, in_new_python, os


# isort: split
# --8<-- [start:run]
def train_and_forget(epochs=50, dies_in_epoch=47):
    """Train a net that lives in this process only, which is killed on the way."""
    images, labels = load_images(train=True, count=3000)
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4)
    for epoch in range(1, epochs + 1):
        if epoch == dies_in_epoch:
            die()  # killed
        loss = train_epoch(net, optimizer, images, labels)
        if epoch in (1, 10, 30, 46):
            print(f"epoch {epoch} of {epochs}: loss {loss:.2f}", flush=True)


images, labels = load_images(train=True, count=3000)  # downloaded, the first time
files_before = set(os.listdir())
# a function brings its whole cell along; of a class, give one of its methods
cells = load_images, Net.forward, train_epoch, die, train_and_forget
print("exit code:", in_new_python("train_and_forget()", *cells))
# --8<-- [end:run]

# --8<-- [start:nothing]
print("new files:", sorted(set(os.listdir()) - files_before))

torch.manual_seed(0)
net = Net()  # the same class, the same seed
print(f"a new net: {accuracy(net, images, labels):.1f} % right")
# --8<-- [end:nothing]
