"""4,096 images in 256 steps, in 16 and in one."""

from statistics import median

from snippets.gpu_training.crossover import make_step, torch
from snippets.gpu_training.launches import time_pass
from snippets.gpu_training.timing import time_steps

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# capture: volatile - it prints times
# --8<-- [start:run]
milliseconds = {}
for batch in (16, 256, 4096):
    seconds = time_pass(batch, 256, device, repeats=3)
    milliseconds[batch] = 1000 * median(seconds)
    print(f"in steps of {batch}: {milliseconds[batch]:.3g} ms")

empty = 1000 * median(time_steps(make_step(1, 1, device), device))
print(
    f"an empty step (width 1, 1 image): {empty:.2f} ms, 256 of them {256 * empty:.0f}"
)
over = milliseconds[16] / milliseconds[4096]
print(f"256 steps over 1 step: {over:.1f} times")
# --8<-- [end:run]
