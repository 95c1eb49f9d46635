"""The exercises' own file: its solutions pass their checks, wrong ones do not."""

import signal

import pytest
from listing import ROOT, run_listing

from scripts import practice, runner

PRACTICE = ROOT / "snippets" / "saving_and_loading" / "practice.py"

# Exercise, what a wrong solution has instead of what, and what its check says then.
LOAD = "twin.load_state_dict(loaded)"
SAVE = "        save_checkpoint(path, state)\n"
AT_THE_END = "    save_checkpoint(path, state)\n"
MODEL, OPTIMIZER = '"model": net.state_dict()', '"optimizer": optimizer.state_dict()'
BEST_MODEL = (
    'bad_epochs, best_model = checkpoint["bad_epochs"], checkpoint["best_model"]'
)
RESTORE_RNG = 'torch.set_rng_state(checkpoint["rng"])'
RESTORE_OPTIMIZER = 'optimizer.load_state_dict(checkpoint["optimizer"])'
WRONG = {
    "a second name": (1, LOAD, "twin = net", "only a second name"),
    "the result": (1, LOAD, f"twin = {LOAD}", "not a network any more"),
    "from net": (1, "(loaded)", "(net.state_dict())", "other numbers than the file"),
    "train mode": (1, LOAD, f"{LOAD}; twin.train()", "is in training mode"),
    "after the loop": (2, SAVE, AT_THE_END, "in two epochs: 1,"),
    "in the last epoch": (
        2,
        SAVE,
        f"        if epoch == epochs - 1:\n    {SAVE}",
        "in two epochs: 1,",
    ),
    "own path": (2, "(path, state)", '("loop.pt", state)', "saved to 'loop.pt'"),
    "torch.save": (
        2,
        SAVE,
        SAVE.replace("save_checkpoint(path, state)", "torch.save(state, path)"),
        "never called",
    ),
    "counts from 0": (2, "epoch + 1", "epoch", "are [0, 1] instead of [1, 2]"),
    "no dict": (2, "(path, state)", "(path, [state])", "must be a dict"),
    "no optimizer": (2, f", {OPTIMIZER}", "", "has no 'optimizer'"),
    "a list": (
        2,
        OPTIMIZER,
        '"optimizer": optimizer.param_groups',
        "'optimizer' is of type list instead of dict",
    ),
    "half an optimizer": (
        2,
        OPTIMIZER,
        f"{OPTIMIZER}['param_groups'][0]",
        "holds no running averages",
    ),
    "the whole net": (2, MODEL, '"model": net', "saved an object"),
    "another net": (2, MODEL, '"model": Net().state_dict()', "not what training ended"),
    "another key": (4, MODEL, '"net": net.state_dict()', "has no 'model'"),
    "model is best": (4, MODEL, '"model": best_model', "'model' holds the best"),
    "saves at the end": (4, SAVE, AT_THE_END, "save once after every epoch"),
    "no copy": (4, "copy.deepcopy(net.state_dict())", "net.state_dict()", "deep copy"),
    "no copy in the file": (
        4,
        '"best_model": best_model',
        '"best_model": net.state_dict()',
        "the saved 'best_model' has other weights",
    ),
    "ties are better": (4, "score > best", "score >= best", "only equals the best"),
    "no random state": (4, RESTORE_RNG, "pass", "fter a restart"),
    "no optimizer state": (4, RESTORE_OPTIMIZER, "pass", "fter a restart"),
    "no best model": (
        4,
        BEST_MODEL,
        'bad_epochs = checkpoint["bad_epochs"]',
        "best_model has to be put back too",
    ),
    "best forgotten": (
        4,
        'epoch, best = checkpoint["epoch"], checkpoint["best"]',
        'epoch = checkpoint["epoch"]',
        "fter a restart",
    ),
    "patience forgotten": (
        4,
        BEST_MODEL,
        'best_model = checkpoint["best_model"]',
        "has stopped went on training",
    ),
    "returns the last": (
        4,
        "    net.load_state_dict(best_model)\n    return",
        "    if not net.training:  # it has just been scored\n"
        "        net.load_state_dict(best_model)\n"
        "    return",
        "Started again when it has stopped",
    ),
    "starts anew": (4, "Path(path).exists()", "False", "it started anew"),
    "returns nothing": (
        4,
        "    while epoch",
        "    if bad_epochs == patience:\n        return\n    while epoch",
        "must return the best network too",
    ),
}


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


def test_an_error_of_the_resumed_call_is_told_by_the_check(run, monkeypatch):
    start_again = run[0]["start_again"]

    def train(path):
        raise TypeError("what the learner's code said")

    monkeypatch.setitem(start_again.__globals__, "train_until_worse", train)
    with pytest.raises(AssertionError, match="ended with a TypeError") as told:
        start_again("any.pt")
    assert "learner's code" in str(told.value.__cause__)


def test_the_watched_function_gets_the_old_save_checkpoint_back(run):
    names = run[0]
    assert names["save_checkpoint"].__module__.endswith(".checkpoint")


@pytest.fixture(scope="module")
def said():
    """Name of a wrong solution → (the error of its check, or None)."""
    code = [c for c in practice.cells(PRACTICE, solved=True) if c[0] == "code"]
    checks = [index for index, (_, _, check) in enumerate(code) if check]
    blocks = [
        (f"cell {index}", source)
        for index, (_, source, check) in enumerate(code[: checks[0]])
    ]
    for name, (exercise, old, new, _) in WRONG.items():
        check = checks[exercise - 1]
        source = code[check - 1][1]
        assert source.count(old) == 1, f"{name}: no longer in the solution"
        if exercise == 1:  # its first cell trains
            blocks.append((f"before {name}", code[check - 2][1]))
        blocks.append((f"task {name}", source.replace(old, new)))
        blocks.append((f"check {name}", code[check][1]))
    results = runner.run_blocks(blocks, ROOT / "data", keep_going=True).blocks
    return {result.name: result.error for result in results}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_solution_is_told_what_is_wrong(said, name):
    error = said[f"check {name}"]
    assert error, "the check passes"
    assert error["type"] == "AssertionError", error["traceback"]
    assert WRONG[name][-1] in error["message"]
    assert error["message"].endswith(".")
    assert len(error["message"].split()) >= 5
