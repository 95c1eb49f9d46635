"""The exercises' own file: its solutions pass their checks."""

import signal

import pytest
from listing import run_listing


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """practice.py, run once: its names, the text that it printed, and its folder."""
    folder = tmp_path_factory.mktemp("practice")
    with pytest.MonkeyPatch.context() as patch:
        names, text = run_listing("saving_and_loading.practice", folder, patch)
    return names, text, folder


def test_every_check_passes(run):
    passed = [line for line in run[1].splitlines() if line.endswith(": passed")]
    assert passed == [f"Exercise {number}: passed" for number in (1, 2, 3, 4)]


def test_the_twin_agrees_only_after_loading(run):
    said = dict(line.split(": ") for line in run[1].splitlines())
    assert said["same predictions after loading"] == "100 %"
    assert int(said["same predictions before loading"].split()[0]) < 50


def test_the_crash_was_a_kill_in_the_third_epoch(run):
    assert run[0]["killed_code"] == -signal.SIGKILL
    assert "epochs in its checkpoint: 2" in run[1].splitlines()


def test_the_run_that_is_killed_has_gone_beyond_its_checkpoint(run, monkeypatch):
    """In this process, with the kill replaced: what only the dying child ran."""
    names, _, folder = run
    monkeypatch.chdir(folder)
    trained, killed = [], []

    class Died(Exception):
        pass

    def kill(process, number):
        killed.append(number)
        raise Died

    def train_epoch(net, optimizer, images, labels):
        trained.append(len(images))
        return names["train_epoch"](net, optimizer, images, labels)

    train = names["train_or_resume"]
    monkeypatch.setattr(names["os"], "kill", kill)
    monkeypatch.setitem(train.__globals__, "train_epoch", train_epoch)
    with pytest.raises(Died):
        train("here.pt", kill_in=1)
    assert killed == [signal.SIGKILL]
    assert trained == [2000, 1000]  # a whole epoch, and half of the next
    assert names["load_checkpoint"]("here.pt")["epoch"] == 1


def test_resumed_in_this_process_it_ends_as_the_unbroken_run(run, monkeypatch):
    names, _, folder = run
    monkeypatch.chdir(folder)
    train, load = names["train_or_resume"], names["load_checkpoint"]
    train("one.pt", epochs=1)
    train("one.pt", epochs=2)
    train("two.pt", epochs=2)
    resumed, unbroken = load("one.pt"), load("two.pt")
    assert resumed["epoch"] == unbroken["epoch"] == 2
    for name, tensor in unbroken["model"].items():
        assert names["torch"].equal(resumed["model"][name], tensor)


def test_the_child_uses_one_thread(run, monkeypatch):
    names, _, folder = run
    monkeypatch.chdir(folder)
    calls = []
    child = names["child"]
    monkeypatch.setattr(names["torch"], "set_num_threads", calls.append)
    monkeypatch.setitem(
        child.__globals__,
        "train_or_resume",
        lambda path, kill_in: calls.append((path, kill_in)),
    )
    child("there.pt", 2)
    assert calls == [1, ("there.pt", 2)]
