# %% tags=["file-only"]
"""Lesson 2's exercises with their solutions: practice and solutions notebooks."""

# Cells of a notebook, each with what it newly needs:
# ruff: noqa: E402

import time

import torch
from torch import nn

from snippets.gpu_training.data import load_images
from snippets.gpu_training.loop import train_epoch
from snippets.gpu_training.model import make_net

# %% [markdown]
# # Practice: GPU training
#
# Four exercises, from guided to independent. Each has a task, a cell for your code and
# check cells. A check stops with a sentence that says what is still wrong and where in
# the lesson to look, or prints `passed`. You need no GPU. Where there is one, the same
# cells use it and show more; they say what.
#
# **A stand-in for the GPU.** The device `meta` is part of PyTorch everywhere. A tensor
# there has a shape and a dtype, and holds no numbers. Nothing can be computed on it,
# but a tensor that was left on the CPU is refused there, as it is by a GPU. So the
# checks run your code on `meta` too: what got lost on the way shows up on any machine.
#
# Run the next cells first: they are the lesson's data, net and CPU loop, unchanged, and
# three functions that only the checks use.

# %%
# --8<-- "snippets/gpu_training/data.py:data"

# %%
# --8<-- "snippets/gpu_training/model.py:net"

# %%
# --8<-- "snippets/gpu_training/loop.py:loop"

# %%
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
cpu, meta = torch.device("cpu"), torch.device("meta")
images, labels = load_images(train=True, count=1000)  # they stay on the CPU
print("device:", device)

# %%
import contextlib
import warnings
from unittest import mock


@contextlib.contextmanager
def watched(net):
    """Note where each training step of `net` happens, and in which dtype.

    Meanwhile `.item()` and float(), which have no number on meta, return 0.0 there.
    """
    seen = {"weights": [], "inputs": [], "targets": [], "dtypes": [], "losses": []}
    cross_entropy, item = nn.functional.cross_entropy, torch.Tensor.item

    def before(layer, inputs):
        seen["weights"].append(layer.weight.device.type)
        seen["inputs"].append(inputs[0].device.type)

    def after(layer, inputs, outputs):
        seen["dtypes"].append(outputs.dtype)

    def noted_loss(logits, targets, *arguments, **options):
        seen["targets"].append(targets.device.type)
        loss = cross_entropy(logits, targets, *arguments, **options)
        seen["losses"].append(loss.detach())
        return loss

    def noted_item(tensor):
        return 0.0 if tensor.is_meta else item(tensor)

    hooks = [
        net[0].register_forward_pre_hook(before),
        net[0].register_forward_hook(after),
    ]
    with (
        mock.patch.object(nn.functional, "cross_entropy", noted_loss),
        mock.patch.multiple(
            torch.Tensor, item=noted_item, __float__=lambda x: float(noted_item(x))
        ),
    ):
        yield seen
    for hook in hooks:
        hook.remove()


def error_of(call, *arguments):
    """The error that the call stops with, or None."""
    try:
        call(*arguments)
    except Exception as error:
        return error


def attempt(what, hint, call, *arguments, **options):
    """What the call returns; an error fails the check, which says `what` stopped."""
    try:
        return call(*arguments, **options)
    except Exception as error:
        reason = (str(error) or "no message").splitlines()[0].split(". ")[0].rstrip(".")
        raise AssertionError(
            f"{what} stopped with an error: {type(error).__name__}, “{reason}”. {hint}"
        ) from error


# %% [markdown]
# ## Exercise 1: move a loop (guided)
#
# Run the next two cells and look. The first trains with the loop as you know it, on the
# CPU. The second moves the net, and nothing else, and prints the error. Before you run
# it, say which tensors are on which device: the error names the devices for you, and
# the tensors you will have to find yourself.

# %%
torch.manual_seed(0)
net = make_net(64)
optimizer = torch.optim.Adam(net.parameters())
cpu_loss = train_epoch(net, optimizer, images, labels)
print(f"mean loss on the CPU: {cpu_loss:.3f}")

# %%
target = device if device.type == "cuda" else meta  # a GPU, or the stand-in
moved = make_net(64).to(target)  # the net moves, the images stay
try:
    moved(images[:64])
except RuntimeError as error:
    print(f"{type(error).__name__}: {str(error).splitlines()[0]}")

# %% [markdown]
# The images are on the CPU and the net's weights are not. Three things have to be in
# the same place: the model, the inputs, the targets. Write these three lines: the first
# where the net and its optimizer are built, the others in the loop. Then answer the
# question below them.


# %%
def set_up(device):
    """A net on `device`, always with the same first weights, and its optimizer."""
    torch.manual_seed(0)
    net = make_net(64)
    # solution:start
    #: Your turn, line 1 of 3: the model goes to `device`. Above or below the next line?
    net.to(device)
    # solution:end
    optimizer = torch.optim.Adam(net.parameters())
    return net, optimizer


