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
from snippets.saving_and_loading.loop import accuracy
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


def first_step(net, path, new_optimizer, keep_optimizer, images, labels):
    """How far each weight moves in the first step after a resume, and the optimizer."""
    optimizer = resume(net, path, new_optimizer, keep_optimizer)
    before = nn.utils.parameters_to_vector(net.parameters()).detach().clone()
    full_batch_steps(net, optimizer, images, labels, 1)
    after = nn.utils.parameters_to_vector(net.parameters()).detach()
    return after - before, optimizer


def percent_moved(move, rate):
    """Percent of the weights that moved by more than 0.9 times the learning rate."""
    return (move.abs() > 0.9 * rate).double().mean().item() * 100


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


def forget(optimizer, name):
    """Zero one of the two running means that Adam keeps for each weight."""
    for state in optimizer.state.values():
        state[name].zero_()


def steps_until_back(losses):
    """Steps until the loss, once at its peak, is at most what it was at the start."""
    peak = losses.index(max(losses))
    back = [step for step in range(peak, len(losses)) if losses[step] <= losses[0]]
    return back[0] if back else len(losses)


def steps_behind(slow, fast):
    """By how many steps `slow` lags at its end: where `fast` first was as low."""
    reached = next(step for step, loss in enumerate(fast) if loss <= slow[-1])
    return len(slow) - 1 - reached


def paired_runs(new_net, new_optimizer, data, seed, before, after, path):
    """One seed: train, checkpoint, go on with and without the optimizer's state."""
    images, labels, held_images, held_labels = data
    torch.manual_seed(seed)
    net = new_net()
    optimizer = new_optimizer(net.parameters())
    start = full_batch_steps(net, optimizer, images, labels, before)
    state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}
    torch.save(state, path)
    held_before = accuracy(net, held_images, held_labels)

    def go_on(keep, steps):
        optimizer = resume(net.train(), path, new_optimizer, keep)
        return full_batch_steps(net, optimizer, images, labels, steps)

    kept, fresh = go_on(True, after), go_on(False, after)
    peak = fresh.index(max(fresh))
    go_on(False, peak)  # again, to the peak only: how good is the net there?
    held_at_peak = accuracy(net, held_images, held_labels)

    net.train()
    move, optimizer = first_step(net, path, new_optimizer, True, images, labels)
    rate = optimizer.param_groups[0]["lr"]
    jump, _ = first_step(net, path, new_optimizer, False, images, labels)
    values = {
        "loss_at_checkpoint": fresh[0],
        "peak_with": max(kept),
        "peak_without": max(fresh),
        "peak_ratio": max(fresh) / fresh[0],
        "peak_step": peak,
        "steps_back": steps_until_back(fresh),
        "largest_gap": max(b - a for a, b in zip(kept, fresh, strict=True)),
        "end_with": kept[-1],
        "end_without": fresh[-1],
        "moved_percent_with": percent_moved(move, rate),
        "moved_percent_without": percent_moved(jump, rate),
        "step_length_with": move.norm().item(),
        "step_length_without": jump.norm().item(),
        "accuracy_before": held_before,
        "accuracy_at_peak": held_at_peak,
        "accuracy_dip": held_before - held_at_peak,
    }
    if isinstance(optimizer, torch.optim.Adam):
        values["divisor_with"] = divisor(optimizer)
    return values, {"kept": start[-10:] + kept, "fresh": start[-10:] + fresh}


def without_one(name, path, data, after):
    """Resumed without one of Adam's running means: the worst loss, and `divisor`."""
    net = plain_net()
    optimizer = resume(net, path, new_adam, True)
    forget(optimizer, name)
    losses = full_batch_steps(net, optimizer, *data[:2], 1)
    divided_by = divisor(optimizer)
    losses += full_batch_steps(net, optimizer, *data[:2], after - 1)
    return max(losses), divided_by


def end_at_a_higher_rate(path, data, after, times=3):
    """The lesson's net with its optimizer kept, and a higher rate: its last loss."""
    net = lesson_net()
    optimizer = resume(net, path, new_adam, True)
    optimizer.param_groups[0]["lr"] *= times
    return full_batch_steps(net, optimizer, *data[:2], after)[-1]


