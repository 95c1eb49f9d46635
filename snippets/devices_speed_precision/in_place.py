"""A value that backward needs and that was changed in its place."""

# --8<-- [start:fails]
import torch


def forward(weight):
    gate = torch.sigmoid(weight)
    gate += 1
    return gate.sum()


try:
    forward(torch.zeros(3, requires_grad=True)).backward()
except RuntimeError as error:
    print(f"{type(error).__name__}: {str(error).split('. Hint')[0]}")
# --8<-- [end:fails]


# --8<-- [start:cure]
def cured(weight):
    gate = torch.sigmoid(weight)
    gate = gate + 1
    return gate.sum()


weight = torch.zeros(3, requires_grad=True)
cured(weight).backward()
print("gradient:", weight.grad.tolist())
# --8<-- [end:cure]