def train_epoch_on(net, optimizer, images, labels, device, batch_size=64):
    """`train_epoch` for a net that is on `device`; returns the mean loss."""
    net.train()
    total = 0.0
    for batch in torch.randperm(len(images)).split(batch_size):
        x, y = images[batch], labels[batch]  # (batch, 784), (batch,)
        # solution:start
        #: Your turn, line 2: the inputs `x` go there. Line 3: the targets `y` too.
        x = x.to(device)
        y = y.to(device)
        # solution:end
        loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(batch)
    return total / len(images)


# solution:start
#: Say line 3 is missing, and `device` is a GPU. How many steps has the optimizer done
#: when the error comes? Your turn: a number.
#> steps_done = "?"
steps_done = 0
# solution:end

net, optimizer = set_up(device)
device_loss = train_epoch_on(net, optimizer, images, labels, device)
print(f"mean loss on {device}: {device_loss:.3f}")

# %% tags=["check"]
lesson = "Lesson: “Moving to the GPU is one line”."
order = "Lesson: “What else has to move”."
net, optimizer = attempt(
    "Called with another device, set_up",
    f"Move to the argument `device`, to no fixed one. {lesson}",
    set_up,
    meta,
)
for name, weight in net.named_parameters():
    assert weight.is_meta, (
        f"After set_up with the device meta, the model's {name} is on {weight.device}: "
        f"line 1 is missing in set_up, or moves to another place. {lesson}"
    )
held = [weight for group in optimizer.param_groups for weight in group["params"]]
assert all(weight.is_meta for weight in held), (
    "The optimizer was built before the model moved. The move to meta made new "
    "parameters, and the optimizer holds the old ones: it would train nothing that you "
    f"use. First move the model, then build its optimizer. {order}"
)
with watched(net) as seen:
    refused = error_of(train_epoch_on, net, optimizer, images[:128], labels[:128], meta)
error_name = type(refused).__name__
assert seen["weights"], (
    f"Called with another device, train_epoch_on stopped with an error ({error_name}) "
    f"before the net saw a batch: move to the argument `device`, to no fixed one. "
    f"{lesson}"
)
assert seen["inputs"][-1] == "meta", (
    f"The inputs reached the net on {seen['inputs'][-1]} instead of on `device`: for a "
    f"tensor, .to() returns a copy, so assign it: x = x.to(device). {lesson}"
)
assert seen["targets"], (
    f"Model and inputs have moved, and before the loss it stopped with an error "
    f"({error_name}): leave the rest of the loop as it was. {lesson}"
)
assert seen["targets"][-1] == "meta", (
    "The inputs have moved and the targets have not: the loss needs both on `device`, "
    f"so assign y.to(device) to y. {lesson}"
)
assert refused is None, (
    f"All three have moved, and then it stopped with an error ({error_name}): "
    f"leave the rest of the loop as it was. {lesson}"
)
net = make_net(16)  # this one stays on the CPU
optimizer = torch.optim.Adam(net.parameters())
error_of(train_epoch_on, net, optimizer, images[:64], labels[:64], meta)
assert net[0].weight.device == cpu, (
    "train_epoch_on moves the model, and gets an optimizer that is already built: "
    f"that is too late, so let set_up alone move the model. {order}"
)
net, optimizer = set_up(device)
loss = train_epoch_on(net, optimizer, images, labels, device)
assert abs(loss - cpu_loss) < 0.02, (
    f"On {device} the mean loss is {loss:.3f} and was {cpu_loss:.3f} on the CPU: "
    f"beside the three lines all must stay as it was. {lesson}"
)
assert steps_done != "?", "The question is still open: set `steps_done` to a number."
assert steps_done == 0, (
    f"Not {steps_done}: find the line of the loop that first needs the targets, and "
    "see whether it stands before or after optimizer.step()."
)
print("Exercise 1: passed")

# %% [markdown] tags=["solution"]
# **Why so.** A module moves in place, so `net.to(device)` is enough; a tensor cannot,
# so `.to` returns a copy and you have to keep it. The model moves before its optimizer
# is built, because a move may make new parameters, and the optimizer holds those that
# it was given. So this line cannot stand in the loop, which gets a finished optimizer.
#
# Each operation wants all its tensors in one place. The first layer multiplies weights
# and inputs, and the loss compares outputs with targets, so a target that was left
# behind is noticed only there: in the first batch, but before `optimizer.step()`. No
# step has been done. Moving batch by batch costs a copy for every step; the lesson
# measures what that takes.

# %% [markdown]
# ## Exercise 2: find three device bugs (supported)
#
# This program runs without a complaint on a CPU and on no other device. It holds three
# bugs: three tensors that stay on the CPU when all else moves. Run the cells, read the
# error, correct **this** cell, run again: each bug that you remove uncovers the next.
# Change as little as you can: what the program computes has to stay the same.


