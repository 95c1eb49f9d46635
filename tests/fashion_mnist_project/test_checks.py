"""The checks of a submission: a wrong one is told what is wrong, and where to look."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import submission
import torch
from listing import ROOT
from predictions_files import PREDICTIONS, text

from scripts.notebooks import practice
from snippets.fashion_mnist_project import (
    checks,
    data,
    rehearsal,
    report,
)
from snippets.fashion_mnist_project.data import (
    CLASSES,
    FashionMNIST,
    load_images,
    load_training,
)
from snippets.fashion_mnist_project.grade import grade
from snippets.fashion_mnist_project.rehearsal import Rehearsal, Run

SNIPPETS = ROOT / "snippets" / "fashion_mnist_project"


@pytest.fixture(scope="module")
def given():
    """What load_training() returns, read once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return load_training()


@pytest.fixture(scope="module")
def rehearse(given):
    """A function that begins a rehearsal."""

    def begin(train, make_net=submission.make_net):
        return Rehearsal(train, make_net, given)

    return begin


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    (tmp_path / "data").symlink_to(ROOT / "data", target_is_directory=True)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def right(rehearse):
    """A rehearsal of the right one."""
    return rehearse(submission.train)


@pytest.fixture
def whole(right):
    """What the right one did when nobody interrupted it."""
    return right.whole


KINDS = ("checkpoint", "resumed", "chosen", "best")  # the checks of a training


def is_one_sentence(said):
    """A full stop at the end and none before, at least ten words, a place to look."""
    inside = re.sub(r"“[^”]*”|\d\.\d", "", said[:-1])
    return (
        said.endswith(".")
        and not re.search(r"\.(\s|$)", inside)
        and len(said.split()) >= 10
        and re.search(r"see “[^”]+” in [A-Z]", said)
    )


@pytest.mark.parametrize("name", submission.RIGHT)
def test_a_right_one_passes(name, rehearse, capsys):
    seen = rehearse(submission.changed(submission.RIGHT[name]))
    for kind in KINDS:
        checks.check(kind, seen)
        assert capsys.readouterr().out.endswith(": passed.\n")


def test_without_on_step_it_is_not_asked_which_epochs_were_saved(rehearse, capsys):
    """Checkpoints are seen in on_step, and that it is not called is another check's."""
    train = submission.changed({submission.ON_STEP: "            if False:\n"})
    checks.check("checkpoint", rehearse(train))
    assert capsys.readouterr().out.endswith(": passed.\n")


def test_a_net_of_all_that_is_allowed_passes(rehearse, capsys):
    train = submission.changed({}, make_net=submission.Residual)
    checks.check("checkpoint", rehearse(train, submission.Residual))
    assert capsys.readouterr().out.endswith(": passed.\n")


def test_the_table_holds_enough_of_both():
    assert len(submission.RIGHT) >= 12 and len(submission.WRONG) >= 60
    assert {row[0] for row in submission.WRONG.values()} == set(KINDS)
    assert set(checks.CHECKS) == set(KINDS)


@pytest.mark.parametrize("name", submission.WRONG)
def test_a_wrong_one_is_told_what_is_wrong(name, rehearse):
    kind, changes, expected, *nets = submission.WRONG[name]
    make_net = (nets or [submission.make_net])[0]
    train = submission.changed(changes, make_net=make_net)
    with pytest.raises(AssertionError) as told:
        checks.check(kind, rehearse(train, make_net))
    said = str(told.value)
    assert expected in said
    assert is_one_sentence(said), said


def test_labels_by_which_an_early_epoch_is_the_best(rehearse):
    """Later ones are worse, and the one that had been the best is better again."""
    seen = rehearse(submission.changed(submission.RISING))
    first, second, last = seen.relabelled.accuracies
    assert first == pytest.approx(seen.other_labels[1]) and first > last > second
    assert seen.whole.best == seen.whole.accuracies[-1]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_written_is_told_so(kind, rehearse):
    def train(data, checkpoint_path, on_step=None):
        """Not written yet."""

    with pytest.raises(AssertionError, match="train did nothing and returned") as told:
        checks.check(kind, rehearse(train))
    assert is_one_sentence(str(told.value))


def test_its_own_error_is_the_cause(rehearse):
    """So a traceback shows the line."""
    train = submission.changed({"lr=0.01": "lr=-1"})
    with pytest.raises(AssertionError) as told:
        checks.check("checkpoint", rehearse(train))
    assert isinstance(told.value.__cause__, ValueError)


