"""The starter and the reference notebook: what is given, what is left to write."""

import ast
import sys

import pytest
from listing import ROOT, run_listing

from scripts.notebooks import practice
from snippets.fashion_mnist_project import (
    baseline,
    data,
    reference,
    rehearsal,
)
from snippets.fashion_mnist_project.data import CLASSES
from snippets.fashion_mnist_project.guess import guess
from snippets.fashion_mnist_project.read import read_predictions

PRACTICE = ROOT / "snippets" / "fashion_mnist_project" / "practice"
FINAL = "exercise_3_final_run_and_report"
FILES = ("intro", "exercise_1_training", "exercise_2_experiments", FINAL)


IMAGES = []  # like load_training's, 5,500 of them to train on


@pytest.fixture(scope="module")
def ran(tmp_path_factory, one_thread):
    """Each file, run on fewer images by a short recipe: names, texts, folder."""
    folder = tmp_path_factory.mktemp("practice")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        patch.setenv("TQDM_DISABLE", "1")
        images, labels, *validation = data.load_training()
        IMAGES[:] = [images[:5500], labels[:5500], *validation]
        for module in (data, baseline):
            patch.setattr(module, "load_training", lambda: IMAGES)
        patch.setattr(rehearsal, "FEW", 1100)
        patch.setitem(reference.GOOD, "epochs", 3)
        module = "snippets.fashion_mnist_project.baseline_run"
        patch.delitem(sys.modules, module, raising=False)  # it trains in this folder
        names, texts = {}, {}
        for file in FILES:
            listing = f"fashion_mnist_project.practice.{file}"
            found, texts[file] = run_listing(listing, folder, patch)
            names |= found
        sys.modules.pop(module)
        expected = guess(names["baseline"], IMAGES[2])
    return names, "".join(texts.values()).splitlines(), folder, expected, texts


def test_these_are_the_files():
    assert [path.stem for path in practice.files(PRACTICE)] == list(FILES)


def test_the_solution_passes_every_check(ran):
    lines = ran[1]
    assert len([line for line in lines if line.endswith(": passed.")]) == 7
    assert data.REHEARSAL is False


def test_the_baseline_is_graded_on_validation(ran):
    names, lines, folder, expected, _ = ran
    right = 100 * (expected == IMAGES[3]).double().mean().item()
    report = names["baseline_report"]
    assert report["accuracy"] == pytest.approx(right)
    assert sum(map(sum, report["confusion"])) == 5000
    assert f"validation accuracy: {right:.2f} %" in lines
    assert sorted(path.name for path in folder.glob("*.csv")) == ["predictions.csv"]


def test_the_test_set_is_opened_after_the_final_run_and_not_before(ran):
    lines = ran[1]
    at = [n for n, line in enumerate(lines) if line.startswith("test accuracy: ")]
    last = max(n for n, line in enumerate(lines) if line.startswith("epoch 3 of 3"))
    assert len(at) == 1 and at[0] > last


def test_the_submission_is_graded(ran):
    names, lines, folder, *_ = ran
    mine = read_predictions(folder / "predictions.csv")
    assert mine == names["predictions"].tolist()
    assert f"test accuracy: {names['report']['accuracy']:.2f} %" in lines
    assert names["reported"] == pytest.approx(names["report"]["accuracy"], abs=0.005)
    assert len([line for line in lines if line.startswith("bar reached: ")]) == 1


def test_the_grade_names_the_largest_confusions(ran):
    names, lines, *_ = ran
    said = [line for line in lines if " taken for " in line]
    assert len(said) == 6
    for report, shown in {"baseline_report": said[:3], "report": said[3:]}.items():
        confusion = names[report]["confusion"]
        wrong = [
            n for k, row in enumerate(confusion) for j, n in enumerate(row) if k != j
        ]
        largest = sorted(wrong, reverse=True)[:3]
        assert [int(line.split(": ")[1].split()[0]) for line in shown] == largest
        label, guess = shown[0].split(": ")[0].split(" taken for ")
        assert confusion[CLASSES.index(label)][CLASSES.index(guess)] == largest[0]


def test_a_grade_shows_the_hint(ran, capsys):
    labels = [k for k in range(10) for _ in range(100)]
    ran[0]["show_grade"](labels[::-1], labels)
    assert "was the loader shuffled" in capsys.readouterr().out
    ran[0]["show_grade"](labels, labels)
    assert "was the loader shuffled" not in capsys.readouterr().out


def test_the_experiments_differ_in_one_thing(ran):
    good, other = ran[0]["experiments"].values()
    different = {key for key in good if good[key] != other[key]}
    assert different - {"epochs"} == {"flip"}  # the fixture has put the epochs back
    assert len([x for x in ran[1] if x.endswith(" % of the validation images")]) == 2


def test_the_final_run_is_not_trained_twice(ran):
    """In the solution it is one of the experiments, and its checkpoint is finished."""
    texts = ran[4]
    assert texts[FILES[2]].count("\nepoch 3 of 3") == 2  # both experiments
    assert texts[FINAL].count("epoch 3 of 3") == 1  # the rehearsal alone


def code(solved):
    """(source, check) of each code cell."""
    found = practice.joined(PRACTICE, solved)
    return [(source, check) for kind, source, check in found if kind == "code"]


@pytest.mark.parametrize("solved", [False, True])
def test_what_is_given_stands_in_both(solved):
    sources = "\n\n".join(source for source, _ in code(solved))
    defined = [
        n.name for n in ast.parse(sources).body if isinstance(n, ast.FunctionDef)
    ]
    given = {"load_training", "make_baseline", "resume", "train_baseline", "predict"}
    given |= {"read_predictions", "grade", "check", "show_grade"}
    given |= {"guess", "trial", "check_final"}
    assert given | {"make_net", "train"} <= set(defined)
    assert len(defined) == len(set(defined))
    assert sum(check for _, check in code(solved)) == 7


def test_the_starter_has_the_shape_and_not_the_solution():
    cells = practice.joined(PRACTICE, solved=False)
    whole = "\n".join(source for _, source, _ in cells)
    for secret in (
        "OneCycleLR",
        "BatchNorm1d(",
        "recipe[",
        "GOOD",
        "**Why.**",
        "solution:",
    ):
        assert secret not in whole, secret
    task = next(s for s, _ in code(False) if "def train(data" in s)
    names = {}
    exec(task, names)
    images = [None] * 4
    assert names["make_net"]() is None and names["train"](images, "any.pt") is None
    assert names["train"](images, "any.pt", on_step=None) is None
    assert task.count("# Your turn") == 2
    prose = "\n".join(source for kind, source, _ in cells if kind == "markdown")
    assert "`settings`, a dict that tells one run from another" in prose
    assert "AdamW and batches of 256" in prose  # a trial is not the baseline
    assert "judge" not in prose.lower()
    for key in ('"step"', '"best_model"', '"best_accuracy"', '"log"', "on_step"):
        assert key in prose, key