# %%
class NoisyNet(nn.Module):
    """A net that centres its inputs and, while it trains, adds noise to them."""

    def __init__(self, width):
        super().__init__()
        # solution:start
        #> self.centre = torch.linspace(-0.5, 0.5, 784)
        self.register_buffer("centre", torch.linspace(-0.5, 0.5, 784))
        # solution:end
        self.layers = make_net(width)

    def forward(self, x):
        x = x - self.centre  # (batch, 784)
        if self.training:
            # solution:start
            #> x = x + 0.1 * torch.randn(x.shape)
            x = x + 0.1 * torch.randn(x.shape, device=x.device)
            # solution:end
        return self.layers(x)  # (batch, 10)


def train_noisy(images, labels, device, batch_size=64):
    """Train a net for an epoch on `device`; returns the net and the mean loss there."""
    torch.manual_seed(0)
    net = NoisyNet(64).to(device)
    optimizer = torch.optim.Adam(net.parameters())
    # solution:start
    #> class_weights = torch.tensor([2.0, 1, 1, 1, 1, 1, 1, 1, 1, 1])  # 0 counts double
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

# %% tags=["check"]
lesson = "Lesson: “What else has to move”."
x = images[:64].to(meta)

# On meta, one piece after the other.
net = attempt("NoisyNet(64)", lesson, NoisyNet, 64).to(meta).eval()
outputs = attempt(
    "On another device forward(), in eval mode too,",
    "A tensor that __init__ makes must move with the net: a plain attribute does not, "
    f"a registered buffer does. {lesson}",
    net,
    x,
)
assert outputs.shape == (64, 10) and outputs.is_meta, (
    f"forward() returns shape {tuple(outputs.shape)} on {outputs.device.type} for 64 "
    f"images on meta: it should be (64, 10), on the device of its inputs. {lesson}"
)
attempt(
    "On another device forward() in training mode",
    f"A tensor that forward() makes must be made where its inputs are. {lesson}",
    net.train(),
    x,
)
for where in (meta, device):
    with watched(net.layers):
        result = attempt(
            f"The net is right, and training on {where}",
            f"Look for what the loss is given, and is not part of the net. {lesson}",
            train_noisy,
            images[:640],
            labels[:640],
            where,
        )
    trained, loss = result
    for name, tensor in trained.state_dict().items():
        assert tensor.device.type == where.type, (
            f"Trained on {where}, the net has its {name} on {tensor.device.type}: "
            f"bring everything to `device`, not back to the CPU. {lesson}"
        )

# What it computes has stayed the same.
assert len(list(trained.parameters())) == len(list(trained.layers.parameters())), (
    "The net has got a new parameter, so the optimizer changes what should stay fixed: "
    f"a tensor that moves and does not train is a buffer. {lesson}"
)
trained.to(cpu).eval()
x = images[:64]
centred = trained.layers(x - torch.linspace(-0.5, 0.5, 784))
assert torch.allclose(trained(x), centred, atol=1e-5), (
    "In eval mode the net no longer computes layers(x - centre): "
    "only where the tensors are may change."
)
trained.train()
assert not torch.allclose(trained(x), centred, atol=1e-5), (
    "The noise of the training mode is gone: move it to the inputs' device, "
    "do not remove it."
)
weights = []  # of the classes, as the loss gets them


def note_weights(logits, targets, weight=None):
    weights.append(weight)
    return logits.sum()


with mock.patch.object(nn.functional, "cross_entropy", note_weights):
    train_noisy(images[:64], labels[:64], cpu)
assert weights[0] is not None and weights[0].tolist() == [2.0] + 9 * [1.0], (
    "The loss does not get the class weights 2, 1, 1, … any more: move them, "
    f"do not remove them. {lesson}"
)
print("Exercise 2: passed")

# %% [markdown] tags=["solution"]
# **Why so.** `net.to(device)` moves parameters, buffers and submodules, and nothing
# else. `self.centre` was a plain attribute: `register_buffer` makes it part of the net
# (and of its state_dict). The noise is made anew in each step, by default on the CPU:
# `device=x.device` makes it where it is needed, so `forward` need not know any device;
# `torch.randn_like(x)` does the same. The class weights belong to no net: whoever makes
# them has to place them. `total` was right from the start, and has a bonus: it adds
# up on the device, so no step has to wait until a number has come back.

# %% [markdown]
# ## Exercise 3: time it properly, and find your own crossover (supported)
#
# A GPU works through a queue: your program hands over a step and goes on before it is
# done. So who times must wait, at the start and at the end. Complete `time_step`.

# %%
from statistics import median


