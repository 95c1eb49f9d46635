"""One seed of the paired experiment: Adam and SGD, resumed with and without state."""

import torch

from snippets.saving_and_loading.data import load_images
from snippets.saving_and_loading.resume_cost import full_batch_steps, plain_net, resume

# --8<-- [start:run]
few_images, few_labels = load_images(train=True, count=1000)


def new_adam(parameters):
    return torch.optim.Adam(parameters, lr=0.001)


def new_sgd(parameters):
    return torch.optim.SGD(parameters, lr=0.05, momentum=0.9)


for name, new_optimizer in {"Adam": new_adam, "SGD": new_sgd}.items():
    torch.manual_seed(0)
    net = plain_net()
    optimizer = new_optimizer(net.parameters())
    full_batch_steps(net, optimizer, few_images, few_labels, 100)
    state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}
    torch.save(state, "pair.pt")

    for lost in (False, True):
        optimizer = resume(net, "pair.pt", new_optimizer, keep_optimizer=not lost)
        losses = full_batch_steps(net, optimizer, few_images, few_labels, 11)
        label = f"{name}, optimizer {'lost' if lost else 'kept'}"
        print(f"{label}, loss at the checkpoint: {losses[0]:.2f}")
        print(f"{label}, then over 3 times as high: {max(losses) > 3 * losses[0]}")
# --8<-- [end:run]
