# %% tags=["file-only"]
"""Lesson 2's exercises with their solutions: practice and solutions notebooks."""

# Cells of a notebook, each with what it newly needs:
# ruff: noqa: E402

import os
import time

import torch
from torch import nn

from snippets.gpu_training.data import load_images
from snippets.gpu_training.loop import train_epoch
from snippets.gpu_training.model import make_net
from snippets.gpu_training.safe_save import save_checkpoint

# %% [markdown]
# # Practice: GPU training
#
# Four exercises, from guided to independent. Each has a task, a cell for your code and
# check cells. A check stops with a sentence that says what is still wrong and where in
# the lesson to look, or prints `passed`. You need no GPU. Where there is one, the same
# cells use it and show more; they say what.
#
# **A stand-in for the GPU.** The device `meta` is part of PyTorch everywhere. A tensor
# there has a shape and a dtype, and no numbers. So a net on `meta` calculates nothing,
# but it refuses a tensor that was left on the CPU, as it would on a GPU. The checks run
# your code on `meta` too: what was left behind shows up on any machine.
#
# Run the next cells first: the lesson's data, net and CPU loop, unchanged, and lesson
# 1's safe save.

# %%
# --8<-- "snippets/gpu_training/data.py:data"

# %%
# --8<-- "snippets/gpu_training/model.py:net"

# %%
# --8<-- "snippets/gpu_training/loop.py:loop"

# %%
# --8<-- "snippets/gpu_training/safe_save.py:save"

# %%
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
cpu, meta = torch.device("cpu"), torch.device("meta")
images, labels = load_images(train=True, count=300)  # they stay on the CPU
print("device:", device)

# %% [markdown]
# Run this cell too. Only the checks use it, and you need not read it: it lets them
# watch your code while it runs. It puts nothing into your net or your files.

# %%
# @title For the checks: run this cell; you need not read it
import contextlib
from unittest import mock

from torch.overrides import TorchFunctionMode


class Watch(TorchFunctionMode):
    """Notes where each training step happens, in which dtype, and from what.

    meta has no numbers: there, .item() and the like return 0. If a device is given as
    `gpu`, it plays the part of the device cuda.
    """

    PLAIN = {  # what makes a number of a tensor, and what it makes of one on meta
        torch.Tensor.item: lambda tensor: 0.0,
        torch.Tensor.tolist: lambda tensor: 0.0,
        torch.Tensor.__float__: lambda tensor: 0.0,
        torch.Tensor.__int__: lambda tensor: 0,
        torch.Tensor.__bool__: lambda tensor: False,
        torch.Tensor.__format__: lambda tensor, spec: format(0.0, spec),
        torch.isfinite: lambda tensor: torch.tensor(True),
        torch.Tensor.isfinite: lambda tensor: torch.tensor(True),
    }

    def __init__(self, gpu=None, before_loss=lambda: None):
        super().__init__()
        self.gpu, self.before_loss = gpu, before_loss
        self.weights, self.inputs, self.targets = [], [], []  # types of their devices
        self.dtypes, self.batch = [], None  # of the first layer's outputs; its inputs
        self.stale = 0  # of these outputs: how many came from other weights
        self.losses, self.class_weights = [], []

    def here(self, value):
        """`value`, or the device that plays the GPU where it means one."""
        named = isinstance(value, str | torch.device)
        return self.gpu if self.gpu and named and "cuda" in str(value) else value

    def __torch_function__(self, function, types, arguments=(), options=None):
        options = options or {}
        if self.gpu:
            arguments = tuple(map(self.here, arguments))
            options = {name: self.here(value) for name, value in options.items()}
            if function is torch.Tensor.cuda:
                function, arguments = torch.Tensor.to, (arguments[0], self.gpu)
        if function in self.PLAIN and arguments[0].is_meta:
            return self.PLAIN[function](*arguments)
        if function is nn.functional.cross_entropy:
            self.before_loss()
            self.targets.append(arguments[1].device.type)
        first = function is nn.functional.linear and arguments[1].shape[-1] == 784
        if first:
            self.batch = arguments[0].detach()
            self.inputs.append(self.batch.device.type)
            self.weights.append(arguments[1].device.type)
        try:
            result = function(*arguments, **options)
        except NotImplementedError:  # meta has no numbers to copy
            asked = function in (torch.Tensor.to, torch.Tensor.cpu)
            if not asked or arguments[0].requires_grad:
                raise
            result = torch.zeros_like(arguments[0], device="cpu")
        if first:
            self.note_output(result, arguments)
        if function is nn.functional.cross_entropy:
            self.losses.append(result.detach())
            self.class_weights.append(options.get("weight"))
        return result

    def note_output(self, outputs, arguments):
        """Note a first layer's dtype, and whether its weights were those of now."""
        self.dtypes.append(outputs.dtype)
        if not outputs.is_meta:
            outputs = outputs.detach()
            now = (part.detach().to(outputs.dtype) for part in arguments)
            off = nn.functional.linear(*now) - outputs
            self.stale += bool(off.float().norm() > 0.1 * outputs.float().norm())


def error_of(call, *arguments):
    """The error that the call stops with, or None."""
    try:
        call(*arguments)
    except Exception as error:
        return error


def number_in(answer):
    """The number that an answer means, or None: 0, 0.0 and "0" are the same."""
    try:
        return float(answer)
    except (TypeError, ValueError):
        return None


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
# Run the next two cells. The first trains with the loop as you know it, on the CPU. The
# second moves the net, and nothing else, and prints the error. Before you run it, say
# which tensors are on which device: the error names the devices, but not the tensors.

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
# where the net and its optimizer are built, the other two in the loop. Then answer the
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
        total += loss.detach() * len(batch)  # stays on the device
    return float(total) / len(images)


