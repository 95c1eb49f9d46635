"""Why half precision is not enough by itself, and what scaling the loss does."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

from snippets.gpu_training.data import load_images, nn, torch

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# --8<-- [start:limits]
dtypes = (torch.float32, torch.float16, torch.bfloat16)
print("columns:", ", ".join(str(dtype).removeprefix("torch.") for dtype in dtypes))
for label, value in [("1e-8", 1e-8), ("70,000", 70_000.0), ("1 + 1/256", 1 + 1 / 256)]:
    stored = [torch.tensor(value, dtype=dtype).item() for dtype in dtypes]
    print(f"{label}:", ", ".join(f"{number:.7g}" for number in stored))
limits = [torch.finfo(dtype) for dtype in dtypes]
print("largest number:", ", ".join(f"{limit.max:.5g}" for limit in limits))
print("from 1 to the next number:", ", ".join(f"{limit.eps:.2g}" for limit in limits))
# --8<-- [end:limits]

# capture: tolerance 1e-1 - CPUs round differently, which moves a gradient a little
# --8<-- [start:vanish]
import copy


def make_deep(layers, width=128):
    """A net with so many hidden layers: images (batch, 784) → logits (batch, 10)."""
    sizes = [784] + layers * [width]
    hidden = [nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:], strict=True)]
    pairs = [part for layer in hidden for part in (layer, nn.ReLU())]
    return nn.Sequential(*pairs, nn.Linear(width, 10))


def off_by(net, x, y, scale=1.0):
    """How far float16's gradient of the first layer is from float32's, as a share."""
    gradients = []
    for dtype, factor in ((torch.float32, 1.0), (torch.float16, scale)):
        twin = copy.deepcopy(net).to(dtype)
        loss = nn.functional.cross_entropy(twin(x.to(dtype)).float(), y)
        (loss * factor).backward()
        gradients.append(twin[0].weight.grad.float() / factor)  # (width, 784)
    true, half = gradients
    return ((half - true).norm() / true.norm()).item()


few_images, few_labels = load_images(count=4096)
few_images, few_labels = few_images.to(device), few_labels.to(device)
torch.manual_seed(0)
fresh_nets = {layers: make_deep(layers).to(device) for layers in (2, 8)}  # untrained
for layers, fresh_net in fresh_nets.items():
    for count in (64, 4096):
        off = off_by(fresh_net, few_images[:count], few_labels[:count])
        print(f"{layers} hidden layers, batch {count}, off by: {100 * off:.2g} %")
# --8<-- [end:vanish]

# capture: tolerance 1e-1 - CPUs round differently, which moves a gradient a little
# --8<-- [start:scaled]
for layers, fresh_net in fresh_nets.items():  # 65,536 is 2**16: it costs no digit
    for count in (64, 4096):
        x, y = few_images[:count], few_labels[:count]
        off = off_by(fresh_net, x, y, scale=65536.0)
        print(f"loss times 65,536, {layers} hidden layers, batch {count}, ", end="")
        print(f"off by: {100 * off:.2g} %")

# GradScaler starts from a scale that is far too large. (autocast, in the next section,
# calculates in float16.)
sgd = torch.optim.SGD(fresh_net.parameters(), lr=0.01)
scaler = torch.amp.GradScaler(device.type, init_scale=2.0**22)
for number in range(1, 6):
    with torch.autocast(device.type, dtype=torch.float16):
        loss = nn.functional.cross_entropy(fresh_net(few_images[:64]), few_labels[:64])
    sgd.zero_grad()
    scaler.scale(loss).backward()
    scale, before = scaler.get_scale(), fresh_net[-1].weight.detach().clone()
    scaler.step(sgd)  # skipped if a gradient is inf or nan
    scaler.update()  # then: half the scale
    moved = not torch.equal(fresh_net[-1].weight, before)
    print(f"step {number}, scale {scale:,.0f}: weights moved: {moved}")
# --8<-- [end:scaled]