def test_an_unwritten_net_is_told_so(rehearse):
    seen = rehearse(submission.train, make_net=lambda: None)
    with pytest.raises(AssertionError, match="does not load into the net") as told:
        checks.check("checkpoint", seen)
    assert isinstance(told.value.__cause__, AttributeError)


def rows():
    """Each row of the table, once."""
    found = {
        id(row): row
        for parts in checks.CHECKS.values()
        for _, part in parts
        for row in part
    }
    return list(found.values())


def test_each_row_is_seen_by_something_says_a_sentence_and_sends_to_a_place():
    assert len(rows()) >= 30
    for seen, place, sentence in rows():
        assert callable(seen)
        assert re.fullmatch(rf"“[^”]+” in ({'|'.join(TITLES)})", place), place
        assert is_one_sentence(f"{sentence}; see {place}."), sentence


# --- the rehearsal --------------------------------------------------------------------


@pytest.mark.parametrize("raised", [None, ValueError, KeyboardInterrupt])
def test_the_rehearsal_gives_a_tenth_and_puts_everything_back(rehearse, raised):
    make, seen = np.random.default_rng, []

    def train(data, checkpoint_path, on_step=None):
        seen.append([len(part) for part in data])
        if raised:
            raise raised

    begun = rehearse(train)
    try:
        assert isinstance(begun.whole.error, raised or type(None))
    except KeyboardInterrupt:
        assert raised is KeyboardInterrupt  # the reader's own wish to stop
    assert seen == [[5500, 5500, 5000, 5000]]
    assert np.random.default_rng is make and rehearsal.FILES.note is None
    assert data.REHEARSAL is False


def test_each_run_gets_a_copy_of_its_own(rehearse, given):
    before = [part[:10].clone() for part in given]

    def train(data, checkpoint_path, on_step=None):
        for part in data:
            part.zero_()

    assert rehearse(train).whole.error is None
    assert all(torch.equal(a[:10], b) for a, b in zip(given, before, strict=True))


def test_each_run_is_made_once(rehearse):
    paths = []

    def train(data, checkpoint_path, on_step=None):
        paths.append(checkpoint_path)

    begun = rehearse(train)
    assert not paths
    assert begun.whole is begun.whole and len(paths) == 1
    assert begun.cut is begun.cut and begun.again is not begun.cut
    assert len(paths) == 3 and paths[1] == paths[2] != paths[0]


def test_the_rehearsal_notes_when_the_test_set_was_opened(rehearse):
    def train(data, checkpoint_path, on_step=None):
        load_images()
        on_step(1)
        load_images(train=False)
        FashionMNIST("data", False)
        on_step(2)
        load_images(train=False)

    whole = rehearse(train).whole
    assert whole.opened == [1, 1, 2] and whole.loaded == 1
    load_images(train=False)
    assert len(whole.opened) == 3, "noted after its end"


def test_an_interruption_comes_in_the_middle_of_an_epoch(right, capsys):
    checks.check("resumed", right)
    assert "after step 25 of 30" in capsys.readouterr().out  # ten steps an epoch


def test_on_a_gpu_it_is_not_compared_bit_for_bit(right, capsys, monkeypatch):
    monkeypatch.setattr(checks, "device", torch.device("cuda"))
    checks.check("resumed", right)
    said = capsys.readouterr().out
    assert "% in validation instead of" in said and "bit for bit: passed" not in said


def logged(*accuracies):
    """A run with these validation accuracies, and predictions all wrong."""
    log = [{"val": {"accuracy": accuracy}} for accuracy in accuracies]
    predictions = torch.zeros(10000, dtype=torch.int64)
    state = {"step": 30, "best_model": {}, "best_accuracy": 1.0, "log": log}
    made = Run("In rehearsal", [], None, "run.pt", predictions, state=state)
    run = replace(made, saved="run.pt", states=[state], random=[{}] * 31)
    return replace(run, steps=[*range(1, 31)])


def two_runs(whole, again):
    """A rehearsal of two made-up runs, of which the second was interrupted."""
    cut = replace(again, error=rehearsal.Interruption(), steps=[*range(1, 26)])
    again = replace(again, steps=[*range(21, 31)])
    made = SimpleNamespace(whole=whole, cut=cut, again=again, stop=25)
    made.itself = made
    return made


