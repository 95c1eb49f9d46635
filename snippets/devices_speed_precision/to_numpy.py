"""Tensors that NumPy cannot take: from a GPU, and from the middle of a graph."""

# --8<-- [start:fails]
import torch

gpu = torch.cuda.is_available()
there = torch.ones(2, device="cuda" if gpu else "meta")  # meta stands in
weights = torch.ones(2, requires_grad=True)
for tensor in (there, weights):
    try:
        tensor.numpy()
    except (TypeError, RuntimeError) as error:
        print(f"{type(error).__name__}: {error}")
# --8<-- [end:fails]

# --8<-- [start:cure]
there = torch.ones(2, device="cuda" if gpu else "cpu")
for tensor in (there, weights, weights.bfloat16()):
    tensor = tensor.detach().cpu()
    print((tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy())
loss = weights.sum()
print(loss.item(), weights.tolist())
# --8<-- [end:cure]
