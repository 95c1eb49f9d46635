"""A tiny submission that is right; changes that leave it so, and that make it wrong."""

import contextlib
import functools
import inspect
import os
import random

import numpy as np
import torch
from torch import nn

from snippets.fashion_mnist_project.baseline import evaluate
from snippets.fashion_mnist_project.data import FashionMNIST, load_images, load_training
from snippets.fashion_mnist_project.net import device
from snippets.fashion_mnist_project.predict import predict

STEPS = 30
# What the changes need besides
WORLD = {"contextlib": contextlib, "load_images": load_images, "np": np}
WORLD |= {"random": random, "FashionMNIST": FashionMNIST}
WORLD |= {"of_the_notebook": functools.cache(load_training)}


def make_net():
    return nn.Sequential(nn.Linear(784, 10), nn.BatchNorm1d(10))


def train(data, checkpoint_path, on_step=None):
    """Three epochs of ten steps each; the last one spoils what was learnt."""
    images, labels, val_images, val_labels = data
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
    world = globals() | WORLD | names
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

DATA = "images, labels, val_images, val_labels = data\n"
BATCH = "            x, y = images[batch].to(device), labels[batch].to(device)\n"
STEP = "            optimizer.step()\n"
MEASURED = f'accuracy = {VALIDATE}["accuracy"]'
IMPROVED = 'if accuracy > progress["best_accuracy"]'
NOTED = '{"best_accuracy": accuracy, "best_model": weights}\n'
OPTIMIZER_MADE = "    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)\n"
# More images: each epoch is clearly better than the one before
RISING = UNSPOILT | {"randperm(160).split(16)": "randperm(1600).split(160)"}
# Early stopping: two epochs without a better one, of at most eight
STOPPING = UNSPOILT | {
    'progress["log"] = []\n': 'progress["log"] = []\n    progress["bad"] = 0\n',
    '"epoch"] < 3:': '"epoch"] < 8 and progress["bad"] < 2:',
    NOTED: f'{NOTED}            progress["bad"] = -1\n        progress["bad"] += 1\n',
}
# The same where the last epochs are worse than the second
SPOILT_AND_STOPPING = {
    **STOPPING,
    'progress["epoch"] == 2': 'progress["epoch"] >= 2',
}
# The checkpoint holds the net itself, and is loaded all the same
WHOLE = {
    '"model": net.state_dict()': '"model": net',
    "weights_only=True": "weights_only=False",
    'load_state_dict(state["model"])': 'load_state_dict(state["model"].state_dict())',
}
# The checkpoint lies beside the path
BESIDE = {
    "exists(checkpoint_path": 'exists(f"{checkpoint_path}.own"',
    "load(checkpoint_path": 'load(f"{checkpoint_path}.own"',
    "state, checkpoint_path": 'state, f"{checkpoint_path}.own"',
}
# A checkpoint only where the epoch is the best so far
BEST_ALONE = f"        if accuracy == progress['best_accuracy']:\n    {SAVE}"


def with_noise(noise, state="", restore=""):
    """Changes that add noise to each batch, save its generator and put it back."""
    return UNSPOILT | {
        BATCH: f"{BATCH}            x = x + {noise}\n",
        '{"rng": torch.get_rng_state()}': f'{{"rng": torch.get_rng_state(){state}}}',
        RNG: RNG + restore,
    }


NUMPY = "torch.tensor(np.random.rand(len(x), 1), dtype=torch.float32)"
NUMPY_SEED = {"torch.manual_seed(1)": "torch.manual_seed(1); np.random.seed(1)"}
OWN = "torch.tensor(dice.random((len(x), 1)), dtype=torch.float32)"
OWN_SEED = {
    "torch.manual_seed(1)": "torch.manual_seed(1); dice = np.random.default_rng(1)"
}
PYTHON_SEED = {"torch.manual_seed(1)": "torch.manual_seed(1); random.seed(1)"}
KEPT_NUMPY = ', "np": [torch.from_numpy(np.random.get_state()[1].copy()), '
KEPT_NUMPY += "np.random.get_state()[2]]"
BACK_NUMPY = (
    '        np.random.set_state(("MT19937", state["np"][0].numpy(), state["np"][1]))\n'
)
SCHEDULE = {
    OPTIMIZER_MADE: OPTIMIZER_MADE
    + "    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda n: 0.9**n)\n",
    STEP: f"{STEP}            schedule.step()\n",
}
# A rate that falls after an epoch without a better validation accuracy
PLATEAU = UNSPOILT | {
    OPTIMIZER_MADE: f"{OPTIMIZER_MADE}    schedule = torch.optim.lr_scheduler."
    'ReduceLROnPlateau(optimizer, "max", patience=1)\n',
    '"epoch"] < 3:': '"epoch"] < 8:',
    ENTRY: f"{ENTRY}; schedule.step(accuracy)",
}
PLATEAU_KEPT = {
    '{"rng": torch.get_rng_state()}': '{"rng": torch.get_rng_state(), '
    '"schedule": schedule.state_dict()}',
    RNG: f'{RNG}        schedule.load_state_dict(state["schedule"])\n',
}

