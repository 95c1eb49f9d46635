"""The baseline learns, is chosen on validation, and survives what ends its run."""

import math
import multiprocessing
import os
import random
import signal
import time

import pytest
import torch
from listing import run_listing
from torch import nn

from snippets.fashion_mnist_project import baseline, data
from snippets.fashion_mnist_project.baseline import evaluate, train_baseline, train_step
from snippets.fashion_mnist_project.data import load_images, load_training
from snippets.fashion_mnist_project.net import device, make_baseline
from snippets.fashion_mnist_project.predict import predict, write_predictions

EPOCHS, BATCH_SIZE, PER_EPOCH = 3, 256, 22  # 5,500 images in a rehearsal
LAST = EPOCHS * PER_EPOCH
SETTINGS = {"epochs": EPOCHS, "batch_size": BATCH_SIZE}
TRAINS_IN = baseline
pytestmark = pytest.mark.usefixtures("rehearsed")
ON_CPU = pytest.mark.skipif(device.type == "cuda", reason="bits are promised on a CPU")


def load(path):
    return torch.load(path, weights_only=True, map_location="cpu")


def file_of(net, path):
    """The bytes of the file of the net's predictions."""
    write_predictions(predict(net), path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that nobody interrupts: its checkpoint, its steps, its file."""
    folder = tmp_path_factory.mktemp("whole")
    steps = []
    net = train_baseline(folder / "whole.pt", steps.append, **SETTINGS)
    return {
        "path": folder / "whole.pt",
        "net": net,
        "steps": steps,
        "file": file_of(net, folder / "whole.csv"),
        "state": load(folder / "whole.pt"),
    }


class Crash(Exception):
    """Ends a run in this process."""


def crash_at(last, steps=None):
    """An on_step that notes its steps, and ends the run at one of them."""
    steps = [] if steps is None else steps

    def on_step(step):
        steps.append(step)
        if step == last:
            raise Crash

    return on_step


# --- evaluate and train_step ----------------------------------------------------------


def test_evaluate_is_right_by_hand():
    net = nn.Linear(2, 2).to(device)
    net.load_state_dict({"weight": torch.eye(2), "bias": torch.zeros(2)})
    images = torch.tensor([[3.0, 0.0], [0.0, 3.0], [3.0, 0.0], [0.0, 0.0]])
    seen = evaluate(net, images, torch.tensor([0, 1, 1, 0]))
    assert seen["accuracy"] == 75.0  # of two equal logits the first wins
    right, wrong, even = 0.048587, 3.048587, 0.693147
    assert seen["loss"] == pytest.approx((2 * right + wrong + even) / 4, abs=1e-5)


def test_evaluate_takes_many_parts_and_is_in_eval_mode():
    net = nn.Sequential(nn.Linear(784, 10), nn.Dropout(0.9)).to(device).train()
    images, labels = torch.randn(2500, 784), torch.randint(10, (2500,))
    with torch.no_grad():
        logits = net[0](images.to(device)).cpu()
    seen = evaluate(net, images, labels.to(device))
    assert not net.training
    right = (logits.argmax(1) == labels).double().mean().item()
    assert seen["accuracy"] == pytest.approx(100 * right, abs=0.1)
    assert seen["loss"] == pytest.approx(
        nn.functional.cross_entropy(logits, labels).item(), rel=1e-4
    )


def test_a_step_is_that_of_a_plain_loop():
    x, y = torch.randn(32, 784), torch.randint(10, (32,))
    nets = []
    for plain in (True, False):
        torch.manual_seed(0)
        net = make_baseline().to(device)
        optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
        scaler = torch.amp.GradScaler(device.type, enabled=baseline.use_amp)
        for _ in range(3):
            if plain:
                optimizer.zero_grad()
                nn.functional.cross_entropy(net(x.to(device)), y.to(device)).backward()
                optimizer.step()
            else:
                train_step(net, optimizer, scaler, x.to(device), y.to(device))
        nets.append(net.cpu())
    close = {"atol": 1e-2} if baseline.use_amp else {"rtol": 0, "atol": 0}
    for one, two in zip(*(net.parameters() for net in nets), strict=True):
        assert torch.allclose(one, two, **close)


# --- a run that nobody interrupts -----------------------------------------------------


def test_it_learns(whole):
    log = whole["state"]["log"]
    assert len(log) == EPOCHS
    assert log[-1]["val"]["accuracy"] > 75
    losses = [entry["train"]["loss"] for entry in log]
    assert losses == sorted(losses, reverse=True)


def test_on_step_gets_the_number_of_each_step(whole):
    assert whole["steps"] == list(range(1, LAST + 1))
    assert whole["state"]["step"] == LAST and whole["state"]["epoch"] == EPOCHS


def test_it_returns_the_weights_that_were_best_in_validation(tmp_path, monkeypatch):
    """The scores are made up, so that the best epoch is not the last."""
    scores = iter([10.0, 30.0, 20.0])
    weights = []

    def score(net, images, labels):
        if len(images) == 5000:
            weights.append(net[0].weight.detach().clone())
            return {"loss": 0.0, "accuracy": next(scores)}
        return {"loss": 0.0, "accuracy": 0.0}

    monkeypatch.setattr(baseline, "evaluate", score)
    net = train_baseline(tmp_path / "run.pt", **SETTINGS)
    assert torch.equal(net[0].weight, weights[1])
    assert not torch.equal(weights[1], weights[2])
    state = load(tmp_path / "run.pt")
    assert state["best_accuracy"] == 30.0
    assert torch.equal(state["best_model"]["0.weight"], weights[1].cpu())
    assert torch.equal(state["model"]["0.weight"], weights[2].cpu())


def test_the_best_model_reaches_the_best_accuracy(whole):
    state = whole["state"]
    assert state["best_accuracy"] == max(e["val"]["accuracy"] for e in state["log"])
    net = make_baseline().to(device)
    net.load_state_dict(state["best_model"])
    seen = evaluate(net, *load_training()[2:])
    assert seen["accuracy"] == state["best_accuracy"]


def test_it_prints_a_line_an_epoch(tmp_path, capsys):
    train_baseline(tmp_path / "run.pt", **SETTINGS | {"epochs": 2})
    entry = load(tmp_path / "run.pt")["log"][1]
    lines = capsys.readouterr().out.splitlines()
    assert [line[:13] for line in lines] == ["epoch 1 of 2:", "epoch 2 of 2:"]
    assert lines[1] == (
        f"epoch 2 of 2: train loss {entry['train']['loss']:.2f}, validation loss "
        f"{entry['val']['loss']:.2f}, accuracy {entry['val']['accuracy']:.1f} %"
    )


@ON_CPU
def test_each_seed_and_each_epoch_has_an_order_of_its_own(tmp_path, monkeypatch):
    seen = []

    def note(net, optimizer, scaler, x, y):
        seen.append(y.clone())

    monkeypatch.setattr(baseline, "train_step", note)
    for seed in (0, 1):
        path = tmp_path / f"{seed}.pt"
        train_baseline(path, epochs=2, batch_size=5500, seed=seed)
    assert len(seen) == 4 and len({tuple(y.tolist()) for y in seen}) == 4
    assert all(torch.equal(y.sort()[0], seen[0].sort()[0]) for y in seen)


# --- interrupted and resumed ----------------------------------------------------------


@ON_CPU
@pytest.mark.parametrize("last", [5, PER_EPOCH, PER_EPOCH + 9, LAST - 1])
def test_interrupted_and_resumed_it_ends_with_the_same_bytes(whole, tmp_path, last):
    path, steps = tmp_path / "run.pt", []
    with pytest.raises(Crash):
        train_baseline(path, crash_at(last), **SETTINGS)
    done = (last - 1) // PER_EPOCH * PER_EPOCH  # the epochs that were saved
    torch.manual_seed(last)  # another process has other random numbers
    net = train_baseline(path, steps.append, **SETTINGS)
    assert steps == list(range(done + 1, LAST + 1))
    assert file_of(net, tmp_path / "run.csv") == whole["file"]
    assert load(path)["log"] == whole["state"]["log"]


@ON_CPU
def test_the_optimizer_that_is_forgotten_shows(whole, tmp_path):
    """Else the equal bytes above would say little."""
    path = tmp_path / "run.pt"
    with pytest.raises(Crash):
        train_baseline(path, crash_at(PER_EPOCH + 9), **SETTINGS)
    state = load(path)
    state["optimizer"] = torch.optim.Adam(make_baseline().parameters()).state_dict()
    torch.save(state, path)
    net = train_baseline(path, **SETTINGS)
    assert file_of(net, tmp_path / "run.csv") != whole["file"]


def test_a_finished_run_trains_no_more(whole, tmp_path):
    before, steps = whole["path"].read_bytes(), []
    net = train_baseline(whole["path"], steps.append, **SETTINGS)
    assert steps == []
    assert whole["path"].read_bytes() == before
    assert file_of(net, tmp_path / "again.csv") == whole["file"]


@ON_CPU
def test_more_epochs_go_on_from_a_finished_run(whole, tmp_path):
    path, steps = tmp_path / "run.pt", []
    train_baseline(path, **SETTINGS | {"epochs": 2})
    net = train_baseline(path, steps.append, **SETTINGS)
    assert steps == list(range(2 * PER_EPOCH + 1, LAST + 1))
    assert file_of(net, tmp_path / "run.csv") == whole["file"]


@pytest.mark.parametrize(
    "other", [{"seed": 1}, {"batch_size": 128}], ids=["seed", "batch size"]
)
def test_other_settings_are_refused_and_the_file_is_left_alone(whole, other):
    before = whole["path"].read_bytes()
    with pytest.raises(ValueError, match="choose another path"):
        train_baseline(whole["path"], **SETTINGS | other)
    assert whole["path"].read_bytes() == before


def test_a_rehearsal_is_not_gone_on_with_in_earnest(whole, monkeypatch):
    monkeypatch.setattr(data, "REHEARSAL", False)
    monkeypatch.setattr(baseline, "load_training", load_training)
    with pytest.raises(ValueError, match="'images': 5500"):
        train_baseline(whole["path"], **SETTINGS)


# --- killed ---------------------------------------------------------------------------


def child(path, connection):
    """Train in a forked process, report each step, and write the predictions."""
    torch.set_num_threads(1)  # a fork must not use the threads of its parent
    net = train_baseline(path, connection.send, **SETTINGS)
    write_predictions(predict(net), path.with_suffix(".csv"))


def run(path, kill_after=None, pause=0.0):
    """Train in a child, which is killed `pause` seconds after its `kill_after`th step.

    Returns its exit code and the numbers of the steps that it reported.
    """
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    process = fork.Process(target=child, args=(path, sender))
    process.start()
    sender.close()  # the child's end is the only one: its death ends the pipe
    steps = []
    with receiver:
        while True:
            try:
                steps.append(receiver.recv())
            except EOFError:
                break
            if len(steps) == kill_after:
                time.sleep(pause)
                process.kill()
    process.join()
    return process.exitcode, steps


@ON_CPU
def test_killed_at_random_it_ends_with_the_same_bytes(tmp_path, say):
    assert run(tmp_path / "whole.pt") == (0, list(range(1, LAST + 1)))
    chance, kills, steps = random.Random(0), 0, []
    begun = []  # the first step of each run
    for kill_after in (chance.randrange(2, 10), 40, 15, 25, chance.randrange(2, 15)):
        pause = chance.random() / 500
        code, steps = run(tmp_path / "killed.pt", kill_after, pause)
        begun.append(steps[0])
        assert code == -signal.SIGKILL
        kills += 1
    code, steps = run(tmp_path / "killed.pt")
    assert code == 0 and steps[-1] == LAST
    assert kills == 5 and begun[0] == begun[1] == 1
    assert begun[-1] == 2 * PER_EPOCH + 1  # two epochs came through the kills
    whole, killed = tmp_path / "whole.csv", tmp_path / "killed.csv"
    assert killed.read_bytes() == whole.read_bytes()
    assert len(set(whole.read_text(encoding="utf-8").split())) == 10
    say(f"the baseline was killed {kills} times and ended with the same predictions")


def test_a_kill_between_two_names_of_the_file(whole, tmp_path, monkeypatch):
    """The new checkpoint is complete and has not got its name yet."""
    path, steps, saves = tmp_path / "run.pt", [], []
    real = os.replace

    def replace(*names):
        saves.append(names)
        if len(saves) == 2:
            raise Crash
        real(*names)

    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(os, "replace", replace)
        train_baseline(path, **SETTINGS)
    assert load(path)["epoch"] == 1
    train_baseline(path, steps.append, **SETTINGS)
    assert steps == list(range(PER_EPOCH + 1, LAST + 1))


# --- the listing that runs it ---------------------------------------------------------


def test_one_command_trains_and_the_same_again_has_nothing_to_do(tmp_path, monkeypatch):
    names, text = run_listing(
        "fashion_mnist_project.baseline_run", tmp_path, monkeypatch
    )
    lines = text.splitlines()
    assert len(lines) == 5 and lines[-1].startswith("epoch 5 of 5: train loss 0.")
    before = (tmp_path / "baseline.pt").read_bytes()
    again, text = run_listing(
        "fashion_mnist_project.baseline_run", tmp_path, monkeypatch
    )
    assert text == ""
    assert (tmp_path / "baseline.pt").read_bytes() == before
    for one, two in zip(
        names["baseline"].parameters(), again["baseline"].parameters(), strict=True
    ):
        assert torch.equal(one, two)


@pytest.mark.cuda
@pytest.mark.skipif(
    not torch.cuda.is_available(),
    reason="no CUDA device here: the baseline, resumed there, with equal step counts "
    "and a test accuracy within 0.3 points",
)
def test_on_cuda_it_resumes_with_equal_steps_and_a_close_accuracy(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(data, "REHEARSAL", False)
    monkeypatch.setattr(baseline, "load_training", load_training)
    _, labels = load_images(train=False)
    straight, first, second = [], [], []
    whole = train_baseline(tmp_path / "whole.pt", straight.append, epochs=3)
    with pytest.raises(Crash):
        train_baseline(tmp_path / "run.pt", crash_at(1500, first), epochs=3)
    net = train_baseline(tmp_path / "run.pt", second.append, epochs=3)
    assert straight == list(range(1, 2581))
    assert second == list(range(861, 2581))
    one, two = (
        100 * (predict(n) == labels).double().mean().item() for n in (whole, net)
    )
    assert abs(one - two) <= 0.3
    state = load(tmp_path / "run.pt")
    assert state["scaler"]["scale"] > 0
    assert state["best_model"]["0.weight"].device.type == "cpu"


def test_no_epochs_are_refused(tmp_path):
    with pytest.raises(ValueError, match="epochs is 0: give a number from 1"):
        train_baseline(tmp_path / "never.pt", epochs=0)


def test_a_diverged_run_is_not_saved_over_a_good_one(whole, tmp_path, monkeypatch):
    path, good = tmp_path / "run.pt", whole["path"].read_bytes()
    path.write_bytes(good)
    bad = {"loss": math.nan, "accuracy": 10.0}
    monkeypatch.setattr(baseline, "evaluate", lambda *_: bad)
    with pytest.raises(ValueError, match=f"not finite in epoch {EPOCHS + 1}"):
        train_baseline(path, **SETTINGS | {"epochs": EPOCHS + 1})
    assert path.read_bytes() == good
