# %% tags=["file-only"]
"""Lesson 2's practice: how it works, what is given, and what watches a solution."""

# Cells of a notebook, each with what it newly needs:
# ruff: noqa: E402

import torch
from torch import nn

from snippets.gpu_training.data import load_images

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
# A check calls your function again and looks on: where the net, its inputs and its
# targets are, and what the loss is given. Meanwhile, a number that your code asks of
# `meta` is 0. When your function has ended, however it ends, all is as it was.

# %%
# @title For the checks: run this cell; you need not read it
from torch.optim.optimizer import register_optimizer_step_pre_hook
from torch.overrides import TorchFunctionMode


def zeros(tensor):
    """Zeros on the CPU, of the shape and dtype of a tensor on meta."""
    return torch.zeros(tensor.shape, dtype=tensor.dtype)


ON_META = {  # what makes a number of a tensor, and what it makes of one on meta
    torch.Tensor.item: lambda tensor: zeros(tensor).item(),
    torch.Tensor.tolist: lambda tensor: zeros(tensor).tolist(),
    torch.Tensor.__index__: lambda tensor: 0,
    torch.Tensor.__float__: lambda tensor: 0.0,
    torch.Tensor.__int__: lambda tensor: 0,
    torch.Tensor.__bool__: lambda tensor: False,
    torch.Tensor.__format__: lambda tensor, spec: format(zeros(tensor), spec),
    torch.isfinite: lambda tensor: torch.tensor(True),
    torch.Tensor.isfinite: lambda tensor: torch.tensor(True),
    # What torch.distributions asks of what it is given; not in every PyTorch.
    getattr(torch, "_is_all_true", None): lambda tensor: torch.tensor(True),
}


INTO = (torch.Tensor.copy_, torch.Tensor.__getitem__, torch.Tensor.__setitem__)
COPIES = (  # what may bring numbers to the CPU
    *INTO,
    torch.Tensor.to,
    torch.Tensor.cpu,
    torch.Tensor.numpy,
    torch.tensor,
    torch.as_tensor,
    torch.asarray,
)
WATCHED = {  # what a check looks at, and the arguments that it needs of each
    nn.functional.linear: ("input", "weight", "bias"),
    nn.functional.cross_entropy: ("input", "target", "weight"),
}


def is_first_layer(function, arguments):
    """Is this call of one of PyTorch's functions the net's first layer?"""
    return function is nn.functional.linear and arguments[1].shape[-1] == 784


class CopyToCpu(torch.autograd.Function):
    """Zeros on the CPU for a tensor on meta; gradients find their way back to it."""

    @staticmethod
    def forward(context, tensor):
        return torch.zeros_like(tensor, device="cpu")

    @staticmethod
    def backward(context, gradient):
        return torch.zeros_like(gradient, device="meta")


class Watch(TorchFunctionMode):
    """Notes where each training step happens: `with Watch() as seen: train()`.

    Until the `with` ends, PyTorch hands each call of its functions to
    `__torch_function__`, which makes the call and returns what it gave.
    """

    def __init__(self):
        super().__init__()
        self.weights, self.inputs, self.targets = [], [], []  # types of their devices
        self.batch = None  # what the first layer got last
        self.losses, self.class_weights, self.labels = [], [], []
        self.optimizers = []  # of each step: its optimizer, as text

    def __enter__(self):
        self.hook = register_optimizer_step_pre_hook(self.before_step)
        return super().__enter__()

    def __exit__(self, *error):
        self.hook.remove()
        return super().__exit__(*error)

    def before_step(self, optimizer, arguments, options):
        """Called before each step of an optimizer: notes which one it is."""
        self.optimizers.append(described(optimizer))

    def trains(self):
        """Is this a training step? What runs without gradients is none."""
        return torch.is_grad_enabled()

    def __torch_function__(self, function, types, arguments=(), options=None):
        options = options or {}
        given = (*arguments, *options.values())
        if function in ON_META and given[0].is_meta:
            return ON_META[function](*given)
        given = self.in_order(function, arguments, options)
        self.before(function, given)
        try:
            result = function(*arguments, **options)
        except RuntimeError:  # meta has no numbers to copy
            if function not in COPIES:
                raise
            result = self.copied(function, arguments, options)
        self.after(function, given, result)
        return result

    def copied(self, function, arguments, options):
        """The same call, with copies on the CPU of what it takes from meta."""
        options = {name: self.on_cpu(one) for name, one in options.items()}
        if function not in INTO:
            return function(*self.on_cpu(arguments), **options)
        first, *others = arguments  # what is written to, or indexed, stays as it is
        if function is not torch.Tensor.copy_ and not first.is_meta:
            for index in others[0] if isinstance(others[0], tuple) else others[:1]:
                if isinstance(index, torch.Tensor) and index.is_meta and index.dim():
                    raise RuntimeError("indices should be on the tensor's device")
        return function(first, *self.on_cpu(others), **options)

    def on_cpu(self, value):
        """`value`, with a copy on the CPU of each tensor on meta."""
        if isinstance(value, tuple | list):
            return type(value)(map(self.on_cpu, value))
        if isinstance(value, torch.Tensor) and value.is_meta:
            return CopyToCpu.apply(value)
        return value

    def in_order(self, function, arguments, options):
        """A call's arguments in the order of WATCHED, if some were passed by name."""
        names = WATCHED.get(function, ())[len(arguments) :]
        return (*arguments, *map(options.get, names))

    def before(self, function, arguments):
        """Notes what the first layer and the loss are given.

        Raises RuntimeError for logits on the CPU with targets on meta, as a GPU does.
        """
        if function is nn.functional.cross_entropy:
            logits, targets = arguments[:2]
            if targets.is_meta and not logits.is_meta:
                raise RuntimeError("Expected all tensors to be on the same device")
        if is_first_layer(function, arguments):
            self.batch = arguments[0].detach()
        if not self.trains():
            return
        if is_first_layer(function, arguments):
            self.inputs.append(self.batch.device.type)
            self.weights.append(arguments[1].device.type)
        if function is nn.functional.cross_entropy:
            self.labels.append(arguments[1].detach())
            self.targets.append(self.labels[-1].device.type)

    def after(self, function, arguments, result):
        """Notes the loss."""
        if function is nn.functional.cross_entropy and self.trains():
            self.losses.append(result.detach())
            self.class_weights.append(arguments[2])


