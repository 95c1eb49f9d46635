"""One seed and two losses, and the switch that refuses what cannot be repeated."""

# --8<-- [start:fails]
import random

import torch


def first_batch():
    torch.manual_seed(0)
    images = torch.randn(64, 3)
    return images[random.sample(range(64), 32)]  # an augmentation, say


print("one seed, the same batch:", torch.equal(first_batch(), first_batch()))
# --8<-- [end:fails]


# --8<-- [start:cure]
def seeded_batch():
    random.seed(0)  # and numpy.random.seed(0)
    return first_batch()


print("all seeded, the same:", torch.equal(seeded_batch(), seeded_batch()))
torch.use_deterministic_algorithms(True)
try:
    torch.zeros(3).put_(torch.tensor([0]), torch.ones(1))
except RuntimeError as error:
    print(f"{type(error).__name__}: {str(error).split('. ')[0]}")
torch.use_deterministic_algorithms(False)  # the entries below do without it
# --8<-- [end:cure]