# solution:start
#: Say line 3 is missing, and `device` is a GPU. How many steps has the optimizer done
#: when the error comes? Your turn: a number in place of None.
#> steps_done = None
steps_done = 0
# solution:end

net, optimizer = set_up(device)
device_loss = train_epoch_on(net, optimizer, images, labels, device)
print(f"mean loss on {device}: {device_loss:.3f}")

# %% tags=["check"]
# @title Check: exercise 1
lesson = "Lesson: “Moving to the GPU is one line”."
order = "Lesson: “What else has to move”."
net, optimizer = attempt(
    "Called with another device, set_up",
    f"Move to the argument `device`, to no fixed one. {lesson}",
    set_up,
    meta,
)
usual = torch.empty(0).device
torch.set_default_device(None)  # whatever was set: the cells below need the usual one
assert usual == cpu, (
    f"set_up makes {usual} the default for every new tensor, and this stays so after "
    f"it has returned: move the net alone, with net.to(device). {lesson}"
)
for name, weight in net.named_parameters():
    assert weight.is_meta, (
        f"After set_up with the device meta, the model's {name} is on {weight.device}: "
        f"line 1 is missing in set_up, or moves to another place. {lesson}"
    )
held = [weight for group in optimizer.param_groups for weight in group["params"]]
assert {id(weight) for weight in held} == {id(weight) for weight in net.parameters()}, (
    "The optimizer was built before the model moved. The move to meta made new "
    "parameters, and the optimizer holds the old ones: it would train nothing that you "
    f"use. First move the model, then build its optimizer. {order}"
)
with Watch() as seen:
    refused = error_of(train_epoch_on, net, optimizer, images[:128], labels[:128], meta)
ended = f"stopped with an error ({type(refused).__name__})" if refused else "returned"
assert seen.weights, (
    f"Called with another device, train_epoch_on {ended} before the net saw a batch: "
    f"move to the argument `device`, to no fixed one. {lesson}"
)
assert seen.inputs[-1] == "meta", (
    f"The inputs reached the net on {seen.inputs[-1]} instead of on `device`: for a "
    f"tensor, .to() returns a copy, so assign it: x = x.to(device). {lesson}"
)
assert seen.targets, (
    f"Model and inputs have moved, and before the loss it {ended}: leave the rest of "
    f"the loop as it was. {lesson}"
)
assert seen.targets[-1] == "meta", (
    "The inputs have moved and the targets have not: the loss needs both on `device`, "
    f"so assign y.to(device) to y. {lesson}"
)
assert refused is None, (
    f"All three have moved, and then it {ended}: leave the rest of the loop as it "
    f"was. {lesson}"
)
net = make_net(16)  # this one stays on the CPU
optimizer = torch.optim.Adam(net.parameters())
error_of(train_epoch_on, net, optimizer, images[:64], labels[:64], meta)
assert net[0].weight.device == cpu, (
    "train_epoch_on moves the model, and gets an optimizer that is already built: "
    f"that is too late, so let set_up alone move the model. {order}"
)
for where in dict.fromkeys((cpu, device)):  # where there is a GPU, there too
    net, optimizer = attempt("set_up", lesson, set_up, where)
    loss = attempt(
        f"On {where}, train_epoch_on",
        f"Beside the three lines, leave the loop as it was. {lesson}",
        train_epoch_on,
        net,
        optimizer,
        images,
        labels,
        where,
    )
    assert isinstance(loss, float) and abs(loss - cpu_loss) < 0.02, (
        f"On {where}, set_up and train_epoch_on give {loss!r}, and the plain loop's "
        f"mean loss is {cpu_loss:.3f}: beside the three lines, all must stay as it "
        f"was. {lesson}"
    )
assert steps_done is not None, (
    "The question is still open: set `steps_done` to a number."
)
answer = number_in(steps_done)
assert answer is not None, (
    f"`steps_done` is {steps_done!r}, which is no number: write how many steps, such "
    "as steps_done = 7."
)
assert answer == 0, (
    f"The answer {steps_done!r} is not right: find the line of the loop that first "
    "needs the targets, and see whether it stands before or after optimizer.step()."
)
print("Exercise 1: passed")

# %% [markdown] tags=["solution"]
# **Why.** A module moves in place, so `net.to(device)` is enough; a tensor cannot,
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
# @title Check: exercise 2
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
runs = {}
for where in dict.fromkeys((meta, cpu, device)):
    with Watch() as seen:
        runs[where] = attempt(
            f"The net is right, and training on {where}",
            f"Look for what the loss is given, and is not part of the net. {lesson}",
            train_noisy,
            images,
            labels,
            where,
        )
    assert isinstance(runs[where], tuple) and len(runs[where]) == 2, (
        f"train_noisy returns a {type(runs[where]).__name__} instead of the net and "
        "the mean loss: only where the tensors are may change."
    )
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
with Watch() as quiet, torch.no_grad():
    trained.eval()(x)
assert torch.allclose(quiet.batch, x - centre, atol=1e-5), (
    "In eval mode the layers do not get x - centre any more: "
    "only where the tensors are may change."
)
noises = []  # of two calls in training mode
for _ in range(2):
    with Watch() as noisy, torch.no_grad():
        trained.train()(x)
    noises.append(noisy.batch - (x - centre))
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