def synchronize(device):
    """Wait until the device has done everything that it was given to do."""
    if device.type == "cuda":  # a CPU has nothing to wait for
        torch.cuda.synchronize()


def time_step(step, device, warmup=10, repeats=50):
    """Call `step()` `warmup` times, then `repeats` times, timing each of these.

    Returns the median of the `repeats` times, in seconds.
    """
    # solution:start
    #: Your turn: warm up, time each call with time.perf_counter(), return the median.
    #: Call synchronize(device) wherever it is needed.
    #> return 1.0  # so that the cells below run; replace it
    for _ in range(warmup):
        step()
    seconds = []
    for _ in range(repeats):
        synchronize(device)
        start = time.perf_counter()
        step()
        synchronize(device)
        seconds.append(time.perf_counter() - start)
    return median(seconds)
    # solution:end


# %% [markdown]
# The check gives `time_step` a made-up device with a made-up clock. Its first three
# steps take 200 ms each; the next five take 7, 5, 50, 6 and 8 ms; and each call returns
# after a hundredth of a millisecond, long before the step is done.


# %% tags=["check"]
class MadeUpDevice:
    """A queue of steps and a clock, both made up."""

    type = "made-up"

    def __init__(self):
        self.now = self.done = 0.0  # seconds; when all that was handed over is done
        self.calls = self.looks = self.early = 0

    def step(self):
        work = [0.2, 0.2, 0.2, 0.007, 0.005, 0.05, 0.006, 0.008][self.calls % 8]
        self.calls += 1
        self.now += 0.00001
        self.done = max(self.now, self.done) + work

    def wait(self, device=None):
        self.now = max(self.now, self.done)

    def clock(self):
        self.looks += 1
        self.early += self.done > self.now  # somebody did not wait
        return self.now


lesson = "Lesson: “Timing that is true”."
pretend = MadeUpDevice()
real_synchronize, synchronize = synchronize, pretend.wait
try:
    with mock.patch.object(time, "perf_counter", pretend.clock):
        seconds = attempt(
            "time_step",
            f"It may use step, synchronize(device) and time.perf_counter(). {lesson}",
            time_step,
            pretend.step,
            pretend,
            warmup=3,
            repeats=5,
        )
finally:
    synchronize = real_synchronize
assert pretend.calls == 8, (
    f"With warmup=3 and repeats=5, step was called {pretend.calls} times instead of 8: "
    f"first the warm-up, then the calls that are timed. {lesson}"
)
assert pretend.looks, f"Nobody looked at the clock: use time.perf_counter(). {lesson}"
assert not pretend.early, (
    f"Of {pretend.looks} looks at the clock, {pretend.early} came while the device was "
    "still at work: call synchronize(device) before each look, before the first as "
    f"well as after each step. {lesson}"
)
assert isinstance(seconds, float), (
    f"time_step returns a {type(seconds).__name__}: it should be one number, the "
    f"median of the times. {lesson}"
)
hints = {
    0.0152: "that is the mean, which one slow step pulls up; return the median",
    0.005: "that is the fastest step; return the median",
    0.029: "steps of the warm-up are among the timed ones",
}
near = [hint for wrong, hint in hints.items() if abs(seconds - wrong) < 0.0002]
hint = (near + ["return the median of the five timed steps, in seconds"])[0]
assert abs(seconds - 0.007) < 0.0002, (
    f"time_step says {1000 * seconds:.1f} ms instead of 7.0 ms: {hint}. {lesson}"
)
print("Exercise 3, timing: passed")

# %% [markdown]
# Now measure your own machine: a training step at batch 16, for four widths, each four
# times the one before. The first nets are tiny on purpose. If the times differ much
# when you run the cell again, the machine is busy.


# %%
def training_step(width, device, batch_size=16):
    """A function that does one training step of a net of this width on `device`."""
    net = make_net(width).to(device)
    optimizer = torch.optim.Adam(net.parameters())
    x, y = images[:batch_size].to(device), labels[:batch_size].to(device)

    def step():
        loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


WIDTHS = [16, 64, 256, 1024]
times = {}  # device → seconds for each width
for name in sorted({"cpu", device.type}):
    where = torch.device(name)
    times[name] = [time_step(training_step(width, where), where) for width in WIDTHS]

smallest = sum(p.numel() for p in make_net(WIDTHS[0]).parameters())
for index, width in enumerate(WIDTHS):
    weights = sum(p.numel() for p in make_net(width).parameters())
    steps = ", ".join(f"{name} {1000 * times[name][index]:.2f} ms" for name in times)
    print(f"width {width:4}: {steps} (weights: {weights / smallest:.1f} times)")

# %% [markdown]
# The arithmetic of a step grows with the weights. As long as the time grows much less
# than they do, most of it is a **fixed cost**: a price that each step pays, whatever
# its size. Write two functions that read such a row of times: where does a step stop
# costing about the same, and from where on is the GPU faster?


