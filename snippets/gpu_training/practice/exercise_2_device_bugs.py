# %% tags=["file-only"]
"""Lesson 2, exercise 2: three tensors that stay on the CPU when all else moves."""

# Cells of a notebook, each with what it newly needs:
# ruff: noqa: E402

import torch
from torch import nn

from snippets.gpu_training.model import make_net
from snippets.gpu_training.practice.intro import (
    Watch,
    attempt,
    cpu,
    device,
    distance,
    images,
    kinds,
    labels,
    meta,
    reason_of,
)

# %% [markdown]
# ## Exercise 2: find three device bugs (supported)
#
# This program runs on a CPU, and on no other device. It has three bugs: three tensors
# that stay on the CPU when everything else moves. Run the cells, read the error,
# correct **this** cell, and run both again: each bug that you fix uncovers the next.
# Change as little as you can: the program has to compute what it computes now, noise
# included.


# %%
class NoisyNet(nn.Module):
    """A net that centres its inputs and, while it trains, adds noise to them."""

    def __init__(self, width):
        super().__init__()
        # solution:start
        # > self.centre = torch.linspace(-0.5, 0.5, 784)
        self.register_buffer("centre", torch.linspace(-0.5, 0.5, 784))
        # solution:end
        self.layers = make_net(width)

    def forward(self, x):
        x = x - self.centre  # (batch, 784)
        if self.training:
            # solution:start
            # > x = x + 0.1 * torch.randn(x.shape)
            x = x + 0.1 * torch.randn(x.shape, device=x.device)
            # solution:end
        return self.layers(x)  # (batch, 10)


def train_noisy(images, labels, device, batch_size=64):
    """Train a net for an epoch on `device`; returns the net and the mean loss there."""
    torch.manual_seed(0)
    net = NoisyNet(64).to(device)
    optimizer = torch.optim.Adam(net.parameters())
    # solution:start
    # > class_weights = torch.tensor([2.0, 1, 1, 1, 1, 1, 1, 1, 1, 1])  # 0 counts twice
    class_weights = torch.tensor([2.0, 1, 1, 1, 1, 1, 1, 1, 1, 1], device=device)
    # solution:end
    total = torch.zeros((), device=device)
    for batch in torch.randperm(len(images)).split(batch_size):
        x, y = images[batch].to(device), labels[batch].to(device)
        loss = nn.functional.cross_entropy(net(x), y, weight=class_weights)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(batch)
    return net, total / len(images)


# %%
def first_error(device):
    """The first line of the error that stops the program on `device`, if any."""
    try:
        train_noisy(images, labels, device)
    except Exception as error:
        return f"{type(error).__name__}: {str(error).splitlines()[0]}"
    return "no error"


for name in sorted({"cpu", "meta", device.type}):  # with a GPU, that too
    print(f"{name}: {first_error(torch.device(name))}")

# %% [markdown]
# The check runs your net and `train_noisy` again, on `meta` and on the CPU. It looks at
# where their tensors are, and counts the losses. Then it compares with the old program:
# what the layers get, the class weights, the noise, what is trained, and the mean loss.

# %% tags=["check"]
# @title Check: exercise 2
import copy

lesson = "Lesson: “What else has to move”."
x = images[:64].to(meta)

# On meta, one piece after the other.
net = attempt("NoisyNet(64)", lesson, NoisyNet, 64)
moved = attempt("NoisyNet(64).to(device)", lesson, net.to, meta)
assert moved is net, (
    f"NoisyNet has a method to() of its own, which returns {kinds(moved)}: it must "
    f"return the net, as every module's does. A buffer needs no such method. {lesson}"
)
for mode, hint in (
    (
        "eval",
        "A tensor that __init__ makes must move with the net: a plain attribute does "
        "not, a registered buffer does.",
    ),
    ("training", "A tensor that forward() makes must be made where its inputs are."),
):
    with Watch():  # a number that forward() asks of meta is 0
        outputs = attempt(
            f"On another device forward(), in {mode} mode,",
            f"{hint} {lesson}",
            net.train(mode == "training"),
            x,
        )
    assert isinstance(outputs, torch.Tensor), (
        f"In {mode} mode forward() returns {kinds(outputs)}: its last line must return "
        "the logits in both modes, outside of the `if`, as it did."
    )
    assert outputs.shape == (64, 10) and outputs.is_meta, (
        f"forward() returns shape {tuple(outputs.shape)} on {outputs.device.type} for "
        "64 images on meta: it should be (64, 10), on the device of its inputs. "
        f"{lesson}"
    )


