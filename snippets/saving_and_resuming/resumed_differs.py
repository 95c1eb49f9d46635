"""A resumed run that is another run, since part of its state was not restored."""

# --8<-- [start:fails]
import torch

net = torch.nn.Sequential(torch.nn.Linear(4, 1), torch.nn.Dropout())
optimizer = torch.optim.AdamW(net.parameters(), lr=0.1)


def step():
    loss = net(torch.ones(16, 4)).square().mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


step()
state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}
torch.save({**state, "rng": torch.get_rng_state()}, "checkpoint.pt")
never_stopped = [step() for _ in range(3)]
net.load_state_dict(torch.load("checkpoint.pt", weights_only=True)["model"])
print("equal:", [step() for _ in range(3)] == never_stopped)
# --8<-- [end:fails]

# --8<-- [start:cure]
checkpoint = torch.load("checkpoint.pt", weights_only=True, map_location="cpu")
net.load_state_dict(checkpoint["model"])
optimizer.load_state_dict(checkpoint["optimizer"])
torch.set_rng_state(checkpoint["rng"])  # last: what comes before may draw numbers
print("equal:", [step() for _ in range(3)] == never_stopped)
# --8<-- [end:cure]