# %%
def stops_being_constant(widths, seconds):
    """The first width whose step takes more than twice as long as the first one's.

    None if no step does.
    """
    # solution:start
    #: Your turn: three or four lines.
    for width, one in zip(widths, seconds, strict=True):
        if one > 2 * seconds[0]:
            return width
    return None
    # solution:end


def overtakes(widths, cpu_seconds, gpu_seconds):
    """The width from which on every step is faster on the GPU; None if there is none.

    One fast step among slow ones is no crossover.
    """
    # solution:start
    #: Your turn: start with the widest, or remember the first and forget it again.
    first = None
    for width, cpu, gpu in zip(widths, cpu_seconds, gpu_seconds, strict=True):
        if gpu >= cpu:
            first = None  # it has not overtaken yet
        elif first is None:
            first = width
    return first
    # solution:end


def sentences(widths, times):
    """What these measured times say, a sentence for each device and one for both."""
    said = []
    for name, seconds in times.items():
        grows = stops_being_constant(widths, seconds) or "none of these"
        factor = f"{seconds[-1] / seconds[0]:.1f} times"
        said.append(
            f"On {name}, a step of width {widths[-1]} takes {factor} as long as one of "
            f"width {widths[0]}; the first that takes more than twice as long: {grows}."
        )
    if "cuda" not in times:
        said.append("No GPU: with one, a sentence here says where it is faster.")
        return said
    first = overtakes(widths, times["cpu"], times["cuda"]) or "none of these"
    said.append(f"The width from which on the GPU is faster than this CPU: {first}.")
    return said


for sentence in sentences(WIDTHS, times):
    print(sentence)

# %% tags=["check"]
lesson = "Lesson: “The GPU is always faster”."
# Made-up times, in seconds: they test your functions and say nothing of any machine.
widths = [1, 2, 3, 4]
flat = {"None": [5.0, 5.0, 9.0, 10.0], "3": [1.0, 2.0, 3.0, 9.0], "4": [3, 2, 4, 9]}
for expected, row in flat.items():
    found = attempt("stops_being_constant", lesson, stops_being_constant, widths, row)
    assert str(found) == expected, (
        f"For steps of {row} s at the widths {widths}, stops_being_constant returns "
        f"{found} instead of {expected}: it is the first width (not its time) that "
        f"takes more than twice as long as the first one. {lesson}"
    )
slow, quick = [1.0, 2.0, 3.0, 4.0], [0.5, 0.5, 0.5, 0.5]
rows = [
    (slow, [2.0, 2.5, 2.9, 2.9], 3, "the first width that is faster"),
    (slow, quick, 1, "faster at every width"),
    (quick, slow, None, "slower at every width"),
    (slow, slow, None, "as fast and not faster"),
    (slow, [0.9, 2.5, 2.9, 2.9], 3, "faster at width 1 by accident, then slower again"),
]
for on_cpu, on_gpu, expected, meaning in rows:
    found = attempt("overtakes", lesson, overtakes, widths, on_cpu, on_gpu)
    assert found == expected, (
        f"With {on_cpu} s on the CPU and {on_gpu} s on the GPU ({meaning}), overtakes "
        f"returns {found} instead of {expected}. {lesson}"
    )
assert set(times["cpu"]) != {1.0}, (
    "The measured times are still those of the unsolved time_step: "
    "run the cell that measures, and the cell above, again."
)
print("Exercise 3, crossover: passed")

# %% [markdown] tags=["solution"]
# **Why so.** Without the wait at the end you time how long it takes to hand a step
# over; without the wait at the start you time what is left of the steps before. The
# first steps pay for things that happen once, so they are not timed. The median does
# not care about the one step during which the machine did something else.
#
# Look at your own rows: the weights grow by a known factor, and where the time grows by
# less, the fixed cost shows. Faster arithmetic is of little help where a step is mostly
# fixed cost. Where one device overtakes another differs from machine to machine, so no
# table, ours neither, can tell you: measure it.

# %% [markdown]
# ## Exercise 4: the whole portable loop (independent)
#
# Write `train_portable(net, path, epochs, device, amp=False)`:
#
# - it calls `torch.manual_seed(0)`, brings `net` to `device`, and trains it there with
#   `torch.optim.Adam(net.parameters())`;
# - an epoch goes through `torch.randperm(len(images)).split(64)`; each batch of
#   `images` and `labels` moves to `device`; the loss is `nn.functional.cross_entropy`;
# - with `amp=True`, forward pass and loss run under `torch.autocast`: in float16 on
#   CUDA, in bfloat16 on a CPU; with `amp=False` it computes exactly what the plain loop
#   computes;
# - backward pass and step go through a `torch.amp.GradScaler`, which is switched on for
#   float16 only;
# - after each epoch it saves **one** checkpoint to `path` with `torch.save`: a dict
#   with `"model"`, `"optimizer"`, `"scaler"` (their state_dicts), `"epoch"` (finished
#   epochs) and `"rng"` (`torch.get_rng_state()`);
# - called with a `path` that exists, it goes on from there, until `epochs` epochs have
#   been trained in all, and ends as if it had never been interrupted; it may have been
#   saved on **another device**, and with another `amp`; a finished run trains no more;
# - it returns `net`.

