# %% tags=["file-only"]
"""Lesson 2, exercise 4: one training loop for any device, with AMP and checkpoints."""

# Cells of a notebook, each with what it newly needs:
# ruff: noqa: E402

import os

import torch
from torch import nn

from snippets.gpu_training.loop import train_epoch
from snippets.gpu_training.model import make_net
from snippets.gpu_training.practice.intro import (
    Watch,
    as_usual,
    attempt,
    cpu,
    device,
    images,
    is_first_layer,
    labels,
    meta,
)
from snippets.gpu_training.safe_save import save_checkpoint

# isort: split

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
# The check runs your function many times, also with the CPU as a made-up `cuda:0`, and
# kills it on the way. It counts losses, steps and the scaler's calls, notes each use of
# autocast, `torch.save` and `torch.load`, and compares checkpoints and weights.

# %% tags=["check"]
# @title Check: exercise 4
import builtins
import contextlib
import errno
import inspect
import io
import itertools
import shutil
import tempfile
import traceback
import warnings
from collections.abc import Mapping
from unittest import mock

from torch.optim.optimizer import register_optimizer_step_pre_hook

loop_part = "Lesson: “One loop to carry away”."
amp_part = "Lesson: “Mixed precision in the loop”."
across_part = "Lesson: “Checkpoints across devices”."
scaler_part = "Lesson: “The scaler in the checkpoint”."
moves_part = "Lesson: “What else has to move”."
frozen_part = "Lesson: “Autocast around the whole loop”."
BATCHES = len(images[::64])  # in an epoch
GPU = torch.device("cuda:0")  # its type is cuda, and it is not equal to cuda
PLAYED = {  # what a made-up GPU answers to calls of torch.cuda
    "synchronize": None,
    "set_device": None,
    "set_rng_state": None,
    "reset_peak_memory_stats": None,
    "current_device": 0,
    "current_stream": mock.Mock(),
    "get_device_name": "made-up GPU",
    "get_device_capability": (7, 5),
    "get_device_properties": mock.Mock(total_memory=16 * 2**30, major=7, minor=5),
    "is_bf16_supported": False,
    "get_rng_state": torch.zeros(16, dtype=torch.uint8),
}


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
    if not isinstance(weights, Mapping) or weights.keys() != expected.keys():
        return False
    pairs = [(weights[name], expected[name]) for name in expected]
    return all(
        isinstance(one, torch.Tensor)
        and one.shape == other.shape
        and torch.allclose(one.cpu(), other.cpu(), atol=2e-6)
        for one, other in pairs
    )


def autocast_is_on():
    """Does this run under autocast?"""
    return torch.is_autocast_enabled("cpu") or torch.is_autocast_enabled("cuda")


class WatchLoop(Watch):
    """A Watch that also notes dtypes and old weights, and can let a device play a GPU.

    Where the code names the device cuda, it gets `gpu`. `before_loss` is called before
    each loss. What runs while `net` is in eval mode is no training.
    """

    def __init__(self, gpu, before_loss, net=None):
        super().__init__()
        self.gpu, self.before_loss, self.net = gpu, before_loss, net
        self.mixed = set()  # what ran under autocast, and should not
        self.dtypes = []  # of the first layer's outputs
        self.stale = 0  # of these outputs: how many came from other weights

    def here(self, value):
        """`value`, or the device that plays the GPU where it means one."""
        named = isinstance(value, str | torch.device)
        return self.gpu if named and "cuda" in str(value) else value

    def __torch_function__(self, function, types, arguments=(), options=None):
        if self.gpu and function is not torch.device:  # the type that it asks for stays
            arguments = tuple(map(self.here, arguments))
            options = {name: self.here(one) for name, one in (options or {}).items()}
            if function is torch.Tensor.cuda:
                function, arguments = torch.Tensor.to, (arguments[0], self.gpu)
            if function is torch.Tensor.pin_memory:
                return arguments[0]  # only a real GPU needs it elsewhere
        return super().__torch_function__(function, types, arguments, options)

    def before(self, function, arguments):
        if function is nn.functional.cross_entropy and self.trains():
            self.before_loss()
        if function is torch.Tensor.backward and autocast_is_on():
            self.mixed.add("the backward pass")
        super().before(function, arguments)

    def before_step(self, *noted):
        super().before_step(*noted)
        if autocast_is_on():
            self.mixed.add("the step")

    def trains(self):
        return super().trains() and (self.net is None or self.net.training)

    def after(self, function, arguments, result):
        super().after(function, arguments, result)
        if is_first_layer(function, arguments) and self.trains():
            self.note_outputs(result, arguments)

    def note_outputs(self, outputs, arguments):
        """Notes a first layer's dtype, and whether its weights were those of now."""
        self.dtypes.append(outputs.dtype)
        if not outputs.is_meta:
            outputs = outputs.detach()
            now = (
                part.detach().to(outputs.dtype)
                for part in arguments
                if part is not None
            )
            off = nn.functional.linear(*now) - outputs
            self.stale += bool(off.float().norm() > 0.1 * outputs.float().norm())


