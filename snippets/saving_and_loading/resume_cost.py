"""Paired runs from one checkpoint: what does losing the optimizer's state cost?

Fresh Adam moves every weight by about the learning rate in its first step, whatever the
gradient: the loss jumps and comes back. A fresh SGD with momentum only loses speed.
The network has no dropout and no batch norm, and every step sees all the images, so the
two runs of a pair differ in nothing but the optimizer's state.
"""

import json
import sys
import tempfile
from pathlib import Path

import torch
from torch import nn

from snippets.measure import summary
from snippets.saving_and_loading.data import load_images
from snippets.saving_and_loading.model import Net


# --8<-- [start:core]
def plain_net():
    """No dropout, no batch norm: so the two runs differ in the optimizer only."""
    return nn.Sequential(
        nn.Linear(784, 256),
        nn.ReLU(),
        nn.Linear(256, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )


def full_batch_steps(net, optimizer, images, labels, count):
    """Take `count` steps on all the images; returns the loss before each step."""
    losses = []
    for _ in range(count):
        loss = nn.functional.cross_entropy(net(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def resume(net, path, new_optimizer, keep_optimizer):
    """Load the checkpoint into `net`; returns an optimizer, remembering or fresh."""
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    net.load_state_dict(checkpoint["model"])
    optimizer = new_optimizer(net.parameters())
    if keep_optimizer:
        optimizer.load_state_dict(checkpoint["optimizer"])
    return optimizer


# --8<-- [end:core]


def new_adam(parameters):
    """Adam with its default learning rate, 0.001."""
    return torch.optim.Adam(parameters, lr=1e-3)


def new_sgd(parameters):
    """SGD with momentum, at a rate that trains this net without a wobble."""
    return torch.optim.SGD(parameters, lr=0.05, momentum=0.9)


def lesson_net():
    """The lesson's network with dropout set to 0: no noise between the two runs."""
    net = Net()
    net.dropout.p = 0.0
    return net


CASES = {  # name: (network, optimizer)
    "adam": (plain_net, new_adam),
    "sgd": (plain_net, new_sgd),
    "adam_lesson_net": (lesson_net, new_adam),
}
SHOWN = 10  # steps before the checkpoint that belong to each recorded curve


def divisor(optimizer):
    """What Adam divided by in its last step, in units of that step's gradient.

    The median over all weights that had a gradient.
    """
    shares = []
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            state = optimizer.state[parameter]
            begun = 1 - group["betas"][1] ** state["step"].item()
            usual = (state["exp_avg_sq"] / begun).sqrt()
            shares.append((usual / parameter.grad.abs())[parameter.grad != 0])
    return torch.cat(shares).median().item()


def train_and_save(case, data, seed, steps, path):
    """Train a case from its seed and save a checkpoint; returns the losses."""
    new_net, new_optimizer = CASES[case]
    torch.manual_seed(seed)
    net = new_net()
    optimizer = new_optimizer(net.parameters())
    losses = full_batch_steps(net, optimizer, *data, steps)
    state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}
    torch.save(state, path)
    return losses


def go_on(case, data, steps, path, keep=True, forgotten=None):
    """Resume a case from its checkpoint; returns the losses and its first step.

    `forgotten` names one of the two running means that Adam keeps for each weight; it
    is set to zero. `moved_percent` counts the weights that the first step moved by more
    than 0.9 times the learning rate.
    """
    new_net, new_optimizer = CASES[case]
    net = new_net()
    optimizer = resume(net, path, new_optimizer, keep)
    for state in optimizer.state.values() if forgotten else ():
        state[forgotten].zero_()
    before = nn.utils.parameters_to_vector(net.parameters()).detach().clone()
    losses = full_batch_steps(net, optimizer, *data, 1)
    step = nn.utils.parameters_to_vector(net.parameters()).detach() - before
    far = step.abs() > 0.9 * optimizer.param_groups[0]["lr"]
    first = {
        "length": step.norm().item(),
        "moved_percent": far.double().mean().item() * 100,
        "divisor": divisor(optimizer) if case != "sgd" else None,
    }
    return losses + full_batch_steps(net, optimizer, *data, steps - 1), first


def steps_until_back(losses):
    """Steps until the loss, once at its peak, is at most what it was at the start."""
    peak = losses.index(max(losses))
    back = [step for step in range(peak, len(losses)) if losses[step] <= losses[0]]
    return back[0] if back else len(losses)


def steps_behind(slow, fast):
    """By how many steps `slow` lags at its end: where `fast` first was as low."""
    reached = next(step for step, loss in enumerate(fast) if loss <= slow[-1])
    return len(slow) - 1 - reached


LOST = {  # what a resumed run has lost of its optimizer: options of go_on
    "nothing": {},
    "exp_avg": {"forgotten": "exp_avg"},
    "exp_avg_sq": {"forgotten": "exp_avg_sq"},
    "all": {"keep": False},
}


def one_seed(case, data, seed, before, after, path):
    """Train, save, and go on without parts of the optimizer: a row for each run."""
    start = train_and_save(case, data, seed, before, path)
    rows = []
    for lost, options in LOST.items():
        if options.get("forgotten") and case != "adam":
            continue
        losses, first = go_on(case, data, after, path, **options)
        rows.append(
            {
                "case": case,
                "lost": lost,
                "seed": seed,
                "first_step": before - SHOWN,
                "losses": start[-SHOWN:] + losses,
                **first,
            }
        )
    return rows


def measured(rows):
    """The numbers that the lesson's sentences need, over the seeds."""

    def runs(case, lost):
        return [r for r in rows if (r["case"], r["lost"]) == (case, lost)]

    def resumed(case, lost):
        return [run["losses"][SHOWN:] for run in runs(case, lost)]

    sgd = zip(resumed("sgd", "all"), resumed("sgd", "nothing"), strict=True)
    values = {
        f"{case}_peak_ratio": [max(run) / run[0] for run in resumed(case, "all")]
        for case in CASES
    }
    values |= {
        "adam_steps_back": [steps_until_back(run) for run in resumed("adam", "all")],
        "sgd_steps_behind": [steps_behind(slow, fast) for slow, fast in sgd],
        "adam_divisor": [run["divisor"] for run in runs("adam", "nothing")],
        "adam_moved_percent": [run["moved_percent"] for run in runs("adam", "all")],
    }
    return {name: summary(numbers) for name, numbers in values.items()}


def main(seeds=5, images=1000, before=100, after=60):
    """Run all cases; `before` and `after` count steps around the checkpoint."""
    data = load_images(train=True, count=images)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            for seed in range(seeds):
                print(f"{case}, seed {seed}", file=sys.stderr)
                path = Path(folder) / "resume.pt"
                rows += one_seed(case, data, seed, before, after, path)
    return {
        "settings": {"images": images, "before": before, "after": after},
        "metrics": measured(rows),
        "series": {"runs": rows},
    }


QUICK = {"seeds": 1, "after": 40}

if __name__ == "__main__":
    print(json.dumps(main()))
