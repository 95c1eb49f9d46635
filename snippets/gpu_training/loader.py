"""A loader for data that does not fit on the GPU: input and training side by side."""

from snippets.gpu_training.data import time, torch
from snippets.gpu_training.inputs import DataLoader, usual_loader

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


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
    return time.perf_counter() - start


# --8<-- [end:recipe]


# capture: volatile - it prints times
# --8<-- [start:lanes]
pictures = usual_loader(3000).dataset  # opens, converts and normalises each image


def alone_and_both(workers):
    """Seconds of an epoch of the loader alone, and of one with steps that wait."""
    batches = fast_loader(pictures, workers=workers)
    for _ in range(2):  # the first epoch starts the workers
        alone = train_pass(batches, device, lambda x, y: None)
    busy = alone / len(batches)  # for each batch, as long as the loader takes for one
    both = train_pass(batches, device, lambda x, y: time.sleep(busy))
    return alone, both


for workers in (0, 2):
    alone, both = alone_and_both(workers)
    print(f"{workers} workers, the loader alone: {1000 * alone:.0f} ms")
    print(f"{workers} workers, with steps that take as long: {1000 * both:.0f} ms")
    print(f"{workers} workers, both over the loader alone: {both / alone:.1f} times")
# --8<-- [end:lanes]
