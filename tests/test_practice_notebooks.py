"""Practice notebooks: every check fails until its task is solved, and says why."""

import pytest
from visible_gpu import visible_gpu

from scripts import notebooks, runner
from scripts.tree import NOTEBOOKS, ROOT, lessons

EVERY_LESSON = pytest.mark.parametrize("slug", lessons())
AT_LEAST = 4  # checks in a lesson's practice
# What stands in a notebook's cells, once, and what stands there when it is run here.
SHORTER = {"fashion-mnist-project": ("REHEARSAL = False", "REHEARSAL = True")}


def shortened(slug: str, cells: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The cells, changed so that they train on fewer images where they can."""
    if slug not in SHORTER:
        return cells
    old, new = SHORTER[slug]
    found = sum(source.count(old) for _, source in cells)
    assert found == 1, f"{slug}: '{old}' stands there {found} times, not once"
    return [(name, source.replace(old, new)) for name, source in cells]


def ran(slug: str, kind: str) -> tuple[list[runner.Result], set[str]]:
    """The results of a notebook's code cells, and the names of its checks."""
    path = NOTEBOOKS / f"{slug}-{kind}.ipynb"
    cells = notebooks.code_cells(path)
    with visible_gpu():
        run = runner.run_blocks(shortened(slug, cells), ROOT / "data", keep_going=True)
    assert len(run.blocks) == len(cells)
    return run.blocks, notebooks.checks(path)


def is_sentence(text: str) -> bool:
    """At least five words, and a full stop at the end."""
    return len(text.split()) >= 5 and text.endswith(".")


@pytest.mark.parametrize("times", [0, 2])
def test_a_notebook_that_cannot_be_shortened_is_named(times):
    cells = [("cell-1", "a = 1\n"), ("cell-2", "REHEARSAL = False\n" * times)]
    with pytest.raises(AssertionError, match="fashion-mnist-project: 'REHEARSAL ="):
        shortened("fashion-mnist-project", cells)


def test_a_shortened_notebook_rehearses():
    cells = [("cell-1", "REHEARSAL = False  # why\n"), ("cell-2", "a = 1\n")]
    changed = shortened("fashion-mnist-project", cells)
    assert changed == [("cell-1", "REHEARSAL = True  # why\n"), ("cell-2", "a = 1\n")]
    assert shortened("gpu-training", cells) == cells


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
