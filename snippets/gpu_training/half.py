"""Why half precision is not enough by itself, and what scaling the loss does."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

from snippets.gpu_training.data import load_images, nn, torch
from snippets.gpu_training.loop import train_epoch
from snippets.gpu_training.model import make_net

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# --8<-- [start:limits]
dtypes = (torch.float32, torch.float16, torch.bfloat16)
print("columns:", ", ".join(str(dtype).removeprefix("torch.") for dtype in dtypes))
for label, value in [
    ("1e-8", 1e-8),
    ("1e-6", 1e-6),
    ("70,000", 70_000.0),
    ("1 + 1/256", 1 + 1 / 256),
]:
    stored = [torch.tensor(value, dtype=dtype).item() for dtype in dtypes]
    print(f"{label}:", ", ".join(f"{number:.7g}" for number in stored))
limits = [torch.finfo(dtype) for dtype in dtypes]
print("largest number:", ", ".join(f"{limit.max:.5g}" for limit in limits))
print("from 1 to the next number:", ", ".join(f"{limit.eps:.2g}" for limit in limits))
# --8<-- [end:limits]

# capture: tolerance 1e-1 - CPUs round differently, which moves small gradients a bit
# --8<-- [start:vanish]
import copy


def first_gradient(net, x, y, dtype, scale=1.0):
    """The first weights' gradient, (width, 784), calculated in `dtype`.

    The loss is multiplied by `scale` before `backward`, the gradient divided after it.
    """
    net = copy.deepcopy(net).to(dtype)
    logits = net(x.to(dtype)).float()  # (batch, 10); the loss itself in float32
    loss = nn.functional.cross_entropy(logits, y)
    (loss * scale).backward()
    return net[0].weight.grad.float() / scale


few_images, few_labels = load_images(count=6000)
torch.manual_seed(0)
trained = make_net(128)
adam = torch.optim.Adam(trained.parameters())
for _ in range(2):
    train_epoch(trained, adam, few_images, few_labels)

with torch.no_grad():
    losses = nn.functional.cross_entropy(
        trained(few_images), few_labels, reduction="none"
    )  # (6000,): one loss an image
surest = losses.argsort()[:64]  # the images that the net has learned best
worst = losses.argsort(descending=True)[:64]  # and those that it gets badly wrong
trained.to(device)
for label, batch in [("worst 64 images", worst), ("surest 64 images", surest)]:
    x, y = few_images[batch].to(device), few_labels[batch].to(device)
    true = first_gradient(trained, x, y, torch.float32)
    half = first_gradient(trained, x, y, torch.float16)
    vanished = (half[true != 0] == 0).float().mean().item()
    off = ((half - true).norm() / true.norm()).item()
    print(f"{label}, loss: {losses[batch].mean().item():.1e}")
    print(f"{label}, gradients that vanish in float16: {100 * vanished:.0f} %")
    print(f"{label}, gradient off by: {100 * off:.0f} %")
# --8<-- [end:vanish]

# capture: tolerance 5e-2 - CPUs round differently, which moves a share a little
# --8<-- [start:scaled]
scale = 65536.0  # 2 to the 16th: a power of two costs no digit
rescued = first_gradient(trained, x, y, torch.float16, scale)  # the surest 64, still
vanished = (rescued[true != 0] == 0).float().mean().item()
off = ((rescued - true).norm() / true.norm()).item()
print(f"loss times 65,536, gradients that vanish: {100 * vanished:.0f} %")
print("loss times 65,536, gradient off by less than 1 %:", off < 0.01)
too_big = first_gradient(trained, x, y, torch.float16, 2.0**40)
finite = too_big.isfinite().float().mean().item()
print(f"loss times 2**40, gradients that are inf or nan: {100 * (1 - finite):.0f} %")

# GradScaler looks for a scale that fits. One that is far too big, to see it at work, on
# images of all kinds. (autocast: float16 inside, weights in float32; the next section.)
x, y = few_images[:64].to(device), few_labels[:64].to(device)
sgd = torch.optim.SGD(trained.parameters(), lr=0.01)
scaler = torch.amp.GradScaler(device.type, init_scale=2.0**20)
for number in range(1, 6):
    with torch.autocast(device.type, dtype=torch.float16):
        loss = nn.functional.cross_entropy(trained(x), y)
    sgd.zero_grad()
    scaler.scale(loss).backward()
    scale, before = scaler.get_scale(), trained[0].weight.detach().clone()
    scaler.step(sgd)  # skipped if a gradient is inf or nan
    scaler.update()  # then: half the scale
    moved = not torch.equal(trained[0].weight, before)
    print(f"step {number}, scale {scale:,.0f}: weights moved: {moved}")
# --8<-- [end:scaled]
