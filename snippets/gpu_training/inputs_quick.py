"""Four ways to feed the same net: how much of the epoch is the input?"""

from snippets.gpu_training.data import load_images, torch
from snippets.gpu_training.inputs import (
    DataLoader,
    TensorDataset,
    epoch_seconds,
    indexed,
    usual_loader,
)
from snippets.gpu_training.model import make_net

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

# capture: volatile - it prints times
# --8<-- [start:run]
import gc

COUNT = 3000
some_images, some_labels = load_images(train=True, count=COUNT)
on_device = some_images.to(device), some_labels.to(device)
tensors = TensorDataset(some_images, some_labels)
ways = {
    "usual loader": lambda: usual_loader(COUNT),
    "usual loader, 2 workers": lambda: usual_loader(COUNT, workers=2),
    "tensors, DataLoader": lambda: DataLoader(tensors, batch_size=64, shuffle=True),
    "tensors, indexed": lambda: indexed(*on_device),
}
torch.manual_seed(0)
fed_net = make_net(256).to(device)
fed_optimizer = torch.optim.Adam(fed_net.parameters())
epoch_seconds(indexed(*on_device), device, fed_net, fed_optimizer)  # to warm up
gc.collect()  # Python tidies its memory now, and not while we time

alone = {}
for way, batches in ways.items():
    alone[way] = 1000 * epoch_seconds(batches(), device)  # training left out
    both = 1000 * epoch_seconds(batches(), device, fed_net, fed_optimizer)
    gain = both / alone[way]  # all that is to be had if training took no time
    print(f"{way}: {alone[way]:.3g} ms, with training {both:.3g} ms, bound {gain:.1f}")

slower = alone["usual loader"] / alone["tensors, indexed"]
print(f"input, usual loader over indexed tensors: {slower:.0f} times")
# --8<-- [end:run]