def test_on_a_gpu_accuracies_may_differ_a_little(capsys, monkeypatch):
    monkeypatch.setattr(checks, "device", torch.device("cuda"))
    runs = two_runs(logged(80.0, 85.0, 84.0), logged(80.0, 84.7, 84.9))
    checks.check("resumed", runs)
    said = capsys.readouterr().out
    assert "84.90 % in validation instead of\n85.00 %" in said
    assert "in another order" in said


@pytest.mark.parametrize(
    ("again", "expected"),
    [
        ([80.0, 84.5], "84.50 % in validation instead of 85.00 %"),
        ([85.0], "a 'log' of length 1 instead of 2"),
        ([], "holds no validation accuracies"),
    ],
)
def test_on_a_gpu_too_large_a_difference_is_told(again, expected, monkeypatch):
    monkeypatch.setattr(checks, "device", torch.device("cuda"))
    with pytest.raises(AssertionError, match=expected) as told:
        checks.check("resumed", two_runs(logged(80.0, 85.0), logged(*again)))
    assert is_one_sentence(str(told.value))


def test_on_a_gpu_nothing_is_said_of_the_test_set(right, monkeypatch, capsys):
    """Whatever the device: before the grader, no check reads the true test labels."""
    assert right.again.predictions is not None, "it has run"
    opened = []
    real = FashionMNIST.__init__

    def watched(dataset, root, train=True, *more, **options):
        real(dataset, root, train, *more, **options)
        if not train:  # the images may be predicted, the labels not be read
            dataset.targets = None
            opened.append(dataset)

    monkeypatch.setattr(FashionMNIST, "__init__", watched)
    monkeypatch.setattr(checks, "device", torch.device("cuda"))
    checks.check("resumed", right)
    assert not opened
    monkeypatch.setattr(checks, "device", torch.device("cpu"))
    for kind in KINDS:
        checks.check(kind, right)
    assert opened and "test" not in capsys.readouterr().out.replace("the test set", "")


def test_every_checkpoint_is_noted(whole):
    assert [len(state["log"]) for state in whole.states] == [1, 2, 3]
    assert [state["step"] for state in whole.states] == [10, 20, 30]


def test_a_run_can_be_given_other_labels_or_no_on_step(rehearse, tmp_path):
    seen = []

    def train(data, checkpoint_path, on_step="none"):
        seen.append((data[3].tolist(), on_step))

    begun = rehearse(train)
    other = [*begun.data[:3], torch.zeros(5000, dtype=torch.int64)]
    run = begun.call("", tmp_path / "a.pt", watched=False, data=other)
    assert seen == [([0] * 5000, "none")]
    assert run.loaded == 0 and not run.steps


# --- the final run --------------------------------------------------------------------


@pytest.fixture
def trained(tmp_path):
    """A function that writes a final checkpoint of so many epochs and steps."""

    def write(epochs, step):
        entry = {"val": {"accuracy": 80.0}}
        path = tmp_path / "final.pt"
        torch.save({"step": step, "log": [entry] * epochs}, path)
        return str(path)

    return write


def test_a_final_run_on_all_images_passes(whole, trained, capsys):
    report.check_final(trained(5, 500), whole)
    said = capsys.readouterr().out
    assert said.endswith(", 100 steps an epoch, not a rehearsal: passed.\n")


@pytest.mark.parametrize("epochs, step", [(3, 30), (6, 60), (2, 30)])
def test_a_final_run_in_rehearsal_is_told(whole, trained, epochs, step):
    with pytest.raises(AssertionError, match="set REHEARSAL = False") as told:
        report.check_final(trained(epochs, step), whole)
    assert is_one_sentence(str(told.value))


def test_a_step_an_epoch_tells_nothing(whole, trained):
    one = replace(whole, steps=[1, 2, 3])
    report.check_final(trained(5, 5), one)


def test_no_final_run_is_told(whole, tmp_path):
    with pytest.raises(AssertionError, match="There is no file") as told:
        report.check_final(str(tmp_path / "other.pt"), whole)
    assert is_one_sentence(str(told.value))


# --- the report -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def accuracy():
    """Of PREDICTIONS."""
    return grade(PREDICTIONS, load_images(train=False)[1].tolist())["accuracy"]


