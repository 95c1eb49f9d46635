"""The scaler in the checkpoint: what an enabled one saves, and a disabled one."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

from snippets.gpu_training.data import torch

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# --8<-- [start:state]
import textwrap

scaler_on = torch.amp.GradScaler(device.type, init_scale=1024.0)
scaler_off = torch.amp.GradScaler(device.type, enabled=False)
for name, value in scaler_on.state_dict().items():
    print(f"enabled, {name}: {value}")
print("disabled, everything:", scaler_off.state_dict())

try:  # saved on a CPU, without a scaler, and resumed on a GPU
    torch.amp.GradScaler(device.type).load_state_dict(scaler_off.state_dict())
except RuntimeError as error:
    message = f"{type(error).__name__}: {error}"
    print(textwrap.fill(message, width=88, subsequent_indent="    "))

# The other way round, a scaler that is off ignores what it is given.
scaler_off.load_state_dict(scaler_on.state_dict())
print("disabled, everything after loading:", scaler_off.state_dict())

# The cure, for all directions: load what is not empty.
for label, saved in [("on", scaler_on.state_dict()), ("off", scaler_off.state_dict())]:
    resumed_scaler = torch.amp.GradScaler(device.type)
    if saved:
        resumed_scaler.load_state_dict(saved)
    print(f"saved with the scaler {label}, resumes at: {resumed_scaler.get_scale()}")
# --8<-- [end:state]
