"""Five slips that raise no error, as they look from outside: loss and accuracy."""

from snippets.training_that_does_not_learn.setup import (
    make_data,
    make_net,
    nn,
    torch,
    train,
)

# capture: tolerance 4e-1 - without zero_grad() it is chaotic, and CPUs differ
# --8<-- [start:fails]


def outside(slip, seed):
    torch.manual_seed(seed)
    net, (x, y) = make_net(nn.Dropout(0.5)), make_data(1000, seed=0)
    new_x, new_y = make_data(1000, seed=1)
    if slip == "softmax twice":
        net.append(nn.Softmax(1))
    if slip == "labels shifted":
        y = (y + 1) % 10
    if slip == "scaled twice":
        new_x = (new_x - 127) / 64  # a second time, where the net is used
    loss = [train(net, x, y, n, zero_grad=slip != "no zero_grad()") for n in (1, 9)]
    net.train(slip == "no eval()")
    return *loss, 100 * (net(new_x).argmax(1) == new_y).float().mean()


def show(*slips):
    for slip in slips:
        rows = torch.tensor([outside(slip, seed) for seed in range(3)]).clamp(max=99)
        first, last, right = rows.mean(0)
        print(f"{slip}: loss {first:.1f}, then {last:.1f}; right {right:.0f} %")


show("softmax twice", "no zero_grad()", "no eval()", "labels shifted", "scaled twice")
# --8<-- [end:fails]

# --8<-- [start:cure]
show("none")
# --8<-- [end:cure]
