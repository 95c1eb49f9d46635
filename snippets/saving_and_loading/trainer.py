"""Training that can be killed at any moment and goes on as if nothing had happened."""

import torch
from torch import nn

from snippets.saving_and_loading.checkpoint import (
    is_there,
    load_checkpoint,
    save_checkpoint,
)
from snippets.saving_and_loading.data import load_images
from snippets.saving_and_loading.model import Net

# isort: split
# --8<-- [start:train]
from torch.utils.data import DataLoader, TensorDataset


def train(path, epochs=4, save_every=10, seed=0, count=2000, on_step=None):
    """Train a net, or go on from the checkpoint at `path`; return the net.

    Raises ValueError if that is the checkpoint of a run with other settings, if the
    weights are NaN or infinite where they would be saved, and if the last batch would
    have one image, of which batch norm cannot take the variance.
    """
    # Put here what you change from run to run; a change elsewhere is not noticed:
    settings = {"epochs": epochs, "seed": seed, "count": count}
    settings |= {"batch_size": 100, "lr": 1e-3}
    if save_every < 1:
        raise ValueError(f"save_every is {save_every}: give at least 1 (in steps)")
    if count % settings["batch_size"] == 1:
        raise ValueError(f"count is {count}: the last batch would have one image")
    torch.manual_seed(seed)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=settings["lr"])
    order = torch.Generator()
    data = TensorDataset(*load_images(train=True, count=count))
    loader = DataLoader(data, settings["batch_size"], shuffle=True, generator=order)
    last = epochs * len(loader)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=last)
    step, rng = 0, torch.get_rng_state()
    if is_there(path):
        checkpoint = load_checkpoint(path)
        was = checkpoint.get("settings") if isinstance(checkpoint, dict) else None
        if was != settings:  # it would end as neither run
            raise ValueError(
                f"{path} is from {was}, this run is {settings}: "
                "choose another path, or delete that file"
            )
        net.load_state_dict(checkpoint["model"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        scheduler.load_state_dict(checkpoint["scheduler"])
        step, rng = checkpoint["step"], checkpoint["rng"]

    for epoch in range(step // len(loader), epochs):  # none left: nothing happens
        order.manual_seed(1000 * seed + epoch)  # the order depends on these two alone
        batches = iter(loader)
        for _ in range(step % len(loader)):
            next(batches)  # trained on before the kill
        torch.set_rng_state(rng)  # only now: skipping may have drawn numbers
        for images, labels in batches:  # (100, 784), (100,)
            loss = nn.functional.cross_entropy(net(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            step += 1
            if step % save_every == 0 or step == last:
                if not all(part.isfinite().all() for part in net.parameters()):
                    # not over a good checkpoint
                    raise ValueError(f"nan or inf in the weights at step {step}")
                checkpoint = {
                    "model": net.state_dict(),
                    "optimizer": optimizer.state_dict(),
                    "scheduler": scheduler.state_dict(),
                    "settings": settings,
                    "step": step,
                    "rng": torch.get_rng_state(),  # what dropout on a CPU uses
                }
                save_checkpoint(path, checkpoint)
            if on_step:
                on_step(step)
        rng = torch.get_rng_state()
    return net.eval()


# --8<-- [end:train]
