# %% tags=["file-only"]
"""Lesson 2, exercise 1: the three lines that move a training loop to a device."""

# Cells of a notebook, each with what it newly needs:
# ruff: noqa: E402

import torch
from torch import nn

from snippets.gpu_training.loop import train_epoch
from snippets.gpu_training.model import make_net
from snippets.gpu_training.practice.intro import (
    Watch,
    attempt,
    cpu,
    described,
    device,
    distance,
    error_of,
    free_builtins,
    images,
    kinds,
    labels,
    meta,
)

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
# > steps_done = None
steps_done = 0
# solution:end

net, optimizer = set_up(device)
device_loss = train_epoch_on(net, optimizer, images, labels, device)
print(f"mean loss on {device}: {device_loss:.3f}")

# %% [markdown]
# The check calls `set_up` and `train_epoch_on` again, on `meta` and on the CPU. It
# looks where net, inputs and targets are and what the optimizer holds, and compares the
# trained net and the mean loss with the plain loop's. Then it looks at your answer.


# %% tags=["check"]
# @title Check: exercise 1
import builtins
import copy

free_builtins(builtins.globals())


def number_in(answer):
    """The number that an answer means, or None: 0, 0.0 and "0" are the same."""
    try:
        return None if isinstance(answer, bool) else float(answer)
    except (TypeError, ValueError):
        return None
    except OverflowError:  # a whole number that is too large for a float
        return float("inf")


lesson = "Lesson: “Moving to the GPU is one line”."
order = "Lesson: “What else has to move”."


def set_up_again(where):
    """What set_up gives for a device: a net and its optimizer."""
    made = attempt(
        "Called with another device, set_up",
        f"Move to the argument `device`, to no fixed one. {lesson}",
        set_up,
        where,
    )
    expected = (nn.Module, torch.optim.Optimizer)
    parts = made if isinstance(made, tuple | list) else [made]
    assert len(parts) == 2 and all(map(isinstance, parts, expected)), (
        f"set_up returns {kinds(made)} instead of the net and its optimizer: leave its "
        f"last line as it was, return net, optimizer. {lesson}"
    )
    return parts


with Watch():  # a number that set_up asks of meta is 0
    net, optimizer = set_up_again(meta)
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
assert seen.weights or seen.batch is None, (
    "train_epoch_on switches gradients off, and so it trains nothing: beside the three "
    f"lines, leave the loop as it was. {lesson}"
)
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
    torch.manual_seed(0)
    plain = make_net(64)
    start = copy.deepcopy(plain)
    plain_optimizer = torch.optim.Adam(plain.parameters())
    net, optimizer = set_up_again(where)
    assert where != cpu or distance(net, start, make_net(64)) < 0.01, (
        "set_up makes a net with other first weights than it did: leave "
        "torch.manual_seed(0) and make_net(64) as they were, the net right after the "
        f"seed. {lesson}"
    )
    assert described(optimizer) == described(plain_optimizer), (
        f"set_up makes an {described(optimizer)}: it should be "
        f"torch.optim.Adam(net.parameters()), as it was. {lesson}"
    )
    for count in (300, 65):  # the last batch of 65 images has just one
        torch.manual_seed(7)
        expected = train_epoch(plain, plain_optimizer, images[:count], labels[:count])
        torch.manual_seed(7)
        loss = attempt(
            f"On {where}, train_epoch_on",
            f"Beside the three lines, leave the loop as it was. {lesson}",
            train_epoch_on,
            net,
            optimizer,
            images[:count],
            labels[:count],
            where,
        )
        assert isinstance(loss, float) and abs(loss - expected) < 0.02, (
            f"On {where}, for {count} images, train_epoch_on returns {loss!r}, and the "
            f"plain loop's mean loss is {expected:.3f}: beside the three lines, all "
            f"must stay as it was. {lesson}"
        )
        assert distance(net, plain, start) < 0.1, (
            f"On {where}, train_epoch_on leaves the net with other weights than the "
            "plain loop does: beside the three lines, all must stay as it was, with "
            f"one zero_grad, backward and step for each batch. {lesson}"
        )
answered = globals().get("steps_done")
assert answered is not None, "The question is still open: set `steps_done` to a number."
answer = number_in(answered)
assert answer is not None, (
    f"`steps_done` is {answered!r}, which is no number: write how many steps, such "
    "as steps_done = 7."
)
assert answer == 0, (
    f"The answer {answer:g} is not right: find the line of the loop that first "
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
