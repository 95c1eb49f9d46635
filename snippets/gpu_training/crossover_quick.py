"""The grid of the crossover on the reader's own machine, in some seconds."""

from snippets.gpu_training.crossover import BATCHES, WIDTHS, measure_cell, torch

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

# capture: volatile - it prints times
# --8<-- [start:run]
from statistics import median

mine = {}  # (width, batch): milliseconds
for width in WIDTHS:
    for batch in BATCHES:
        seconds = measure_cell(
            width, batch, device, warmup=5, repeats=20, limit=0.5, fewest=3
        )
        mine[width, batch] = 1000 * median(seconds)

print("milliseconds a step, on:", device)
print("batch:     ", *[f"{batch:8}" for batch in BATCHES])
for width in WIDTHS:
    print(f"width {width:4}:", *[f"{mine[width, batch]:8.2f}" for batch in BATCHES])

grows = mine[64, 1024] / mine[64, 16]
print(f"width 64, time for 64 times the batch: {grows:.1f} times")
wider = mine[WIDTHS[1], 16] / mine[64, 16]
print(f"batch 16, width {WIDTHS[1]} over width 64: {wider:.1f} times")
# --8<-- [end:run]