WHILE = '    while progress["epoch"] < 3:\n'
SAVED_FIRST = """\
    if not os.path.exists(checkpoint_path):
        state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}
        state |= {"rng": torch.get_rng_state()} | progress
        torch.save(state, checkpoint_path)
"""

# Changes that leave `train` right
RIGHT = {
    "as it is": {},
    "the last epoch is the best": UNSPOILT,
    "another way to ask": {
        "            if on_step:\n                on_": "            on_step and on_"
    },
    "the later one of two that are equal": {IMPROVED: IMPROVED.replace(">", ">=")},
    "saved before the first epoch, too": {WHILE: f"{SAVED_FIRST}{WHILE}"},
    "saved beside, then renamed": {
        SAVE: '        torch.save(state, f"{checkpoint_path}.tmp")\n'
        '        os.replace(f"{checkpoint_path}.tmp", checkpoint_path)\n'
    },
    "changes what it was given": {
        DATA: f"{DATA}    images.mul_(2)\n",
        **UNSPOILT,
    },
    "early stopping": STOPPING,
    "a schedule": UNSPOILT
    | SCHEDULE
    | {
        '{"rng": torch.get_rng_state()}': '{"rng": torch.get_rng_state(), '
        '"schedule": schedule.state_dict()}',
        RNG: f'{RNG}        schedule.load_state_dict(state["schedule"])\n',
    },
    "a rate that falls on a plateau": PLATEAU | PLATEAU_KEPT,
    "a seed for each epoch": UNSPOILT
    | {RNG: "", "net.train()": 'net.train(); torch.manual_seed(progress["epoch"])'},
    "NumPy's noise": with_noise(NUMPY, KEPT_NUMPY, BACK_NUMPY) | NUMPY_SEED,
    "NumPy's new noise": with_noise(
        OWN,
        ', "dice": dice.bit_generator.state',
        '        dice.bit_generator.state = state["dice"]\n',
    )
    | OWN_SEED,
    "a loader, SGD with momentum": UNSPOILT
    | {
        "torch.optim.Adam(net.parameters(), lr=0.01)": "torch.optim.SGD("
        "net.parameters(), 0.05, 0.9)",
        "for batch in torch.randperm(160).split(16):": "for x, y in torch.utils.data."
        "DataLoader(torch.utils.data.TensorDataset(images[:160], labels[:160]), 16, "
        "shuffle=True):",
        BATCH: "            x, y = x.to(device), y.to(device)\n",
    },
    "a deeper copy": UNSPOILT
    | {"value.clone()": "value.detach().cpu().clone()", ENTRY: f"{ENTRY}  # percent"},
}


def convolutional():
    """A net that is against the rules."""
    layers = [nn.Unflatten(1, (1, 28, 28)), nn.Conv2d(1, 2, 5), nn.Flatten()]
    return nn.Sequential(*layers, nn.Linear(2 * 24 * 24, 10))


class Hidden(nn.Linear):
    """Another one, in which no layer says so."""

    def forward(self, x):
        weights = x.new_ones(1, 1, 3, 3)
        pictures = nn.functional.conv2d(x.view(-1, 1, 28, 28), weights, padding=1)
        return super().forward(pictures.flatten(1))


class Rows(nn.Module):
    """Others, in which layers of another kind read the 28 rows of an image."""

    def __init__(self, layer, outputs):
        super().__init__()
        self.layer, self.out = layer, nn.Linear(outputs, 10)

    def forward(self, x):
        rows = self.layer(x.view(-1, 28, 28))
        return self.out(rows.flatten(1))


