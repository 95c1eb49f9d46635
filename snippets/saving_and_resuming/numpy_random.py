"""Random numbers of Python and NumPy, which PyTorch's state does not hold."""

# --8<-- [start:fails]
import random

import numpy as np
import torch

numpy_rng = np.random.default_rng(0)
torch.save({"rng": torch.get_rng_state()}, "checkpoint.pt")
never_stopped = random.random(), numpy_rng.random()
torch.set_rng_state(torch.load("checkpoint.pt", weights_only=True)["rng"])
print("equal:", (random.random(), numpy_rng.random()) == never_stopped)
# --8<-- [end:fails]

# --8<-- [start:cure]
states = {"python": random.getstate(), "numpy": numpy_rng.bit_generator.state}
torch.save({"rng": torch.get_rng_state(), **states}, "checkpoint.pt")
never_stopped = random.random(), numpy_rng.random()
checkpoint = torch.load("checkpoint.pt", weights_only=True)
torch.set_rng_state(checkpoint["rng"])
random.setstate(checkpoint["python"])
numpy_rng.bit_generator.state = checkpoint["numpy"]
print("equal:", (random.random(), numpy_rng.random()) == never_stopped)
# --8<-- [end:cure]
