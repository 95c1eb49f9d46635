"""Practice notebooks: every check fails until its task is solved, and says why."""

import pytest

from scripts import notebooks, runner
from scripts.tree import NOTEBOOKS, ROOT, lessons

EVERY_LESSON = pytest.mark.parametrize("slug", lessons())
AT_LEAST = 4  # checks in a lesson's practice


def ran(slug: str, kind: str) -> tuple[list[runner.Result], set[str]]:
    """The results of a notebook's code cells, and the names of its checks."""
    path = NOTEBOOKS / f"{slug}-{kind}.ipynb"
    cells = notebooks.code_cells(path)
    run = runner.run_blocks(cells, ROOT / "data", keep_going=True)
    assert len(run.blocks) == len(cells)
    return run.blocks, notebooks.checks(path)


def is_sentence(text: str) -> bool:
    """At least five words, and a full stop at the end."""
    return len(text.split()) >= 5 and text.endswith(".")


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