CASES = {  # name: (network, optimizer)
    "adam": (plain_net, new_adam),
    "sgd": (plain_net, new_sgd),
    "adam_lesson_net": (lesson_net, new_adam),
}
ROWS = [  # what the table says, metric, format
    ("loss at the checkpoint", "loss_at_checkpoint", ".3f"),
    ("highest loss after, optimizer kept", "peak_with", ".3f"),
    ("highest loss after, optimizer lost", "peak_without", ".3f"),
    ("steps until it is back, optimizer lost", "steps_back", ".0f"),
    ("loss after all steps, kept", "end_with", ".4f"),
    ("loss after all steps, lost", "end_without", ".4f"),
    ("norm of the first step, kept", "step_length_with", ".3f"),
    ("norm of the first step, lost", "step_length_without", ".3f"),
]
LOST = [  # what the table says, metric
    ("nothing", "peak_with"),
    ("the mean of the gradients", "peak_no_mean"),
    ("the mean of their squares", "peak_no_squares"),
    ("both, and the count of steps (a fresh Adam)", "peak_without"),
]
COLUMNS = ["measured", "Adam", "SGD with momentum", "Adam, Net without dropout"]


def all_seeds(case, data, seeds, before, after, folder):
    """Every seed's values and pair of curves, for one network and optimizer."""
    new_net, new_optimizer = CASES[case]
    path = Path(folder) / "resume.pt"
    all_values, curves = [], []
    for seed in range(seeds):
        print(f"{case}, seed {seed}", file=sys.stderr)
        values, pair = paired_runs(
            new_net, new_optimizer, data, seed, before, after, path
        )
        if case == "sgd":
            values["steps_behind"] = steps_behind(pair["fresh"], pair["kept"])
        if case == "adam":
            for key, name in (("mean", "exp_avg"), ("squares", "exp_avg_sq")):
                peak, divided_by = without_one(name, path, data, after)
                values[f"peak_no_{key}"] = peak
                values[f"divisor_no_{key}"] = divided_by
        if case == "adam_lesson_net":
            values["end_at_three_times_the_rate"] = end_at_a_higher_rate(
                path, data, after
            )
        all_values.append(values)
        curves.append(pair)
    return all_values, curves


def lost_table(metrics):
    """Adam's highest loss after the resume, by what was lost of its state."""
    rows = []
    for what, key in LOST:
        cell = metrics[f"adam_{key}"]
        rows.append([what, f"{cell['median']:.3f} ± {cell['spread']:.3f}"])
    return {"columns": ["what Adam lost", "highest loss after"], "rows": rows}


def main(seeds=5, images=1000, held_out=5000, before=100, after=60):
    """Run all pairs; `before` and `after` count steps around the checkpoint."""
    all_images, all_labels = load_images(train=True, count=images + held_out)
    data = (
        all_images[:images],
        all_labels[:images],
        all_images[images:],
        all_labels[images:],
    )
    metrics, series = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            values, curves = all_seeds(case, data, seeds, before, after, folder)
            for key in values[0]:
                metrics[f"{case}_{key}"] = summary([one[key] for one in values])
            steps = list(range(before + after))[-len(curves[0]["kept"]) :]
            for name in ("kept", "fresh"):
                lines = [pair[name] for pair in curves]
                series[f"{case}_{name}"] = {"x": steps, "y": lines}

    rows = []
    for label, key, digits in ROWS:
        cells = [metrics[f"{case}_{key}"] for case in CASES]
        texts = [f"{c['median']:{digits}} ± {c['spread']:{digits}}" for c in cells]
        rows.append([label, *texts])
    tables = {"cost": {"columns": COLUMNS, "rows": rows}, "lost": lost_table(metrics)}
    return {"metrics": metrics, "series": series, "tables": tables}


QUICK = {"seeds": 1, "held_out": 500, "after": 40}

if __name__ == "__main__":
    print(json.dumps(main()))