class Notes:
    """How a run uses scaler, autocast and files. `place` is where it really happens.

    Where a device is played, autocast stays off, and the scaler is one for the CPU,
    with a small scale that soon grows.
    """

    def __init__(self, place, played):
        self.place, self.played = place, played
        self.made, self.calls = [], []  # scalers: (scaler, on?) and (scaler, method)
        self.autocasts = []  # the types of devices and the dtypes that it was asked for
        self.types = {}  # key of the checkpoint → type of what was saved
        self.unsafe = False  # loaded with weights_only=False?

    @contextlib.contextmanager
    def taken(self, before_step):
        """Until the `with` ends, these functions of PyTorch are ones that take notes.

        `before_step` is called before each step of an optimizer. At the end all is put
        back, also after an error.
        """
        scaler, autocast = torch.amp.GradScaler, torch.autocast
        instead = [
            (scaler, "__init__", self.scaler_made(scaler.__init__)),
            (scaler, "scale", self.noting(scaler, "scale")),
            (scaler, "step", self.noting(scaler, "step")),
            (scaler, "update", self.noting(scaler, "update")),
            (autocast, "__init__", self.autocast_made(autocast.__init__)),
            (torch, "save", self.saving(torch.save)),
            (torch, "load", self.loading(torch.load)),
        ]
        if self.played:
            for name, answer in PLAYED.items():
                instead.append((torch.cuda, name, mock.Mock(return_value=answer)))
        with contextlib.ExitStack() as put_back, warnings.catch_warnings():
            # Weights that are copied to meta are lost, says PyTorch. We know.
            warnings.filterwarnings("ignore", "for .* copying from a non-meta")
            for place, name, function in instead:
                put_back.enter_context(mock.patch.object(place, name, function))
            put_back.callback(register_optimizer_step_pre_hook(before_step).remove)
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
        self.in_eval = 0  # steps with a net in eval mode
        self.watch = WatchLoop(played_by, self.before_loss, self.net)
        self.notes = Notes(played_by or device, bool(played_by))
        try:
            with self.notes.taken(self.before_step), self.watch:
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
        except AssertionError as told:
            asked = told.__cause__ and call_of_cuda(told.__cause__)
            assert not (played_by and asked), (
                f"{what}, it calls torch.cuda.{asked}, which a made-up GPU does not "
                "have: call it only if torch.cuda.is_available(), or leave it out. "
                f"{loop_part}"
            )
            raise
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
        self.in_eval += not self.net.training
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
        assert not self.in_eval, (
            f"{self.what}, {self.in_eval} steps were done with the net in eval mode: "
            f"call net.train() before each epoch. {loop_part}"
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
            "torch.amp.GradScaler, with enabled=True for it. Ask device.type for that: "
            "the net's device, or torch.cuda.is_available(), may say something else. "
            f"{scaler_part}"
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
            none = key == "scaler" and kind is type(None)  # none was needed
            assert none or issubclass(kind, Mapping), (
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
        number_saved = isinstance(state["epoch"], int | float)
        assert number_saved and state["epoch"] == epoch, (
            f"{where} the saved 'epoch' is {state['epoch']!r}: save inside the loop, "
            f"once an epoch, with the number of finished epochs, an int. {loop_part}"
        )
        if self.watch.gpu == meta:
            return  # no numbers to compare
        assert close(state["model"], weights), (
            f"{where} the saved 'model' has other weights than the net: save after the "
            f"epoch's last step, and net.state_dict() of that moment. {loop_part}"
        )
        assert {"state", "param_groups"} <= state["optimizer"].keys(), (
            f"{where} the saved 'optimizer' lacks parts of the optimizer's state: save "
            f"optimizer.state_dict() as it is. {loop_part}"
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
        assert saved and {"scale", "_growth_tracker"} <= saved.keys(), (
            f"{where} the scaler was on, and the saved 'scaler' is {saved!r}: save "
            f"scaler.state_dict() as it is. {scaler_part}"
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


def call_of_cuda(error):
    """What failed of torch.cuda, if the error is from there and PyTorch did not ask."""
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    places = [str(frame.f_globals.get("__name__")) for frame in frames]
    there = [place.startswith("torch.cuda") for place in places]
    if there[-1] and not places[there.index(True) - 1].startswith("torch."):
        code = frames[there.index(True)].f_code
        return getattr(code, "co_qualname", code.co_name).removesuffix(".__new__")


def start_anew(what, path, *arguments, **options):
    """A Run for which nothing is left of an earlier one."""
    Path(path).unlink(missing_ok=True)
    return Run(what, path, *arguments, **options)


as_usual()

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
    assert not mixed.watch.mixed, (
        f"{what}, {' and '.join(sorted(mixed.watch.mixed))} ran under autocast: end "
        "its `with` after the loss, so that all that comes after it stands outside. "
        f"{amp_part}"
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


def open_half(path):
    """Stands for open in a program that is killed while it writes to `path`."""
    real = io.open

    def opened_for(file, mode="r", *arguments, **options):
        there = isinstance(file, str | os.PathLike) and Path(file).absolute() == path
        if there and set(mode) & set("wax+"):
            with real(file, "wb") as half:
                half.write(b"half a checkpoint")
            raise Killed
        return real(file, mode, *arguments, **options)

    return opened_for


def other_disk(rename, folder):
    """os.rename, where `folder` is a disk of its own: no move leads in or out."""
    disk = Path(folder).resolve()

    def between(source, target, *arguments, **options):
        parents = [Path(place).absolute().parent for place in (source, target)]
        if len({one.resolve().is_relative_to(disk) for one in parents}) > 1:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV))
        return rename(source, target, *arguments, **options)

    return between


def then_killed(call):
    """The same call in a program that is killed right after it."""

    def last(*arguments, **options):
        call(*arguments, **options)
        raise Killed

    return last


same_disk = (
    "If it names a link between devices: write the new file in the folder of `path`, "
    f"since os.replace moves nothing from another disk. {loop_part}"
)


def left_by(save=None, rename=os.rename, replace=os.replace):
    """What the fourth epoch leaves, killed in the first of these calls.

    Whether something is at `path`, and what can be loaded from there. A program that
    opens `path` itself to write is killed there too.
    """
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as put_back:
        path = Path(folder).absolute() / "cut.pt"
        shutil.copy("whole.pt", path)
        half = open_half(path)
        for place, name, killer in (
            (torch, "save", save or torch.save),
            (os, "rename", other_disk(rename, folder)),
            (os, "replace", other_disk(replace, folder)),
            (io, "open", half),
            (builtins, "open", half),
        ):
            put_back.enter_context(mock.patch.object(place, name, killer))
        with contextlib.suppress(Killed):
            what = "After 3 epochs of 4, train_portable"
            attempt(what, same_disk, train_portable, new_net(), str(path), 4, cpu)
        put_back.close()
        return path.exists(), opened(path)


there, found = left_by(save=save_half)
assert there, (
    "Killed while it saves, it leaves no file at `path`: it has deleted or moved the "
    "old checkpoint before the new one is there. Leave it there: save_checkpoint(path, "
    f"…) puts the new one in its place, in one step. {loop_part}"
)
assert found, (
    "Killed in the middle of a save, it leaves no checkpoint at all, since torch.save "
    "had begun to write over the old one: use save_checkpoint(path, …), which writes "
    f"a new file and then puts it in the old one's place. {loop_part}"
)
kill = mock.Mock(side_effect=Killed)
ends = [
    left_by(rename=kill, replace=kill),
    left_by(rename=then_killed(os.rename), replace=then_killed(os.replace)),
]
assert all(found for _, found in ends), (
    "Killed while the new checkpoint takes the old one's place, it leaves none at "
    "`path`: delete nothing there, and write, move or copy nothing over it. Let "
    f"os.replace do it in one step, as save_checkpoint(path, …) does. {loop_part}"
)

# A GPU continues the CPU's checkpoint, with a scaler that was off before.
not_empty = (
    "A scaler that was off saves an empty dict: load its state only if there is one. "
    f"{scaler_part}"
)
what = "Continued on cuda:0 with AMP, from a checkpoint of the CPU without"
Run(what, "whole.pt", 4, GPU, True, hint=not_empty, played_by=cpu)

# The other way round: on GPUs, torch.save notes cuda:0 or cuda:1 at each tensor.
tags = itertools.cycle(("cuda:0", "cuda:1"))
with mock.patch("torch.serialization.location_tag", side_effect=lambda _: next(tags)):
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
