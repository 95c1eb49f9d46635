"""Loading and training, one after the other and side by side."""

from snippets.gpu_training.data import time, torch
from snippets.gpu_training.inputs import usual_loader
from snippets.gpu_training.loader import fast_loader, train_pass

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

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
