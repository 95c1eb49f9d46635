"""A training run that dies in epoch 47 of 50, and what is left of it."""

from snippets.saving_and_loading.data import load_images, torch
from snippets.saving_and_loading.loop import accuracy, train_epoch
from snippets.saving_and_loading.model import Net

# isort: split
# --8<-- [start:run]
import multiprocessing
import os
import signal


def train_and_forget(images, labels, epochs=50, dies_in_epoch=47):
    """Train a net that lives in this process only; the power fails on the way."""
    torch.set_num_threads(1)  # first: a forked process hangs if it uses more
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-4)
    for epoch in range(1, epochs + 1):
        if epoch == dies_in_epoch:
            os.kill(os.getpid(), signal.SIGKILL)  # stands in for the power cut
        loss = train_epoch(net, optimizer, images, labels)
        if epoch in (1, 10, 30, 46):
            print(f"epoch {epoch} of {epochs}: loss {loss:.2f}", flush=True)


images, labels = load_images(train=True, count=3000)
files_before = set(os.listdir())
context = multiprocessing.get_context("fork")
process = context.Process(target=train_and_forget, args=(images, labels))
process.start()
process.join()  # wait until it ends, one way or the other
print("exit code:", process.exitcode)
# --8<-- [end:run]

# --8<-- [start:nothing]
print("new files:", sorted(set(os.listdir()) - files_before))

torch.manual_seed(0)
net = Net()  # all that we can do: begin again
print(f"a new net: {accuracy(net, images, labels):.1f} % right")
# --8<-- [end:nothing]
