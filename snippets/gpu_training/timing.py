"""Timing that is true: warm up, wait for the device, repeat."""

import time

import torch


# --8<-- [start:timer]
def synchronize(device):
    """Wait until the device has done everything that it was given to do."""
    if device.type == "cuda":  # a CPU has nothing to wait for
        torch.cuda.synchronize()


def time_steps(step, device, warmup=10, repeats=50):
    """Seconds that each of `repeats` calls of `step` took, after `warmup` others."""
    for _ in range(warmup):
        step()
    seconds = []
    for _ in range(repeats):
        synchronize(device)
        start = time.perf_counter()
        step()
        synchronize(device)
        seconds.append(time.perf_counter() - start)
    return seconds


# --8<-- [end:timer]