def train_again(where, seen, count=300):
    """What train_noisy returns for the first images: the net and the mean loss."""
    try:
        made = attempt(
            f"The net is right, and training on {where}",
            f"Look for what the loss is given, and is not part of the net. {lesson}",
            train_noisy,
            images[:count],
            labels[:count],
            where,
        )
    except AssertionError as told:
        assert seen.targets or not told.__cause__, (
            f"NoisyNet is right, and training on {where} stopped before the first "
            f"loss: {reason_of(told.__cause__)}. The net and each batch have to move "
            f"to `device`, as they did. {lesson}"
        )
        raise
    parts = made if isinstance(made, tuple | list) else [made]
    expected = (nn.Module, torch.Tensor | float)
    right = len(parts) == 2 and all(map(isinstance, parts, expected))
    assert right and torch.as_tensor(parts[1]).numel() == 1, (
        f"train_noisy returns {kinds(made)} instead of the net and the mean loss, one "
        "number: only where the tensors are may change."
    )
    return parts


runs, order, used = {}, {}, {}
for where in dict.fromkeys((meta, cpu, device)):
    with Watch() as seen:
        runs[where] = train_again(where, seen)
    for name, tensor in runs[where][0].state_dict().items():
        assert tensor.device.type == where.type, (
            f"Trained on {where}, the net has its {name} on {tensor.device.type}: "
            f"bring everything to `device`, not back to the CPU. {lesson}"
        )
    batches = len(images[::64])
    assert len(seen.losses) == batches, (
        f"On {where} it computes {len(seen.losses)} losses instead of {batches}, one "
        "for each batch of 64: only where the tensors are may change."
    )
    assert set(seen.inputs + seen.targets) == {where.type}, (
        f"Called with the device {where}, it trained on "
        f"{', '.join({*seen.inputs, *seen.targets} - {where.type})}: bring each batch "
        f"to `device`, as it was. {lesson}"
    )
    order[where], used[where] = torch.cat(seen.labels), seen.optimizers
    given = seen.class_weights[-1]
    assert given is not None, (
        "The loss does not get the class weights 2, 1, 1, … any more: move them, "
        f"do not remove them. {lesson}"
    )
    assert given.is_meta or given.tolist() == [2.0] + 9 * [1.0], (
        f"The loss gets the class weights {given.tolist()} instead of 2, 1, 1, …: move "
        f"them, and leave their values. {lesson}"
    )

# What it computes has stayed the same.
trained, loss = runs[cpu]
learnt = [name for name, part in trained.named_parameters() if part.requires_grad]
extra = [name for name in learnt if not name.startswith("layers.")]
assert not extra, (
    f"The optimizer now trains {', '.join(extra)}, which should stay fixed: a tensor "
    f"that moves and does not train is a buffer. {lesson}"
)
x, centre = images, torch.linspace(-0.5, 0.5, 784)


def layers_get(mode):
    """What the first layer gets for all images, in this mode."""
    with Watch() as look:
        attempt(f"In {mode} mode, forward()", lesson, trained.train(mode != "eval"), x)
    return look.batch if look.batch.shape == x.shape else torch.zeros_like(x)


assert torch.allclose(layers_get("eval"), x - centre, atol=1e-5), (
    "In eval mode the layers do not get x - centre any more: "
    "only where the tensors are may change."
)
noises = []  # of two calls in training mode
for seed in (0, 1):
    torch.manual_seed(seed)
    noises.append(layers_get("training") - (x - centre))
