"""A checkpoint that goes from one device to another, and what does not go by itself."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

from snippets.gpu_training.data import load_images, nn, torch
from snippets.gpu_training.model import make_net

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# isort: split
# --8<-- [start:save]
from unittest.mock import patch

few_images, few_labels = load_images(count=1000)


def take_steps(net, optimizer, steps, device):
    """Train on `steps` random batches, moved to `device`; returns the losses."""
    losses = []
    for _ in range(steps):
        batch = torch.randint(len(few_images), (100,))  # random numbers from the CPU
        x, y = few_images[batch].to(device), few_labels[batch].to(device)
        loss = nn.functional.cross_entropy(net(x), y)  # x: (100, 784), y: (100,)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    return torch.stack(losses).tolist()


torch.manual_seed(0)
first_net = make_net(64).to(device)
first_optimizer = torch.optim.Adam(first_net.parameters())
take_steps(first_net, first_optimizer, 5, device)
checkpoint = {
    "model": first_net.state_dict(),
    "optimizer": first_optimizer.state_dict(),
    "step": 5,
    "rng": torch.get_rng_state(),  # the CPU's
    "cuda_rng": torch.cuda.get_rng_state_all(),  # one for each GPU, or []
}
torch.save(checkpoint, "here.pt")
# Like a file from a GPU: this makes torch.save note "cuda:0" at every tensor, even at
# those that would have stayed on the CPU.
with patch("torch.serialization.location_tag", return_value="cuda:0"):
    torch.save(checkpoint, "gpu.pt")
# --8<-- [end:save]

# --8<-- [start:refused]
import textwrap

for name in ("here.pt", "gpu.pt"):
    try:  # without map_location, tensors go to where the file says that they were
        loaded = torch.load(name, weights_only=True)
        print(f"{name}: loaded to {loaded['model']['0.weight'].device}")
    except RuntimeError as error:
        message = f"{name}: {type(error).__name__}: {error}"
        print(textwrap.fill(message, width=88, subsequent_indent="    "))
# --8<-- [end:refused]

# --8<-- [start:opened]
loaded = torch.load("gpu.pt", weights_only=True, map_location="cpu")
print("opened on:", loaded["model"]["0.weight"].device)

never_stopped = take_steps(first_net, first_optimizer, 3, device)  # steps 6 to 8

second_net = make_net(64).to(device)  # move the net, then build the optimizer
second_optimizer = torch.optim.Adam(second_net.parameters())
second_net.load_state_dict(loaded["model"])  # copies into the net, where the net is
second_optimizer.load_state_dict(loaded["optimizer"])  # moves to where its weights are
average = second_optimizer.state[second_net[0].weight]["exp_avg"]
print("Adam's averages are where the net is:", average.device.type == device.type)

torch.set_rng_state(loaded["rng"])  # last: make_net has used up random numbers
# As many of the GPUs' states as there are GPUs here: on a CPU, none.
torch.cuda.set_rng_state_all(loaded["cuda_rng"][: torch.cuda.device_count()])
resumed = take_steps(second_net, second_optimizer, 3, device)
for label, losses in [("never stopped", never_stopped), ("resumed", resumed)]:
    print(f"{label}, steps 6 to 8:", ", ".join(f"{loss:.4f}" for loss in losses))
print("the same losses, to the last digit:", resumed == never_stopped)
# --8<-- [end:opened]

# --8<-- [start:rng]
# A trap: map_location=device looks right, and works for as long as there is no GPU. On
# one, it moves every tensor, the RNG state too. Without a GPU, "meta" shows the same.
away = device if device.type == "cuda" else torch.device("meta")
for place in (away, torch.device("cpu")):
    loaded = torch.load("gpu.pt", weights_only=True, map_location=place)
    try:
        torch.set_rng_state(loaded["rng"])
        print(f"map_location {place}: the RNG state is accepted")
    except TypeError as error:
        print(f"map_location {place}: {type(error).__name__}: {error}")
# --8<-- [end:rng]