def train_as_before():
    """The mean loss on the CPU of the program as it was."""
    torch.manual_seed(0)
    net = make_net(64)
    optimizer = torch.optim.Adam(net.parameters())
    class_weights = torch.tensor([2.0, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    total = 0.0
    for batch in torch.randperm(len(images)).split(64):
        x = images[batch] - centre
        logits = net(x + 0.1 * torch.randn(x.shape))
        loss = nn.functional.cross_entropy(logits, labels[batch], weight=class_weights)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.detach() * len(batch)
    return total / len(images)


before = train_as_before()
for where, (_, loss) in runs.items():
    assert where == meta or abs(loss - before) < 0.02, (
        f"On {where} the mean loss is {float(loss):.3f}, and it was {before:.3f} on "
        "the CPU: seed, batches, optimizer and steps must stay as they were."
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

# %% [markdown]
# ## Exercise 3: time it properly, and find your own crossover (supported)
#
# A GPU works through a queue: your program hands over a step, and goes on before it is
# done. So wait for the device before you start the clock, and again before you stop it.
# Complete `time_step`.

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
# The check gives `time_step` a made-up device with a made-up clock, so no busy machine
# can disturb it. The first three steps take 200 ms each; the next five take 7, 5, 50, 6
# and 8 ms; and each call returns after a hundredth of a millisecond, long before the
# step is done.


# %% tags=["check"]
# @title Check: exercise 3, timing
class MadeUpDevice:
    """A queue of steps and a clock, both made up."""

    type = "made-up"

    def __init__(self, *work):
        self.work = work  # seconds that each step takes
        self.now = self.done = 0.0  # seconds; when all that was handed over is done
        self.calls = self.looks = self.early = 0
        self.misled = []  # what synchronize was called with instead of the device

    def step(self):
        self.now += 0.00001
        self.done = max(self.now, self.done) + self.work[self.calls % len(self.work)]
        self.calls += 1

    def synchronize(self, *device, **named):
        given = [*device, *named.values()]
        if given != [self]:
            self.misled.append(", ".join(map(repr, given)) or "nothing")
        self.now = max(self.now, self.done)

    def perf_counter(self):
        self.looks += 1
        self.early += self.done > self.now  # somebody did not wait
        return self.now

    def perf_counter_ns(self):
        return round(1e9 * self.perf_counter())


no_gpu = RuntimeError("torch.cuda.synchronize needs a GPU")


@contextlib.contextmanager
def clock_of(pretend):
    """Meanwhile, clock and synchronize are those of the made-up device."""
    names = {"synchronize": pretend.synchronize}
    for name in ("perf_counter", "perf_counter_ns"):
        if name in globals():  # imported by name
            names[name] = getattr(pretend, name)
    kept = {name: globals()[name] for name in names}
    globals().update(names)
    try:
        with (
            mock.patch.object(time, "perf_counter", pretend.perf_counter),
            mock.patch.object(time, "perf_counter_ns", pretend.perf_counter_ns),
            mock.patch.object(torch.cuda, "synchronize", side_effect=no_gpu),
        ):
            yield
    finally:
        globals().update(kept)


def timed(pretend, warmup, repeats):
    """What time_step says of the made-up device's steps."""
    with clock_of(pretend):
        return attempt(
            "time_step",
            f"It may use step, synchronize(device) and time.perf_counter(). {lesson}",
            time_step,
            pretend.step,
            pretend,
            warmup=warmup,
            repeats=repeats,
        )


lesson = "Lesson: “Timing that you can trust”."
pretend = MadeUpDevice(0.2, 0.2, 0.2, 0.007, 0.005, 0.05, 0.006, 0.008)
seconds = timed(pretend, warmup=3, repeats=5)
assert pretend.calls == 8, (
    f"With warmup=3 and repeats=5, step was called {pretend.calls} times instead of 8: "
    f"first the warm-up, then the calls that are timed. {lesson}"
)
assert not pretend.misled, (
    f"synchronize was called with {pretend.misled[0]} in its brackets: give it the "
    f"argument `device`, or it does not know for whom to wait. {lesson}"
)
assert pretend.looks, (
    "Nobody looked at the clock: use time.perf_counter(), which is made for short "
    f"times. {lesson}"
)
assert not pretend.early, (
    f"Of {pretend.looks} looks at the clock, {pretend.early} came while the device was "
    "still at work: call synchronize(device) before each look, before the first as "
    f"well as after each step. {lesson}"
)
assert isinstance(seconds, float), (
    f"time_step returns a value of type {type(seconds).__name__}: it should be one "
    f"number, the median of the times. {lesson}"
)
hints = {
    0.0152: "that is the mean, which one slow step pulls up; return the median",
    0.005: "that is the fastest step; return the median",
    0.05: "that is the slowest step; return the median",
    0.008: "that is the last step; return the median of all five",
    0.076: "that is all five steps together; return the median of one",
    0.029: "steps of the warm-up are among the timed ones",
    7.0: "that is in milliseconds; return seconds",
}
near = [hint for wrong, hint in hints.items() if abs(seconds - wrong) < 0.02 * wrong]
hint = (near + ["return the median of the five timed steps, in seconds"])[0]
assert abs(seconds - 0.007) < 0.0002, (
    f"time_step says {1000 * seconds:.1f} ms instead of 7.0 ms: {hint}. {lesson}"
)
# Once more with other numbers, so that none of the first ones can stand in the code.
pretend = MadeUpDevice(0.3, 0.04, 0.02, 0.03, 0.9)
seconds = timed(pretend, warmup=1, repeats=3)
assert pretend.calls == 4 and abs(seconds - 0.03) < 0.001, (
    f"With warmup=1 and repeats=3 it calls step {pretend.calls} times instead of 4, "
    f"and says {1000 * seconds:.1f} ms instead of 30.0 ms: use the arguments, no fixed "
    f"numbers. {lesson}"
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
# costing about the same, and from where on is the GPU faster? The widths always come
# from the smallest to the largest.


# %%
def stops_being_constant(widths, seconds):
    """The first width whose step takes more than twice as long as the first width's.

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

    One fast step with a slow one after it is no crossover.
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
# @title Check: exercise 3, crossover
from itertools import product

lesson = "Lesson: “The GPU is always faster”."
# Made-up times, in seconds: they test your functions and say nothing of any machine.
widths = [16, 64, 256, 1024]


def found_by(function, *rows):
    """What a function returns for the widths and rows; it may not change them."""
    given = [list(widths), *map(list, rows)]
    found = attempt(function.__name__, lesson, function, *given)
    assert given == [widths, *rows], (
        f"{function.__name__} changes the lists that it is given, and the cells below "
        "need them: work on a copy, such as list(widths)."
    )
    return found


rows = [  # rows that can tell what is often mixed up; then all there are
    ([1.0, 2.0, 3.0, 9.0], "exactly twice is not more than twice"),
    ([3.0, 1.0, 4.0, 9.0], "compared with the first, which is not the fastest"),
    ([1.0, 3.0, 1.0, 9.0], "the first one, whatever comes after it"),
    ([5.0, 5.0, 9.0, 10.0], "none takes more than twice as long"),
    *(
        (list(row), "one of many rows")
        for row in product([1.0, 2.0, 4.0, 5.0], repeat=4)
    ),
]
for row, meaning in rows:
    longer = [w for w, one in zip(widths, row, strict=True) if one > 2 * row[0]]
    expected = longer[0] if longer else None
    found = found_by(stops_being_constant, row)
    assert type(found) is not bool and found == expected, (
        f"For steps of {row} s at the widths {widths} ({meaning}), "
        f"stops_being_constant returns {found!r} instead of {expected!r}: it is the "
        "first width (not its time) that takes more than twice as long as the first "
        f"width. {lesson}"
    )
slow, quick = [1.0, 2.0, 3.0, 4.0], [0.5, 0.5, 0.5, 0.5]
rows = [
    (slow, [2.0, 2.5, 2.9, 2.9], "the first width that is faster"),
    (slow, quick, "faster at every width"),
    (quick, slow, "slower at every width"),
    (slow, slow, "as fast and not faster"),
    (slow, [0.9, 2.5, 2.9, 2.9], "faster at width 16 by accident, then slower again"),
    (slow, [2.0, 1.0, 1.0, 9.0], "slower at the end: it has not overtaken"),
    *(
        (slow, [s + d for s, d in zip(slow, change, strict=True)], "one of many rows")
        for change in product([-0.5, 0.0, 0.5], repeat=4)
    ),
]
for on_cpu, on_gpu, meaning in rows:
    pairs = list(zip(on_cpu, on_gpu, strict=True))
    ahead = [
        w for i, w in enumerate(widths) if all(gpu < cpu for cpu, gpu in pairs[i:])
    ]
    expected = ahead[0] if ahead else None
    found = found_by(overtakes, on_cpu, on_gpu)
    assert type(found) is not bool and found == expected, (
        f"With {on_cpu} s on the CPU and {on_gpu} s on the GPU ({meaning}), overtakes "
        f"returns {found!r} instead of {expected!r}, for the widths {widths}. {lesson}"
    )
assert set(times["cpu"]) != {1.0}, (
    "The measured times are still those of the unsolved time_step: "
    "run the cell that measures, and the cell above, again."
)
print("Exercise 3, crossover: passed")

# %% [markdown] tags=["solution"]
# **Why.** Without the wait at the end you time how long it takes to hand a step
# over; without the wait at the start you time what is left of the steps before. The
# first steps pay for things that happen once, so they are not timed. The median does
# not care about the one step during which the machine did something else.
#
# Look at your own rows: the weights grow by a known factor, and where the time grows by
# less, the fixed cost shows. Faster arithmetic is of little help where a step is mostly
# fixed cost. Where one device overtakes another differs from machine to machine. No
# table can tell you, not even ours: measure it.

# %% [markdown]
# ## Exercise 4: the whole portable loop (independent)
#
# Write `train_portable(net, path, epochs, device, amp=False)`. It trains a net on any
# device, can be stopped at any moment, and goes on from its checkpoint on any device:
#
# - **Net and optimizer.** It calls `torch.manual_seed(0)`, brings `net` to `device`,
#   and trains it there with `torch.optim.Adam(net.parameters())`. It returns `net`.
# - **An epoch** goes through `torch.randperm(len(images)).split(64)`. Each batch of
#   `images` and `labels` moves to `device`; the loss is `nn.functional.cross_entropy`.
# - **Mixed precision.** With `amp=True`, forward pass and loss run under
#   `torch.autocast`: in bfloat16 on a CPU, and in float16 on CUDA, which every CUDA GPU
#   can do, and which needs the scaler. With `amp=False` it computes what the plain loop
#   computes.
# - **The scaler.** Backward pass and step go through one `torch.amp.GradScaler`, which
#   is switched on for float16 only, so never without `amp`.
# - **The checkpoint.** After each epoch it saves one to `path`, with `save_checkpoint`
#   from above: a dict with `"model"`, `"optimizer"`, `"scaler"` (their state_dicts),
#   `"epoch"` (how many epochs are finished) and `"rng"` (`torch.get_rng_state()`).
# - **Going on.** Called with a `path` that exists, it loads that file to the CPU, goes
#   on until `epochs` epochs have been trained in all, and ends as if it had never been
#   stopped. The file may come from another device, or from another `amp`. If all epochs
#   are trained, it trains no more.

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
        save_checkpoint(path, state)
    return net
    # solution:end


# %% [markdown]
# The check runs your function many times, kills it on the way, and looks at every
# checkpoint. In some of the runs the CPU plays a GPU: the device is called `cuda:0`,
# and the scaler works. Run the next cell too; only the check uses it, and you need not
# read it.

# %%
# @title For the checks: run this cell; you need not read it
import inspect
import warnings
from collections.abc import Mapping

from torch.optim.optimizer import register_optimizer_step_pre_hook

loop_part = "Lesson: “One loop to carry away”."
amp_part = "Lesson: “Mixed precision in the loop”."
across_part = "Lesson: “Checkpoints across devices”."
scaler_part = "Lesson: “The scaler in the checkpoint”."
moves_part = "Lesson: “What else has to move”."
frozen_part = "Lesson: “Autocast around the whole loop”."
BATCHES = len(images[::64])  # in an epoch
GPU = torch.device("cuda:0")  # its type is cuda, and it is not equal to cuda


class Killed(BaseException):
    """Stands for the end of a program that is killed."""


def new_net():
    """Always the same net with the same weights."""
    torch.manual_seed(1)
    return make_net(32)


def opened(path):
    """What a program that starts now finds at `path`; None if nothing can be used."""
    with contextlib.suppress(Exception):
        return torch.load(path, map_location="cpu", weights_only=True)


def close(weights, expected):
    """Whether two state_dicts hold the same names and, but for rounding, numbers."""
    return weights.keys() == expected.keys() and all(
        torch.allclose(weights[name].cpu(), expected[name].cpu(), atol=2e-6)
        for name in expected
    )


class Notes:
    """How a run uses scaler, autocast and files. `place` is where it really happens.

    `patches()` are for the time of the run. Where a device is played, autocast stays
    off, and the scaler is one for the CPU, with a small scale that soon grows.
    """

    def __init__(self, place, played):
        self.place, self.played = place, played
        self.made, self.calls = [], []  # scalers: (scaler, on?) and (scaler, method)
        self.autocasts = []  # the types of devices and the dtypes that it was asked for
        self.types = {}  # key of the checkpoint → type of what was saved
        self.unsafe = False  # loaded with weights_only=False?

    @contextlib.contextmanager
    def patches(self):
        scaler, autocast = torch.amp.GradScaler, torch.autocast
        noted = {
            name: self.noting(scaler, name) for name in ("scale", "step", "update")
        }
        noted["__init__"] = self.scaler_made(scaler.__init__)
        files = {"save": self.saving(torch.save), "load": self.loading(torch.load)}
        wait = mock.Mock() if self.played else torch.cuda.synchronize
        with (
            mock.patch.multiple(scaler, **noted),
            mock.patch.object(
                autocast, "__init__", self.autocast_made(autocast.__init__)
            ),
            mock.patch.multiple(torch, **files),
            mock.patch.object(torch.cuda, "synchronize", wait),
            warnings.catch_warnings(),
        ):
            # Weights that are copied to meta are lost, says PyTorch. We know.
            warnings.filterwarnings("ignore", "for .* copying from a non-meta")
            yield

    def scaler_made(self, begin):
        def noted(scaler, *arguments, **options):
            given = inspect.signature(begin).bind(scaler, *arguments, **options)
            on = given.arguments.get("enabled", True)
            self.made.append((scaler, on))
            if self.place.type == "cuda":
                return begin(scaler, *arguments, **options)
            on = on and self.place == cpu  # meta has no numbers to scale
            begin(scaler, "cpu", init_scale=64.0, growth_interval=7, enabled=on)

        return noted

    def noting(self, scaler, name):
        method = getattr(scaler, name)

        def noted(scaler, *arguments, **options):
            self.calls.append((scaler, name))
            return method(scaler, *arguments, **options)

        return noted

    def autocast_made(self, begin):
        def noted(autocast, device_type, dtype=None, enabled=True, cache_enabled=None):
            if enabled:
                self.autocasts.append((device_type, dtype))
            if self.played:
                device_type, dtype, enabled = "cpu", None, False
            begin(autocast, device_type, dtype, enabled, cache_enabled)

        return noted

    def saving(self, save):
        def noted(state, *arguments, **options):
            if isinstance(state, Mapping):
                self.types |= {key: type(value) for key, value in state.items()}
            save(state, *arguments, **options)

        return noted

    def loading(self, load):
        def noted(*arguments, **options):
            self.unsafe |= options.get("weights_only") is False
            return load(*arguments, **options)

        return noted


class Run:
    """One call of train_portable, and every checkpoint on its way.

    `played_by` is the device that plays the GPU. `kill` ends the run at that batch.
    """

    def __init__(
        self, what, path, epochs, device, amp=False, hint="", played_by=None, kill=None
    ):
        self.what, self.path, self.epochs = what, path, epochs
        self.device, self.amp, self.kill = device, amp, kill
        self.needs_scaler = amp and device.type == "cuda"
        self.real = device.type == "cuda" and not played_by  # a GPU's scaler may skip
        start = opened(path) or {"epoch": 0, "scaler": {}, "optimizer": {"state": {}}}
        self.done, self.steps = start["epoch"], counted(start)
        self.scaled = self.steps if start["scaler"] else 0  # steps that a scaler saw
        self.net, self.held, self.looks, self.steps_done = new_net(), True, [], 0
        self.watch = Watch(played_by, self.before_loss)
        self.notes = Notes(played_by or device, bool(played_by))
        hook = register_optimizer_step_pre_hook(self.before_step)
        try:
            with self.notes.patches(), self.watch:
                result = attempt(
                    f"{what}, train_portable",
                    hint,
                    train_portable,
                    self.net,
                    path,
                    epochs,
                    device,
                    amp=amp,
                )
        except Killed:
            return
        finally:
            hook.remove()
        self.losses = self.watch.losses
        self.judge(result)
        self.judge_scaler()
        if self.losses:
            self.look()
        for number, found in enumerate(self.looks, start=1):
            self.judge_checkpoint(number, *found)

    def before_loss(self):
        """Called before each loss: kill the run, or look at what is in the file."""
        batch = len(self.watch.losses)
        if batch == self.kill:
            raise Killed
        if batch and batch % BATCHES == 0:  # an epoch is done, the next one has begun
            self.look()

    def look(self):
        weights = {n: one.clone() for n, one in self.net.state_dict().items()}
        self.looks.append((os.path.exists(self.path), opened(self.path), weights))

    def before_step(self, optimizer, arguments, options):
        """Called before each step: does the optimizer hold what the net now has?"""
        self.steps_done += 1
        held = {id(one) for group in optimizer.param_groups for one in group["params"]}
        self.held &= all(id(one) in held for one in self.net.parameters())

    def judge(self, result):
        """Fails unless the given net was trained, as often as was asked for."""
        assert result is not None or self.losses or os.path.exists(self.path), (
            "Nothing is written yet: train_portable trains nothing, saves nothing and "
            f"returns None. {loop_part}"
        )
        assert result is self.net, (
            f"{self.what}, train_portable returns a value of type "
            f"{type(result).__name__}, which is not the net that it was given: it must "
            "return the net itself."
        )
        assert self.losses or self.done, (
            "nn.functional.cross_entropy was never called: compute the loss with it, "
            f"so that the check can look on. {loop_part}"
        )
        computed, expected = len(self.losses), (self.epochs - self.done) * BATCHES
        assert computed == expected or self.done, (
            f"{self.what}, it computed {computed} losses for {self.epochs} epochs "
            f"instead of {expected}: an epoch has {BATCHES} batches of at most 64 "
            f"images, and one loss for each. {loop_part}"
        )
        assert computed == expected, (
            f"{self.what}, it computed {computed} losses instead of {expected}, though "
            f"{self.done} of {self.epochs} epochs were done: read 'epoch' from the "
            f"checkpoint, and count on from there. {across_part}"
        )
        assert self.steps_done == computed or self.real, (
            f"{self.what}, the optimizer did {self.steps_done} steps for {computed} "
            f"losses: it has to do one for each batch. {loop_part}"
        )
        assert self.held, (
            f"{self.what}, the optimizer does not train the net that has moved: first "
            f"move the net, then build the optimizer, then load its state. {moves_part}"
        )
        assert not self.notes.unsafe, (
            f"{self.what}, it loads with weights_only=False, which runs whatever code "
            f"the file holds: load with weights_only=True. {loop_part}"
        )

    def judge_scaler(self):
        """Fails unless one scaler is on where needed, and makes its three calls."""
        on = {id(scaler) for scaler, on in self.notes.made if on}
        assert self.needs_scaler or not on, (
            f"{self.what}, the GradScaler is switched on: float16 alone needs it, so "
            f"switch it on for CUDA with amp=True, else off. {scaler_part}"
        )
        if not self.needs_scaler or not self.losses:
            return
        assert on, (
            f"{self.what}, no GradScaler is switched on: float16 needs one, so make a "
            f"torch.amp.GradScaler, with enabled=True for it. {scaler_part}"
        )
        used = {id(scaler) for scaler, _ in self.notes.calls}
        assert len(used) < 2, (
            f"{self.what}, {len(used)} GradScalers took turns: make one, before the "
            "first epoch, since it finds its scale by counting good steps. "
            f"{scaler_part}"
        )
        calls = [name for _, name in self.notes.calls if name != "scale"]
        assert calls == len(self.losses) * ["step", "update"], (
            f"{self.what}, the scaler made {len(calls)} calls of step and update for "
            f"{len(self.losses)} batches: for each batch it should be scale, step, "
            f"update, in this order. {amp_part}"
        )

    def judge_checkpoint(self, number, there, state, weights):
        """Fails unless the file after that epoch of this run holds what it should."""
        epoch = self.done + number
        where = f"{self.what}, after epoch {epoch} of {self.epochs}"
        for key in ("model", "optimizer", "scaler"):
            kind = self.notes.types.get(key, dict)
            assert issubclass(kind, (Mapping, type(None))), (
                f"The checkpoint's '{key}' is of type {kind.__name__}: save its state, "
                f"which .state_dict() returns, and not the object. {loop_part}"
            )
        assert there, (
            f"{where} there is no file at '{self.path}': call save_checkpoint(path, …) "
            f"inside the loop, once an epoch. {loop_part}"
        )
        assert state is not None, (
            f"{where} the file at '{self.path}' cannot be loaded with "
            "weights_only=True: save state_dicts, tensors and numbers, no objects. "
            f"{loop_part}"
        )
        assert isinstance(state, dict), (
            f"{where} the checkpoint is a {type(state).__name__}: it must be a dict. "
            f"{loop_part}"
        )
        for key in ("model", "optimizer", "scaler", "epoch", "rng"):
            assert key in state, f"The checkpoint has no '{key}': add it. {loop_part}"
        assert state["epoch"] == epoch, (
            f"{where} the saved 'epoch' is {state['epoch']!r}: save inside the loop, "
            f"once an epoch, with the number of finished epochs. {loop_part}"
        )
        if self.watch.gpu == meta:
            return  # no numbers to compare
        assert close(state["model"], weights), (
            f"{where} the saved 'model' has other weights than the net: save after the "
            f"epoch's last step, and net.state_dict() of that moment. {loop_part}"
        )
        expected, found = self.steps + number * BATCHES, counted(state)
        hint = "load it, after the optimizer is built, and build none after that"
        if not self.done:
            hint = "call optimizer.state_dict() anew each time that you save"
        assert self.real or found == expected, (
            f"{where} the saved 'optimizer' has counted {found} steps instead of "
            f"{expected}, one for each batch: {hint}. {across_part}"
        )
        if self.needs_scaler:
            self.judge_scaler_state(number, state["scaler"], where)

    def judge_scaler_state(self, number, saved, where):
        assert saved and "scale" in saved, (
            f"{where} the scaler was on, and the saved 'scaler' is {saved!r}: save "
            f"scaler.state_dict(). {scaler_part}"
        )
        doublings, rest = divmod(self.scaled + number * BATCHES, 7)
        expected = [64.0 * 2**doublings, rest]
        found = [saved["scale"], saved["_growth_tracker"]]
        hint = "load what was saved of it, if there is something"
        if not self.done:
            hint = "call scaler.state_dict() anew each time that you save"
        assert self.real or found == expected, (
            f"{where} the saved 'scaler' has scale {found[0]:.0f} and counter "
            f"{found[1]}, instead of {expected[0]:.0f} and {expected[1]}: {hint}. "
            f"{scaler_part}"
        )


def counted(checkpoint):
    """The steps that the optimizer in a checkpoint has counted."""
    states = checkpoint["optimizer"]["state"].values()
    return max((int(state["step"]) for state in states), default=0)


def start_anew(what, path, *arguments, **options):
    """A Run for which nothing is left of an earlier one."""
    Path(path).unlink(missing_ok=True)
    return Run(what, path, *arguments, **options)


# %% tags=["check"]
# @title Check: exercise 4
# Without AMP, on the CPU: the plain loop, and a checkpoint after each epoch.
plain = start_anew("On the CPU without AMP", "whole.pt", 3, cpu, hint=loop_part)
assert set(plain.watch.dtypes) == {torch.float32}, (
    "With amp=False the net computed in half precision: give autocast enabled=amp. "
    f"{amp_part}"
)
net = new_net()
torch.manual_seed(0)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(3):
    train_epoch(net, optimizer, images, labels)
in_one_go = net.state_dict()
assert close(plain.net.state_dict(), in_one_go), (
    "With amp=False it ends with other weights than the plain loop: same seed, same "
    f"order of the batches, same optimizer, one step for each batch. {loop_part}"
)

# Started again when all is done: nothing is trained, and the net is the file's.
again = Run("Started again when all is done", "whole.pt", 3, cpu, hint=across_part)
assert close(again.net.state_dict(), in_one_go), (
    "Started again when all is done, the net does not get the checkpoint's weights: "
    f"load 'model' into it. {across_part}"
)

# With AMP.
for where in dict.fromkeys((cpu, device)):  # where there is a GPU, there too
    half = torch.float16 if where.type == "cuda" else torch.bfloat16
    what = f"On {'the CPU' if where == cpu else where} with AMP"
    mixed = start_anew(what, "amp.pt", 3, where, amp=True, hint=amp_part)
    wrong = [dtype for dtype in mixed.watch.dtypes if dtype != half]
    assert not wrong, (
        f"{what}, the first layer's output is of {wrong[0]} instead of {half}, "
        f"{len(wrong)} times of {len(mixed.watch.dtypes)}: autocast needs device.type, "
        f"the dtype that belongs to it, and each forward pass inside. {amp_part}"
    )
    assert mixed.losses[0].dtype == torch.float32, (
        f"{what}, the loss is of {mixed.losses[0].dtype}: compute it under autocast "
        f"too, which keeps the loss in float32. {amp_part}"
    )
    assert not mixed.watch.stale, (
        f"{what}, {mixed.watch.stale} of {len(mixed.losses)} forward passes used old "
        "weights: until its `with` ends, autocast keeps the copy that it has made of a "
        f"weight, so put it around each forward pass, not around the loop. "
        f"{frozen_part}"
    )
    late, plain_late = (
        sum(float(loss) for loss in each.losses[-5:]) / 5 for each in (mixed, plain)
    )
    assert late < 1.5 * plain_late, (
        f"{what}, the loss ends at {late:.2f}, and at {plain_late:.2f} without: beside "
        f"autocast and the scaler, nothing may depend on amp. {amp_part}"
    )

# Here the CPU plays a GPU: the device is called cuda:0, and the scaler works.
order = (
    "Ask device.type, and for each batch let the scaler do three things, in this "
    f"order: scale, step, update. {amp_part}"
)
for amp in (False, True):
    what = f"On cuda:0, played by the CPU, with amp={amp}"
    played = start_anew(what, "gpu.pt", 3, GPU, amp, hint=order, played_by=cpu)
    assert close(played.net.state_dict(), in_one_go), (
        f"{what}, it ends with other weights than without a scaler: only "
        "scaler.scale(loss) goes backward, only scaler.step(optimizer) steps, and "
        f"nothing else may depend on amp. {amp_part}"
    )

# Killed in the third epoch, and started again.
to_cpu = (
    'Load with map_location="cpu": from there, load_state_dict moves what has to move. '
    f"{across_part}"
)
for place, amp, by in ((cpu, False, None), (GPU, True, cpu)):
    what = f"Killed in epoch 3 and started again on {place}"
    options = {"hint": to_cpu, "played_by": by}
    start_anew(what, "cut.pt", 3, place, amp, kill=2 * BATCHES + 2, **options)
    cut = Run(what, "cut.pt", 3, place, amp, **options)
    assert close(cut.net.state_dict(), in_one_go), (
        f"{what}, it ends with other weights than in one go: the random state of the "
        "epoch's end has to be saved, and put back after torch.manual_seed, or the "
        f"batches come in another order. {across_part}"
    )


# Killed in the middle of a save.
def save_half(state, file, *arguments, **options):
    """Stands for torch.save in a program that is killed while it writes."""
    with file if hasattr(file, "write") else open(file, "wb") as half:
        half.write(b"half a checkpoint")
    raise Killed


with contextlib.suppress(Killed), mock.patch.object(torch, "save", save_half):
    attempt(
        "After 3 epochs of 4", to_cpu, train_portable, new_net(), "whole.pt", 4, cpu
    )
assert opened("whole.pt"), (
    "Killed in the middle of a save, it leaves no checkpoint at all, since torch.save "
    "had begun to write over the old one: use save_checkpoint(path, …), which writes "
    f"a new file and then puts it in the old one's place. {loop_part}"
)

# A GPU continues the CPU's checkpoint, with a scaler that was off before.
not_empty = (
    "A scaler that was off saves an empty dict: load its state only if there is one. "
    f"{scaler_part}"
)
what = "Continued on cuda:0 with AMP, from a checkpoint of the CPU without"
Run(what, "whole.pt", 4, GPU, True, hint=not_empty, played_by=cpu)

# The other way round: on a GPU, torch.save notes cuda:0 at each tensor.
with mock.patch("torch.serialization.location_tag", return_value="cuda:0"):
    torch.save(opened("gpu.pt"), "moved.pt")
what = "Continued on the CPU, from a checkpoint that was saved on a GPU"
Run(what, "moved.pt", 4, cpu, hint=to_cpu)

# Here meta plays the GPU: is anything left behind? From the start, and from a file.
torch.save({**opened("gpu.pt"), "scaler": {}}, "moved.pt")
Path("meta.pt").unlink(missing_ok=True)
there = f"Model, inputs and targets must all be on `device`. {loop_part}"
for path, epochs, amp, hint in (
    ("meta.pt", 1, True, there),
    ("moved.pt", 4, False, to_cpu),
):
    what = "On another device"
    cuda = torch.device("cuda")
    run = Run(what, path, epochs, cuda, amp, hint=hint, played_by=meta)
    for part in ("weights", "inputs", "targets"):
        wrong = set(getattr(run.watch, part)) - {"meta"}
        assert not wrong, (
            f"Called with another device, the {part} were on {wrong.pop()}: all must "
            f"be on the argument `device`. {loop_part}"
        )
    asked = set(run.notes.autocasts)
    assert bool(asked) == amp, (
        f"Called with the device cuda and amp={amp}, autocast is "
        f"{'on' if asked else 'off'}: give it enabled=amp. {amp_part}"
    )
    for kind, dtype in asked:  # without a dtype, CUDA's is float16
        assert kind in ("cuda", "meta") and dtype in (torch.float16, None), (
            f"Called with the device cuda, autocast was asked for {dtype} on {kind!r}: "
            f"give it device.type, and float16 where that is cuda. {amp_part}"
        )

# From the device that there is, with AMP, back to the CPU without it.
start_anew(f"On {device} with AMP", "home.pt", 1, device, True, hint=amp_part)
what = f"Saved on {device} with AMP and started again on the CPU without"
Run(what, "home.pt", 2, cpu, hint=to_cpu)
print("Exercise 4: passed")

# %% [markdown] tags=["solution"]
# **Why.** The net moves first, so the optimizer is built on the tensors that will be
# trained. The file is loaded to the CPU, always: there the random state has to be, and
# `load_state_dict` copies everything else to where net and optimizer are. Autocast goes
# around the forward pass and the loss, step by step; backward pass and step stay
# outside. The scaler is only for float16, in which small gradients become 0; bfloat16
# has the range of float32. A scaler that is off changes nothing and saves an empty
# dict, so the loop needs no second version, and only the loading has to ask.
#
# The checkpoint is built anew after every epoch: the scaler's state, the epoch and the
# random state are those of the moment at which you ask for them. And it is written
# beside `path` first, because a program can also be killed in the middle of a save.
#
# With a GPU, try it on a checkpoint of your own: train an epoch with
# `device=torch.device("cuda")`, and go on with `cpu`. The weights will not be the same
# down to the last bit as in one go, because the two round differently.
