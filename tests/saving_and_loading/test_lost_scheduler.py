"""What a run resumed at 80 % loses with each part that was not saved."""

import pytest
import torch
from listing import ROOT

from scripts.render.tables import saving_and_loading as tables
from snippets.saving_and_loading import lost_scheduler

WAYS = lost_scheduler.WAYS


@pytest.fixture(scope="module")
def result():
    """The experiment in its quick settings, run once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return lost_scheduler.main(**lost_scheduler.QUICK)


@pytest.fixture
def runs(result):
    """A function that gives the run of a scheduler and a way."""
    rows = result["series"]["runs"]
    by_name = {(row["scheduler"], row["way"]): row for row in rows}
    assert len(by_name) == len(rows) == len(WAYS) * len(lost_scheduler.SCHEDULERS)
    return lambda scheduler, way: by_name[scheduler, way]


def test_every_way_starts_from_the_same_net_and_is_scored_at_the_same_steps(runs):
    for name in lost_scheduler.SCHEDULERS:
        curves = [runs(name, way) for way in WAYS]
        assert {tuple(curve["steps"]) for curve in curves} == {(80, 90, 100)}
        assert len({curve["accuracy"][0] for curve in curves}) == 1
        assert len({tuple(curve["accuracy"]) for curve in curves}) > 1


def test_a_high_rate_at_the_end_costs_accuracy(runs):
    # OneCycleLR begins low, and this short run ends before its rate is high
    for name, way in (
        ("CosineAnnealingLR", "both lost"),
        ("LambdaLR", "scheduler lost"),
    ):
        harmed = runs(name, way)["accuracy"][-1]
        assert harmed < runs(name, "Adam's averages lost")["accuracy"][-1], name


def test_two_schedulers_with_the_same_rates_train_the_same_net(runs):
    kept = [
        runs(name, "everything kept")["accuracy"][0]
        for name in ("CosineAnnealingLR", "LambdaLR")
    ]
    assert kept[0] == pytest.approx(kept[1], abs=0.5)


def test_metrics_are_read_off_the_curves(result, runs):
    end = {way: runs("CosineAnnealingLR", way)["accuracy"][-1] for way in WAYS}
    found = {name: metric["median"] for name, metric in result["metrics"].items()}
    assert found == {
        "everything_kept": end["everything kept"],
        "optimizer_lost": end["everything kept"] - end["optimizer lost"],
        "both_lost": end["everything kept"] - end["both lost"],
    }


def test_the_table_has_a_row_for_each_way(result, runs):
    columns, rows = tables.lost_scheduler_ways(result)
    assert columns == ["resumed with", *lost_scheduler.SCHEDULERS]
    assert [row[0] for row in rows] == list(WAYS)
    assert {len(row) for row in rows} == {len(columns)}
    kept, lost = (runs("OneCycleLR", way)["accuracy"][-1] for way in list(WAYS)[:2])
    assert rows[0][3] == f"({kept:.1f} ± 0.0 %)"
    assert rows[1][3] == f"{kept - lost:.1f} ± 0.0"


@pytest.mark.parametrize("name", lost_scheduler.SCHEDULERS)
def test_resumed_with_everything_it_ends_as_if_never_stopped(
    name, tmp_path, monkeypatch
):
    monkeypatch.chdir(ROOT)
    schedule = lost_scheduler.SCHEDULERS[name]
    data = lost_scheduler.split(2000, 500)  # 6 steps an epoch

    def weights(resumed_with, path=tmp_path / "stopped.pt"):
        torch.manual_seed(0)
        net, optimizer, scheduler = parts = lost_scheduler.build(schedule, 12)
        stop = 12 if resumed_with is None else 8  # in mid-epoch
        lost_scheduler.train_steps(parts, data, 0, 0, stop)
        if resumed_with is not None:
            state = {"model": net, "optimizer": optimizer, "scheduler": scheduler}
            torch.save({name: part.state_dict() for name, part in state.items()}, path)
            parts = lost_scheduler.resume_with(resumed_with, path, schedule, 12)
            lost_scheduler.train_steps(parts, data, 0, stop, 12)
        return torch.nn.utils.parameters_to_vector(parts[0].parameters())

    unbroken = weights(None)
    assert torch.equal(weights(WAYS["everything kept"]), unbroken)
    for way in WAYS.keys() - {"everything kept"}:
        assert not torch.equal(weights(WAYS[way]), unbroken), way


def test_training_and_validation_images_are_apart(monkeypatch):
    monkeypatch.chdir(ROOT)
    images, labels, held_images, held_labels = lost_scheduler.split(60, 10)
    assert len(images) == len(labels) == 50
    assert len(held_images) == len(held_labels) == 10
    both = torch.cat([images, held_images])
    assert len(both.unique(dim=0)) == 60
