"""After a resume, the batches of the first epoch again, and how to prevent it."""

# --8<-- [start:fails]
import torch
from torch.utils.data import DataLoader

torch.manual_seed(0)
loader = DataLoader(range(100), batch_size=10, shuffle=True)
epochs = [torch.cat(list(loader)).tolist() for _ in range(3)]
torch.manual_seed(0)  # the program starts again, to go on with its third epoch
resumed = torch.cat(list(loader)).tolist()
print("epoch 3 goes on as:", 1 + epochs.index(resumed))
# --8<-- [end:fails]

# --8<-- [start:cure]
order = torch.Generator()
loader = DataLoader(range(100), batch_size=10, shuffle=True, generator=order)


def one_epoch(epoch, seed=0):
    order.manual_seed(1000 * seed + epoch)  # these two decide, and nothing else
    return torch.cat(list(loader)).tolist()


epochs = [one_epoch(epoch) for epoch in (1, 2, 3)]
print("epoch 3 goes on as:", 1 + epochs.index(one_epoch(3)))
# --8<-- [end:cure]
