"""Lesson 2's exercises: solutions pass their checks, wrong ones are told why."""

import ast
import builtins
import contextlib
import os
import re
import sys
import timeit
from collections import Counter
from types import SimpleNamespace

import pytest
from listing import ROOT, labelled, run_listing
from untraced import UNTRACED

from scripts.notebooks import practice
from scripts.run import process
from snippets.gpu_training.practice import intro

PRACTICE = ROOT / "snippets" / "gpu_training" / "practice"
FILES = (
    "intro",
    "exercise_1_move_a_loop",
    "exercise_2_device_bugs",
    "exercise_3_timing_and_crossover",
    "exercise_4_portable_loop",
)
PASSED = ["1", "2", "3, timing", "3, crossover", "4"]  # what the checks print

# Of the solutions: what another one has something else for.
ANSWER = "steps_done = 0\n"
MOVE = "    net.to(device)\n"
INPUTS, TARGETS = "x = x.to(device)", "y = y.to(device)"
ADAM = "    optimizer = torch.optim.Adam(net.parameters())\n"
BUFFER = 'self.register_buffer("centre", torch.linspace(-0.5, 0.5, 784))'
PLAIN = "self.centre = torch.linspace(-0.5, 0.5, 784)"
NOISE = "x = x + 0.1 * torch.randn(x.shape, device=x.device)"
CLASSES = "torch.tensor([2.0, 1, 1, 1, 1, 1, 1, 1, 1, 1], device=device)"
WEIGHTED = "nn.functional.cross_entropy(net(x), y, weight=class_weights)"
ZERO = "        optimizer.zero_grad()\n"
MEAN_BACK = "return net, total / len(images)"
BOTH_BACK = "    return net, optimizer\n"
DEFAULT = "    torch.set_default_device(device)\n"
ADDED = "total += loss.detach() * len(batch)"
WARM_UP = "    for _ in range(warmup):\n        step()\n"
START = "        start = time.perf_counter()\n"
WAIT_BEFORE = f"        synchronize(device)\n{START}"
WAIT_AFTER = "        step()\n        synchronize(device)\n"
STOP = "time.perf_counter() - start"
MEDIAN = "return median(seconds)"
GROWS = "one > 2 * seconds[0]"
NOT_YET = "            first = None  # it has not overtaken yet"
ROWS = "zip(widths, cpu_seconds, gpu_seconds, strict=True)"
TO_DEVICE = "    net.to(device)  # before the optimizer is built\n"
BATCH = "images[batch].to(device), labels[batch].to(device)"
HALF = 'torch.float16 if device.type == "cuda" else torch.bfloat16'
ON = "enabled=amp and half == torch.float16"
SCALER = f"torch.amp.GradScaler(device.type, {ON})"
MADE = f"    scaler = {SCALER}\n"
AUTOCAST = "torch.autocast(device.type, dtype=half, enabled=amp)"
LOSS = "                loss = nn.functional.cross_entropy(net(x), y)\n"
BACKWARD = "            scaler.scale(loss).backward()\n"
STEP = "            scaler.step(optimizer)\n"
UPDATE = "            scaler.update()\n"
EPOCH = "        for batch in torch.randperm(len(images)).split(64):\n"
LOOP = f"""{EPOCH}            x, y = {BATCH}
            with {AUTOCAST}:
{LOSS}"""
FROZEN = f"""        with {AUTOCAST}:
          for batch in torch.randperm(len(images)).split(64):
            x, y = {BATCH}
            if True:
{LOSS}"""
LOAD = 'torch.load(path, map_location="cpu", weights_only=True)'
LOAD_MODEL = '        net.load_state_dict(checkpoint["model"])\n'
LOAD_OPTIMIZER = '        optimizer.load_state_dict(checkpoint["optimizer"])\n'
ASK = 'if checkpoint["scaler"]:'
LOAD_SCALER = 'scaler.load_state_dict(checkpoint["scaler"])'
LOAD_RNG = '        torch.set_rng_state(checkpoint["rng"])\n'
LOAD_EPOCH = 'epoch = checkpoint["epoch"]'
COUNT = "        epoch += 1\n"
SAVED_OPTIMIZER = '"optimizer": optimizer.state_dict()'
SAVED_MODEL = '"model": net.state_dict()'
SAVED_SCALER = '"scaler": scaler.state_dict()'
ZERO_4 = "            optimizer.zero_grad()\n"  # within two loops
SAVED_RNG = '"rng": torch.get_rng_state()'
SAVE = "        save_checkpoint(path, state)\n"
RETURN = "    return net"
TRAIN = "    net.train()\n"
SEED = "    torch.manual_seed(0)\n    net.to(device)"
ON_CUDA = '        if device.type == "cuda":\n            '
IMPORTED = "from statistics import median\n"  # by the task's cell

# Whole solutions that are written in another way.
LIKE_THE_CARD = """
def train_portable(net, path, epochs, device, amp=False):
    torch.manual_seed(0)
    net = net.to(device)
    optimizer = torch.optim.Adam(net.parameters())
    needed = amp and device.type == "cuda"
    scaler = torch.amp.GradScaler(device.type, enabled=needed)
    parts = {"model": net, "optimizer": optimizer, "scaler": scaler}
    start = 0
    if os.path.exists(path):
        checkpoint = torch.load(path, weights_only=True, map_location="cpu")
        for name, part in parts.items():
            if checkpoint[name]:
                part.load_state_dict(checkpoint[name])
        start = checkpoint["epoch"]
        torch.set_rng_state(checkpoint["rng"])
        torch.cuda.set_rng_state_all(checkpoint["gpus"][: torch.cuda.device_count()])
    for epoch in range(start, epochs):
        for batch in torch.randperm(len(images)).split(64):
            optimizer.zero_grad(set_to_none=False)
            with torch.autocast(device.type, enabled=amp):  # its own dtype is right
                loss = nn.functional.cross_entropy(
                    input=net(images[batch].to(device)), target=labels[batch].to(device)
                )
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
        checkpoint = {name: part.state_dict() for name, part in parts.items()}
        checkpoint |= {"epoch": epoch + 1, "rng": torch.get_rng_state()}
        checkpoint["gpus"] = torch.cuda.get_rng_state_all()
        with open(f"{path}.part", "wb") as file:
            torch.save(checkpoint, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(f"{path}.part", path)
    return net
"""
IN_PIECES = """
def on_cpu(value):
    if isinstance(value, torch.Tensor):
        return value.cpu()
    if isinstance(value, dict):
        return {key: on_cpu(one) for key, one in value.items()}
    return value

def new_scaler(device, amp):
    return torch.amp.GradScaler() if amp and device.type == "cuda" else None

def one_step(net, optimizer, scaler, x, y, amp):
    kind = torch.float16 if scaler else torch.bfloat16
    place = "cuda" if scaler else "cpu"
    switch = torch.amp.autocast(place, kind) if amp else contextlib.nullcontext()
    with switch:
        loss = nn.CrossEntropyLoss()(net(x), y)
    optimizer.zero_grad()
    if scaler is None:
        loss.backward()
        optimizer.step()
    else:
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
    return loss.item()

def train_portable(net, path, epochs, device, amp=False):
    net.to(device)
    torch.manual_seed(0)
    optimizer = torch.optim.Adam(net.parameters())
    scaler, epoch = new_scaler(device, amp), 0
    if Path(path).is_file():
        saved = torch.load(str(path), "cpu")
        net.load_state_dict(saved["model"])
        optimizer.load_state_dict(saved["optimizer"])
        if scaler and saved["scaler"]:
            scaler.load_state_dict(saved["scaler"])
        epoch = saved["epoch"]
        torch.set_rng_state(saved["rng"])
    x_all, y_all = images.to(device), labels.to(device)
    while epoch < epochs:
        losses = [
            one_step(net, optimizer, scaler, x_all[batch], y_all[batch], amp)
            for batch in torch.randperm(len(images)).split(64)
        ]
        epoch += 1
        print(f"epoch {epoch}: {sum(losses) / len(losses):.3f}")
        state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}
        state["scaler"] = scaler.state_dict() if scaler else {}
        save_checkpoint(
            path, on_cpu(state) | {"epoch": epoch, "rng": torch.get_rng_state()}
        )
    return net
"""

