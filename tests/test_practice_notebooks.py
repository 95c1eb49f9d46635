"""Practice notebooks: every check fails until its task is solved, and says why."""

import json
import re
from itertools import pairwise

import pytest
from listing import ROOT
from notebook_cells import checks, code_cells
from visible_gpu import visible_gpu

from scripts.common.paths import TREE, lessons
from scripts.notebooks import build, practice
from scripts.run import process

EVERY_LESSON = pytest.mark.parametrize("slug", lessons())
AT_LEAST = 4  # checks in a lesson's practice
ONE = {"OMP_NUM_THREADS": "1"}  # beside other tests, two wait for one another
# What stands in a notebook's cells, once, and what stands there when it is run here:
# 5,500 images, and a fifth of them in rehearsal.
SHORTER = {
    "fashion-mnist-project": {
        "order[:5000], order[5000:]": "order[:5000], order[5000:10500]",
        "to_train[:5500]": "to_train[:1100]",
        "FEW = 5500": "FEW = 1100",
    }
}


def shortened(slug: str, cells: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The cells, changed so that they train on fewer images where they can."""
    for old, new in SHORTER.get(slug, {}).items():
        found = sum(source.count(old) for _, source in cells)
        assert found == 1, f"{slug}: '{old}' stands there {found} times, not once"
        cells = [(name, source.replace(old, new)) for name, source in cells]
    return cells


def ran(slug: str, kind: str) -> tuple[list[process.Result], set[str]]:
    """The results of a notebook's code cells, and the names of its checks."""
    path = TREE.notebooks / f"{slug}-{kind}.ipynb"
    cells = code_cells(path)
    with visible_gpu():
        run = process.run_blocks(
            shortened(slug, cells), ROOT / "data", keep_going=True, more=ONE
        )
    assert len(run.blocks) == len(cells)
    return run.blocks, checks(path)


def is_sentence(text: str) -> bool:
    """At least five words, and a full stop at the end."""
    return len(text.split()) >= 5 and text.endswith(".")


DATA = "".join(f"{old}\n" for old in SHORTER["fashion-mnist-project"])


@pytest.mark.parametrize("times", [0, 2])
def test_a_notebook_that_cannot_be_shortened_is_named(times):
    cells = [("cell-1", "a = 1\n"), ("cell-2", DATA * times)]
    with pytest.raises(AssertionError, match="fashion-mnist-project: 'order"):
        shortened("fashion-mnist-project", cells)


def test_a_shortened_notebook_trains_on_fewer_images():
    cells = [("cell-1", DATA), ("cell-2", "a = 1\n")]
    changed = shortened("fashion-mnist-project", cells)
    assert "order[5000:10500]" in changed[0][1] and "[:1100]" in changed[0][1]
    assert changed[1] == cells[1]
    assert shortened("gpu-training", cells) == cells


SHORT = 3  # lines of a check that only calls what was defined before


# What stands in a cell that the checks alone need
OF_CHECKS = re.compile(
    r"^(def (check|check_final|other_than_classes|look_at_files)\b|CHECKS = "
    r"|class (Watch|Killed|Run|Rehearsal)\b)",
    re.M,
)


@pytest.mark.parametrize("kind", ["practice", "solutions"])
@EVERY_LESSON
def test_the_code_of_the_checks_is_folded_and_all_else_is_open(slug, kind):
    book = json.loads(build.of_lesson(slug)[TREE.notebooks / f"{slug}-{kind}.ipynb"])
    folded = 0
    for cell in (cell for cell in book["cells"] if cell["cell_type"] == "code"):
        source, meta = "".join(cell["source"]), cell["metadata"]
        of_check = "check" in meta.get("tags", []) and len(cell["source"]) > SHORT
        expected = bool(of_check or OF_CHECKS.search(source))
        assert (meta.get("cellView") == "form") == expected, source[:200]
        hidden = meta.get("jupyter", {}).get("source_hidden", False)
        assert hidden == expected, source[:200]
        first = source.partition("\n")[0]
        assert bool(re.match("# @title (Check: |For the checks)", first)) == expected
        folded += expected
    assert folded >= 2


@EVERY_LESSON
def test_an_exercise_has_at_most_one_cell_for_the_checks_alone(slug):
    found = 0
    for path in practice.files(build.practice_folder(slug)):
        sources = [source for _, source, _ in practice.cells(path, solved=False)]
        titles = sum(source.startswith("# @title For the checks") for source in sources)
        assert titles <= 1, path.name
        found += titles
    assert found


PROSE = 3  # lines that say what a check does


def without_prose(cells):
    """The cells for the checks that no paragraph of a few lines stands above."""
    for above, cell in pairwise(cells):
        source = "".join(cell["source"])
        for_checks = source.startswith("# @title For the checks")
        if "check" not in cell["metadata"].get("tags", []) and not for_checks:
            continue
        last = "".join(above["source"]).split("\n\n")[-1]
        few = len(last.splitlines()) <= PROSE and last.endswith(".")
        if above["cell_type"] != "markdown" or not few:
            yield source


@pytest.mark.parametrize("kind", ["practice", "solutions"])
@EVERY_LESSON
def test_above_each_check_stand_a_few_lines_that_say_what_it_does(slug, kind):
    book = json.loads(build.of_lesson(slug)[TREE.notebooks / f"{slug}-{kind}.ipynb"])
    assert list(without_prose(book["cells"])) == []


@pytest.mark.parametrize(
    ("kind", "above", "right"),
    [
        ("markdown", "## Exercise 1\n\nIt counts\nyour calls.", True),
        ("markdown", "It counts\nyour calls\nand its\nlosses.", False),
        ("markdown", "## Check", False),
        ("code", "# It counts your calls.", False),
    ],
)
@pytest.mark.parametrize("tags", [["check"], []])
def test_a_check_without_its_prose_is_found(kind, above, right, tags):
    check = build.cell("code", "# @title For the checks", 1, metadata={"tags": tags})
    cells = [build.cell(kind, above, 0), check]
    assert (list(without_prose(cells)) == []) is right


@EVERY_LESSON
def test_without_solutions_the_checks_fail_and_nothing_else(slug):
    results, checks = ran(slug, "practice")
    assert len(checks) >= AT_LEAST
    for result in results:
        if result.name in checks:
            assert result.error, f"{result.name} passes although nothing is solved"
            assert result.error["type"] == "AssertionError", result.error["traceback"]
            assert is_sentence(result.error["message"]), result.error["message"]
        else:
            assert not result.error, result.error["traceback"]


@EVERY_LESSON
def test_with_solutions_everything_passes(slug):
    results, checks = ran(slug, "solutions")
    assert len(checks) >= AT_LEAST
    for result in results:
        assert not result.error, result.error["traceback"]
