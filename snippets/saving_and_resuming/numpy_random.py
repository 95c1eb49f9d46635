"""Random numbers of Python and NumPy, which PyTorch's state does not hold."""

# --8<-- [start:fails]
import random

import numpy as np
import torch

torch.save({"rng": torch.get_rng_state()}, "checkpoint.pt")
never_stopped = random.random(), np.random.random()
torch.set_rng_state(torch.load("checkpoint.pt", weights_only=True)["rng"])
print("equal:", (random.random(), np.random.random()) == never_stopped)
# --8<-- [end:fails]

# --8<-- [start:cure]
name, numbers, *rest = np.random.get_state()
states = {"python": random.getstate(), "numpy": (name, numbers.tolist(), *rest)}
torch.save({"rng": torch.get_rng_state(), **states}, "checkpoint.pt")
never_stopped = random.random(), np.random.random()
checkpoint = torch.load("checkpoint.pt", weights_only=True)
torch.set_rng_state(checkpoint["rng"])
random.setstate(checkpoint["python"])
np.random.set_state(checkpoint["numpy"])
print("equal:", (random.random(), np.random.random()) == never_stopped)
# --8<-- [end:cure]