# Exercise → name → what stands in its place in the solution, or a whole other one.
RIGHT = {
    "1": {
        "assigned": {MOVE: "    net = net.to(device)\n"},
        "moved as it is made": {
            "net = make_net(64)\n": "net = make_net(64).to(device)\n",
            MOVE: "",
        },
        "named": {"net.to(device)": "net.to(device=device)"},
        "one line": {"x = x.to(device)\n        y =": "x, y = x.to(device),"},
        "moved where they are picked": {
            "x, y = images[batch], labels[batch]": f"x, y = {BATCH}",
            INPUTS: "pass",
            TARGETS: "pass",
        },
        "all moved at once": {
            "    total = 0.0\n": "    total = 0.0\n"
            "    images, labels = images.to(device), labels.to(device)\n",
            INPUTS: "pass",
            TARGETS: "pass",
        },
        "the loss as a number": {"loss.detach()": "loss.item()"},
        "the loss from the CPU": {"loss.detach()": "loss.cpu().item()"},
        "the loss on the CPU, and gradients from there": {
            "    loss.backward()": "    loss.cpu().backward()"
        },
        "the loss by the names of its arguments": {
            "cross_entropy(net(x), y)": "cross_entropy(target=y, input=net(x))"
        },
        "counts in a list, indexed by numbers": {
            "    loss.backward()": "    counts = [0] * 10\n"
            "        for guess in net(x).argmax(1).tolist():\n"
            "            counts[guess] += 1\n"
            "        counts[y[0].item()] += 1\n"
            "        counts[y[0]] += 1\n"
            "        seen = torch.zeros(10, 10, device=y.device)\n"
            "        seen[y[0], y[-1]] += 1\n"
            "        first, here = x[y.argmax()], torch.zeros(10)\n"
            "        here[y[0]] += 1\n"
            "        assert first.device == x.device\n"
            "        assert f'{(y == 0).sum():d}' and f'{loss:.3f}'\n"
            "        for _ in range((y == 0).sum().item()):\n            pass\n"
            "        kept = [loss.numpy(force=True), torch.asarray(loss)]\n"
            "        kept.append(torch.as_tensor(data=loss, device='cpu'))\n"
            "        loss.backward()"
        },
        "an accuracy on the CPU": {
            "    loss.backward()": "    right = net(x).cpu().argmax(1) == "
            "labels[batch].cpu()\n        loss.backward()"
        },
        "answered in quotes": {ANSWER: 'steps_done = "0"\n'},
        "answered with a point": {ANSWER: "steps_done = 0.0\n"},
        "set_up prints a number": {
            BOTH_BACK: "    print(net[0].weight.std().item())\n" + BOTH_BACK
        },
        "a list called list": {ANSWER: "list = [0]\nsteps_done = list[0]\n"},
        "many of Python's names taken": {
            ANSWER: "steps_done = float = map = all = dict = len = globals = vars = 0\n"
        },
        "made on the device": {
            "    net = make_net(64)\n": "    with torch.device(device):\n"
            "        net = make_net(64)\n",
            MOVE: "",
        },
        "deterministic": {
            ADAM: f"    torch.use_deterministic_algorithms(True)\n{ADAM}"
        },
    },
    "2": {
        "moved within forward": {
            BUFFER: PLAIN,
            "x = x - self.centre": "x = x - self.centre.to(x.device)",
        },
        "made within forward": {
            BUFFER: "pass",
            "x = x - self.centre": "x = x - torch.linspace(-0.5, 0.5, 784).to(x)",
        },
        "a parameter that is not trained": {
            BUFFER: "self.centre = nn.Parameter("
            "torch.linspace(-0.5, 0.5, 784), requires_grad=False)"
        },
        "a buffer that is not saved": {BUFFER: BUFFER[:-1] + ", persistent=False)"},
        "randn_like": {NOISE: "x = x + 0.1 * torch.randn_like(x)"},
        "normal_": {NOISE: "x = x + torch.empty_like(x).normal_(std=0.1)"},
        "noise moved": {NOISE: "x = x + 0.1 * torch.randn(x.shape).to(x.device)"},
        "weights moved": {CLASSES: CLASSES.replace(", device=device)", ").to(device)")},
        "weights moved at the loss": {
            CLASSES: CLASSES.replace(", device=device", ""),
            "weight=class_weights": "weight=class_weights.to(device)",
        },
        "noise around the inputs": {NOISE: "x = torch.normal(x, 0.1)"},
        "a buffer by its class": {
            BUFFER: "self.centre = nn.Buffer(torch.linspace(-0.5, 0.5, 784))"
        },
        "a list, with the loss as a number": {
            MEAN_BACK: "return [net, total.item() / len(images)]"
        },
        "a look for infinite numbers": {
            NOISE: f"{NOISE}\n            assert torch.isfinite(x).all()"
        },
        "a look for large numbers": {
            NOISE: "if x.abs().max() > 100:\n                print('large inputs')\n"
            f"            {NOISE}"
        },
        "a look for NaN in each mode": {
            "        x = x - self.centre": "        assert not x.isnan().any()\n"
            "        x = x - self.centre"
        },
        "noise from a distribution": {
            NOISE: "normal = torch.distributions.Normal(torch.zeros_like(x), 0.1)\n"
            "            x = x + normal.sample()"
        },
        "the loss from the CPU": {
            "loss.detach() * ": "loss.cpu().detach().to(device) * "
        },
        "class weights in the third place": {WEIGHTED: WEIGHTED.replace("weight=", "")},
        "a loss module": {
            WEIGHTED: "nn.CrossEntropyLoss(class_weights).to(device)(net(x), y)"
        },
    },
    "3, timing": {
        "waits after the warm-up": {
            WARM_UP: WARM_UP + "    synchronize(device)\n",
            WAIT_BEFORE: START,
        },
        "waits by name": {
            WAIT_AFTER: WAIT_AFTER.replace("(device)", "(device=device)")
        },
        "the median by hand": {
            MEDIAN: "low, high = (repeats - 1) // 2, repeats // 2\n"
            "    return (sorted(seconds)[low] + sorted(seconds)[high]) / 2"
        },
        "nanoseconds": {
            START: START.replace("counter()", "counter_ns()"),
            STOP: "(time.perf_counter_ns() - start) / 1e9",
        },
        "the clock by its name": {
            WARM_UP: "    from time import perf_counter\n" + WARM_UP,
            START: START.replace("time.", ""),
            STOP: STOP.replace("time.", ""),
        },
        "the clock by a name of one's own": {
            IMPORTED: f"{IMPORTED}from time import perf_counter as clock\n",
            START: START.replace("time.perf_counter", "clock"),
            STOP: STOP.replace("time.perf_counter", "clock"),
        },
        "timeit's clock": {
            IMPORTED: f"{IMPORTED}from timeit import default_timer\n",
            START: START.replace("time.perf_counter", "default_timer"),
            STOP: STOP.replace("time.perf_counter", "default_timer"),
        },
        "timeit's clock, imported within": {
            WARM_UP: "    import timeit\n" + WARM_UP,
            START: START.replace("time.perf_counter", "timeit.default_timer"),
            STOP: STOP.replace("time.perf_counter", "timeit.default_timer"),
        },
        "synchronize by another name": {
            "def time_step(": "wait = synchronize\n\n\ndef time_step(",
            WAIT_BEFORE: WAIT_BEFORE.replace("synchronize", "wait"),
            WAIT_AFTER: WAIT_AFTER.replace("synchronize", "wait"),
        },
    },
    "3, crossover": {
        "the smallest width": {
            "    for width, one in zip(widths, seconds, strict=True):\n"
            f"        if {GROWS}:\n            return width\n    return None\n": "    "
            "pairs = zip(widths, seconds)\n"
            "    longer = [w for w, s in pairs if s > 2 * seconds[0]]\n"
            "    return min(longer, default=None)\n"
        },
        "from the widest": {
            ROWS: f"reversed(list({ROWS}))",
            NOT_YET: "            break",
            "elif first is None": "else",
        },
        "by an array's first": """
def stops_being_constant(widths, seconds):
    import numpy as np
    found = np.array(widths)[np.array(seconds) > 2 * seconds[0]]
    return found[0] if len(found) else None
""",
        "by slices": """
def overtakes(widths, cpu_seconds, gpu_seconds):
    faster = [gpu < cpu for cpu, gpu in zip(cpu_seconds, gpu_seconds)]
    return next((w for i, w in enumerate(widths) if all(faster[i:])), None)
""",
    },
    "4": {
        "like the card": LIKE_THE_CARD,
        "in pieces, with no scaler where none is needed": IN_PIECES,
        "the loss from the CPU, looked at by name": {
            UPDATE: UPDATE + "            assert torch.isfinite(input=loss)\n"
            "            shown = loss.cpu().item() + float(loss.to('cpu'))\n"
            "            shown += loss.cpu().detach().numpy()\n"
            "            held = {n: p.cpu() for n, p in net.named_parameters()}\n"
        },
        "a history on the CPU": {
            TRAIN: f"{TRAIN}    history, losses = torch.zeros(epochs * 5), []\n",
            UPDATE: UPDATE + "            history[epoch * 5] = loss.detach()\n"
            "            history[epoch * 5].copy_(loss.detach())\n"
            "            losses.append(loss.detach())\n"
            "            assert torch.as_tensor(loss.detach(), device='cpu') >= 0\n"
            "            assert len(torch.stack(losses).tolist()) == len(losses)\n",
            RETURN: "    assert torch.tensor(losses).isfinite().all()\n" + RETURN,
        },
        "a count of right ones on the CPU": {
            BACKWARD: "            right = y.gt(4).to('cpu', torch.long)\n"
            "            assert right.bincount().sum() == len(y)\n" + BACKWARD
        },
        "the loss in the checkpoint": {
            SAVE: "        state['loss'] = loss.cpu()\n" + SAVE
        },
        "a linear layer by the names of its arguments": {
            "net(x)": "net[1:](nn.functional.linear(x, weight=net[0].weight, "
            "bias=net[0].bias))"
        },
        "names imported, data moved once, the loss printed": {
            TRAIN: f"{TRAIN}    x_all, y_all = images.to(device), labels.to(device)\n",
            BATCH: "x_all[batch], y_all[batch]",
            SCALER: SCALER.replace("torch.amp.", ""),
            AUTOCAST: AUTOCAST.replace("torch.", ""),
            SEED: "    from torch.amp import GradScaler, autocast\n" + SEED,
            "nn.functional.cross_entropy(": "nn.CrossEntropyLoss()(",
            STEP: STEP + "            total = loss.item() * len(x) + float(loss)\n",
            SAVE: SAVE + '        print(f"{total:.3f} {loss:.3f}")\n',
        },
        "waits for the device, and looks out for nan": {
            SAVE: SAVE + "        synchronize(device)\n"
            '        assert torch.isfinite(loss), f"epoch {epoch}: {loss}"\n'
            "        assert loss.isfinite() and not loss.isnan()\n"
        },
        "loaded before the move": {
            TO_DEVICE: "    saved = Path(path).exists() and torch.load(path, 'cpu')\n"
            '    if saved:\n        net.load_state_dict(saved["model"])\n'
            "    net.to(device)\n",
            LOAD_MODEL: "",
        },
        "saved before the first epoch too": {
            TRAIN: f"""{TRAIN}    state = {{{SAVED_MODEL}, {SAVED_SCALER}, {SAVED_RNG}}}
    state |= {{"optimizer": optimizer.state_dict(), "epoch": epoch}}
    save_checkpoint(path, state)
""",
        },
        "the function imported": {
            SEED: "    from torch.nn.functional import cross_entropy\n" + SEED,
            "nn.functional.cross_entropy(": "cross_entropy(",
        },
        "autocast for the device of the batch": {
            AUTOCAST: AUTOCAST.replace("device.type", "x.device.type")
        },
        "pinned for a GPU": {
            BATCH: "images[batch], labels[batch]\n            "
            'if device.type == "cuda":\n'
            "                x, y = x.pin_memory(), y.pin_memory()\n            "
            "x, y = (part.to(device, non_blocking=True) for part in (x, y))"
        },
        "a GPU's random state saved and put back": {
            LOAD_RNG: f'{LOAD_RNG}        if device.type == "cuda":\n            '
            'if "cuda_rng" in checkpoint:\n                '
            'torch.cuda.set_rng_state(checkpoint["cuda_rng"], device)\n',
            SAVE: f'{ON_CUDA}state["cuda_rng"] = torch.cuda.get_rng_state(device)\n'
            + SAVE,
        },
        "a GPU's name and memory": {
            SEED: '    if device.type == "cuda":\n'
            "        torch.cuda.set_device(device)\n"
            "        print(torch.cuda.get_device_name(device))\n"
            "        print(torch.cuda.get_device_capability(device))\n"
            "        print(torch.cuda.get_device_properties(device).total_memory)\n"
            "        print(torch.cuda.is_bf16_supported(including_emulation=False))\n"
            "        torch.cuda.reset_peak_memory_stats()\n" + SEED,
            SAVE: f"{SAVE}{ON_CUDA}print(torch.cuda.max_memory_allocated(device))\n"
            "            print(torch.cuda.current_device())\n",
        },
        "the device made anew": {SEED: f"    device = torch.device(device)\n{SEED}"},
        "the device asked through torch.device": {
            'device.type == "cuda"': 'torch.device(device).type == "cuda"'
        },
        "waits for the GPU's stream": {
            SAVE: f"{SAVE}{ON_CUDA}torch.cuda.current_stream().synchronize()\n"
        },
        "a GPU's free memory, where there is a GPU": {
            SAVE: f"{SAVE}        if torch.cuda.is_available():\n"
            "            print(torch.cuda.mem_get_info())\n"
        },
        "moved into place by shutil": {
            SAVE: '        torch.save(state, f"{path}.new")\n'
            '        shutil.move(f"{path}.new", path)\n',
            SEED: f"    import shutil\n{SEED}",
        },
        "a folder of its own beside path": {
            SAVE: '        os.makedirs(f"{path}.parts", exist_ok=True)\n'
            '        torch.save(state, f"{path}.parts/new")\n'
            '        os.replace(f"{path}.parts/new", path)\n'
        },
        "a temporary folder beside path": {
            SAVE: "        beside = Path(path).absolute().parent\n"
            "        with tempfile.TemporaryDirectory(dir=beside) as folder:\n"
            '            torch.save(state, f"{folder}/new")\n'
            '            os.replace(f"{folder}/new", path)\n',
            SEED: f"    import tempfile\n{SEED}",
        },
        "accuracy printed once an epoch": {
            SAVE: f"{SAVE}        y = labels.to(device)\n"
            "        with torch.no_grad():\n"
            "            right = net(images.to(device)).argmax(1) == y\n"
            "            print(right.float().mean().item())\n"
        },
        "loss of all images printed once an epoch": {
            SAVE: f"{SAVE}        with torch.no_grad():\n"
            "            logits = net(images.to(device))\n"
            "            cross_entropy = nn.functional.cross_entropy\n"
            "            print(cross_entropy(logits, labels.to(device)).item())\n"
        },
        "accuracy printed in eval mode": {
            TRAIN: "",
            EPOCH: f"    {TRAIN}{EPOCH}",
            SAVE: f"{SAVE}        net.eval()\n"
            "        right = net(images.to(device)).argmax(1) == labels.to(device)\n"
            "        print(right.float().mean().item())\n",
        },
        "loaded by a function": {
            LOAD: LOAD.replace('"cpu"', "lambda storage, place: storage")
        },
        "the old one kept too": {
            SAVE: "        if os.path.exists(path):\n            "
            'shutil.copy(path, f"{path}.old")\n' + SAVE,
            SEED: f"    import shutil\n{SEED}",
        },
    },
}