def test_the_accuracy_of_the_predictions_passes(tmp_path, accuracy, capsys):
    (tmp_path / "predictions.csv").write_bytes(text(PREDICTIONS))
    report.check_reported(accuracy)
    report.check_reported(round(accuracy, 2))
    assert f"give: {accuracy:.2f} %: passed." in capsys.readouterr().out


@pytest.mark.parametrize(
    "by, expected",
    [
        (lambda right: right + 0.02, "report what they give"),
        (lambda right: right / 100, "in percent"),
        (lambda right: round(right - 0.5), "two decimals"),
    ],
)
def test_another_accuracy_is_told(tmp_path, accuracy, by, expected):
    (tmp_path / "predictions.csv").write_bytes(text(PREDICTIONS))
    with pytest.raises(AssertionError, match=expected) as told:
        report.check_reported(by(accuracy))
    assert f"give {accuracy:.2f} %" in str(told.value)
    assert is_one_sentence(str(told.value))


@pytest.mark.parametrize("reported", [None, "89.5", "?"])
def test_what_is_no_number_is_told(reported):
    with pytest.raises(AssertionError, match="number without quotes") as told:
        report.check_reported(reported)
    assert f"`reported` is {reported!r}: " in str(told.value)
    assert is_one_sentence(str(told.value))


@pytest.mark.parametrize(
    "content, expected",
    [(None, "no file predictions.csv yet"), (b"3\n", "is refused, “The file has 1 pr")],
)
def test_a_file_that_is_missing_or_refused_is_told(tmp_path, content, expected):
    if content:
        (tmp_path / "predictions.csv").write_bytes(content)
    with pytest.raises(AssertionError, match=expected) as told:
        report.check_reported(89.5)
    assert is_one_sentence(str(told.value))


REASON = "both have two sleeves and the net cannot see the few pixels of a collar"


@pytest.mark.parametrize(
    "explanation",
    [
        f"Shirt and T-shirt/top: {REASON}.",
        f"A t-shirt is taken for a shirt: {REASON}.",
        f"Sneakers, ankle boots, sandals: {REASON}.",
    ],
)
def test_an_explanation_of_two_classes_passes(explanation, capsys):
    report.check_explained(explanation)
    assert capsys.readouterr().out.startswith("Explained: ")


@pytest.mark.parametrize(
    "explanation, expected",
    [
        ("", "names 0 of the ten classes"),
        (None, "names 0 of the ten classes"),
        (f"T-shirt/top and T-shirt: {REASON}.", "names 1 of the ten classes"),
        (f"Coats: {REASON}.", "names 1 of the ten classes"),
        ("Shirts and coats are alike.", "has 5 words"),
    ],
)
def test_less_is_told(explanation, expected):
    with pytest.raises(AssertionError, match=expected) as told:
        report.check_explained(explanation)
    assert is_one_sentence(str(told.value))


def test_each_class_is_found_by_its_name(capsys):
    report.check_explained(f"{' '.join(CLASSES)} {REASON}")
    said = capsys.readouterr().out
    assert all(name in said for name in CLASSES)


# --- where they send their reader -----------------------------------------------------

TITLES = {
    "Saving and Loading": "saving-and-loading",
    "GPU Training": "gpu-training",
    "Fashion-MNIST Project": "fashion-mnist-project",
}


FILES = [SNIPPETS / f"{name}.py" for name in ("checks", "report")]
FILES += practice.files(SNIPPETS / "practice")


def sent_to():
    """(title of a section, lesson) of each place that checks and notebook name."""
    for path in FILES:
        source = path.read_text(encoding="utf-8").replace("\n#", "\n")
        # Strings that go on in the next line, and the names of lessons
        source = re.sub(r'"\s*\n\s*f?"', "", source)
        source = re.sub(r"\s+", " ", source)
        for first, second, lesson in re.findall(
            rf"“([^”]+)”(?: and “([^”]+)”)? in ({'|'.join(TITLES)})", source
        ):
            yield from ((part, lesson) for part in (first, second) if part)


def test_every_place_is_on_its_page():
    places = set(sent_to())
    assert len(places) >= 18
    lessons = {lesson for _, lesson in places}
    assert lessons == set(TITLES)
    for title, lesson in places:
        page = ROOT / "docs" / f"{TITLES[lesson]}.md"
        if not page.exists():
            continue
        headings = re.findall(
            r"^#+ (.*?)(?: \{.*\})?$", page.read_text(encoding="utf-8"), re.M
        )
        assert title in headings, f"“{title}” is no heading of {page.name}"
