"""What autocast turns into half precision, and what it leaves."""

from snippets.gpu_training.data import nn, torch

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# --8<-- [start:casts]
torch.manual_seed(0)
layer = nn.Linear(784, 10).to(device)
x = torch.randn(64, 784, device=device)
y = torch.zeros(64, dtype=torch.long, device=device)

with torch.autocast(device.type, dtype=torch.bfloat16):
    logits = layer(x)  # (64, 10)
    probabilities = logits.softmax(1)  # (64, 10)
    loss = nn.functional.cross_entropy(logits, y)
    doubled = x + x
    mixed = logits + torch.ones(10, device=device)
loss.backward()  # outside: each step takes the type of its forward step

for label, tensor in {
    "the weights": layer.weight,
    "the input x": x,
    "logits, from a Linear": logits,
    "softmax(logits)": probabilities,  # each kind of device has a list of its own
    "the loss, cross_entropy": loss,
    "x + x": doubled,
    "logits + float32": mixed,
    "the weights' gradient": layer.weight.grad,
}.items():
    print(f"{label}: {str(tensor.dtype).removeprefix('torch.')}")
# --8<-- [end:casts]
