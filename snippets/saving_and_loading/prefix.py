"""Names with a prefix, which a wrapper gave them, and their cure."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

from snippets.saving_and_loading.data import torch
from snippets.saving_and_loading.model import Net

torch.manual_seed(0)
net = Net()

# isort: split
# --8<-- [start:cure]
from torch.nn.modules.utils import consume_prefix_in_state_dict_if_present

# As saved from nn.DataParallel(net): each name begins with "module."
state = {f"module.{name}": value for name, value in net.state_dict().items()}
try:
    Net().load_state_dict(state)
except RuntimeError as error:
    print("with the prefix:", str(error).partition(",")[0].partition("\n")[2].strip())
consume_prefix_in_state_dict_if_present(state, "module.")  # changes `state` itself
print("without:", Net().load_state_dict(state))
# --8<-- [end:cure]
