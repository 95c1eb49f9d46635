"""A tiny submission that is right, and the changes that make it wrong."""

import contextlib
import inspect
import os

import torch
from torch import nn

from snippets.fashion_mnist_project.baseline import evaluate
from snippets.fashion_mnist_project.data import load_images, load_training
from snippets.fashion_mnist_project.net import device
from snippets.fashion_mnist_project.predict import predict

STEPS = 30


def make_net():
    return nn.Sequential(nn.Linear(784, 10), nn.BatchNorm1d(10))


def train(checkpoint_path, on_step=None):
    """Three epochs of ten steps each; the last one spoils what was learnt."""
    images, labels, val_images, val_labels = load_training()
    torch.manual_seed(1)
    net = make_net().to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    progress = {"epoch": 0, "step": 0, "best_accuracy": 0.0, "best_model": {}}
    progress["log"] = []
    if os.path.exists(checkpoint_path):
        state = torch.load(checkpoint_path, weights_only=True, map_location="cpu")
        net.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["rng"])
        progress = {name: state[name] for name in progress}
    while progress["epoch"] < 3:
        net.train()
        for batch in torch.randperm(160).split(16):
            x, y = images[batch].to(device), labels[batch].to(device)
            if progress["epoch"] == 2:
                y = 9 - y
            loss = nn.functional.cross_entropy(net(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            progress["step"] += 1
            if on_step:
                on_step(progress["step"])
        progress["epoch"] += 1
        accuracy = evaluate(net, val_images, val_labels)["accuracy"]
        progress["log"].append({"val": {"accuracy": accuracy}})
        if accuracy > progress["best_accuracy"]:
            weights = {name: value.clone() for name, value in net.state_dict().items()}
            progress |= {"best_accuracy": accuracy, "best_model": weights}
        state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}
        state |= {"rng": torch.get_rng_state()} | progress
        torch.save(state, checkpoint_path)
    net.load_state_dict(progress["best_model"])
    return predict(net)


def changed(changes, **names):
    """`train` with some of its text replaced, in a world of its own."""
    source = inspect.getsource(train)
    for old, new in changes.items():
        assert source.count(old) == 1, f"not once in train: {old}"
        source = source.replace(old, new)
    world = globals() | {"contextlib": contextlib, "load_images": load_images} | names
    exec(source, world)
    return world["train"]


# Texts that are replaced
ON_STEP = "            if on_step:\n"
GIVEN = 'on_step(progress["step"])'
OPTIMIZER = '        optimizer.load_state_dict(state["optimizer"])\n'
RNG = '        torch.set_rng_state(state["rng"])\n'
RESTORED = "        progress = {name: state[name] for name in progress}\n"
ENTRY = 'progress["log"].append({"val": {"accuracy": accuracy}})'
SAVE = "        torch.save(state, checkpoint_path)\n"
BEST = '    net.load_state_dict(progress["best_model"])\n'
END = "    return predict(net)\n"
VALIDATE = "evaluate(net, val_images, val_labels)"
TEST = "evaluate(net, *load_images(train=False))"
UNSPOILT = {'progress["epoch"] == 2': "False"}

# The check, the changes that make `train` wrong, and what the check then says.
WRONG = {
    # what each check asks for
    "an error": ("checkpoint", {"lr=0.01": "lr=-1"}, "stopped with ValueError, “Inv"),
    "no message": ("resumed", {"net.train()": "raise KeyError"}, "“no message”"),
    "nothing": ("chosen", {"return predict": "predict"}, "returned a NoneType and"),
    "a list": (
        "chosen",
        {"predict(net)": "predict(net).tolist()"},
        "returned a list and expected is a tensor (10000,)",
    ),
    "floats": (
        "checkpoint",
        {"predict(net)": "predict(net).float()"},
        "a tensor (10000,) of torch.float32",
    ),
    "of validation": (
        "checkpoint",
        {"predict(net)": "net(val_images.to(device)).argmax(1)"},
        "a tensor (5000,) of torch.int64",
    ),
    "classes from 1": (
        "checkpoint",
        {"predict(net)": "predict(net) + 1"},
        "to 10 and expected",
    ),
    # the checkpoint
    "no checkpoint": ("checkpoint", {SAVE: ""}, "train left no file at its"),
    "a whole object": (
        "checkpoint",
        {'"model": net.state_dict()': '"model": net'},
        "does not load with weights_only=True on a CPU (UnpicklingError)",
    ),
    "no dict": ("checkpoint", {"save(state,": "save([state],"}, "'step' is missing"),
    "no step": ("checkpoint", {SAVE: f"        del state['step']\n{SAVE}"}, "'step'"),
    "a tensor": (
        "checkpoint",
        {'"best_accuracy": accuracy,': '"best_accuracy": torch.tensor(accuracy),'},
        "'best_accuracy' is a Tensor",
    ),
    "no best model": (
        "checkpoint",
        {', "best_model": weights': "", BEST: ""},
        "does not load into the net that make_net() returns",
    ),
    "another net": (
        "checkpoint",
        {"make_net()": "nn.Sequential(nn.Linear(784, 10))"},
        "does not load into the net that make_net() returns",
    ),
    "no log": ("checkpoint", {ENTRY: "pass"}, "'log' is empty"),
    "another log": (
        "checkpoint",
        {ENTRY: 'progress["log"].append({"accuracy": accuracy})'},
        "Entry 1 of the checkpoint's 'log' has no accuracy at",
    ),
    # interrupted and resumed
    "no on_step": (
        "resumed",
        {ON_STEP: "            if False:\n"},
        "never called on",
    ),
    "an epoch at a time": (
        "resumed",
        {
            "if on_step:": 'if on_step and progress["step"] % 10 == 0:',
            GIVEN: 'on_step(progress["step"] // 10)',
        },
        "on_step was called 3 times in 3 epochs",
    ),
    "counts from 0": (
        "resumed",
        {GIVEN: 'on_step(progress["step"] - 1)'},
        "At its call number 1 on_step was given 0",
    ),
    "counts in the epoch": (
        "resumed",
        {GIVEN: 'on_step((progress["step"] - 1) % 10 + 1)'},
        "At its call number 11 on_step was given 1",
    ),
    "a file of its own": (
        "resumed",
        {
            "exists(checkpoint_path": 'exists("own.pt"',
            "load(checkpoint_path": 'load("own.pt"',
            "state, checkpoint_path": 'state, "own.pt"',
        },
        "Called with another path, train did 0 steps instead of 30",
    ),
    "swallows": (
        "resumed",
        {"if on_step:": "with contextlib.suppress(Exception):"},
        "on_step raised an exception at step 25 and train did not end by it",
    ),
    "returns early": (
        "resumed",
        {
            "if on_step:": "try:",
            f"{GIVEN}\n": f"{GIVEN}\n            except Exception:\n"
            "                return predict(net)\n",
        },
        "on_step raised an exception at step 25 and train did not end by it",
    ),
    "begins again": (
        "resumed",
        {"os.path.exists(checkpoint_path)": "False"},
        "step 25 of 30, the second call began again with step 1",
    ),
    "an error on resuming": (
        "resumed",
        {'state["rng"]': 'state["random"]'},
        "Interrupted after step 25 and called again, train stopped with KeyError",
    ),
    "steps forgotten": (
        "resumed",
        {RESTORED: f"{RESTORED}        progress['step'] = 0\n"},
        "went on but gave on_step 1 as its first number",
    ),
    "epochs forgotten": (
        "resumed",
        {RESTORED: f"{RESTORED}        progress['epoch'] = 0\n"},
        "went from step 21 to 50, in 30 steps, and should end at 30",
    ),
    "steps left out": (
        "resumed",
        {RESTORED: f"{RESTORED}        progress['step'] = 28\n"},
        "went on with step 29 and left out those between",
    ),
    "no steps left": (
        "resumed",
        {RESTORED: f"{RESTORED}        progress['epoch'] = 3\n"},
        "did no step at all",
    ),
    "no optimizer": (
        "resumed",
        {OPTIMIZER: "", **UNSPOILT},
        "of 10,000 images than uninterrupted",
    ),
    "no model": (
        "resumed",
        {'state["model"]': "net.state_dict()", **UNSPOILT},
        "of 10,000 images than uninterrupted",
    ),
    "no random numbers": (
        "resumed",
        {RNG: "", **UNSPOILT},
        "of 10,000 images than uninterrupted",
    ),
    "no optimizer, and it was best before": (
        "resumed",
        {OPTIMIZER: ""},
        "train has other validation accuracies in its log than uninterrupted",
    ),
    "the best is forgotten": (
        "resumed",
        {RESTORED: f"{RESTORED}        progress['best_accuracy'] = 0.0\n"},
        "of 10,000 images than uninterrupted",
    ),
    # chosen on validation
    "chosen on test": (
        "chosen",
        {VALIDATE: TEST},
        "The test set was opened after step 10 of 30",
    ),
    "test set opened first": (
        "chosen",
        {"net.train()": "load_images(train=False); net.train()"},
        "The test set was opened after step 0 of 30",
    ),
    "opened twice": (
        "chosen",
        {END: f"    predict(net)\n{END}"},
        "opened the test set 2 times instead of once",
    ),
    "opened before": (
        "chosen",
        {"predict(net)": "torch.zeros(10000, dtype=torch.int64)"},
        "opened the test set 0 times instead of once",
    ),
    "a log of nothing": ("chosen", {ENTRY: "pass"}, "holds no validation accuracies"),
    "the last is best": (
        "chosen",
        {'if accuracy > progress["best_accuracy"]': "if True"},
        "and the highest validation accuracy in its 'log' is",
    ),
    "no copy": (
        "chosen",
        {"value.clone()": "value"},
        "copy the weights when they are best",
    ),
    "predicts with the last": (
        "chosen",
        {BEST: ""},
        "images train does not predict what 'best_model' does",
    ),
}