def as_usual():
    """Puts back what a function can set for all code that runs after it."""
    torch.set_default_device(None)
    torch.set_default_dtype(torch.float32)
    torch.set_grad_enabled(True)
    torch.set_autocast_enabled("cpu", False)
    torch.set_autocast_enabled("cuda", False)
    torch.use_deterministic_algorithms(False)
    torch.set_float32_matmul_precision("highest")


def default_device():
    """Where a new tensor is made, in words."""
    try:
        return str(torch.empty(0).device)
    except Exception:  # it was set to a device that this machine does not have
        return "another device"


def reason_of(error):
    """What an error says, in short."""
    reason = (str(error) or "no message").splitlines()[0].split(". ")[0].rstrip(".")
    return f"{type(error).__name__}, “{reason}”"


def attempt(what, hint, call, *arguments, **options):
    """What the call returns; an error fails the check, which says `what` stopped.

    However the call ends, what it has set for all of PyTorch is put back.
    """
    result = stopped = None
    as_usual()
    random_state = torch.get_rng_state()
    try:
        result = call(*arguments, **options)
    except (Exception, SystemExit) as error:
        stopped = error
    finally:
        place = default_device()
        as_usual()
        torch.set_rng_state(random_state)
    assert place == "cpu", (
        f"{what} makes {place} the default for every new tensor, and this stays so "
        "for all the cells that run after it: move what has to move, with .to(device). "
        "Lesson: “Moving to the GPU is one line”."
    )
    assert not isinstance(stopped, SystemExit), (
        f"{what} ended the whole program, as exit() does: use return instead. {hint}"
    )
    if stopped:
        told = f"{what} stopped with an error: {reason_of(stopped)}. {hint}"
        raise AssertionError(told) from stopped
    return result


def error_of(call, *arguments):
    """The error that the call stops with, or None."""
    try:
        attempt(call.__name__, "Leave the rest as it was.", call, *arguments)
    except AssertionError as told:
        if not told.__cause__:
            raise
        return told.__cause__


# Python's names that the checks use
CALLED = "abs all bool dict divmod enumerate float format getattr globals hasattr"
CALLED += " id int isinstance issubclass len list map max min next open print range"
CALLED += " repr round set sorted staticmethod str sum super tuple type zip"
CALLED = CALLED.split(" ")


def free_builtins(here):
    """Give names such as `len` and `dict` back to Python, if a solution took them."""
    for name in CALLED:
        here.pop(name, None)


def kinds(value):
    """The types of what a function has returned, in words."""
    parts = value if isinstance(value, tuple | list) else [value]
    names = ("None" if part is None else type(part).__name__ for part in parts)
    return ", ".join(names) or "nothing"


def described(optimizer):
    """An optimizer and its settings, as text."""
    group = optimizer.param_groups[0]
    settings = {name: group.get(name) for name in ("lr", "betas", "weight_decay")}
    said = ", ".join(f"{name}={value}" for name, value in settings.items())
    return f"{type(optimizer).__name__} with {said}"


def distance(net, other, start):
    """How far apart two nets ended, compared with how far `other` came from `start`."""
    ends = [
        torch.cat(
            [p.detach().cpu().flatten() for p in one.parameters() if p.requires_grad]
        )
        for one in (net, other, start)
    ]
    if len(ends[0]) != len(ends[1]):
        return float("inf")  # nets of other sizes
    return float((ends[0] - ends[1]).norm() / (ends[1] - ends[2]).norm())
