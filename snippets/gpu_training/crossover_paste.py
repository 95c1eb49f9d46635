"""One line for the explorer of this page: the reader's own grid."""

from snippets.gpu_training.crossover import BATCHES, WIDTHS, measure_cell, torch

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
mine = {}
for width in WIDTHS:
    for batch in BATCHES:  # the page has measured better; this is one step a cell
        seconds = measure_cell(width, batch, device, repeats=1, limit=0)
        mine[width, batch] = 1000 * seconds[0]

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

# capture: volatile - it prints times
# --8<-- [start:paste]
import json
import platform


def machine_name(device):
    """The GPU's name or the kind of processor; nothing that says whose it is."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return platform.processor() or platform.machine()


line = {
    "practical_patterns": "crossover",
    "version": 1,
    "machine": machine_name(device),
    "device": device.type,
    "threads": torch.get_num_threads(),
    "torch": torch.__version__.split("+")[0],  # without the build, as in 2.15.0+cu130
    "ms": [[width, batch, round(ms, 3)] for (width, batch), ms in mine.items()],
}
print(json.dumps(line))
# --8<-- [end:paste]
