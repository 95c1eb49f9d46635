"""The checks of a submission: a wrong one is told what is wrong, and where to look."""

import re
import tempfile

import pytest
import submission
import torch
from listing import ROOT
from predictions_files import PREDICTIONS, text

from scripts.notebooks import practice
from snippets.fashion_mnist_project import (
    checks,
    data,
    early_best,
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
from snippets.fashion_mnist_project.rehearsal import rehearse

SNIPPETS = ROOT / "snippets" / "fashion_mnist_project"


@pytest.fixture(scope="module", autouse=True)
def few():
    """The images of a rehearsal, read once, beside a link to the data."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setattr(data, "REHEARSAL", True)
        read, images = data.load_images, data.load_images()
        patch.setattr(
            data, "load_images", lambda train: images if train else read(train)
        )
        yield


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    (tmp_path / "data").symlink_to(ROOT / "data", target_is_directory=True)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def whole(few):
    """What the right one did in rehearsal."""
    return rehearse(submission.train)


KINDS = ("checkpoint", "resumed", "chosen", "best")


def check(kind, train, whole, make_net=submission.make_net):
    """Call one of the four checks of a training."""
    if kind == "checkpoint":
        checks.check_checkpoint(whole, make_net)
    elif kind == "resumed":
        checks.check_resumed(train, whole)
    elif kind == "chosen":
        checks.check_chosen(whole, make_net)
    else:
        early_best.check_best(train, whole, make_net)


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
def test_a_right_one_passes(name, capsys):
    train = submission.changed(submission.RIGHT[name])
    seen = rehearse(train)
    for kind in KINDS:
        check(kind, train, seen)
        assert capsys.readouterr().out.endswith(": passed.\n")


def test_the_table_holds_enough_of_both():
    assert len(submission.RIGHT) >= 12 and len(submission.WRONG) >= 60
    assert {row[0] for row in submission.WRONG.values()} == set(KINDS)


@pytest.mark.parametrize("name", submission.WRONG)
def test_a_wrong_one_is_told_what_is_wrong(name):
    kind, changes, expected, *nets = submission.WRONG[name]
    make_net = (nets or [submission.make_net])[0]
    train = submission.changed(changes, make_net=make_net)
    with pytest.raises(AssertionError) as told:
        check(kind, train, rehearse(train), make_net)
    said = str(told.value)
    assert expected in said
    assert is_one_sentence(said), said


def test_labels_by_which_an_early_epoch_is_the_best(whole):
    """Later ones are worse, and the one that had been the best is better again."""
    train = submission.changed(submission.RISING)
    natural = rehearse(train)
    images = submission.load_training()[2]
    _, labels, expected = early_best.labels_of(natural, submission.make_net, images)
    with tempfile.TemporaryDirectory() as folder:
        seen = rehearsal.call(train, f"{folder}/run.pt", chosen=labels)
    first, second, last = checks.validation(seen)
    assert first == pytest.approx(expected) and first > last > second
    natural_log = checks.validation(natural)
    assert max(natural_log) == natural_log[-1]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_written_is_told_so(kind):
    def train(checkpoint_path, on_step=None):
        """Not written yet."""

    with pytest.raises(AssertionError, match="train did nothing and returned") as told:
        check(kind, train, rehearse(train))
    assert is_one_sentence(str(told.value))


def test_its_own_error_is_the_cause():
    """So a traceback shows the line."""
    train = submission.changed({"lr=0.01": "lr=-1"})
    with pytest.raises(AssertionError) as told:
        check("checkpoint", train, rehearse(train))
    assert isinstance(told.value.__cause__, ValueError)


def test_an_unwritten_net_is_told_so(whole):
    with pytest.raises(AssertionError, match="does not load into the net"):
        check("checkpoint", submission.train, whole, make_net=lambda: None)


# --- the rehearsal --------------------------------------------------------------------


@pytest.mark.parametrize("raised", [None, ValueError, KeyboardInterrupt])
def test_the_rehearsal_puts_everything_back(monkeypatch, raised):
    init, seen = FashionMNIST.__init__, []

    def train(checkpoint_path, on_step=None):
        seen.append((data.REHEARSAL, len(data.load_training()[0])))
        if raised:
            raise raised

    monkeypatch.setattr(data, "REHEARSAL", False)
    try:
        noted = rehearse(train)
        assert isinstance(noted["error"], raised or type(None))
    except KeyboardInterrupt:
        assert raised is KeyboardInterrupt  # the reader's own wish to stop
    assert seen == [(True, 5500)]
    assert data.REHEARSAL is False and FashionMNIST.__init__ is init


def test_the_rehearsal_notes_when_the_test_set_was_opened():
    def train(checkpoint_path, on_step=None):
        load_images()
        on_step(1)
        load_images(train=False)
        FashionMNIST("data", False)
        on_step(2)
        load_images(train=False)

    assert rehearse(train)["opened"] == [1, 1, 2]


def test_an_interruption_comes_in_the_middle_of_an_epoch(whole, capsys):
    checks.check_resumed(submission.train, whole)
    assert "after step 25 of 30" in capsys.readouterr().out  # ten steps an epoch


def test_on_a_gpu_it_is_not_compared_bit_for_bit(whole, capsys, monkeypatch):
    monkeypatch.setattr(checks, "device", torch.device("cuda"))
    checks.check_resumed(submission.train, whole)
    said = capsys.readouterr().out
    assert "% in validation instead of" in said and "bit for bit: passed" not in said


def logged(*accuracies):
    """Notes of a run with these validation accuracies, and predictions all wrong."""
    log = [{"val": {"accuracy": accuracy}} for accuracy in accuracies]
    return {"state": {"log": log}, "predictions": torch.zeros(10000)}


def test_on_a_gpu_accuracies_may_differ_a_little(capsys):
    checks.check_close(logged(80.0, 85.0, 84.0), logged(80.0, 84.7, 84.9))
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
def test_on_a_gpu_too_large_a_difference_is_told(again, expected):
    with pytest.raises(AssertionError, match=expected) as told:
        checks.check_close(logged(80.0, 85.0), logged(*again))
    assert is_one_sentence(str(told.value))


def test_on_a_gpu_nothing_is_said_of_the_test_set(whole, monkeypatch, capsys):
    """Whatever the device: before the grader, no check reads the true test labels."""
    opened = []
    real = FashionMNIST.__init__

    def watched(dataset, root, train=True, *more, **options):
        real(dataset, root, train, *more, **options)
        if not train:  # the images may be predicted, the labels not be read
            dataset.targets = None
            opened.append(dataset)

    monkeypatch.setattr(FashionMNIST, "__init__", watched)
    monkeypatch.setattr(checks, "device", torch.device("cuda"))
    checks.check_close(whole, whole)
    assert not opened
    monkeypatch.setattr(checks, "device", torch.device("cpu"))
    for kind in KINDS:
        check(kind, submission.train, whole)
    assert opened and "test" not in capsys.readouterr().out.replace("the test set", "")


def test_every_checkpoint_is_noted(whole):
    assert [len(state["log"]) for state in whole["states"]] == [1, 2, 3]
    assert [state["step"] for state in whole["states"]] == [10, 20, 30]


def test_a_run_can_be_given_other_labels_or_no_on_step(tmp_path):
    seen = []

    def train(checkpoint_path, on_step="none"):
        seen.append((load_training()[3].tolist(), on_step))

    before = load_training
    labels = torch.zeros(5000, dtype=torch.int64)
    noted = rehearsal.call(train, tmp_path / "a.pt", chosen=labels, watched=False)
    assert seen == [([0] * 5000, "none")]
    assert noted["loaded"] == 1 and not noted["steps"]
    assert load_training is before


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
    one = whole | {"steps": [1, 2, 3]}
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


FILES = [SNIPPETS / f"{name}.py" for name in ("checks", "early_best", "rehearsal")]
FILES += [SNIPPETS / "report.py", *practice.files(SNIPPETS / "practice")]


def sent_to():
    """(title of a section, lesson) of each place that checks and notebook name."""
    for path in FILES:
        source = path.read_text(encoding="utf-8").replace("\n#", "\n")
        # Strings that go on in the next line, and the names of lessons
        source = re.sub(r'"\s*\n\s*f?"', "", source)
        source = re.sub(r"\s+", " ", source)
        source = source.replace("{PROJECT}", rehearsal.PROJECT)
        source = source.replace("{SAVING}", checks.SAVING)
        source = source.replace("{stop_here}", "The best model, and when to stop")
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
