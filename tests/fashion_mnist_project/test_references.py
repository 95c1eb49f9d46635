"""The references' figures: curves, time to the target, and bars that may fall."""

import pytest
from listing import ROOT

from scripts.render.tables import fashion_mnist_project as tables
from snippets.fashion_mnist_project import references
from snippets.fashion_mnist_project.grade import BARS
from snippets.fashion_mnist_project.references import (
    LADDER,
    PEOPLE,
    RECIPES,
    curve,
    report,
    time_to,
)


def median(result, name):
    return result["metrics"][name]["median"]


@pytest.fixture(scope="module")
def result(patch, one_thread):
    """The experiment in its quick settings, run once."""
    return references.main(**references.QUICK)


def a_run(test, val=88.0, points=((1.0, 85.0), (2.0, 88.0))):
    """A made-up run."""
    points = [list(point) for point in points]
    seconds = points[-1][0]
    return {"test": test, "val": val, "wall_s": seconds, "cpu_s": seconds} | {
        "curve": points
    }


def made_up(points=None, **tests):
    """A made-up run for each test accuracy of each level; all others pass.

    `points` may hold a level's curves.
    """
    usual = {"softmax": [84, 84.5, 85], "baseline": [87.2, 87.5, 88], "textbook": [89]}
    usual |= {"good": [89.6, 89.7, 89.8], "distinction": [90.4, 90.5, 90.6]}
    usual["textbook"] *= 3
    runs = [
        {"level": name, "seed": seed, **a_run(test)}
        for name, values in (usual | tests).items()
        for seed, test in enumerate(values)
    ]
    for level, curves in (points or {}).items():
        mine = [run for run in runs if run["level"] == level]
        for run, reached in zip(mine, curves, strict=True):
            run |= a_run(run["test"], points=reached)
    return runs


def test_an_epoch_ends_with_the_first_step_of_the_next():
    marks = [1.0, 2.0, 3.0, 5.0, 6.0, 7.0, 9.0, 10.0, 11.0, 13.0]  # 3 x 3, and the end
    assert curve(marks, [80, 85, 90]) == [[5.0, 80], [9.0, 85], [13.0, 90]]
    assert curve([1.0, 4.0], [80]) == [[4.0, 80]]


def test_time_to_the_target_is_that_of_the_first_epoch_there():
    assert time_to([[1, 89.0], [2, 90.0], [3, 89.5], [4, 91.0]]) == (2, True)
    assert time_to([[1, 80.0], [2, 85.0]], target=80) == (1, True)


def test_a_run_that_never_gets_there_counts_with_its_whole_time():
    assert time_to([[1, 89.0], [2, 89.99], [7, 89.5]]) == (7, False)


def test_the_ratio_is_of_pairs_and_says_who_never_got_there():
    there = [(1, 80.0), (2, 90.2), (3, 90.0)], [(4, 90.0)], [(5, 91.0)]
    slow = [(4, 85.0), (8, 89.0)], [(8, 90.0), (20, 90.0)], [(10, 80.0), (50, 89.9)]
    found = report(made_up({"good": there, "textbook": slow}), threads=2)
    assert found["metrics"]["ratio"] == {
        "median": 4.0,  # of 8 / 2, 8 / 4 and 50 / 5
        "spread": pytest.approx(4.163, abs=1e-3),
        "n": 3,
    }
    assert found["counts"]["textbook_never"] == 2 and found["counts"]["good_never"] == 0
    assert median(found, "textbook_to_target_s") == 8
    columns, rows = tables.references_recipes(found)
    rows = {row[0]: row for row in rows}
    assert rows["textbook"][-1] == "1 of 3" and rows["good"][-1] == "3 of 3"
    assert rows["textbook"][-2].startswith("8.0 ± "), "50, 8 and 8"
    assert "CPU seconds, 2 threads" in columns


def bars(**tests):
    """The report and the rows of its table of bars."""
    found = report(made_up(**tests), threads=2)
    return found, tables.references_bars(found)[1]


def test_bars_stand_where_all_pass_and_all_below_fail():
    found, rows = bars()
    assert found["settings"]["people"] == PEOPLE
    assert [row[2] for row in rows] == ["yes"] * 3
    assert found["counts"]["bars_standing"] == 3
    assert rows[1] == ["good", "89.5", "yes", "89.60", "baseline", "88.00"]
    assert rows[0][4] == "softmax regression"
    for name, bar in BARS.items():
        assert found["settings"][f"bar_{name}"] == bar