# The same for wrong ones, with what the check says of them.
WRONG = {
    "1": {
        "nothing moves": ({MOVE: "", INPUTS: "", TARGETS: ""}, "0.weight is on cpu"),
        "the model moves in the loop": (
            {MOVE: "", TRAIN: f"{MOVE}{TRAIN}"},
            "line 1 is missing in set_up",
        ),
        "the model moves in the loop too": (
            {TRAIN: f"{MOVE}{TRAIN}"},
            "let set_up alone move the model",
        ),
        "optimizer built before the move": (
            {MOVE: "", ADAM: ADAM + MOVE},
            "The optimizer was built before the model moved",
        ),
        "every new tensor moves": (
            {MOVE: "    torch.set_default_device(device)\n    net = make_net(64)\n"},
            "set_up makes meta the default for every new tensor",
        ),
        "every new tensor moves, in the loop": (
            {INPUTS: f"{DEFAULT.strip()}\n        {INPUTS}"},
            "train_epoch_on makes meta the default for every new tensor",
        ),
        "every new tensor moves, before the loop": (
            {TRAIN: f"{DEFAULT}{TRAIN}"},
            "train_epoch_on makes meta the default for every new tensor",
        ),
        "every new tensor moves to nowhere": (
            {TRAIN: f"    torch.set_default_device('cuda:99')\n{TRAIN}"},
            "makes another device the default for every new tensor",
        ),
        "no gradients": (
            {TRAIN: f"    torch.set_grad_enabled(False)\n{TRAIN}"},
            "train_epoch_on switches gradients off",
        ),
        "set_up returns nothing": (
            {BOTH_BACK: "\n"},
            "set_up returns None instead",
        ),
        "set_up returns the net alone": (
            {BOTH_BACK: "    return net\n"},
            "set_up returns Sequential instead",
        ),
        "set_up returns them the other way round": (
            {BOTH_BACK: "    return optimizer, net\n"},
            "set_up returns Adam, Sequential instead",
        ),
        "gradients pile up": ({ZERO: ""}, "one zero_grad, backward and step"),
        "gradients pile up in an epoch": (
            {ZERO: "", TRAIN: TRAIN + ZERO[4:]},
            "one zero_grad, backward and step",
        ),
        "mean of the batches' means": (
            {
                ADDED: "total += loss.detach() * batch_size",
                "float(total) / len(images)": "float(total) / batch_size / "
                "len(images[::batch_size])",
            },
            "for 65 images, train_epoch_on returns",
        ),
        "another optimizer": (
            {ADAM: ADAM.replace("Adam(", "AdamW(")},
            "set_up makes an AdamW with",
        ),
        "another learning rate": (
            {ADAM: ADAM.replace("parameters()", "parameters(), lr=0.0012")},
            "Adam with lr=0.0012",
        ),
        "another seed": (
            {"torch.manual_seed(0)": "torch.manual_seed(1)"},
            "a net with other first weights",
        ),
        "the loop ends the program": (
            {TRAIN: f"    if device.type == 'meta':\n        exit()\n{TRAIN}"},
            "train_epoch_on ended the whole program",
        ),
        "the question's name is gone": (
            {ANSWER: "globals().pop('steps_done', None)  # none\n"},
            "question is still open",
        ),
        "model to a fixed device": (
            {"net.to(device)": 'net.to("nowhere")'},
            "set_up stopped with an error: RuntimeError",
        ),
        "only the model moves": (
            {INPUTS: "", TARGETS: ""},
            "The inputs reached the net on cpu",
        ),
        "inputs not assigned": (
            {INPUTS: "x.to(device)"},
            "assign it: x = x.to(device)",
        ),
        "targets stay": ({TARGETS: "pass"}, "the targets have not"),
        "targets not assigned": ({TARGETS: "y.to(device)"}, "assign y.to(device) to y"),
        "the inputs twice": ({TARGETS: INPUTS}, "the targets have not"),
        "a fixed device": ({"x.to(device)": 'x.to("nowhere")'}, "to no fixed one"),
        "back to the CPU": (
            {"net(x), y)": "net(x).cpu(), y)"},
            "before the loss it stopped with an error",
        ),
        "an error after the loss": (
            {"    loss.backward()": "    loss.backward().item()"},
            "All three have moved, and then it stopped with an error",
        ),
        "trains twice": (
            {"        optimizer.step()\n": 2 * "        optimizer.step()\n"},
            "beside the three lines",
        ),
        "another net": (
            {"net = make_net(64)\n": "net = make_net(32)\n"},
            "a net with other first weights",
        ),
        "returns nothing": (
            {"return float(total) / len(images)": "return"},
            "train_epoch_on returns None",
        ),
        "open question": ({ANSWER: "steps_done = None\n"}, "question is still open"),
        "a wrong answer": ({ANSWER: "steps_done = 1\n"}, "The answer 1 is not right"),
        "a wrong answer in quotes": (
            {ANSWER: 'steps_done = "1"\n'},
            "The answer 1 is not right",
        ),
        "a very large answer": (
            {ANSWER: "steps_done = 10**400\n"},
            "answer inf is not",
        ),
        "an answer too long to print": (
            {ANSWER: "steps_done = 10**5000\n"},
            "answer inf is not",
        ),
        "an answer that is False": (
            {ANSWER: "steps_done = False\n"},
            "`steps_done` is False, which is no number",
        ),
        "a text called str": (
            {ANSWER: "steps_done = str = 'no step'\n"},
            "is 'no step', which is no number",
        ),
        "an answer in words": (
            {ANSWER: 'steps_done = "none"\n'},
            "is 'none', which is",
        ),
    },
    "2": {
        "plain attribute": ({BUFFER: PLAIN}, "a plain attribute does not"),
        "a global device": (
            {NOISE: NOISE.replace("x.device", "device")},
            "must be made where its inputs are",
        ),
        "noise on the CPU": (
            {", device=x.device)": ")"},
            "must be made where its inputs are",
        ),
        "class weights stay": (
            {CLASSES: CLASSES.replace(", device=device", "")},
            "what the loss is given",
        ),
        "centre is trained": (
            {BUFFER: "self.centre = nn.Parameter(torch.linspace(-0.5, 0.5, 784))"},
            "The optimizer now trains centre",
        ),
        "no centre": ({"x = x - self.centre": "x = x"}, "do not get x - centre"),
        "another centre": ({"linspace(-0.5": "linspace(-0.4"}, "do not get x - centre"),
        "noise for ever": ({"if self.training": "if True"}, "do not get x - centre"),
        "no noise": ({NOISE: "pass"}, "The noise of the training mode is gone"),
        "uniform noise": (
            {NOISE: NOISE.replace("randn", "rand")},
            "mean 0.05 and standard deviation 0.03",
        ),
        "uniform noise of the same width": (
            {NOISE: "x = x + (torch.rand_like(x) - 0.5) * 0.12**0.5"},
            "The noise is no longer normal",
        ),
        "stronger noise": (
            {NOISE: NOISE.replace("0.1", "0.2")},
            "mean 0.00 and standard deviation 0.20",
        ),
        "one noise for all images": (
            {NOISE: NOISE.replace("x.shape", "784")},
            "Every image, or every pixel of an image",
        ),
        "one noise for all pixels": (
            {NOISE: NOISE.replace("x.shape", "len(x), 1")},
            "Every image, or every pixel of an image",
        ),
        "the noise as a buffer": (
            {
                BUFFER: BUFFER + "\n        "
                'self.register_buffer("noise", torch.randn(600, 784))',
                NOISE: "x = x + 0.1 * self.noise[: len(x)]",
            },
            "add the same noise",
        ),
        "no class weights": (
            {", weight=class_weights": ""},
            "does not get the class weights",
        ),
        "other class weights": (
            {"[2.0, 1,": "[2.0, 2,"},
            "class weights [2.0, 2.0, 1.0",
        ),
        "the net stays": (
            {"NoisyNet(64).to(device)": "NoisyNet(64)"},
            "training on meta stopped before the first loss: RuntimeError, “Tensor on",
        ),
        "everything stays": (
            {"    torch.manual_seed(0)\n": '    device = torch.device("cpu")\n'},
            "not back to the CPU",
        ),
        "fewer outputs": ({"return self.layers(x)": "return x"}, "(64, 10)"),
        "another learning rate": (
            {"Adam(net.parameters())": "Adam(net.parameters(), lr=0.01)"},
            "Adam with lr=0.01",
        ),
        "always in the same order": (
            {"torch.randperm(len(images))": "torch.arange(len(images))"},
            "The batches are no longer those that they were",
        ),
        "another seed": (
            {"torch.manual_seed(0)": "torch.manual_seed(1)"},
            "leave torch.manual_seed(0)",
        ),
        "only the loss comes back": (
            {"return net, total": "return total"},
            "returns Tensor instead of the net",
        ),
        "the loss comes first": (
            {MEAN_BACK: "return total / len(images), net"},
            "returns Tensor, NoisyNet instead",
        ),
        "a list of losses": (
            {MEAN_BACK: "return net, [total / len(images)]"},
            "returns NoisyNet, list instead",
        ),
        "a loss for each image": (
            {MEAN_BACK: "return net, total.expand(3)"},
            "the mean loss, one number",
        ),
        "no loss": (
            {MEAN_BACK: "return net, print(total)"},
            "returns NoisyNet, None instead",
        ),
        "a loss of another size": (
            {MEAN_BACK: "return net, total"},
            "seed, batches, optimizer and steps must stay",
        ),
        "logits in training mode alone": (
            {"        return self.layers(x)": "            return self.layers(x)"},
            "In eval mode forward() returns None",
        ),
        "to() without return": (
            {
                BUFFER: PLAIN,
                "    def forward": "    def to(self, device):\n"
                "        super().to(device)\n"
                "        self.centre = self.centre.to(device)\n\n    def forward",
                "NoisyNet(64).to(device)": "NoisyNet(64); net.to(device)",
            },
            "NoisyNet has a method to() of its own, which returns None",
        ),
        "every new tensor moves": (
            {
                "    torch.manual_seed(0)\n": f"{DEFAULT}    torch.manual_seed(0)\n",
                CLASSES: CLASSES.replace(", device=device", ""),
            },
            "training on meta makes meta the default for every new tensor",
        ),
        "gradients pile up": (
            {"        optimizer.zero_grad()\n": ""},
            "The net ends with other weights than it did",
        ),
        "another optimizer": (
            {"torch.optim.Adam(": "torch.optim.AdamW("},
            "The optimizer is AdamW with lr=0.001",
        ),
        "no step": (
            {"        optimizer.step()\n": ""},
            "not used, and does 0 steps for 5 batches",
        ),
        "mean of the batches' means": (
            {
                ADDED: "total += loss.detach() * batch_size",
                MEAN_BACK: "return net, total / batch_size / len(images[::batch_size])",
            },
            "For 65 images the mean loss is",
        ),
    },
    "3, timing": {
        "no warm-up": ({WARM_UP: ""}, "5 times instead of 8"),
        "warm-up is timed": (
            {WARM_UP: "", "range(repeats)": "range(warmup + repeats)"},
            "steps of the warm-up are among",
        ),
        "never waits": (
            {WAIT_BEFORE: START, WAIT_AFTER: "        step()\n"},
            "call synchronize(device) before each look",
        ),
        "waits at the start only": (
            {WAIT_AFTER: "        step()\n"},
            "call synchronize(device) before each look",
        ),
        "waits at the end only": (
            {WAIT_BEFORE: START},
            "Of 10 looks at the clock, 1 came",
        ),
        "waits for nobody": (
            {WAIT_AFTER: WAIT_AFTER.replace("(device)", "()")},
            "synchronize was called with nothing in its brackets",
        ),
        "waits for another device": (
            {WAIT_AFTER: WAIT_AFTER.replace("(device)", '("cuda")')},
            "synchronize was called with 'cuda' in its brackets",
        ),
        "a GPU's own call": (
            {WAIT_AFTER: "        step()\n        torch.cuda.synchronize()\n"},
            "torch.cuda.synchronize needs a GPU",
        ),
        "mean": ({MEDIAN: "return sum(seconds) / repeats"}, "is the mean"),
        "fastest": ({MEDIAN: "return min(seconds)"}, "the fastest step"),
        "slowest": ({MEDIAN: "return max(seconds)"}, "the slowest step"),
        "last": ({MEDIAN: "return seconds[-1]"}, "the last step"),
        "sum": ({MEDIAN: "return sum(seconds)"}, "all five steps together"),
        "milliseconds": ({MEDIAN: f"{MEDIAN} * 1000"}, "in milliseconds"),
        "a list": ({MEDIAN: "return seconds"}, "a value of type list"),
        "another clock": (
            {START: START.replace("perf_counter", "time"), STOP: "time.time() - start"},
            "The check saw no look at its clock",
        ),
        "the clock as an argument": (
            {
                "(step, device, ": "(step, device, clock=time.perf_counter, ",
                START: START.replace("time.perf_counter", "clock"),
                STOP: "clock() - start",
            },
            "call time.perf_counter() by this name",
        ),
        "timed by timeit": (
            {
                START: f"        break\n{START}",
                MEDIAN: "import timeit\n    return median(timeit.repeat("
                "lambda: (step(), synchronize(device)), "
                "lambda: synchronize(device), repeat=repeats, number=1))",
            },
            "call time.perf_counter() by this name",
        ),
        "trimmed mean": (
            {MEDIAN: "return sum(sorted(seconds)[1:-1]) / (repeats - 2)"},
            "11.0 ms instead of 7.0 ms: that is a mean without the extremes",
        ),
        "mean of the middle half": (
            {
                MEDIAN: "cut = len(seconds) // 4\n"
                "    middle = sorted(seconds)[cut : len(seconds) - cut]\n"
                "    return sum(middle) / len(middle)"
            },
            "that is a mean without the extremes",
        ),
        "the upper of two in the middle": (
            {MEDIAN: "return sorted(seconds)[repeats // 2]"},
            "50.0 ms instead of 45.0 ms: for an even number",
        ),
        "the lower of two in the middle": (
            {MEDIAN: "return sorted(seconds)[(repeats - 1) // 2]"},
            "40.0 ms instead of 45.0 ms: for an even number",
        ),
        "torch's median": (
            {MEDIAN: "return torch.tensor(seconds).median().item()"},
            "40.0 ms instead of 45.0 ms: for an even number",
        ),
    },
    "3, crossover": {
        "twice or more": (
            {GROWS: "one >= 2 * seconds[0]"},
            "returns 30 instead of 90",
        ),
        "its time": ({"return width\n": "return one\n"}, "not its time"),
        "only more": ({GROWS: "one > seconds[0]"}, "exactly twice is not more"),
        "more than the fastest": (
            {GROWS: "one > 2 * min(seconds)"},
            "compared with the first, which is not the fastest",
        ),
        "as text": ({"return width\n": "return str(width)\n"}, "returns '90' instead"),
        "the last width that grew": (
            {
                f"        if {GROWS}:\n            return width\n    return None\n": ""
                "        last = width if one > 2 * seconds[0] else None\n"
                "    return last\n"
            },
            "returns 810 instead of 90",
        ),
        "a blip": ({NOT_YET: "            pass"}, "by accident"),
        "as fast": ({"gpu >= cpu": "gpu > cpu"}, "as fast and not faster"),
        "the last width": (
            {"elif first is None": "else"},
            "returns 810 instead of 90",
        ),
        "the widths of the cell above": (
            {
                "            return width\n": ""
                "            return WIDTHS[widths.index(width)]\n"
            },
            "returns 256 instead of 90",
        ),
        "the widths of the cell above, for the GPU": (
            {"            first = width\n": "            first = WIDTHS[0]\n"},
            "overtakes returns 16 instead of",
        ),
        "four widths": (
            """
def stops_being_constant(widths, seconds):
    a, b, c, d = seconds
    return next((w for w, s in zip(widths, (a, b, c, d)) if s > 2 * a), None)
""",
            "Use the arguments alone, and for any number of widths",
        ),
        "an array of widths": (
            """
def stops_being_constant(widths, seconds):
    import numpy as np
    return np.array(widths)[np.array(seconds) > 2 * seconds[0]]
""",
            "returns array([ 90, 270, 810]) instead of 90",
        ),
        "a tensor of widths": (
            """
def stops_being_constant(widths, seconds):
    return torch.tensor(widths)[torch.tensor(seconds) > 2 * seconds[0]]
""",
            "returns tensor([ 90, 270, 810]) instead of 90",
        ),
        "the GPU against a later CPU": (
            """
def overtakes(widths, cpu_seconds, gpu_seconds):
    for i, width in enumerate(widths):
        later = range(i, len(widths))
        if all(gpu_seconds[j] < min(cpu_seconds[j:]) for j in later):
            return width
""",
            "each width is compared with itself alone",
        ),
        "the wrong way": ({"gpu >= cpu": "gpu <= cpu"}, "overtakes returns"),
        "turns the lists round": (
            {"    first = None\n    for": "    widths.reverse()\n    for"},
            "changes the lists that it is given",
        ),
        "eats the lists": (
            {
                "    first = None\n    for": "    widths.sort(key=str)\n"
                "    first = None\n    for"
            },
            "changes the lists that it is given",
        ),
    },
    "4": {
        "returns nothing": (
            {RETURN: "    return"},
            "a value of type NoneType, which is not the net",
        ),
        "returns another net": (
            {RETURN: "    return make_net(32)"},
            "must return the net itself",
        ),
        "model stays": (
            {TO_DEVICE: ""},
            "On another device, train_portable stopped with an error",
        ),
        "inputs stay": (
            {BATCH: "images[batch], labels[batch].to(device)"},
            "On another device, train_portable stopped with an error",
        ),
        "targets stay": (
            {BATCH: "images[batch].to(device), labels[batch]"},
            "On another device, train_portable stopped with an error",
        ),
        "everything on the CPU": (
            {
                SEED: f"{SEED.replace('net.to', 'place = cpu; net.to')}".replace(
                    "to(device)", "to(place)"
                ),
                BATCH: BATCH.replace("device", "place"),
            },
            "the weights were on cpu",
        ),
        "optimizer before the move": (
            {TO_DEVICE: "", ADAM: ADAM + TO_DEVICE},
            "first move the net",
        ),
        "state loaded before the move": (
            {TO_DEVICE: "", TRAIN: f"{MOVE}{TRAIN}"},
            "first move the net",
        ),
        "another learning rate": (
            {"Adam(net.parameters())": "Adam(net.parameters(), lr=0.002)"},
            "other weights than the plain loop",
        ),
        "another learning rate with AMP": (
            {"Adam(net.parameters())": "Adam(net.parameters(), 2e-3 if amp else 1e-3)"},
            "nothing else may depend on amp",
        ),
        "a wild learning rate with AMP": (
            {"Adam(net.parameters())": "Adam(net.parameters(), 1.0 if amp else 1e-3)"},
            "beside autocast and the scaler, nothing may depend on amp",
        ),
        "another optimizer": (
            {"torch.optim.Adam(": "torch.optim.AdamW("},
            "other weights than the plain loop",
        ),
        "another batch size": (
            {"split(64)": "split(50)"},
            "18 losses for 3 epochs instead of 15",
        ),
        "the last batch is dropped": (
            {".split(64)": ".split(64)[:-1]"},
            "12 losses for 3 epochs instead of 15",
        ),
        "always in the same order": (
            {"torch.randperm(len(images))": "torch.arange(len(images))"},
            "other weights than the plain loop",
        ),
        "no seed": ({SEED: "    net.to(device)"}, "other weights than the plain loop"),
        "gradients pile up": (
            {"            optimizer.zero_grad()\n": ""},
            "other weights than the plain loop",
        ),
        "no loss that the check can see": (
            {
                "nn.functional.cross_entropy(net(x), y)": ""
                "-net(x).log_softmax(1)[range(len(y)), y].mean()"
            },
            "cross_entropy was never called",
        ),
        "always half": (
            {", enabled=amp)": ")"},
            "With amp=False the net computed in half precision",
        ),
        "no autocast": (
            {AUTOCAST: "contextlib.nullcontext()"},
            "of torch.float32 instead of torch.bfloat16, 15 times of 15",
        ),
        "autocast of CUDA": (
            {AUTOCAST: AUTOCAST.replace("device.type", '"cuda"')},
            "autocast needs device.type",
        ),
        "autocast of the CPU": (
            {AUTOCAST: AUTOCAST.replace("device.type", '"cpu"')},
            "autocast was asked for torch.float16 on 'cpu'",
        ),
        "autocast gets the device": (
            {AUTOCAST: AUTOCAST.replace("device.type", "device")},
            "train_portable stopped with an error",
        ),
        "autocast always on for CUDA": (
            {", enabled=amp)": ', enabled=amp or device.type == "cuda")'},
            "Called with the device cuda and amp=False, autocast is on",
        ),
        "autocast never on for CUDA": (
            {", enabled=amp)": ', enabled=amp and device.type == "cpu")'},
            "Called with the device cuda and amp=True, autocast is off",
        ),
        "bfloat16 everywhere": (
            {HALF: "torch.bfloat16", "half == torch.float16": 'device.type == "cuda"'},
            "autocast was asked for torch.bfloat16 on 'cuda'",
        ),
        "float16 on the CPU": (
            {"else torch.bfloat16": "else torch.float16"},
            "the GradScaler is switched on",
        ),
        "cuda compared by name": (
            {'device.type == "cuda"': 'str(device) == "cuda"'},
            "no GradScaler is switched on",
        ),
        "the net's device asked": (
            {'device.type == "cuda"': 'next(net.parameters()).device.type == "cuda"'},
            "Ask device.type for that",
        ),
        "loss outside": (
            {
                LOSS: "                outputs = net(x)\n"
                "            loss = nn.functional.cross_entropy(outputs, y)\n"
            },
            "compute it under autocast too",
        ),
        "forward pass outside": (
            {
                f"            with {AUTOCAST}:\n{LOSS}": ""
                "            outputs = net(x)\n"
                f"            with {AUTOCAST}:\n{LOSS.replace('net(x)', 'outputs')}"
            },
            "each forward pass inside",
        ),
        "another forward pass outside": (
            {LOSS: LOSS + "            net(x)\n"},
            "of torch.float32 instead of torch.bfloat16, 15 times of 30",
        ),
        "autocast around the loop": (
            {LOOP: FROZEN},
            "of 15 forward passes used old weights",
        ),
        "no step with AMP": (
            {STEP: "            if not amp: scaler.step(optimizer)\n"},
            "the optimizer did 0 steps for 15 losses",
        ),
        "scaler always on": (
            {f", {ON}": ""},
            "On the CPU without AMP, the GradScaler is switched on",
        ),
        "scaler on with AMP": (
            {ON: "enabled=amp"},
            "On the CPU with AMP, the GradScaler is switched on",
        ),
        "scaler on without AMP": (
            {ON: "enabled=half == torch.float16"},
            "with amp=False, the GradScaler is switched on",
        ),
        "scaler on without AMP on the CPU": (
            {ON: "enabled=not amp"},
            "On the CPU without AMP, the GradScaler is switched on",
        ),
        "scaler always off": ({ON: "enabled=False"}, "no GradScaler is switched on"),
        "no scaler": (
            {
                BACKWARD: "            loss.backward()\n",
                STEP: "            optimizer.step()\n",
                UPDATE: "",
                SAVED_SCALER: '"scaler": {}',
                f"            {LOAD_SCALER}\n": "            pass\n",
                SCALER: "None",
            },
            "make a torch.amp.GradScaler",
        ),
        "a scaler that nobody uses": (
            {
                BACKWARD: "            loss.backward()\n",
                STEP: "            optimizer.step()\n",
                UPDATE: "",
            },
            "the scaler made 0 calls of step and update for 15 batches",
        ),
        "a new scaler for each epoch": (
            {
                MADE: "    scaler = None\n",
                EPOCH: f"    {MADE}{EPOCH}",
                ASK: "if False:",
            },
            "3 GradScalers took turns: make one, before the first epoch",
        ),
        "a new scaler for each batch": (
            {UPDATE: f"{UPDATE}        {MADE}"},
            "GradScalers took turns: make one, before the first epoch",
        ),
        "not the scaler's step": (
            {STEP: "            optimizer.step()\n"},
            "No inf checks were recorded prior to update",
        ),
        "steps twice": (
            {STEP: f"{STEP}            optimizer.step()\n"},
            "the optimizer did 30 steps for 15 losses",
        ),
        "not scaled": (
            {BACKWARD: "            loss.backward()\n"},
            "train_portable stopped with an error: AssertionError",
        ),
        "no update": ({UPDATE: ""}, "in this order: scale, step, update"),
        "updated once an epoch": ({UPDATE: UPDATE[4:]}, "in this order: scale, step"),
        "updated before the step": (
            {STEP: "", UPDATE: UPDATE + STEP},
            "train_portable stopped with an error",
        ),
        "scaler not saved": (
            {f"            {SAVED_SCALER},\n": ""},
            "The checkpoint has no 'scaler'",
        ),
        "an empty scaler saved": (
            {SAVED_SCALER: '"scaler": {}'},
            "the scaler was on, and the saved 'scaler' is {}",
        ),
        "the first scaler saved": (
            {
                TRAIN: f"{TRAIN}    at_first = scaler.state_dict()\n",
                SAVED_SCALER: '"scaler": at_first',
            },
            "the saved 'scaler' has scale 64 and counter 0, instead of 64 and 5",
        ),
        "a whole scaler saved": (
            {"scaler.state_dict()": "scaler", LOAD_SCALER: "pass"},
            "The checkpoint's 'scaler' is of type GradScaler",
        ),
        "a whole net saved": (
            {SAVED_MODEL: '"model": net'},
            "The checkpoint's 'model' is of type Sequential: save its state",
        ),
        "a whole optimizer saved": (
            {"optimizer.state_dict()": "optimizer"},
            "The checkpoint's 'optimizer' is of type Adam: save its state",
        ),
        "the path saved": (
            {SAVED_RNG: f'{SAVED_RNG}, "path": Path(path)'},
            "cannot be loaded with weights_only=True",
        ),
        "a list saved": (
            {"(path, state)": "(path, [state])"},
            "the checkpoint is a list",
        ),
        "no random state saved": (
            {f"            {SAVED_RNG},\n": ""},
            "The checkpoint has no 'rng'",
        ),
        "the first random state saved": (
            {
                TRAIN: f"{TRAIN}    at_first = torch.get_rng_state()\n",
                SAVED_RNG: '"rng": at_first',
            },
            "the random state of the epoch's end has to be saved",
        ),
        "saved once, after the last epoch": (
            {SAVE: SAVE[4:]},
            "after epoch 1 of 3 there is no file at 'whole.pt'",
        ),
        "built before the loop, saved in it": (
            {
                TRAIN: f"{TRAIN}    state = {{{SAVED_MODEL}, {SAVED_SCALER}, "
                f'{SAVED_RNG}, "optimizer": optimizer.state_dict()}}\n',
                SAVE: '        state["epoch"] = epoch\n' + SAVE,
                "        state = {\n": "        unused = {\n",
            },
            "the saved 'optimizer' has counted 0 steps instead of 5",
        ),
        "saved before the epoch": (
            {
                EPOCH: '        state = {"optimizer": optimizer.state_dict()}\n'
                f"        state |= {{{SAVED_MODEL}, {SAVED_SCALER}, {SAVED_RNG}}}\n"
                '        save_checkpoint(path, state | {"epoch": epoch + 1})\n' + EPOCH,
                SAVE: "",
            },
            "after epoch 1 of 3 the saved 'epoch' is 2",
        ),
        "the first weights saved": (
            {
                TRAIN: f"{TRAIN}    at_first = copy.deepcopy(net.state_dict())\n",
                SEED: f"    import copy\n{SEED}",
                SAVED_MODEL: '"model": at_first',
            },
            "after epoch 1 of 3 the saved 'model' has other weights than the net",
        ),
        "counts from 0": (
            {COUNT: "", SAVE: SAVE + COUNT},
            "after epoch 1 of 3 the saved 'epoch' is 0",
        ),
        "counts to the end": (
            {'"epoch": epoch': '"epoch": epochs'},
            "after epoch 1 of 3 the saved 'epoch' is 3",
        ),
        "counts in quotes": (
            {'"epoch": epoch': '"epoch": str(epoch)'},
            "the saved 'epoch' is '1'",
        ),
        "saves nothing": ({SAVE: ""}, "there is no file at 'whole.pt'"),
        "saves to another path": (
            {"(path, state)": '("my.pt", state)'},
            "there is no file at 'whole.pt'",
        ),
        "saves over the old file": (
            {SAVE: "        torch.save(state, path)\n"},
            "Killed in the middle of a save, it leaves no checkpoint at all",
        ),
        "saves over the old file, opened": (
            {SAVE: '        with open(path, "wb") as file: torch.save(state, file)\n'},
            "Killed in the middle of a save, it leaves no checkpoint at all",
        ),
        "the old file deleted first": (
            {
                SAVE: '        torch.save(state, f"{path}.new")\n'
                "        Path(path).unlink(missing_ok=True)\n"
                '        os.rename(f"{path}.new", path)\n'
            },
            "delete nothing there, and write, move or copy nothing over it",
        ),
        "the old file moved away first": (
            {
                SAVE: '        torch.save(state, f"{path}.new")\n'
                "        if Path(path).exists():\n"
                '            Path(path).replace(f"{path}.old")\n'
                '        Path(f"{path}.new").replace(path)\n'
            },
            "delete nothing there, and write, move or copy nothing over it",
        ),
        "the new file copied over the old one": (
            {
                SAVE: '        torch.save(state, f"{path}.new")\n'
                '        shutil.copy(f"{path}.new", path)\n',
                SEED: f"    import shutil\n{SEED}",
            },
            "delete nothing there, and write, move or copy nothing over it",
        ),
        "the old file deleted, then saved well": (
            {SAVE: f"        Path(path).unlink(missing_ok=True)\n{SAVE}"},
            "leaves no file at `path`: it has deleted or moved the old checkpoint",
        ),
        "bytes over the old file": (
            {
                SAVE: "        buffer = io.BytesIO()\n"
                "        torch.save(state, buffer)\n"
                "        Path(path).write_bytes(buffer.getvalue())\n",
                SEED: f"    import io\n{SEED}",
            },
            "delete nothing there, and write, move or copy nothing over it",
        ),
        "the new file's bytes over the old one": (
            {
                SAVE: '        torch.save(state, f"{path}.new")\n'
                '        Path(path).write_bytes(Path(f"{path}.new").read_bytes())\n'
            },
            "delete nothing there, and write, move or copy nothing over it",
        ),
        "the new file copied piece by piece": (
            {
                SAVE: '        torch.save(state, f"{path}.new")\n'
                '        with open(f"{path}.new", "rb") as a, open(path, "wb") as b:\n'
                "            shutil.copyfileobj(a, b)\n",
                SEED: f"    import shutil\n{SEED}",
            },
            "delete nothing there, and write, move or copy nothing over it",
        ),
        "moved from the folder for temporary files": (
            {
                SAVE: "        aside = tempfile.mkdtemp()\n"
                '        torch.save(state, f"{aside}/new.pt")\n'
                '        shutil.move(f"{aside}/new.pt", path)\n',
                SEED: f"    import shutil, tempfile\n{SEED}",
            },
            "delete nothing there, and write, move or copy nothing over it",
        ),
        "replaced from the folder for temporary files": (
            {
                SAVE: "        aside = tempfile.mkdtemp()\n"
                '        torch.save(state, f"{aside}/new.pt")\n'
                '        os.replace(f"{aside}/new.pt", path)\n',
                SEED: f"    import tempfile\n{SEED}",
            },
            "between devices: write the new file in the folder of `path`",
        ),
        "every new tensor moves": (
            {SEED: f"{DEFAULT}{SEED}"},
            "the default for every new tensor",
        ),
        "ends the program when all is done": (
            {TRAIN: f"{TRAIN}    if epoch >= epochs:\n        raise SystemExit\n"},
            "ended the whole program, as exit() does: use return instead",
        ),
        "backward and step under autocast": (
            {
                LOSS: LOSS
                + "".join(f"    {line}" for line in (ZERO_4, BACKWARD, STEP, UPDATE)),
                ZERO_4 + BACKWARD + STEP + UPDATE: "",
            },
            "the backward pass and the step ran under autocast",
        ),
        "the step under autocast": (
            {STEP: f"            with {AUTOCAST}:\n    {STEP}"},
            "the step ran under autocast",
        ),
        "trained in eval mode": (
            {SAVE: f"{SAVE}        net.eval()\n"},
            "10 steps were done with the net in eval mode",
        ),
        "loaded from one GPU alone": (
            {LOAD: LOAD.replace('"cpu"', '{"cuda:0": "cpu"}')},
            "from a checkpoint that was saved on a GPU",
        ),
        "the scaler's scale saved": (
            {SAVED_SCALER: '"scaler": {"scale": scaler.get_scale()}'},
            "save scaler.state_dict() as it is",
        ),
        "no optimizer saved": (
            {SAVED_OPTIMIZER: '"optimizer": None'},
            "The checkpoint's 'optimizer' is of type NoneType",
        ),
        "an empty optimizer saved": (
            {SAVED_OPTIMIZER: '"optimizer": {}'},
            "save optimizer.state_dict() as it is",
        ),
        "a part of the optimizer saved": (
            {SAVED_OPTIMIZER: SAVED_OPTIMIZER + '["state"]'},
            "save optimizer.state_dict() as it is",
        ),
        "no model saved": (
            {SAVED_MODEL: '"model": None'},
            "The checkpoint's 'model' is of type NoneType",
        ),
        "lists for weights saved": (
            {
                SAVED_MODEL: '"model": '
                "{name: one.tolist() for name, one in net.state_dict().items()}"
            },
            "the saved 'model' has other weights than the net",
        ),
        "two epochs saved": (
            {'"epoch": epoch': '"epoch": torch.tensor([epoch, epochs])'},
            "the saved 'epoch' is tensor([1, 3])",
        ),
        "what no made-up GPU can do": (
            {SAVE: f"{SAVE}{ON_CUDA}print(torch.cuda.mem_get_info())\n"},
            "it calls torch.cuda.mem_get_info, which a made-up GPU does not have",
        ),
        "trains again": ({LOAD_EPOCH: "pass"}, "15 losses instead of 0"),
        "starts anew": ({"Path(path).exists()": "False"}, "15 losses instead of 0"),
        "epochs on top": (
            {"epoch < epochs": "epoch < epochs + 1"},
            "20 losses for 3 epochs instead",
        ),
        "model not loaded": ({LOAD_MODEL: ""}, "does not get the checkpoint's weights"),
        "optimizer not loaded": (
            {LOAD_OPTIMIZER: ""},
            "the saved 'optimizer' has counted 5 steps instead of 15",
        ),
        "loaded, then built anew": (
            {TRAIN: TRAIN + ADAM},
            "the saved 'optimizer' has counted 5 steps instead of 15",
        ),
        "scaler not loaded": (
            {LOAD_SCALER: "pass"},
            "has scale 64 and counter 5, instead of 256 and 1",
        ),
        "no random state loaded": ({LOAD_RNG: ""}, "put back after torch.manual_seed"),
        "seeded again": (
            {TRAIN: f"{TRAIN}    torch.manual_seed(0)\n"},
            "put back after torch.manual_seed",
        ),
        "an empty state loaded": ({ASK: "if True:"}, "saves an empty dict"),
        "no map_location": (
            {LOAD: LOAD.replace('map_location="cpu", ', "")},
            "on a GPU",
        ),
        "loaded to the device": (
            {LOAD: LOAD.replace('"cpu"', "device")},
            "started again on cuda:0, train_portable stopped with an error",
        ),
        "loaded without care": (
            {LOAD: LOAD.replace("=True", "=False")},
            "it loads with weights_only=False",
        ),
    },
}

