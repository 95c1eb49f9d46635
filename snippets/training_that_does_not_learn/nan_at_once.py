"""A column that is the same in all rows, divided by its deviation: nan."""

from snippets.training_that_does_not_learn.setup import make_data, make_net, train

# The section imports what its entry newly needs:
# isort: split
# --8<-- [start:fails]
import torch

raw, y = make_data(500, seed=0)
raw[:, 3] = 1.0  # the same in each row, like the corner of a picture
x = (raw - raw.mean(0)) / raw.std(0)

torch.manual_seed(0)
print("loss:", train(make_net(), x, y, epochs=1))
for name, values in {"raw": raw, "x": x, "y": y}.items():
    print(name, "finite:", values.isfinite().all().item())
print("columns with nan:", x.isnan().any(0).nonzero().flatten().tolist())
# --8<-- [end:fails]

# --8<-- [start:cure]
x = (raw - raw.mean(0)) / raw.std(0).clamp(min=1e-3)
torch.manual_seed(0)
print(f"loss below 2.3: {train(make_net(), x, y) < 2.3}")
# --8<-- [end:cure]