# %%
from pathlib import Path


def train_portable(net, path, epochs, device, amp=False):
    """Train `net` on `device`, or go on from the checkpoint at `path`; returns it."""
    # solution:start
    #: Your turn: everything.
    torch.manual_seed(0)
    net.to(device)  # before the optimizer is built
    optimizer = torch.optim.Adam(net.parameters())
    half = torch.float16 if device.type == "cuda" else torch.bfloat16
    scaler = torch.amp.GradScaler(device.type, enabled=amp and half == torch.float16)
    epoch = 0
    if Path(path).exists():
        checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        net.load_state_dict(checkpoint["model"])
        optimizer.load_state_dict(checkpoint["optimizer"])
        if checkpoint["scaler"]:  # one that was switched off saves an empty dict
            scaler.load_state_dict(checkpoint["scaler"])
        torch.set_rng_state(checkpoint["rng"])
        epoch = checkpoint["epoch"]
    net.train()
    while epoch < epochs:
        for batch in torch.randperm(len(images)).split(64):
            x, y = images[batch].to(device), labels[batch].to(device)
            with torch.autocast(device.type, dtype=half, enabled=amp):
                loss = nn.functional.cross_entropy(net(x), y)
            optimizer.zero_grad()
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
        epoch += 1
        state = {
            "model": net.state_dict(),
            "optimizer": optimizer.state_dict(),
            "scaler": scaler.state_dict(),
            "epoch": epoch,
            "rng": torch.get_rng_state(),
        }
        torch.save(state, path)
    return net
    # solution:end


# %% tags=["check"]
loop_part = "Lesson: “One loop to carry away”."
amp_part = "Lesson: “Mixed precision in the loop”."
across_part = "Lesson: “Checkpoints across devices”."
scaler_part = "Lesson: “The scaler in the checkpoint”."


def new_net():
    """Always the same net with the same weights."""
    torch.manual_seed(1)
    return make_net(32)


def run(path, epochs, what, hint, device=cpu, amp=False, anew=True):
    """Train; returns what was seen, and the checkpoint. An error fails the check."""
    if anew:
        Path(path).unlink(missing_ok=True)  # nothing may be left of an earlier try
    net = new_net()
    with watched(net) as seen:
        result = attempt(
            f"{what}, train_portable",
            hint,
            train_portable,
            net,
            path,
            epochs,
            device,
            amp=amp,
        )
    assert result is not None or seen["losses"] or Path(path).exists(), (
        "Nothing is written yet: train_portable trains nothing, saves nothing and "
        f"returns None. {loop_part}"
    )
    assert result is net, "train_portable must return the net that it was given."
    assert Path(path).exists(), (
        f"It saved nothing to '{path}': call torch.save after each epoch. {loop_part}"
    )
    saved = attempt(
        "Loading what it saved",
        f"Save state_dicts, tensors and numbers, no objects. {loop_part}",
        torch.load,
        path,
        map_location="cpu",
        weights_only=True,
    )
    seen["net"] = net.state_dict()
    return seen, saved


def same(weights, expected):
    """Whether two state_dicts hold the same names and numbers."""
    return weights.keys() == expected.keys() and all(
        torch.equal(weights[name], expected[name]) for name in expected
    )


@contextlib.contextmanager
def scaler_switched_on():
    """Every GradScaler made meanwhile is switched on, on the CPU; notes its calls."""
    calls, kind = [], torch.amp.GradScaler
    begin = kind.__init__

    def begin_switched_on(self, *arguments, **options):
        begin(self, "cpu", init_scale=64.0, growth_interval=20)

    def noting(name):
        method = getattr(kind, name)

        def noted(*arguments, **options):
            calls.append(name)
            return method(*arguments, **options)

        return noted

    noted = {name: noting(name) for name in ("scale", "step", "update")}
    with mock.patch.multiple(kind, __init__=begin_switched_on, **noted):
        yield calls


# Without AMP, on the CPU: the plain loop, and a checkpoint of it.
seen, whole = run("whole.pt", 2, "On the CPU without AMP", loop_part)
assert isinstance(whole, dict), f"The checkpoint must be a dict. {loop_part}"
for key in ("model", "optimizer", "scaler", "epoch", "rng"):
    assert key in whole, f"The checkpoint has no '{key}': add it. {loop_part}"
