"""SIGKILL during training: the resumed run ends with the very same bits."""

import inspect
import multiprocessing
import os
import random
import shutil
import signal
import time

import numpy
import pytest
import torch
from listing import run_listing
from torch import nn
from torch.utils.data import TensorDataset

from snippets.saving_and_loading import trainer
from snippets.saving_and_loading.checkpoint import load_checkpoint, save_checkpoint
from snippets.saving_and_loading.data import load_images
from snippets.saving_and_loading.faults import same
from snippets.saving_and_loading.model import Net
from snippets.saving_and_loading.trainer import train

EPOCHS, PER_EPOCH, SAVE_EVERY = 3, 20, 7  # no save falls on the end of an epoch
LAST = EPOCHS * PER_EPOCH
KILLS = 20


def child(path, connection, die_at, die_in_save):
    """Train in a forked process and report each step; perhaps die by its own hand."""
    torch.set_num_threads(1)
    real_fsync, saves = os.fsync, []

    def fsync(number):  # the temporary file is written and not yet renamed
        saves.append(number)
        if len(saves) == die_in_save:
            os.kill(os.getpid(), signal.SIGKILL)
        real_fsync(number)

    def on_step(step):
        connection.send(step)
        if step == die_at:
            os.kill(os.getpid(), signal.SIGKILL)

    os.fsync = fsync
    train(path, epochs=EPOCHS, save_every=SAVE_EVERY, on_step=on_step)


