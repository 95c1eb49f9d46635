"""Copies to the GPU, or, without one, the copy that does not happen."""

# ruff: noqa: E402 - the imports stand where the page's blocks need them
from snippets.gpu_training.data import load_images, torch
from snippets.gpu_training.timing import time_steps
from snippets.gpu_training.transfer import time_copies

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# capture: volatile - it prints times
# --8<-- [start:run]
from statistics import median

all_images, _ = load_images(count=8192)  # (8192, 784)

if device.type == "cuda":
    for count in (64, 8192):
        for pinned, non_blocking in (
            (False, False),
            (False, True),
            (True, False),
            (True, True),
        ):
            some = all_images[:count]
            back, there = time_copies(some, device, pinned, non_blocking)
            way = f"{pinned=}, {non_blocking=}"
            print(f"{count} images, {way}, call is back: {1e6 * median(back):.0f} µs")
            print(f"{count} images, {way}, copy is there: {1e6 * median(there):.0f} µs")
else:
    print("No GPU here: on one, this block prints the times of copies to it.")
    same = all_images.to(device) is all_images
    print("where a tensor is already, `.to(device)` copies nothing:", same)
    megabytes = all_images.nbytes / 1e6
    seconds = median(time_steps(all_images.clone, device, warmup=3, repeats=20))
    print(f"a real copy, `.clone()`, of {megabytes:.1f} MB: {1e3 * seconds:.1f} ms")
    print(f"rate of that copy: {megabytes / 1e3 / seconds:.1f} GB/s")
# --8<-- [end:run]