assert whole["epoch"] == 2, (
    f"After two epochs the saved 'epoch' is {whole['epoch']}: save after each epoch, "
    f"with the number of finished epochs. {loop_part}"
)
assert seen["losses"], (
    "nn.functional.cross_entropy was never called: call it by this name, so that the "
    f"check can watch it. {loop_part}"
)
assert set(seen["dtypes"]) == {torch.float32}, (
    "With amp=False the net computed in half precision: give autocast enabled=amp. "
    f"{amp_part}"
)
net = new_net()
torch.manual_seed(0)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(2):
    train_epoch(net, optimizer, images, labels)
plain = seen
assert same(plain["net"], net.state_dict()), (
    "With amp=False it ends with other weights than the plain loop: same seed, same "
    "order of the batches, same optimizer, one step for each batch; and with amp=False "
    f"the scaler must be off. {loop_part}"
)
assert same(whole["model"], plain["net"]), (
    "The last checkpoint holds other weights than the net at the end: save after the "
    f"epoch's last step. {loop_part}"
)

# Started again when it has finished: nothing is trained, and the net is the file's.
again, _ = run(
    "whole.pt",
    2,
    "Started again from its checkpoint",
    across_part,
    anew=False,
)
assert not again["losses"], (
    "Called with the path of a finished run, it trained again: read 'epoch' from the "
    f"checkpoint and count on from there. {across_part}"
)
assert same(again["net"], whole["model"]), (
    "Started again, the net does not get the weights of the checkpoint: load 'model' "
    f"into it. {across_part}"
)

# With AMP.
for where in dict.fromkeys((cpu, device)):  # where there is a GPU, there too
    half = torch.float16 if where.type == "cuda" else torch.bfloat16
    seen, saved = run(
        "amp.pt", 2, f"On {where} with AMP", amp_part, device=where, amp=True
    )
    wrong = [dtype for dtype in seen["dtypes"] if dtype != half]
    assert not wrong, (
        f"With amp=True on {where}, the first layer's output is of {wrong[0]} instead "
        f"of {half}, {len(wrong)} times of {len(seen['dtypes'])}: autocast needs "
        "device.type, the dtype that belongs to it, and each forward pass inside. "
        f"{amp_part}"
    )
    assert seen["losses"][0].dtype == torch.float32, (
        f"The loss is of {seen['losses'][0].dtype}: compute it under autocast too, "
        f"which keeps the loss in float32. {amp_part}"
    )
    late, plain_late = (
        sum(float(loss) for loss in each["losses"][-5:]) / 5 for each in (seen, plain)
    )
    assert late < 1.25 * plain_late, (
        f"With AMP it hardly learns: after two epochs the loss is {late:.2f}, and "
        f"{plain_late:.2f} without. Put autocast around each forward pass, not around "
        "the loop. Lesson: “Autocast around the whole loop”."
    )
    assert bool(saved["scaler"]) == (half == torch.float16), (
        f"On {where} in {half} the saved state of the scaler is {saved['scaler']}: "
        "make it with enabled=True for float16 and False for bfloat16, and save it. "
        f"{scaler_part}"
    )

# The scaler, switched on by the check, so that it works on the CPU.
with scaler_switched_on() as calls:
    _, scaled = run(
        "scaled.pt",
        2,
        "With its scaler on",
        "For each batch the scaler has three things to do, in this order: scale, step, "
        f"update. {amp_part}",
        amp=True,
    )
batches = len(images[::64])
assert calls, (
    "No torch.amp.GradScaler took part: make one in train_portable, and use its "
    f"scale, step and update. {amp_part}"
)
assert calls == 2 * batches * ["scale", "step", "update"], (
    f"The scaler's calls begin with {', '.join(calls[:4])}: for each batch it should "
    f"be scale, step, update, once each and in this order. {amp_part}"
)
assert scaled["scaler"].get("scale"), (
    "The scaler was on, and the saved 'scaler' has no scale: save scaler.state_dict(). "
    f"{scaler_part}"
)

# Interrupted after an epoch, and started again: without AMP, and with a scaler.
for expected, amp, path in ((whole, False, "cut.pt"), (scaled, True, "cut-amp.pt")):
    switch = scaler_switched_on() if amp else contextlib.nullcontext()
    what = "Interrupted after one epoch and started again"
    with switch:
        run(path, 1, what, across_part, amp=amp)
        _, cut = run(path, 2, what, across_part, amp=amp, anew=False)
    assert cut["epoch"] == 2, (
        f"Interrupted and started again, it ends after epoch {cut['epoch']} instead of "
        f"2: put 'epoch' back. {across_part}"
    )
    assert cut["scaler"] == expected["scaler"], (
        "Interrupted and started again, the scaler ends in another state than in one "
        f"go: load what was saved of it. {scaler_part}"
    )
    steps, wanted = (state["optimizer"]["state"] for state in (cut, expected))
    assert steps and int(steps[0]["step"]) == int(wanted[0]["step"]), (
        "Interrupted and started again, Adam has counted other steps than in one go: "
        f"load the optimizer's state, after it is built. {across_part}"
    )
    assert same(cut["model"], expected["model"]), (
        "Interrupted and started again, it ends with other weights: the random state "
        "has to be put back too, after torch.manual_seed, or the batches come in "
        f"another order. {across_part}"
    )