class Attention(nn.MultiheadAttention):
    def forward(self, x):
        return super().forward(x, x, x)[0]


class Recurrent(nn.Module):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer(28, 28)

    def forward(self, x):
        return self.layer(x)[0]


class Fourier(nn.Module):
    """A convolution of the rows with learnt ones, by Fourier transform."""

    def __init__(self):
        super().__init__()
        self.kernel = nn.Parameter(torch.randn(28, 28))

    def forward(self, x):
        return torch.fft.irfft(torch.fft.rfft(x) * torch.fft.rfft(self.kernel), n=28)


OTHERS = {  # a function that it calls → a layer, which turns 28 rows into so many
    "lstm": (lambda: Recurrent(nn.LSTM), 784),
    "gru": (lambda: Recurrent(nn.GRU), 784),
    "rnn_tanh": (lambda: Recurrent(nn.RNN), 784),
    "multi_head_attention_forward": (lambda: Attention(28, 4), 784),
    "multi_head_attention_forward: build": (
        lambda: nn.TransformerEncoderLayer(28, 4, 32, batch_first=True),
        784,
    ),
    "max_pool2d": (lambda: nn.MaxPool2d(2), 196),
    "avg_pool1d": (lambda: nn.AvgPool1d(4), 196),
    "adaptive_avg_pool2d": (lambda: nn.AdaptiveAvgPool2d(7), 49),
    "fft_irfft": (Fourier, 784),
}


class Residual(nn.Module):
    """A net that is within the rules, of whatever they allow."""

    def __init__(self):
        super().__init__()
        self.weights = nn.Parameter(torch.randn(784, 16) / 28)
        self.norms = nn.Sequential(nn.BatchNorm1d(16), nn.LayerNorm(16))
        self.inner = nn.Sequential(nn.Linear(16, 32), nn.GLU(), nn.Dropout(0.1))
        self.inner.extend([nn.GELU(), nn.PReLU(), nn.Hardswish(), nn.GroupNorm(4, 16)])
        self.out = nn.utils.parametrizations.weight_norm(nn.Linear(16, 10))

    def forward(self, x):
        x = self.norms(nn.functional.normalize(x) @ self.weights)
        return self.out(x + self.inner(x).softmax(1))


