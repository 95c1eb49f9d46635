"""A column that is the same in all rows, and a missing value: the loss is nan."""

from snippets.training_that_does_not_learn.setup import make_data, make_net, train

# The section imports what its entry newly needs:
# isort: split
# --8<-- [start:fails]
import torch

raw, y = make_data(500, seed=0)
raw[:, 3] = 1.0  # the same in each row, like the corner of a picture
raw[7, 5] = float("nan")  # missing
x = (raw - raw.mean(0)) / raw.std(0)

torch.manual_seed(0)
print("loss:", train(make_net(), x, y, epochs=1))
for name, values in {"raw": raw, "x": x, "y": y[:, None]}.items():
    columns = (~values.isfinite()).any(0).nonzero().flatten().tolist()
    print(f"columns of {name} that are not finite: {columns}")
# --8<-- [end:fails]

# --8<-- [start:cure]
raw = raw.where(raw.isfinite(), torch.nan)  # inf in the source: missing, too
mean = raw.nanmean(0)
filled = torch.where(raw.isnan(), mean, raw)
std = filled.std(0)
std[std <= 8 * torch.finfo(std.dtype).eps * filled.abs().amax(0)] = 1
x = (filled - mean) / std
torch.manual_seed(0)
print(f"loss below 2.3: {train(make_net(), x, y) < 2.3}")
# --8<-- [end:cure]