# A checkpoint of a scaler that was off, for one that is on: from a CPU to a GPU.
torch.save({**whole, "scaler": {}, "epoch": 1}, "moved.pt")
with scaler_switched_on():
    run(
        "moved.pt",
        2,
        "Going on with its scaler on, from a checkpoint without AMP",
        "A scaler that was off saves an empty dict: load its state only if there is "
        f"one. {scaler_part}",
        amp=True,
        anew=False,
    )

# A checkpoint from a GPU: its tensors are marked as CUDA's, as torch.save marks them.
with mock.patch("torch.serialization.location_tag", return_value="cuda:0"):
    torch.save({**whole, "scaler": scaled["scaler"], "epoch": 1}, "moved.pt")
_, moved = run(
    "moved.pt",
    2,
    "With a checkpoint that was saved on a GPU",
    f'Load with map_location="cpu": load_state_dict then moves what is needed. '
    f"{across_part}",
    anew=False,
)
assert moved["epoch"] == 2, (
    f"From a GPU's checkpoint of epoch 1 it went on to {moved['epoch']} instead of 2. "
    f"{across_part}"
)

# On meta, from the start and from the CPU's checkpoint: is anything left behind?
asked = []  # the devices that autocast was asked for


def begin_noted(self, device_type, *arguments, **options):
    asked.append(device_type)


no_autocast = {  # the real one does not know meta
    "__init__": begin_noted,
    "__enter__": lambda self: self,
    "__exit__": lambda self, *error: None,
}
torch.save({**whole, "scaler": {}, "epoch": 1}, "moved.pt")
fresh = "Model, inputs and targets must all be on `device`."
resumed = (
    "Load a CPU's checkpoint to the CPU, where the random state stays, and load the "
    "optimizer's state when it is built on the moved net."
)
for path, epochs, hint in (("meta.pt", 1, fresh), ("moved.pt", 2, resumed)):
    with (
        mock.patch.multiple(torch.autocast, **no_autocast),
        warnings.catch_warnings(),
    ):
        # Weights that are copied to meta are lost, says PyTorch. We know.
        warnings.filterwarnings("ignore", "for .* copying from a non-meta")
        seen, saved = run(
            path,
            epochs,
            "On another device",
            f"{hint} {across_part}",
            device=meta,
            anew=path == "meta.pt",
        )
    for part in ("weights", "inputs", "targets"):
        wrong = [where for where in seen[part] if where != "meta"]
        assert not wrong, (
            f"Called with the device meta, the {part} were on {wrong[0]}: all "
            f"must be on the argument `device`. {loop_part}"
        )
    states = saved["optimizer"]["state"].values()
    assert states and all(state["exp_avg"].is_meta for state in states), (
        "On another device the optimizer does not train the net that has moved: "
        "first move the net, then build the optimizer, then load its state. "
        "Lesson: “What else has to move”."
    )
wrong = [where for where in asked if where != "meta"]
assert not wrong, (
    f"autocast was asked for {wrong[0]} when the device was meta: give it device.type. "
    f"{amp_part}"
)

# From the device that there is, with AMP, back to the CPU without it.
run("home.pt", 1, f"On {device} with AMP", amp_part, device=device, amp=True)
_, home = run(
    "home.pt",
    2,
    f"Saved on {device} with AMP and started again on the CPU without",
    across_part,
    anew=False,
)
assert home["epoch"] == 2, (
    f"From {device} back to the CPU it ends after epoch {home['epoch']} instead of 2. "
    f"{across_part}"
)
print("Exercise 4: passed")

# %% [markdown] tags=["solution"]
# **Why so.** The net moves first, so the optimizer is built on the tensors that will be
# trained. The file is loaded to the CPU, always: there the random state has to be, and
# `load_state_dict` copies everything else to where net and optimizer are. Autocast goes
# around the forward pass and the loss, step by step; backward pass and step stay
# outside. The scaler is only for float16, whose small numbers end early; bfloat16 has
# the range of float32. A scaler that is off hands everything through and saves an empty
# dict, so the loop needs no second version, and only the loading has to ask.
#
# With a GPU, try it on a checkpoint of your own: train an epoch with
# `device=torch.device("cuda")`, and go on with `cpu`. The weights will not be the same
# down to the last bit as in one go, because the two round differently.