# The check, the changes that make `train` wrong, and what the check then says; perhaps
# another make_net.
WRONG = {
    # what each check asks for
    "an error": ("checkpoint", {"lr=0.01": "lr=-1"}, "stopped with ValueError, “Inv"),
    "no message": ("resumed", {"net.train()": "raise KeyError"}, "“no message”"),
    "nothing": (
        "chosen",
        {"return predict": "predict"},
        "returned a NoneType instead of",
    ),
    "a list": (
        "chosen",
        {"predict(net)": "predict(net).tolist()"},
        "returned a list instead of a tensor (10000,)",
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
        "to 10 instead of",
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
    "no number": (
        "checkpoint",
        {ENTRY: ENTRY.replace("accuracy}", "float('nan')}")},
        "has the accuracy nan: give a number from 0 to 100",
    ),
    "a text": (
        "checkpoint",
        {ENTRY: ENTRY.replace("accuracy}", 'f"{accuracy:.2f}"}')},
        "': give a number from 0 to 100, no text",
    ),
    "a tensor in the log": (
        "checkpoint",
        {ENTRY: ENTRY.replace("accuracy}", "torch.tensor(accuracy)}")},
        "give a number from 0 to 100, no text and no tensor",
    ),
    "fractions": (
        "checkpoint",
        {MEASURED: f"{MEASURED} / 100"},
        "in the checkpoint's 'log' is 0.",
    ),
    "a first checkpoint by half": (
        "checkpoint",
        {SAVE: f"        if progress['epoch'] < 2: del state['best_model']\n{SAVE}"},
        "'best_model' is missing",
    ),
    "the untrained net is logged, too": (
        "checkpoint",
        {
            WHILE: '    progress["log"] += [{"val": {"accuracy": 9.0}}]\n' + WHILE,
        },
        "has 4 entries, and no checkpoint was saved with 1: after each epoch, the best",
    ),
    "every second epoch": (
        "checkpoint",
        {SAVE: f"        if progress['epoch'] % 2:\n    {SAVE}"},
        "has 3 entries, and no checkpoint was saved with 2: after each epoch, the best",
    ),
    "the best alone, and once at the end": (
        "checkpoint",
        SPOILT_AND_STOPPING | {SAVE: BEST_ALONE, BEST: f"{SAVE[4:]}{BEST}"},
        "has 4 entries, and no checkpoint was saved with 3: after each epoch, the best",
    ),
    "a convolution": ("checkpoint", {}, "returns calls conv2d: build", convolutional),
    "a hidden one": (
        "checkpoint",
        {},
        "returns calls conv2d: build it of fully connected layers",
        lambda: Hidden(784, 10),
    ),
    **{
        f"layers that call {called}": (
            "checkpoint",
            {},
            f"The net that make_net() returns calls {called}",
            lambda made=made: Rows(made[0](), made[1]),
        )
        for called, made in OTHERS.items()
    },
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
        "put the state of torch's random numbers back",
    ),
    "NumPy's are not put back": (
        "resumed",
        with_noise(NUMPY) | NUMPY_SEED,
        "put the state of NumPy's random numbers back",
    ),
    "NumPy's new ones are not put back": (
        "resumed",
        with_noise(OWN) | OWN_SEED,
        "put the state of NumPy's random numbers back",
    ),
    "Python's are not put back": (
        "resumed",
        with_noise("random.random()") | PYTHON_SEED,
        "put the state of Python's random numbers back",
    ),
    "a generator of its own": (
        "resumed",
        UNSPOILT
        | {
            "torch.manual_seed(1)": "torch.manual_seed(1); "
            "own = torch.Generator().manual_seed(1)",
            "torch.randperm(160)": "torch.randperm(160, generator=own)",
        },
        "that of random numbers, also of a generator of your own",
    ),
    "no schedule": (
        "resumed",
        UNSPOILT | SCHEDULE,
        "put the state of model, optimizer and scheduler back",
    ),
    "saved once, at the end": (
        "resumed",
        {SAVE: "", BEST: f"{SAVE[4:]}{BEST}"},
        "step 25 of 30, the second call began again with step 1",
    ),
    "saves another step": (
        "resumed",
        {SAVE: f"        state['step'] = progress['epoch']\n{SAVE}"},
        "After 30 optimizer steps the last checkpoint's 'step' is 3: it should be",
    ),
    "saves the best alone": (
        "resumed",
        {SAVE: BEST_ALONE},
        "last checkpoint's 'step' is 20: it should be what on_step got last, so save",
    ),
    "stops before it saves": (
        "resumed",
        SPOILT_AND_STOPPING | {SAVE: f"        if progress['bad'] < 2:\n    {SAVE}"},
        "After 40 optimizer steps the last checkpoint's 'step' is 30: it should be",
    ),
    "one epoch": (
        "resumed",
        {'"epoch"] < 3:': '"epoch"] < 1:'},
        "'log' ends with one entry, and before the first checkpoint there is nothing",
    ),
    "a file beside it": ("resumed", BESIDE, "train left no file at its"),
    "a whole object, resumed": ("resumed", WHOLE, "does not load with weights_only"),
    "a file beside it, chosen": ("chosen", BESIDE, "train left no file at its"),
    "a whole object, chosen": ("chosen", WHOLE, "does not load with weights_only"),
    "one batch an epoch": (
        "resumed",
        {"randperm(160).split(16)": "randperm(160).split(160)"},
        "3 times in 3 epochs: call it after each optimizer step, in the loop over the "
        "batches, and if one batch holds all training images of the rehearsal, take",
    ),
    "no step in the checkpoint": (
        "resumed",
        {SAVE: f"        del state['step']\n{SAVE}"},
        "'step' is missing; it should hold",
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
    "the true classes": (
        "chosen",
        {"predict(net)": "load_images(train=False)[1]"},
        "images train does not predict what 'best_model' does",
    ),
    "the best in a fraction": (
        "chosen",
        {NOTED: NOTED.replace('": accuracy', '": accuracy / 100')},
        "they should be equal, in percent",
    ),
    "measured while it trains": (
        "chosen",
        {
            MEASURED: "net.train(); guesses = net(val_images.to(device)).argmax(1); "
            "accuracy = 100 * (guesses.cpu() == val_labels).double().mean().item()"
        },
        "and measure on these, in eval mode",
    ),
    "a split of its own": (
        "chosen",
        {
            DATA: "images, labels = load_images(); "
            "val_images, val_labels = images[-5000:], labels[-5000:]\n"
        },
        "train opened the training images itself",
    ),
    "the data set's own class": (
        "chosen",
        {DATA: f'{DATA}    FashionMNIST("data")\n'},
        "train opened the training images itself",
    ),
    "the test set's file, read by its own code": (
        "chosen",
        {
            "net.train()": "net.train(); "
            'open("data/FashionMNIST/raw/t10k-images-idx3-ubyte", "rb").close()'
        },
        "The test set was opened after step 0 of 30",
    ),
    "another split": (
        "chosen",
        {DATA: f"{DATA}    val_images, val_labels = images[-500:], labels[-500:]\n"},
        "on the validation images of `data`",
    ),
    # an early epoch is the best
    "another split, and the labels change": (
        "best",
        {DATA: f"{DATA}    val_images, val_labels = images[-500:], labels[-500:]\n"},
        "measure on the third and the fourth part of `data`",
    ),
    "the images of the notebook": (
        "best",
        {DATA: DATA.replace("data", "of_the_notebook()")},
        "measure on the third and the fourth part of `data`",
    ),
    "trained on validation": (
        "best",
        {
            DATA: f"{DATA}    images = torch.cat([val_images, images])\n"
            "    labels = torch.cat([val_labels, labels])\n"
        },
        "and on no validation image",
    ),
    "no copy, and the last is best": (
        "best",
        {"value.clone()": "value", **UNSPOILT},
        "copy the weights when they are best",
    ),
    "predicts with the last, which is best": (
        "best",
        {BEST: "", **UNSPOILT},
        "images train does not predict what 'best_model' does",
    ),
    "better than the last one": (
        "best",
        {
            IMPROVED: 'if accuracy > [{"val": {"accuracy": 0}}, *progress["log"]][-2]'
            '["val"]["accuracy"]',
            **RISING,
        },
        "and the highest validation accuracy in its 'log' is",
    ),
    "the best is forgotten, and the last is best": (
        "best",
        {RESTORED: f"{RESTORED}        progress['best_accuracy'] = 0.0\n", **UNSPOILT},
        "put the best weights and their accuracy back",
    ),
    "goes on from the best weights": (
        "best",
        {'state["model"]': 'state["best_model"]', **UNSPOILT},
        "go on from the weights of the epoch before, not from the best ones",
    ),
    "a plateau is forgotten": (
        "best",
        PLATEAU,
        "Interrupted after step 45 and called again, train reaches",
    ),
    "the step of the best epoch": (
        "best",
        UNSPOILT
        | {
            NOTED: f"{NOTED}            progress['best_step'] = progress['step']\n",
            SAVE: f"        state['step'] = progress['best_step']\n{SAVE}",
        },
        "ends after step 30, and the last checkpoint's 'step' is 10: it should be what",
    ),
    "a checkpoint of the best epoch alone, and once at the end": (
        "best",
        UNSPOILT | {SAVE: BEST_ALONE, BEST: f"{SAVE[4:]}{BEST}"},
        "has 3 entries, and no checkpoint was saved with 2: append one entry",
    ),
    "a file beside it, again": ("best", BESIDE, "train left no file at its"),
    "a whole object, again": ("best", WHOLE, "does not load with weights_only"),
    "a checkpoint of the best epoch alone": (
        "best",
        UNSPOILT | {SAVE: BEST_ALONE},
        "ends after step 30, and the last checkpoint's 'step' is 10: it should be",
    ),
    "a checkpoint of the best epoch alone, and the last is not": (
        "best",
        {SAVE: BEST_ALONE},
        "last checkpoint's 'step' is 20: it should be what on_step got last, so save",
    ),
    "no step in any checkpoint": (
        "best",
        {SAVE: f"        del state['step']\n{SAVE}"},
        "'step' is missing; it should hold",
    ),
    "does not ask for on_step": (
        "best",
        {ON_STEP: "            if True:\n", **UNSPOILT},
        'train(data, "final.pt"), without on_step, train stopped with TypeError',
    ),
    "patience forgotten": (
        "best",
        STOPPING | {RESTORED: f"{RESTORED}        progress['bad'] = 0\n"},
        "train ended after epoch 4 instead of 3: put back what it stops by",
    ),
    "a log of nothing, again": (
        "best",
        {ENTRY: "pass"},
        "holds no validation accuracies",
    ),
}