def run(path, kill_after=None, pause=0.0, die_at=None, die_in_save=None):
    """Train in a child; returns its exit code and the steps that it reported.

    `kill_after`: the parent waits for this step, then `pause` seconds, then kills.
    """
    fork = multiprocessing.get_context("fork")
    receiver, sender = fork.Pipe(duplex=False)
    arguments = (path, sender, die_at, die_in_save)
    process = fork.Process(target=child, args=arguments)
    process.start()
    sender.close()  # the child's end is the only one: its death ends the pipe
    steps = []
    with receiver:
        while True:
            try:
                steps.append(receiver.recv())
            except EOFError:
                break
            if steps[-1] == kill_after:
                time.sleep(pause)
                process.kill()
    process.join()
    return process.exitcode, steps


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the data and with "whole.pt", the run that nobody killed."""
    folder = tmp_path_factory.mktemp("training")
    root = os.path.dirname(os.path.dirname(os.path.dirname(__file__)))
    (folder / "data").symlink_to(os.path.join(root, "data"))
    old = os.getcwd()
    os.chdir(folder)
    code, steps = run(folder / "whole.pt")
    yield folder
    os.chdir(old)
    assert code == 0 and steps == list(range(1, LAST + 1))


@pytest.fixture(scope="module")
def whole(folder):
    return load_checkpoint(folder / "whole.pt")


@pytest.fixture(scope="module")
def half(folder):
    """The checkpoint of a run that was killed in the middle of its second epoch."""
    code, _ = run(folder / "half.pt", die_at=33)
    assert code == -signal.SIGKILL
    assert load_checkpoint(folder / "half.pt")["step"] == 28
    return folder / "half.pt"


def test_uninterrupted_training_learns(whole):
    """Bit-identical weights would mean little if nothing were trained."""
    images, labels = load_images(train=False, count=1000)
    net = Net()
    net.load_state_dict(whole["model"])
    net.eval()
    with torch.no_grad():
        right = (net(images).argmax(1) == labels).float().mean().item()
    assert right > 0.7
    assert whole["step"] == whole["scheduler"]["last_epoch"] == LAST


def ways_to_die():
    """Before the first checkpoint, inside a save; then at any moment, without end."""
    chance = random.Random(0)
    yield {"die_at": 2}
    yield {"die_in_save": 4}
    while True:
        step = chance.randrange(SAVE_EVERY, LAST - 8)
        yield {"kill_after": step, "pause": chance.uniform(0, 0.003)}


def test_twenty_killed_runs_end_with_the_same_bits(folder, whole, say):
    counts = {"killed": 0, "ended too soon": 0}
    counts |= {"before the first save": 0, "inside a save": 0, "mid-epoch": 0}
    for number, way in enumerate(ways_to_die()):
        path = folder / f"killed-{number}.pt"
        code, steps = run(path, **way)
        if code == 0:  # this machine was slow to kill: such a run does not count
            counts["ended too soon"] += 1
            assert counts["ended too soon"] <= 40
            continue
        assert code == -signal.SIGKILL
        counts["killed"] += 1
        saved = load_checkpoint(path)["step"] if path.exists() else 0
        assert saved % SAVE_EVERY == 0
        assert steps[-1] - SAVE_EVERY <= saved <= steps[-1] + 1
        counts["before the first save"] += not path.exists()
        counts["mid-epoch"] += steps[-1] % PER_EPOCH != 0
        if "die_in_save" in way:
            counts["inside a save"] += len(list(folder.glob(f"{path.name}.*.tmp")))

        code, steps = run(path)
        assert code == 0
        assert steps == list(range(saved + 1, LAST + 1))
        assert same(load_checkpoint(path), whole), f"{way} changed the result"
        if counts["killed"] == KILLS:
            break
    say("training: " + ", ".join(f"{name}: {count}" for name, count in counts.items()))
    assert counts["before the first save"] >= 1
    assert counts["inside a save"] >= 1
    assert counts["mid-epoch"] >= 15


def test_one_run_killed_again_and_again(folder, whole):
    path = folder / "often.pt"
    for step in (9, 15, 31, 47):
        code, _ = run(path, die_at=step)
        assert code == -signal.SIGKILL
    assert run(path)[0] == 0
    assert same(load_checkpoint(path), whole)


def test_resuming_a_finished_run_changes_nothing(folder, whole):
    path = folder / "finished.pt"
    shutil.copy(folder / "whole.pt", path)
    before = path.read_bytes()
    assert run(path) == (0, [])
    assert path.read_bytes() == before
    net = train(path, epochs=EPOCHS, save_every=SAVE_EVERY)
    assert same(dict(net.state_dict()), dict(whole["model"]))
    assert path.read_bytes() == before


def fresh():
    """The parts as a training run has them before its first step."""
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=LAST)
    return {
        "model": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": torch.get_rng_state(),
        "step": PER_EPOCH,  # of the epoch that was killed, the place is forgotten
    }


def final_weights(folder, half, part):
    """Resume the half-done run, one part of its checkpoint being fresh."""
    path = folder / f"without-{part}.pt"
    checkpoint = load_checkpoint(half)
    if part:
        assert not same(checkpoint[part], fresh()[part])
        checkpoint[part] = fresh()[part]
    save_checkpoint(path, checkpoint)
    assert run(path)[0] == 0
    return dict(load_checkpoint(path)["model"])


def test_with_every_part_the_bits_are_the_same(folder, half, whole):
    assert same(final_weights(folder, half, None), dict(whole["model"]))


@pytest.mark.parametrize("part", ["model", "optimizer", "scheduler", "rng", "step"])
def test_without_any_one_part_they_are_not(folder, half, whole, part):
    assert not same(final_weights(folder, half, part), dict(whole["model"]))


@pytest.mark.parametrize(
    "other", [{"epochs": 2 * EPOCHS}, {"epochs": 1}, {"seed": 1}, {"count": 1000}]
)
@pytest.mark.parametrize("name", ["half.pt", "whole.pt"])
def test_a_run_with_other_settings_is_refused(folder, half, whole, other, name):
    """Or the cosine would climb again, or the old seed's net pass for a new one's."""
    path = folder / name
    before = path.read_bytes()
    settings = {"epochs": EPOCHS, "seed": 0, "count": 2000}
    fixed = {"batch_size": 100, "lr": 1e-3}
    with pytest.raises(ValueError, match="choose another path, or delete") as caught:
        train(path, **settings | other)
    for said in (str(path), str(settings | fixed), str(settings | other | fixed)):
        assert said in str(caught.value)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new"),
    [('"lr": 1e-3', '"lr": 1e-2'), ('"batch_size": 100', '"batch_size": 50')],
)
def test_what_is_edited_in_its_body_is_refused_too(folder, half, old, new):
    """The settings that it saves are those that it trains with."""
    source = inspect.getsource(trainer.train)
    assert source.count(old) == 1
    edited = dict(vars(trainer))
    exec(source.replace(old, new), edited)
    before = half.read_bytes()
    with pytest.raises(ValueError, match="choose another path"):
        edited["train"](half, epochs=EPOCHS)
    assert half.read_bytes() == before
    edited["train"](folder / "edited.pt", epochs=1, count=1000, save_every=100)
    saved = load_checkpoint(folder / "edited.pt")
    assert saved["step"] == 1000 // saved["settings"]["batch_size"]
    assert saved["scheduler"]["base_lrs"] == [saved["settings"]["lr"]]
    (folder / "edited.pt").unlink()


@pytest.mark.parametrize("never", [0, -1])
def test_a_run_that_would_never_save_is_refused_before_it_trains(folder, never):
    steps = []
    with pytest.raises(ValueError, match=f"save_every is {never}: give at least 1"):
        train(folder / "never.pt", save_every=never, on_step=steps.append)
    assert steps == [] and not (folder / "never.pt").exists()


@pytest.mark.parametrize("count", [201, 1, 101])
def test_a_last_batch_of_one_image_is_refused_before_it_trains(folder, count):
    steps = []
    with pytest.raises(ValueError, match=f"count is {count}: the last batch would"):
        train(folder / "never.pt", count=count, on_step=steps.append)
    assert steps == [] and not (folder / "never.pt").exists()


@pytest.mark.parametrize("other", [[1, 2], torch.ones(3)])
def test_what_is_no_dict_is_refused_as_another_runs(folder, other):
    path = folder / "no-dict.pt"
    save_checkpoint(path, other)
    with pytest.raises(ValueError, match="is from None, this run is .*choose another"):
        train(path)


def test_a_numpy_number_in_the_settings_is_refused_in_the_first_save(folder):
    path, steps = folder / "numpy.pt", []
    with pytest.raises(
        TypeError, match=r"state\['settings'\]\['count'\] is a numpy.int"
    ):
        train(path, count=numpy.int64(500), save_every=2, on_step=steps.append)
    assert steps == [1] and not path.exists()


def test_how_often_it_saves_is_no_setting(folder, half, whole):
    path = folder / "rarely.pt"
    shutil.copy(half, path)
    train(path, epochs=EPOCHS, save_every=1000)
    assert load_checkpoint(path)["step"] == LAST


def test_a_checkpoint_that_names_no_settings_is_refused(folder, half):
    path = folder / "older.pt"
    checkpoint = load_checkpoint(half)
    del checkpoint["settings"]
    save_checkpoint(path, checkpoint)
    with pytest.raises(ValueError, match="is from None, this run is"):
        train(path, epochs=EPOCHS)


def test_a_diverged_run_is_not_saved_over_a_good_one(folder, half, monkeypatch):
    path = folder / "diverged.pt"
    shutil.copy(half, path)
    before, real = path.read_bytes(), nn.functional.cross_entropy
    monkeypatch.setattr(
        nn.functional, "cross_entropy", lambda *pair: real(*pair) * float("inf")
    )
    with pytest.raises(ValueError, match="nan or inf in the weights at step 35"):
        train(path, epochs=EPOCHS, save_every=SAVE_EVERY)
    assert path.read_bytes() == before


def test_weights_that_only_the_last_step_spoiled_are_not_saved(
    folder, half, monkeypatch
):
    """The loss of that step was computed before it, and is sound."""
    path, real, calls = folder / "spoiled.pt", torch.optim.Adam.step, []
    shutil.copy(half, path)
    before = path.read_bytes()

    def step(self, *arguments):
        calls.append(real(self, *arguments))
        if len(calls) == SAVE_EVERY:
            self.param_groups[0]["params"][0].data[0, 0] = float("inf")

    monkeypatch.setattr(torch.optim.Adam, "step", step)
    with pytest.raises(ValueError, match="nan or inf in the weights at step 35"):
        train(path, epochs=EPOCHS, save_every=SAVE_EVERY)
    assert path.read_bytes() == before


class Crash(Exception):
    """Ends a training run in this process."""


def crash_at(last):
    """An on_step that ends the run, in this process, after a certain step."""

    def on_step(step):
        if step == last:
            raise Crash

    return on_step


def test_a_crash_in_this_process_resumes_alike(folder):
    """Threads are as they are: both runs have the same, and the bits agree."""
    straight = train(folder / "straight.pt", epochs=1, save_every=5)
    with pytest.raises(Crash):
        train(folder / "crashed.pt", epochs=1, save_every=5, on_step=crash_at(13))
    assert load_checkpoint(folder / "crashed.pt")["step"] == 10
    steps = []
    resumed = train(folder / "crashed.pt", epochs=1, save_every=5, on_step=steps.append)
    assert steps == list(range(11, 21))
    assert same(dict(straight.state_dict()), dict(resumed.state_dict()))


class Noisy(TensorDataset):
    """Adds noise to each image that is fetched, and notes the order of fetching."""

    fetched = []

    def __getitem__(self, index):
        image, label = super().__getitem__(index)
        self.fetched.append(index)
        return image + torch.randn(784), label


def test_random_numbers_drawn_while_skipping_do_no_harm(folder, monkeypatch):
    """With random augmentation, the RNG must be restored after the skip, not before."""
    monkeypatch.setattr(trainer, "TensorDataset", Noisy)
    straight = train(folder / "noisy.pt", epochs=1, save_every=5)
    with pytest.raises(Crash):
        train(folder / "noise.pt", epochs=1, save_every=5, on_step=crash_at(13))
    resumed = train(folder / "noise.pt", epochs=1, save_every=5)
    assert same(dict(straight.state_dict()), dict(resumed.state_dict()))


def test_each_epoch_and_each_seed_has_its_own_order(folder, monkeypatch):
    """Or the equal bits above would be an accident of a fixed order."""
    monkeypatch.setattr(trainer, "TensorDataset", Noisy)
    orders = []
    for seed in (0, 10):
        monkeypatch.setattr(Noisy, "fetched", [])
        train(folder / f"seed-{seed}.pt", epochs=2, seed=seed, count=500)
        orders += [Noisy.fetched[:500], Noisy.fetched[500:]]
    assert all(sorted(order) == list(range(500)) for order in orders)
    assert len({tuple(order) for order in orders}) == 4


def test_the_listing_kills_and_resumes(tmp_path, monkeypatch):
    torch.ones(1000, 1000) @ torch.ones(1000, 1000)  # torch has used its threads
    names, text = run_listing("saving_and_loading.kill", tmp_path, monkeypatch)
    lines = dict(line.split(": ") for line in text.splitlines())
    assert lines["exit code"] == "-9"
    assert int(lines["step in the checkpoint"]) < int(lines["killed at step"])
    assert lines["final step"] == "80"
    assert lines["resumed"] == lines["never killed"]
    assert len(lines["resumed"]) == 16
    assert lines["resumed, exit code"] == lines["never killed, exit code"] == "0"
    assert lines["same"] == "True"
    assert lines["weights unchanged"] == "True"
    assert lines["started again, exit code"] == "0"

    # The digest sees every bit: one flipped in one weight changes it.
    checkpoint = load_checkpoint("killed.pt")
    checkpoint["model"]["out.bias"].view(torch.int32)[3] ^= 1
    save_checkpoint("nudged.pt", checkpoint)
    assert names["fingerprint"]("nudged.pt") != lines["resumed"]

    # A run that ends with an error is no run to compare with.
    with pytest.raises(RuntimeError, match="exit code 1: see above why nowhere/x.pt"):
        names["to_the_end"]("nowhere/x.pt")

    # What only the child runs, in this process; the power cut is an exception here.
    def die():
        raise Crash

    monkeypatch.setitem(names["child"].__globals__, "die", die)
    with pytest.raises(Crash):
        names["child"]("here.pt", kill_at=13)
    assert load_checkpoint("here.pt")["step"] == 10