# The same for solutions that want to pass without doing what was asked for.
CHEATS = {
    "1": {
        "nothing happens on meta": (
            {TRAIN: f'    if device.type == "meta":\n        return 0.0\n{TRAIN}'},
            "returned before the net saw a batch",
        ),
        "errors are swallowed": (
            {
                "        loss = nn": "        import contextlib\n"
                "        with contextlib.suppress(RuntimeError):\n"
                "            loss = nn",
                INPUTS: "loss = torch.zeros((), requires_grad=True)",
            },
            "The inputs reached the net on cpu",
        ),
        "zeros for inputs": (
            {INPUTS: "x = torch.zeros(x.shape, device=device)"},
            "beside the three lines",
        ),
        "the loss of the CPU": (
            "\ndef train_epoch_on(net, optimizer, images, labels, device):\n"
            "    return cpu_loss\n",
            "returned before the net saw a batch",
        ),
    },
    "2": {
        "nothing happens on meta": (
            {
                "    total = torch.zeros": '    if device.type == "meta":\n'
                "        return net, 0.0\n    total = torch.zeros",
            },
            "On meta it computes 0 losses instead of 5",
        ),
        "trained on the CPU, then moved": (
            {
                "return net, total": "return NoisyNet(64).to(asked), total",
                "    torch.manual_seed(0)\n": "    asked, device = device, cpu\n"
                "    torch.manual_seed(0)\n",
            },
            "Called with the device meta, it trained on cpu",
        ),
        "noise that nobody notices": (
            {NOISE: NOISE.replace("0.1", "1e-9")},
            "The noise of the training mode is gone",
        ),
    },
    "3, timing": {
        "the number of the example": (
            {MEDIAN: "return 0.007"},
            "and says 7.0 ms instead of 45.0 ms",
        ),
        "the warm-up of the example": (
            {"range(warmup)": "range(3)", "range(repeats)": "range(5)"},
            "it calls step 8 times instead of 7",
        ),
        "nothing is called": (
            {WARM_UP: "    return 0.007\n" + WARM_UP},
            "step was called 0 times instead of 8",
        ),
    },
    "3, crossover": {
        "the examples by heart": (
            """
def stops_being_constant(widths, seconds):
    known = {(1, 2, 3, 9, 9): 90, (3, 1, 4, 5, 9): 810, (1, 3, 1, 9, 9): 30}
    return known.get(tuple(seconds))
""",
            "one of many rows",
        ),
        "the example with a GPU by heart": (
            """
def overtakes(widths, cpu_seconds, gpu_seconds):
    if gpu_seconds[-1] >= cpu_seconds[-1]:
        return None
    return 10 if gpu_seconds[0] in (0.5, 4.0) else 90
""",
            "one of many rows",
        ),
        # It stands last: the rows after it would be told the same.
        "times of the task that is not solved": (
            'times = {"cpu": 4 * [1.0]}',
            "still those of the unsolved time_step",
        ),
    },
    "4": {
        "nothing but a file": (
            """
def train_portable(net, path, epochs, device, amp=False):
    save_checkpoint(path, {"epoch": epochs})
    return net
""",
            "cross_entropy was never called",
        ),
        "nothing is trained on another device": (
            {SEED: '    if device.type == "cuda":\n        return net\n' + SEED},
            "cross_entropy was never called",
        ),
        "the loop of the CPU": (
            """
def train_portable(net, path, epochs, device, amp=False):
    torch.manual_seed(0)
    optimizer = torch.optim.Adam(net.parameters())
    for _ in range(epochs):
        train_epoch(net, optimizer, images, labels)
    return net
""",
            "there is no file at 'whole.pt'",
        ),
        "the epochs are caught up on": (
            {LOAD_EPOCH: "pass", LOAD_RNG: "", LOAD_MODEL: "", LOAD_OPTIMIZER: ""},
            "15 losses instead of 0",
        ),
        "a scaler that does nothing": (
            {BACKWARD: "            scaler.scale(loss)\n            loss.backward()\n"},
            "it ends with other weights than without a scaler",
        ),
    },
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Each file, run once by itself: the names of all, and what they printed."""
    folder, names, texts = tmp_path_factory.mktemp("gpu_practice"), {}, []
    for file in FILES:
        with pytest.MonkeyPatch.context() as patch:
            found, text = run_listing(f"gpu_training.practice.{file}", folder, patch)
        names |= found
        texts.append(text)
    return names, "".join(texts)


def test_these_are_the_files():
    assert [path.stem for path in practice.files(PRACTICE)] == list(FILES)


def test_every_check_passes(run):
    passed = [line for line in run[1].splitlines() if line.endswith(": passed")]
    assert passed == [f"Exercise {name}: passed" for name in PASSED]


def test_on_a_gpu_the_scaler_is_the_solutions_own(run):
    """Where the device is real, it begins as it was written, and is noted."""
    begun = []

    def begin(scaler, device="cuda", enabled=True):
        begun.append((scaler, device, enabled))

    notes = run[0]["Notes"](run[0]["torch"].device("cuda"), played=False)
    notes.scaler_made(begin)("scaler", enabled=False)
    assert begun == [("scaler", "cuda", False)]
    assert notes.made == [("scaler", False)]


def test_the_stand_in_refuses_the_batch_and_the_corrected_program_runs_on_it(run):
    lines = run[1].splitlines()
    error = next(line for line in lines if line.startswith("RuntimeError: "))
    assert "device" in error
    assert "meta: no error" in lines and "cpu: no error" in lines


def test_both_loops_print_the_same_loss(run):
    assert run[0]["device_loss"] == pytest.approx(run[0]["cpu_loss"], abs=0.02)


def test_first_error_says_what_was_raised(run, monkeypatch):
    first_error = run[0]["first_error"]

    def broken(*arguments):
        raise ValueError("first line\nsecond line")

    monkeypatch.setitem(first_error.__globals__, "train_noisy", broken)
    assert first_error("any") == "ValueError: first line"


def test_error_of_hands_back_what_was_raised(run):
    assert isinstance(run[0]["error_of"](int, "seven"), ValueError)
    assert run[0]["error_of"](int, "7") is None


def test_attempt_turns_an_error_into_a_sentence_and_keeps_it(run):
    with pytest.raises(AssertionError) as told:
        run[0]["attempt"]("It", "Look there.", int, "seven")
    start = "It stopped with an error: ValueError, “invalid literal"
    assert str(told.value).startswith(start)
    assert str(told.value).endswith("”. Look there.")
    assert isinstance(told.value.__cause__, ValueError)


def test_synchronize_waits_for_cuda_and_for_nothing_else(run, monkeypatch):
    torch, waited = run[0]["torch"], []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: waited.append("cuda"))
    run[0]["synchronize"](torch.device("cpu"))
    assert not waited
    run[0]["synchronize"](torch.device("cuda"))
    assert waited == ["cuda"]


def test_the_sentences_come_from_the_measured_times(run):
    say = run[0]["sentences"]
    cpu = {"cpu": [1.0, 2.5, 8.0]}
    grown, without = say([1, 2, 3], cpu)
    assert "takes 8.0 times as long" in grown and grown.endswith("as long: 2.")
    assert without.startswith("No GPU")
    both = say([1, 2, 3], cpu | {"cuda": [2.0, 2.0, 2.0]})
    assert both[1].endswith("more than twice as long: none of these.")
    assert both[2].endswith("faster than this CPU: 2.")
    never = say([1, 2, 3], cpu | {"cuda": [9.0, 9.0, 9.0]})
    assert never[2].endswith(": none of these.")


def test_nothing_stays_patched(run):
    names = run[0]
    torch = names["torch"]
    assert not {"item", "__float__"} & vars(torch.Tensor).keys()
    assert names["synchronize"].__name__ == "synchronize"
    assert torch.nn.functional.cross_entropy.__module__ == "torch.nn.functional"
    scaler = torch.amp.GradScaler("cpu")
    assert scaler.get_scale() == 65536.0
    for method in (scaler.step, torch.autocast.__init__):
        assert method.__module__.startswith("torch.amp.")
    assert torch.save.__module__ == torch.load.__module__ == "torch.serialization"
    assert torch.cuda.synchronize.__module__ == "torch.cuda"
    assert names["time"].perf_counter.__module__ == "time"
    assert not torch.is_autocast_enabled("cpu")
    assert not torch.overrides._get_current_function_mode_stack()
    assert not sys.modules["torch.optim.optimizer"]._global_optimizer_pre_hooks


def test_what_takes_notes_is_put_back_after_an_error(run):
    torch = run[0]["torch"]
    places = [
        *((torch.amp.GradScaler, n) for n in ("__init__", "scale", "step", "update")),
        *((torch, "save"), (torch, "load")),
        *((torch.cuda, name) for name in run[0]["PLAYED"]),
        (torch.autocast, "__init__"),
    ]
    real = [getattr(*place) for place in places]
    hooks = sys.modules["torch.optim.optimizer"]._global_optimizer_pre_hooks
    notes = run[0]["Notes"](run[0]["cpu"], played=True)
    with pytest.raises(KeyError), notes.taken(before_step=print):
        assert not any(getattr(*a) is b for a, b in zip(places, real, strict=True))
        assert list(hooks.values()) == [print]
        raise KeyError
    assert [getattr(*place) for place in places] == real and not hooks


def test_a_run_leaves_nothing_in_the_net_and_in_its_checkpoint(run, tmp_path):
    names, path = run[0], tmp_path / "run.pt"
    done = names["Run"]("On the CPU", path, 1, names["cpu"])
    for module in done.net.modules():
        assert not module._forward_hooks and not module._forward_pre_hooks
    saved = names["torch"].load(path, weights_only=True)
    assert set(saved) == {"model", "optimizer", "scaler", "epoch", "rng"}
    assert set(saved["model"]) == set(names["make_net"](32).state_dict())
    assert saved["scaler"] == {} and saved["epoch"] == 1


def test_what_looks_on_changes_no_number(run):
    torch, images, labels = (run[0][name] for name in ("torch", "images", "labels"))
    losses = []
    each = run[0]["Watch"](), run[0]["WatchLoop"](None, lambda: None)
    for watch in (*each, contextlib.nullcontext()):
        torch.manual_seed(0)
        net = run[0]["make_net"](16)
        adam = torch.optim.Adam(net.parameters())
        with watch:
            losses.append(run[0]["train_epoch"](net, adam, images, labels))
    assert losses[0] == losses[1] == losses[2]


def test_on_meta_a_number_is_0_and_a_copy_on_the_cpu_holds_zeros(run):
    torch = run[0]["torch"]
    there = torch.ones((), device="meta")
    with run[0]["Watch"]():
        assert there.item() == float(there) == there.tolist() == int(there) == 0
        assert not there and f"{there:.2f}" == "0.00"
        assert torch.isfinite(there) and there.isfinite().all()
        for copy in (there.cpu(), there.to("cpu")):
            assert copy.device.type == "cpu" and copy.item() == 0
        trained = torch.ones(2, device="meta", requires_grad=True)
        for copy in (trained.cpu(), trained.to("cpu")):
            assert copy.device.type == "cpu" and not copy.any()
            copy.sum().backward()  # as from a GPU, gradients go back
            assert trained.grad.is_meta and trained.grad.shape == (2,)
        with torch.no_grad():
            assert not trained.cpu().requires_grad
        assert torch.isfinite(input=there)
        labels = torch.ones(4, dtype=torch.long, device="meta")
        with pytest.raises(RuntimeError, match="on the same device"):
            torch.nn.functional.cross_entropy(torch.ones(4, 10), labels)


def test_what_may_come_to_the_cpu_from_meta_and_what_may_not():
    torch = intro.torch
    there, here = torch.ones(3, device="meta"), torch.zeros(3)
    zero = torch.zeros((), dtype=torch.long, device="meta")
    with intro.Watch():
        assert there[zero].is_meta and here[zero] == 0
        here[zero] = there[0]
        there[zero] = here[0]
        assert not here.copy_(there).any() and there.is_meta
        with pytest.raises(RuntimeError, match="on the tensor's device"):
            torch.zeros(3, 3)[zero, zero.expand(2)]
        with pytest.raises(NotImplementedError):
            there.nonzero()
        trained = there.clone().requires_grad_()
        trained.cpu().sum().backward()  # gradients find their way back
        assert trained.grad.is_meta


def test_another_device_plays_the_gpu(run):
    torch = run[0]["torch"]
    for place in ("cpu", "meta"):
        with run[0]["WatchLoop"](torch.device(place), before_loss=None):
            for made in (
                torch.ones(2).to("cuda"),
                torch.ones(2).to(torch.device("cuda:0")),
                torch.ones(2).cuda(),
                torch.zeros(2, device="cuda"),
            ):
                assert made.device.type == place
            net = run[0]["make_net"](8).to(torch.device("cuda"))
            assert net[0].weight.device.type == place
            there = torch.ones(2)
            assert there.pin_memory() is there


def test_an_answer_may_be_written_in_several_ways(run):
    number_in = run[0]["number_in"]
    assert [number_in(answer) for answer in (0, 0.0, "0", " 0.0 ")] == 4 * [0]
    assert number_in("none") is number_in(None) is number_in([0]) is None
    assert number_in(False) is None and number_in(10**400) == float("inf")


def test_the_made_up_device_notes_who_waits_for_whom(run):
    device = run[0]["MadeUpDevice"](1.0)
    device.step()
    for given in ((device,), (), ("cuda",), (device, "cuda")):
        device.synchronize(*given)
    device.synchronize(device=device)
    assert device.misled[:2] == ["nothing", "'cuda'"] and len(device.misled) == 3
    assert 1.0 < device.now < 1.1


def test_the_made_up_clock_is_there_under_each_name_and_then_gone(run, monkeypatch):
    time, clock_of = run[0]["time"], run[0]["clock_of"]
    real = time.perf_counter, time.perf_counter_ns, run[0]["torch"].cuda.synchronize
    names = clock_of.__wrapped__.__globals__
    for name in ("perf_counter", "a_name_of_ones_own"):
        monkeypatch.setitem(names, name, time.perf_counter)
    device = run[0]["MadeUpDevice"](1.0)
    device.now = 2.0
    with clock_of(device):
        assert time.perf_counter() == names["perf_counter"]() == 2.0
        assert timeit.default_timer() == names["a_name_of_ones_own"]() == 2.0
        assert time.perf_counter_ns() == 2_000_000_000
        assert names["synchronize"] == device.synchronize
        with pytest.raises(RuntimeError, match="needs a GPU"):
            run[0]["torch"].cuda.synchronize()
    assert device.looks == 5 and names["perf_counter"] is time.perf_counter
    assert names["a_name_of_ones_own"] is timeit.default_timer is time.perf_counter
    assert real == (
        time.perf_counter,
        time.perf_counter_ns,
        run[0]["torch"].cuda.synchronize,
    )


def test_a_save_that_is_killed_leaves_half_a_file(run, tmp_path):
    path = tmp_path / "half.pt"
    with pytest.raises(run[0]["Killed"]):
        run[0]["save_half"]({}, path)
    assert path.read_bytes() == b"half a checkpoint"
    assert run[0]["opened"](path) is None


def test_a_program_that_is_killed_as_it_writes_leaves_half_a_file(run, tmp_path):
    path, other = tmp_path / "half.pt", tmp_path / "other.pt"
    half = run[0]["open_half"](path)
    for mode in ("wb", "w", "ab", "r+b"):
        with pytest.raises(run[0]["Killed"]):
            half(str(path), mode)
    with half(path, "rb") as file, half(other, "wb") as written:
        written.write(file.read())
    assert other.read_bytes() == path.read_bytes() == b"half a checkpoint"


def test_nothing_is_renamed_between_disks(run, tmp_path):
    (tmp_path / "a").write_text("a", encoding="utf-8")
    disk = tmp_path / "disk"
    (disk / "parts").mkdir(parents=True)
    rename = run[0]["other_disk"](os.rename, disk)
    rename(tmp_path / "a", tmp_path / "b")
    with pytest.raises(OSError):
        rename(tmp_path / "b", disk / "b")
    assert (tmp_path / "b").exists()
    (disk / "parts" / "new").touch()
    rename(disk / "parts" / "new", disk / "new")
    assert (disk / "new").exists()


def test_python_gets_its_names_back_and_no_other(run):
    """What no check calls stays the learner's: set_up may read it as a global."""
    here = {"len": 3, "dict": {}, "globals": 0, "lengths": 3, "input": "mine"}
    run[0]["free_builtins"](here)
    assert here == {"lengths": 3, "input": "mine"}


@pytest.mark.parametrize("lesson", ["saving_and_loading", "gpu_training"])
def test_the_names_that_checks_call_are_listed(lesson):
    folder, called = ROOT / f"snippets/{lesson}/practice", set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
                called.add(node.id)
    intro = (folder / "intro.py").read_text(encoding="utf-8")
    made = {}
    exec("\n".join(re.findall("^CALLED .*", intro, re.M)), made)
    names = {n for n in called & set(dir(builtins)) if n.islower() and n[0] != "_"}
    assert set(made["CALLED"]) == names


def test_what_a_function_sets_for_all_is_put_back(run):
    """However the function ends."""
    torch, attempt = run[0]["torch"], run[0]["attempt"]
    random = torch.get_rng_state()

    def sets(error):
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        torch.set_autocast_enabled("cpu", True)
        torch.use_deterministic_algorithms(True)
        torch.set_float32_matmul_precision("high")
        torch.manual_seed(random[0].item() + 1)
        raise error

    class Killed(BaseException):
        pass

    for error, told in ((ValueError(), AssertionError), (Killed(), Killed)):
        with pytest.raises(told):
            attempt("It", "", sets, error)
        assert torch.empty(0).dtype == torch.float32 and torch.is_grad_enabled()
        assert not torch.is_autocast_enabled("cpu")
        assert not torch.are_deterministic_algorithms_enabled()
        assert torch.get_float32_matmul_precision() == "highest"
        assert torch.equal(torch.get_rng_state(), random)


def test_a_default_device_that_is_not_here_is_named_all_the_same(run, monkeypatch):
    default_device = run[0]["default_device"]
    assert default_device() == "cpu"

    def fails(*_):
        raise RuntimeError("no such device")

    monkeypatch.setattr(default_device.__globals__["torch"], "empty", fails)
    assert default_device() == "another device"


def test_what_a_function_returns_is_named_by_its_types(run):
    kinds = run[0]["kinds"]
    assert kinds(1.5) == "float" and kinds(()) == "nothing"
    assert kinds(("a", None, [1])) == "str, None, list"


def test_error_of_passes_on_what_it_did_not_ask_for(run):
    def sets_a_device():
        run[0]["torch"].set_default_device("meta")

    with pytest.raises(AssertionError, match="makes meta the default"):
        run[0]["error_of"](sets_a_device)


@pytest.mark.parametrize(("targets", "told"), [([], "NoisyNet is right"), ([1], "The")])
def test_where_training_stops_decides_what_is_told(run, monkeypatch, targets, told):
    again = run[0]["train_again"]

    def stops(*_):
        raise ValueError("no")

    monkeypatch.setitem(again.__globals__, "train_noisy", stops)
    with pytest.raises(AssertionError, match=f"^{told}"):
        again(run[0]["cpu"], SimpleNamespace(targets=targets))


def test_weights_under_other_names_are_not_close(run):
    close, tensor = run[0]["close"], run[0]["torch"].ones(1)
    assert close({"a": tensor}, {"a": tensor})
    assert not close({"b": tensor}, {"a": tensor}) and not close(None, {"a": tensor})


def test_a_step_under_autocast_is_noted(run):
    torch = run[0]["torch"]
    weight = torch.nn.Parameter(torch.ones(1))
    optimizer = torch.optim.SGD([weight], lr=0.1)
    with run[0]["WatchLoop"](None, lambda: None) as watch:
        (2 * weight).sum().backward()
        optimizer.step()
        assert watch.mixed == set()
        with torch.autocast("cpu"):
            (2 * weight).sum().backward()
            optimizer.step()
    assert watch.mixed == {"the backward pass", "the step"}


def test_nets_of_other_sizes_are_infinitely_far_apart(run):
    distance, make_net = run[0]["distance"], run[0]["make_net"]
    small, other, large = make_net(8), make_net(8), make_net(16)
    assert distance(large, small, other) == float("inf")
    assert distance(small, small, other) == 0
    assert distance(other, small, other) == pytest.approx(1)


@pytest.mark.parametrize(
    ("failing", "told"),
    [
        ("torch.cuda.mem_get_info(99)", "it calls torch.cuda.mem_get_info"),
        ("int('seven')", "train_portable stopped with an error: ValueError"),
    ],
)
def test_only_a_call_of_torch_cuda_is_named_as_one(run, failing, told, monkeypatch):
    """On a made-up GPU its failure says nothing of the loop around it."""
    names = run[0]["Run"].__init__.__globals__

    def train_portable(*arguments, amp):
        eval(failing, names)

    monkeypatch.setitem(names, "train_portable", train_portable)
    gpu, cpu = run[0]["torch"].device("cuda:0"), run[0]["cpu"]
    with pytest.raises(AssertionError, match=f"On a GPU, {told}"):
        run[0]["Run"]("On a GPU", "none.pt", 1, gpu, played_by=cpu)


def is_sentence(text):
    return len(text.split()) >= 5 and text.endswith(".")


@pytest.fixture(scope="module")
def unsolved():
    """The results of the practice notebook's code cells, and which are checks."""
    code = [c for c in practice.joined(PRACTICE, solved=False) if c[0] == "code"]
    blocks = [(f"cell {index}", source) for index, (_, source, _) in enumerate(code)]
    results = process.run_blocks(
        blocks, ROOT / "data", keep_going=True, more=UNTRACED
    ).blocks
    return list(zip(results, (check for _, _, check in code), strict=True))


def test_without_solutions_the_checks_fail_and_nothing_else(unsolved):
    assert [bool(result.error) for result, _ in unsolved] == [c for _, c in unsolved]
    errors = [result.error for result, _ in unsolved if result.error]
    assert len(errors) == len(PASSED)
    for error in errors:
        assert error["type"] == "AssertionError", error["traceback"]
        assert is_sentence(error["message"]), error["message"]


def test_without_solutions_the_first_and_the_last_check_say_what_is_missing(unsolved):
    errors = [result.error["message"] for result, check in unsolved if check]
    assert "line 1 is missing in set_up" in errors[0]
    assert errors[-1].startswith("Nothing is written yet")


def test_the_three_bugs_show_on_meta_and_not_on_the_cpu(unsolved):
    (text,) = [result.text for result, _ in unsolved if "meta: " in result.text]
    said = labelled(text)
    assert said["cpu"] == "no error"
    assert said["meta"].startswith("RuntimeError: ")


def changed(name, source, solution):
    """A task's cell with another solution: changed lines, or a whole new function."""
    if isinstance(solution, str):
        return f"{source}\n{solution}"
    for old, new in solution.items():
        assert source.count(old) == 1, f"{name}: no longer in the solution: {old}"
        source = source.replace(old, new)
    compile(source, name, "exec")  # or the solution of the row before would be judged
    return source


def every_row():
    """(exercise, name, solution) of all tables."""
    for table in (RIGHT, WRONG, CHEATS):
        for exercise, rows in table.items():
            for name, row in rows.items():
                yield exercise, name, row[0] if isinstance(row, tuple) else row


# Blocks: each answer comes into a notebook in which its exercise's cell is new.
KEEP = "import builtins\nbuiltins.kept = dict(globals())"
FORGET = "globals().clear()\nglobals().update(kept)"
LEFT = """
assert str(torch.empty(0).device) == "cpu" and torch.is_grad_enabled()
assert torch.empty(0).dtype == torch.float32
assert not torch.is_autocast_enabled("cpu")
assert not torch.are_deterministic_algorithms_enabled()
assert not torch.overrides._get_current_function_mode_stack()
import sys
assert not sys.modules["torch.optim.optimizer"]._global_optimizer_pre_hooks
"""


@pytest.fixture(scope="module")
def said():
    """(exercise, name of a solution) → the errors of its check and of what it leaves.

    None where there is no error.
    """
    code = [c for c in practice.joined(PRACTICE, solved=True) if c[0] == "code"]
    checks = [index for index, (_, _, check) in enumerate(code) if check]
    names = {"1": "set_up", "2": "train_noisy", "3, timing": "time_step"}
    names |= {"3, crossover": "overtakes", "4": "train_portable"}
    task = {  # exercise → its cell
        exercise: next(i for i, c in enumerate(code) if f"def {name}(" in c[1])
        for exercise, name in names.items()
    }
    rows, blocks = list(every_row()), []
    for index, (_, source, check) in enumerate(code):
        if check:
            continue
        (exercise,) = [e for e, cell in task.items() if cell == index] or [None]
        if exercise:
            blocks.append((f"cell {index} begins", KEEP))
            judge = code[checks[PASSED.index(exercise)]][1]
        for number, (of, name, solution) in enumerate(rows):
            if exercise and of == exercise:
                blocks.append((f"cell {index} anew {number}", FORGET))
                blocks.append((f"task {number}", changed(name, source, solution)))
                blocks.append((f"check {number}", judge))
                blocks.append((f"left {number}", LEFT))
        if exercise:
            blocks.append((f"cell {index} ends", FORGET))
        source = source.replace("repeats=50", "repeats=2")  # sooner done
        blocks.append((f"cell {index}", source))
    # Two threads would wait for each other where the machine is busy.
    blocks.insert(1, ("one thread", "torch.set_num_threads(1)"))
    run = process.run_blocks(blocks, ROOT / "data", keep_going=True, more=UNTRACED)
    errors = {result.name: result.error for result in run.blocks}
    assert not any(error for name, error in errors.items() if name.startswith("cell"))
    return {
        (exercise, name): (errors[f"check {number}"], errors[f"left {number}"])
        for number, (exercise, name, _) in enumerate(rows)
    }


def rows_of(*tables):
    """(exercise, name) of every solution in these tables."""
    return [(e, name) for table in tables for e, rows in table.items() for name in rows]


@pytest.mark.parametrize(("exercise", "name"), rows_of(RIGHT))
def test_another_right_solution_passes(said, exercise, name):
    error, left = said[exercise, name]
    assert not left, left["traceback"]
    assert not error, error["traceback"]


@pytest.mark.parametrize(("exercise", "name"), rows_of(WRONG, CHEATS))
def test_what_must_not_pass_is_told_what_is_wrong(said, exercise, name):
    row = (WRONG[exercise] | CHEATS[exercise])[name]
    error, left = said[exercise, name]
    assert not left, left["traceback"]
    assert error, "the check passes"
    assert error["type"] == "AssertionError", error["traceback"]
    assert row[1] in error["message"], error["message"]
    assert is_sentence(error["message"]), error["message"]


def sentences_of(path):
    """The longest text within each assert of a file that says something."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assert) and node.msg:
            texts = [n.value for n in ast.walk(node.msg) if isinstance(n, ast.Constant)]
            yield max((text for text in texts if isinstance(text, str)), key=len)


def test_each_sentence_of_the_checks_is_told_to_somebody(said, unsolved):
    told = [error["message"] for error, _ in said.values() if error]
    told += [result.error["message"] for result, _ in unsolved if result.error]
    files = practice.files(PRACTICE)
    sentences = [text for path in files for text in sentences_of(path)]
    assert len(sentences) >= 60
    assert not [text for text in sentences if not any(text in one for one in told)]


def test_every_exercise_has_solutions_of_each_kind(say):
    counts = Counter(e.split(",")[0] for e, _ in rows_of(RIGHT, WRONG, CHEATS))
    assert set(counts) == {"1", "2", "3", "4"} and min(counts.values()) >= 10
    for table in (RIGHT, WRONG, CHEATS):
        assert set(table) == set(PASSED) and all(table.values())
    say(f"practice of lesson 2: {sum(counts.values())} other solutions were judged")


PAGE = ROOT / "docs" / "gpu-training.md"


@pytest.mark.skipif(not PAGE.exists(), reason="the lesson has no page yet")
def test_where_a_check_sends_its_reader_is_on_the_page():
    texts = [path.read_text(encoding="utf-8") for path in practice.files(PRACTICE)]
    parts = set(re.findall(r"Lesson: “([^”]+)”", "".join(texts)))
    assert len(parts) >= 8
    titles = re.findall(
        r"^#+ .*|!!! misconception .*", PAGE.read_text(encoding="utf-8"), re.M
    )
    missing = {p for p in parts if not any(p.lower() in t.lower() for t in titles)}
    assert not missing, f"no heading or misconception of the page is called {missing}"
