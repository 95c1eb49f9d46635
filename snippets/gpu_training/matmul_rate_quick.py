"""The share of its own matrix products' rate that the reader's machine reaches."""

# ruff: noqa: E402 - the imports stand where the page's blocks need them
from snippets.gpu_training.crossover import make_step
from snippets.gpu_training.data import torch
from snippets.gpu_training.matmul_rate import count_operations, product_rates
from snippets.gpu_training.model import make_net
from snippets.gpu_training.timing import time_steps

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# capture: volatile - it prints times
# --8<-- [start:run]
from statistics import median

rate = median(product_rates(2048, device))
print(f"product of two 2048 x 2048 on {device}: {rate / 1e9:.0f} GFLOP/s")

for width, batch in ((64, 64), (64, 1024), (1024, 1024)):
    operations = count_operations(make_net(width), batch)
    seconds = median(time_steps(make_step(width, batch, device), device, 2, 5))
    print(f"width {width}, batch {batch}, a step: {operations / 1e9:.3f} GFLOP")
    print(f"width {width}, batch {batch}, in: {1e3 * seconds:.2f} ms")
    share = 100 * operations / seconds / rate
    print(f"width {width}, batch {batch}, share of the rate: {share:.2g} %")
# --8<-- [end:run]
