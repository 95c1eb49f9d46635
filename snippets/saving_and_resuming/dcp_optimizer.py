"""Distributed checkpoints: a new optimizer has no place for what was saved."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

# --8<-- [start:fails]
import torch
import torch.distributed.checkpoint as dcp

net = torch.nn.Linear(4, 2)
optimizer = torch.optim.AdamW(net.parameters())
net(torch.ones(1, 4)).sum().backward()
optimizer.step()
dcp.save({"optimizer": optimizer.state_dict()}, checkpoint_id="lost")

resumed = torch.optim.AdamW(net.parameters())
state = {"optimizer": resumed.state_dict()}  # no averages yet: no place for any
dcp.load(state, checkpoint_id="lost")  # no error
resumed.load_state_dict(state["optimizer"])
print("parameters with averages:", len(resumed.state))
# --8<-- [end:fails]

# --8<-- [start:cure]
from torch.distributed.checkpoint import state_dict as states

state = {"optimizer": states.get_optimizer_state_dict(net, optimizer)}
dcp.save(state, checkpoint_id="kept")
net.zero_grad()  # as in a new program: get_ makes no places where gradients are
state = {"optimizer": states.get_optimizer_state_dict(net, resumed)}  # with places
dcp.load(state, checkpoint_id="kept")
states.set_optimizer_state_dict(net, resumed, state["optimizer"])
print("not zero:", [m.any().item() for p in resumed.state.values() for m in p.values()])
# --8<-- [end:cure]