@pytest.mark.parametrize(
    ("tests", "bar", "said"),
    [
        ({"good": [89.4, 89.7, 89.8]}, "good", "no: 1 of 3 of its reference miss it"),
        ({"good": [89.7, 90.3, 90.4]}, "distinction", "no: 2 of 3 below reach it"),
        (
            {"softmax": [88, 80, 80], "baseline": [86, 86, 88]},
            "baseline",
            "no: 2 of 3 of its reference miss it, 1 of 3 below reach it",
        ),
    ],
)
def test_a_bar_that_does_not_stand_is_said(tests, bar, said):
    found, rows = bars(**tests)
    assert {row[0]: row for row in rows}[bar][2] == said
    stands = {row["bar"]: row["stands"] for row in found["series"]["bars"]}
    assert not stands.pop(bar) and all(stands.values())
    assert found["counts"]["bars_standing"] == 2


def test_to_reach_a_bar_is_to_be_at_it():
    found, _ = bars(good=[89.5, 89.5, 89.5], baseline=[89.49, 89.49, 89.49])
    stands = {row["bar"]: row["stands"] for row in found["series"]["bars"]}
    assert stands["good"]
    found, _ = bars(good=[89.49, 89.5, 89.5], baseline=[89.5, 89.49, 89.49])
    (row,) = [row for row in found["series"]["bars"] if row["bar"] == "good"]
    assert (row["missed"], row["reached"], row["stands"]) == (1, 1, False)


def test_the_ladder_has_a_level_below_each_bar():
    assert LADDER == ["softmax", "baseline", "good", "distinction"]
    assert set(LADDER) < set(RECIPES)


def test_every_level_ran_with_every_seed(result):
    runs = result["series"]["runs"]
    assert [(run["level"], run["seed"]) for run in runs] == [
        (level, seed) for seed in range(2) for level in RECIPES
    ]
    for run in runs:
        assert 60 < run["test"] < 90 and "predictions" not in run
        ((seconds, accuracy),) = run["curve"]  # one epoch
        assert seconds > 0 and 60 < accuracy < 90
    assert result["counts"]["good_never"] == result["counts"]["textbook_never"] == 2
    assert median(result, "ratio") > 0
    for table in (tables.references_recipes, tables.references_bars):
        columns, rows = table(result)
        assert rows and {len(row) for row in rows} == {len(columns)}


def test_one_epoch_on_few_images_reaches_no_bar_and_it_says_so(result):
    verdicts = [row[2] for row in tables.references_bars(result)[1]]
    assert all(said.startswith("no: 2 of 2 of its reference") for said in verdicts)
    assert result["counts"]["bars_standing"] == 0


def test_all_levels_get_the_first_images(monkeypatch):
    seen = []

    def run(name, data, seed, longest):
        seen.append((name, seed, longest, [len(part) for part in data]))
        return {"level": name, "predictions": [0] * 10000}

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(references, "run", run)
    monkeypatch.setattr(references, "report", lambda runs, threads: runs)
    runs = references.main(seeds=2, longest=7, count=300)
    names = [name for name, *_ in seen]
    assert names == [*RECIPES, *RECIPES]
    assert {tuple(given[1:3]) for given in seen} == {(0, 7), (1, 7)}
    assert all(given[3] == [300, 300, 5000, 5000] for given in seen)
    assert runs[0]["test"] == pytest.approx(10)  # all T-shirts


def test_each_level_trains_with_its_recipe_and_seed(monkeypatch):
    asked = []
    monkeypatch.setattr(references, "train", lambda *given: asked.append(given))
    monkeypatch.setattr(references, "predict", lambda net: net)
    monkeypatch.setattr(
        references,
        "train_baseline",
        lambda path, on_step, epochs, seed: (path, epochs, seed),
    )
    assert references.train_level("baseline", "d", "p", None, 3, 30) == ("p", 5, 3)
    assert references.train_level("baseline", "d", "p", None, 3, 2) == ("p", 2, 3)
    references.train_level("good", "d", "p", None, 7, 30)
    references.train_level("distinction", "d", "p", None, 0, 4)
    assert asked[0] == ("d", "p", None, references.GOOD, 7)
    shorter = references.DISTINCTION | {"epochs": 4}
    assert asked[1] == ("d", "p", None, shorter, 0)
