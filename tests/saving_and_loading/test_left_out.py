"""Only with every part do the final weights have the same bits."""

import inspect

import pytest
from listing import ROOT

from scripts.render.tables import saving_and_loading as tables
from snippets.saving_and_loading import left_out, trainer


@pytest.fixture(scope="module")
def rows():
    """The runs in quick settings: what was left out → hash, same?"""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        result = left_out.main(**left_out.QUICK)
    assert result["counts"]["differ"] == len(left_out.PARTS)
    columns, rows = tables.left_out_parts(result)
    assert {len(row) for row in rows} == {len(columns)}
    return {row[0]: row[1:] for row in rows}


def test_in_full_it_is_the_run_that_the_lesson_kills():
    """Same settings, same threads: so the page shows one hash for both."""
    full = inspect.signature(left_out.main).parameters
    lesson = inspect.signature(trainer.train).parameters
    for name in ("epochs", "count", "save_every"):
        assert full[name].default == lesson[name].default
    assert full["stop_at"].default == 37  # as kill_at in kill.py


def test_the_first_hash_is_that_of_the_run_that_was_never_stopped(
    rows, tmp_path, monkeypatch
):
    monkeypatch.chdir(ROOT)
    settings = {name: left_out.QUICK[name] for name in ("epochs", "count")}
    trainer.train(tmp_path / "unbroken.pt", **settings)
    assert rows["nothing"][0] == left_out.weights_hash(tmp_path / "unbroken.pt")


def test_with_everything_the_bits_are_the_same(rows):
    assert rows["nothing"][1] == "yes"


@pytest.mark.parametrize("part", left_out.PARTS)
def test_without_one_part_they_differ(rows, part):
    assert rows[part][1] == "no"
    assert rows[part][0] != rows["nothing"][0]
