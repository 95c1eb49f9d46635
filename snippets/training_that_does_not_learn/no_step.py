"""Four causes of a loss that stays: no weight moves, or none moves far enough."""

from snippets.training_that_does_not_learn.setup import F, make_data, make_net, torch

# capture: tolerance 5e-2 - CPUs round differently, which moves a loss a little
# --8<-- [start:fails]


def fifty_steps(fault):
    torch.manual_seed(1)
    net, other, (x, y) = make_net(), make_net(), make_data(500, seed=0)
    weight, before = net[0].weight, net[0].weight.detach().clone()
    held = other if fault == "another net" else net
    optimizer = torch.optim.SGD(held.parameters(), 1e-5 if "tiny" in fault else 0.5)
    for _ in range(50):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        if fault == "late zero_grad()":
            optimizer.zero_grad()
        if fault != "no step()":
            optimizer.step()
    gradient = "none" if weight.grad is None else f"not 0 {weight.grad.any().item()}"
    moved = not torch.equal(weight, before)
    print(f"{fault}: loss {loss:.1f}, gradient {gradient}, moved {moved}")


for fault in ("no step()", "late zero_grad()", "another net", "tiny rate"):
    fifty_steps(fault)
# --8<-- [end:fails]

# capture: tolerance 5e-1 - a loss near zero, which CPUs round differently
# --8<-- [start:cure]
fifty_steps("none")
# --8<-- [end:cure]