noise, another = noises  # (300, 784)
assert noise.abs().max() > 1e-4, (
    "The noise of the training mode is gone: move it to the inputs' device, "
    "do not remove it."
)
assert not torch.allclose(noise, another, atol=1e-4), (
    "Two calls in training mode add the same noise: draw it anew in each forward(), "
    "on the inputs' device."
)
middle, width = round(noise.mean().item(), 2) + 0.0, noise.std().item()  # never -0.0
assert min(noise.std(0).mean(), noise.std(1).mean()) > 0.5 * width, (
    "Every image, or every pixel of an image, gets the same noise: draw one number for "
    "each pixel of each image, in the shape of x, as before."
)
assert abs(middle) < 0.01 and abs(width - 0.1) < 0.01, (
    f"The noise now has mean {middle:.2f} and standard deviation {width:.2f} instead "
    "of 0 and 0.1: it was 0.1 * torch.randn(…), and only its device may change."
)
far = (noise.abs() > 0.2).float().mean().item()
assert 0.035 < far < 0.055, (
    "The noise is no longer normal, though mean and standard deviation are right: it "
    "was 0.1 * torch.randn(…), and only its device may change."
)


def train_as_before(count=300):
    """What the program gave on the CPU as it was: net, its start and the mean loss."""
    torch.manual_seed(0)
    net = make_net(64)
    start = copy.deepcopy(net)
    optimizer = torch.optim.Adam(net.parameters())
    class_weights = torch.tensor([2.0, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    total = 0.0
    for batch in torch.randperm(count).split(64):
        x = images[batch] - centre
        logits = net(x + 0.1 * torch.randn(x.shape))
        loss = nn.functional.cross_entropy(logits, labels[batch], weight=class_weights)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(batch)
    return net, start, total / count


with Watch() as seen:
    net, start, before = train_as_before()
assert torch.equal(order[cpu], torch.cat(seen.labels)), (
    "The batches are no longer those that they were: leave torch.manual_seed(0), what "
    "is drawn at random after it, and torch.randperm(len(images)).split(batch_size)."
)
assert used[cpu] == seen.optimizers, (
    f"The optimizer is {(used[cpu] or ['not used'])[-1]}, and does {len(used[cpu])} "
    f"steps for {batches} batches: one step of torch.optim.Adam(net.parameters()) for "
    "each batch, as it was."
)
for where, (_, loss) in runs.items():
    assert where == meta or abs(loss - before) < 0.02, (
        f"On {where} the mean loss is {float(loss):.3f}, and it was {before:.3f} on "
        "the CPU: seed, batches, optimizer and steps must stay as they were."
    )
assert distance(trained, net, start) < 0.1, (
    "The net ends with other weights than it did: seed, noise, and zero_grad, backward "
    "and step of each batch must stay as they were."
)
with Watch() as seen:
    _, loss = train_again(cpu, seen, 65)  # the last batch has just one image
_, _, before = train_as_before(65)
assert abs(loss - before) < 0.02, (
    f"For 65 images the mean loss is {float(loss):.3f} instead of {before:.3f}: the "
    "sum over the batches, each times its number of images, as it was."
)
print("Exercise 2: passed")

# %% [markdown] tags=["solution"]
# **Why.** `net.to(device)` moves parameters, buffers and submodules, and nothing
# else. `self.centre` was a plain attribute: `register_buffer` makes it part of the net
# (and of its state_dict). The noise is made anew in each step, by default on the CPU:
# `device=x.device` makes it where it is needed, so `forward` need not know any device;
# `torch.randn_like(x)` does the same. The class weights belong to no net: whoever makes
# them has to place them. `total` was right from the start, and has a bonus: it adds
# up on the device, so no step has to wait until a number has come back.
#
# A `Parameter` with `requires_grad=False` would move too, and passes. But it starts to
# train as soon as somebody calls `net.requires_grad_()`; a buffer stays what it is.
