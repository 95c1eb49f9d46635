"""The references' figures: curves, time to the target, and bars that may fall."""

import pytest
from listing import ROOT

from snippets.fashion_mnist_project import references
from snippets.fashion_mnist_project.grade import BARS
from snippets.fashion_mnist_project.references import (
    LADDER,
    PEOPLE,
    RECIPES,
    check_bars,
    curve,
    report,
    time_to,
    verdict,
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


def made_up(**tests):
    """A made-up run for each test accuracy of each level; all others pass."""
    usual = {"softmax": [84, 84.5, 85], "baseline": [87.2, 87.5, 88], "textbook": [89]}
    usual |= {"good": [89.6, 89.7, 89.8], "distinction": [90.4, 90.5, 90.6]}
    usual["textbook"] *= 3
    return {
        name: [a_run(test) for test in values]
        for name, values in (usual | tests).items()
    }


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
    runs = made_up()
    there = [(1, 80.0), (2, 90.2), (3, 90.0)], [(4, 90.0)], [(5, 91.0)]
    runs["good"] = [a_run(89.7, points=points) for points in there]
    slow = [(4, 85.0), (8, 89.0)], [(8, 90.0), (20, 90.0)], [(10, 80.0), (50, 89.9)]
    runs["textbook"] = [a_run(89, points=points) for points in slow]
    found = report(runs, threads=2)
    assert found["metrics"]["ratio"] == {
        "median": 4.0,  # of 8 / 2, 8 / 4 and 50 / 5
        "spread": pytest.approx(4.163, abs=1e-3),
        "n": 3,
    }
    assert median(found, "ratio_lowest") == 2
    assert median(found, "textbook_never") == 2 and median(found, "good_never") == 0
    assert median(found, "textbook_to_target_s") == 8
    rows = {row[0]: row for row in found["tables"]["recipes"]["rows"]}
    assert rows["textbook"][-1] == "1 of 3" and rows["good"][-1] == "3 of 3"
    assert found["series"]["good"][0] == [[1, 80.0], [2, 90.2], [3, 90.0]]
    assert "CPU seconds, 2 threads" in found["tables"]["recipes"]["columns"]


def test_bars_stand_where_all_pass_and_all_below_fail():
    metrics, table = check_bars(made_up())
    rows = table["rows"]
    assert metrics["people"]["median"] == PEOPLE
    assert [row[-1] for row in rows] == ["yes"] * 3
    assert metrics["bars_standing"]["median"] == 3
    assert rows[1] == ["good", "89.5", "89.60", "baseline", "88.00", "yes"]
    assert rows[0][3] == "softmax regression"
    for name, bar in BARS.items():
        assert metrics[f"bar_{name}"]["median"] == bar


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
def test_a_bar_that_does_not_stand_is_said(tests, bar, said, capsys):
    metrics, table = check_bars(made_up(**tests))
    rows = {row[0]: row for row in table["rows"]}
    assert rows[bar][-1] == said
    assert metrics[f"bar_{bar}_stands"]["median"] == 0
    assert metrics["bars_standing"]["median"] == 2
    assert f"bar {bar}, {BARS[bar]} %: does it stand? {said}" in capsys.readouterr().err


def test_to_reach_a_bar_is_to_be_at_it():
    assert verdict(89.5, [89.5], [89.49]) == "yes"
    assert verdict(89.5, [89.49], [89.5]).startswith("no: 1 of 1")


def test_the_ladder_has_a_level_below_each_bar():
    assert LADDER == ["softmax", "baseline", "good", "distinction"]
    assert set(LADDER) < set(RECIPES)


def test_every_level_ran_with_every_seed(result):
    assert set(result["series"]) == set(RECIPES)
    for name in RECIPES:
        assert result["metrics"][f"{name}_test"]["n"] == 2
        assert 60 < median(result, f"{name}_test") < 90
        for points in result["series"][name]:
            ((seconds, accuracy),) = points  # one epoch
            assert seconds > 0 and 60 < accuracy < 90
        assert median(result, f"{name}_never") == 2
    assert median(result, "ratio") > 0
    for table in result["tables"].values():
        assert {len(row) for row in table["rows"]} == {len(table["columns"])}


def test_one_epoch_on_few_images_reaches_no_bar_and_it_says_so(result):
    verdicts = [row[-1] for row in result["tables"]["bars"]["rows"]]
    assert all(said.startswith("no: 2 of 2 of its reference") for said in verdicts)
    assert median(result, "bars_standing") == 0


def test_all_levels_get_the_first_images(monkeypatch):
    seen = []

    def run(name, data, seed, longest):
        seen.append((name, seed, longest, [len(part) for part in data]))
        return {"predictions": [0] * 10000}

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(references, "run", run)
    monkeypatch.setattr(references, "report", lambda runs, threads: runs)
    runs = references.main(seeds=2, longest=7, count=300)
    names = [name for name, *_ in seen]
    assert names == [*RECIPES, *RECIPES]
    assert {tuple(given[1:3]) for given in seen} == {(0, 7), (1, 7)}
    assert all(given[3] == [300, 300, 5000, 5000] for given in seen)
    assert runs["good"][0]["test"] == pytest.approx(10)  # all T-shirts


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
