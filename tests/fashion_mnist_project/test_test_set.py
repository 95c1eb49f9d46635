"""No training reads the test set before its end; here stands who may open it at all."""

import ast

import pytest
from listing import ROOT
from torch.optim.optimizer import register_optimizer_step_post_hook

from snippets.fashion_mnist_project import reference, textbook
from snippets.fashion_mnist_project.baseline import train_baseline, use_amp
from snippets.fashion_mnist_project.data import load_training
from snippets.fashion_mnist_project.predict import predict
from snippets.fashion_mnist_project.rehearsal import Rehearsal

SNIPPETS = ROOT / "snippets" / "fashion_mnist_project"
SHORT = {"epochs": 2, "patience": 2}

# The files that may open it, each for a run that has ended or for its grade.
OPEN_IT = {
    "predict",  # the one function of the lesson that does
    "submit",  # the labels, for the grade
    "exercise_3_final_run_and_report",  # for the grade
    "report",
    "checks",
    "baseline_runs",  # once a seed, at the end; nothing is chosen by it
    "handed_in",  # the labels, for the grade of one baseline that has ended
    "references",
    "look",  # shows images
}


def train_and_predict(data, path, on_step):
    """The baseline's run and its end, as the page has them; it loads its data."""
    return predict(train_baseline(path, on_step, epochs=2))


def train_reference(data, path, on_step):
    return reference.train(data, path, on_step, reference.GOOD | SHORT)


def train_textbook(data, path, on_step):
    return textbook.train_textbook(data, path, on_step, textbook.TEXTBOOK | SHORT)


TRAIN = [train_and_predict, train_reference, train_textbook]


@pytest.fixture(autouse=True)
def beside_the_data(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("TQDM_DISABLE", "1")


@pytest.fixture
def optimizer_steps():
    """A list that grows by one with each step of any optimizer."""
    done = []
    handle = register_optimizer_step_post_hook(lambda *arguments: done.append(1))
    yield done
    handle.remove()


@pytest.mark.parametrize("train", TRAIN, ids=lambda train: train.__name__)
def test_it_is_opened_once_after_the_last_step(train, optimizer_steps):
    run = Rehearsal(train, None, load_training()).whole
    assert run.error is None
    # float16 leaves out a step whose gradients are not finite.
    least = 0.9 * run.total if use_amp else run.total
    assert 40 < least <= len(optimizer_steps) <= run.total
    assert run.opened == [run.total]


def opens_it(tree):
    """Does a module open the test set itself, or take what opens it?"""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            if any(alias.name == "predict" for alias in node.names):
                return True
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name not in ("load_images", "FashionMNIST"):
                continue
            given = {word.arg: word.value for word in node.keywords}
            first = 0 if name == "load_images" else 1  # FashionMNIST has a folder first
            chosen = given.get("train", (node.args[first:] or [None])[0])
            passed_on = isinstance(chosen, ast.Name)  # by load_images itself
            if not (chosen is None or passed_on or getattr(chosen, "value", 0) is True):
                return True
    return False


@pytest.mark.parametrize(
    "code, expected",
    [
        ("load_images(train=False)", True),
        ("load_images(False)", True),
        ("data.load_images(train=not True)", True),
        ("FashionMNIST('data', train=False)", True),
        ("FashionMNIST('data', False)", True),
        ("from x.predict import predict", True),
        ("load_images()", False),
        ("load_images(train=True)", False),
        ("FashionMNIST('data', download=True)", False),
        ("FashionMNIST('data', train=train)", False),
        ("from x.predict import write_predictions", False),
    ],
)
def test_what_counts_as_opening_it(code, expected):
    assert opens_it(ast.parse(code)) is expected


def test_only_these_files_open_it():
    files = sorted(SNIPPETS.rglob("*.py"))
    found = {
        file.stem
        for file in files
        if opens_it(ast.parse(file.read_text(encoding="utf-8")))
    }
    assert {"predict", "submit", "report", "reference"} <= found
    assert found <= OPEN_IT | {"reference"}  # that one is watched above


def test_passing_it_on_is_for_the_data_alone():
    """`train=train` opens what its caller asks for: nowhere but in load_images."""
    files = sorted(SNIPPETS.rglob("*.py"))
    found = {
        file.name for file in files if "train=train" in file.read_text(encoding="utf-8")
    }
    assert found == {"data.py"}
