"""The loop in mixed precision: four lines differ from the loop on a device."""

from snippets.gpu_training.data import load_images, nn, torch
from snippets.gpu_training.loop import train_epoch
from snippets.gpu_training.model import make_net

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


# --8<-- [start:loop]
def half_type(device):
    """bfloat16, or float16 on a GPU that can only imitate bfloat16."""
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if native else torch.float16
    return torch.bfloat16


def train_epoch_amp(
    net, optimizer, scaler, images, labels, device, use_amp=True, batch_size=64
):
    """One pass in random order, in mixed precision if `use_amp`; returns the mean loss.

    `scaler` is one GradScaler for the whole training, enabled if the type is float16.
    """
    dtype = half_type(device)
    net.train()
    total = 0.0
    order = torch.randperm(len(images), device=images.device)  # (len(images),)
    for batch in order.split(batch_size):
        x, y = images[batch].to(device), labels[batch].to(device)
        with torch.autocast(device.type, dtype=dtype, enabled=use_amp):  # AMP 1
            loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        scaler.scale(loss).backward()  # AMP 2
        scaler.step(optimizer)  # AMP 3
        scaler.update()  # AMP 4
        total += loss.detach() * len(batch)  # stays on the device
    return float(total) / len(images)  # waits for the device; so does AMP 3 in float16


# --8<-- [end:loop]

# capture: tolerance 2e-2 - CPUs round differently, which moves a loss a little
# --8<-- [start:run]
few_images, few_labels = load_images(count=3000)
few_images, few_labels = few_images.to(device), few_labels.to(device)
epoch_losses = {}
for way in ("plain loop", "AMP off", "AMP on"):
    torch.manual_seed(0)  # the same first weights and the same order each time
    amp_net = make_net(64).to(device)
    adam = torch.optim.Adam(amp_net.parameters())
    if way == "plain loop":
        epoch_losses[way] = train_epoch(amp_net, adam, few_images, few_labels)
    else:
        use_amp = way == "AMP on"
        # Made once, before the first epoch. Switched off, it changes nothing.
        needed = use_amp and half_type(device) == torch.float16
        scaler = torch.amp.GradScaler(device.type, enabled=needed)
        epoch_losses[way] = train_epoch_amp(
            amp_net, adam, scaler, few_images, few_labels, device, use_amp
        )
    print(f"{way}, loss: {epoch_losses[way]:.3f}")

plain, off, on = epoch_losses.values()
print("AMP off is the plain loop, to the last digit:", off == plain)
print("AMP on is the plain loop, to the last digit:", on == plain)
print("AMP on differs by less than 2 %:", abs(on - plain) < 0.02 * plain)
# --8<-- [end:run]
