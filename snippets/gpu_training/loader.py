"""A loader for data that does not fit on the GPU: input and training side by side."""

from snippets.gpu_training.data import time, torch
from snippets.gpu_training.inputs import DataLoader


# --8<-- [start:recipe]
def fast_loader(dataset, batch_size=64, workers=2):
    """Shuffled batches, prepared ahead by `workers` other processes."""
    return DataLoader(
        dataset,
        batch_size,
        shuffle=True,
        num_workers=workers,
        persistent_workers=workers > 0,  # started once, not for every epoch
        pin_memory=torch.cuda.is_available(),  # memory that a GPU can fetch from
    )


def train_pass(batches, device, step):
    """Seconds of one epoch that calls `step(x, y)` for each batch, on `device`."""
    start = time.perf_counter()
    for x, y in batches:
        x = x.to(device, non_blocking=True)  # from pinned memory, Python goes on
        y = y.to(device, non_blocking=True)
        step(x, y)
    # Where `step` trains on a GPU, wait for it here: torch.cuda.synchronize().
    return time.perf_counter() - start


# --8<-- [end:recipe]
