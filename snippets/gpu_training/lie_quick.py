"""The two clocks of timing_lies, on the device that is here."""

from statistics import median

import torch

from snippets.gpu_training.timing_lies import back_and_done

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# capture: volatile - it prints times
# --8<-- [start:run]
size = 4096 if device.type == "cuda" else 1024  # a CPU would take seconds for 4096
matrix = torch.randn(size, size, device=device)
operations = 2 * size**3  # one multiplication and one addition for each term


def product():
    return matrix @ matrix


back, done = back_and_done(product, device, warmup=5, repeats=20)
for label, seconds in [("when the call is back", back), ("when it is done", done)]:
    taken = median(seconds)
    print(f"clock stopped {label}: {1000 * taken:.3f} ms on {device}")
    print(f"implied speed, {label}: {operations / taken / 1e12:,.3f} TFLOP/s")
print(f"done / back: {median(done) / median(back):.2f}")
if device.type != "cuda":
    print("No GPU here: on one, this block times the product of 4096 x 4096 matrices.")
# --8<-- [end:run]
