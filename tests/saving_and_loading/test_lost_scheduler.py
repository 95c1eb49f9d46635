"""What a run resumed at 80 % loses with each part that was not saved."""

import pytest
import torch
from listing import ROOT

from snippets.saving_and_loading import lost_scheduler

WAYS = lost_scheduler.WAYS


@pytest.fixture(scope="module")
def result():
    """The experiment in its quick settings, run once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return lost_scheduler.main(**lost_scheduler.QUICK)


def rate(result, way, when):
    return result["metrics"][f"{way}_{when}_rate"]["median"]


def test_with_everything_the_rate_goes_on_to_zero(result):
    assert 0 < rate(result, "everything", "first") < 0.11 * 3e-3
    assert rate(result, "everything", "last") == pytest.approx(0, abs=1e-12)


def test_adams_averages_alone_do_not_touch_the_rate(result):
    for when in ("first", "last"):
        mine = rate(result, "without_adams_averages", when)
        assert mine == rate(result, "everything", when)


def test_the_rate_in_force_is_lost_with_the_optimizer(result):
    assert rate(result, "without_the_optimizer", "first") == 3e-3
    assert rate(result, "without_the_optimizer", "last") == pytest.approx(0, abs=1e-12)


def test_without_the_scheduler_the_rate_starts_low_and_stays(result):
    first = rate(result, "without_the_scheduler", "first")
    assert first == rate(result, "everything", "first")
    assert 0.85 * first < rate(result, "without_the_scheduler", "last") < first


def test_without_both_the_rate_is_high_to_the_end(result):
    assert rate(result, "without_both", "first") == 3e-3
    assert rate(result, "without_both", "last") > 0.85 * 3e-3


def test_every_way_starts_from_the_same_net_and_is_scored_at_the_same_steps(result):
    curves = list(result["series"].values())
    assert len(curves) == len(WAYS)
    assert {tuple(curve["x"]) for curve in curves} == {(80, 90, 100)}
    assert len({curve["y"][0][0] for curve in curves}) == 1
    assert len({tuple(curve["y"][0]) for curve in curves}) > 1


def test_metrics_are_read_off_the_curves(result):
    for key, curve in result["series"].items():
        scores = dict(zip(curve["x"], curve["y"][0], strict=True))
        metrics = {
            name: result["metrics"][f"{key}_{name}"]["median"]
            for name in ("probe", "end", "lowest", "lost_at_end")
        }
        best = result["series"]["everything"]["y"][0][-1]
        assert metrics["probe"] == scores[90]
        assert metrics["end"] == scores[100]
        assert metrics["lowest"] == min(scores.values())
        assert metrics["lost_at_end"] == best - scores[100]


def test_the_table_has_a_row_for_each_way(result):
    table = result["tables"]["ways"]
    assert [row[0] for row in table["rows"]] == list(WAYS)
    assert {len(row) for row in table["rows"]} == {len(table["columns"])}


def test_resumed_with_everything_it_ends_as_if_never_stopped(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    data = lost_scheduler.split(2000, 500)  # 6 steps an epoch

    def weights(resumed_with, path=tmp_path / "stopped.pt"):
        torch.manual_seed(0)
        net, optimizer, scheduler = parts = lost_scheduler.build(12)
        stop = 12 if resumed_with is None else 8  # in mid-epoch
        lost_scheduler.train_steps(parts, data, 0, 0, stop)
        if resumed_with is not None:
            state = {"model": net, "optimizer": optimizer, "scheduler": scheduler}
            torch.save({name: part.state_dict() for name, part in state.items()}, path)
            parts = lost_scheduler.resume_with(path, 12, resumed_with)
            lost_scheduler.train_steps(parts, data, 0, stop, 12)
        return torch.nn.utils.parameters_to_vector(parts[0].parameters())

    unbroken = weights(None)
    assert torch.equal(weights(WAYS["everything"]), unbroken)
    for way in WAYS.keys() - {"everything"}:
        assert not torch.equal(weights(WAYS[way]), unbroken), way


def test_training_and_validation_images_are_apart(monkeypatch):
    monkeypatch.chdir(ROOT)
    images, labels, held_images, held_labels = lost_scheduler.split(60, 10)
    assert len(images) == len(labels) == 50
    assert len(held_images) == len(held_labels) == 10
    both = torch.cat([images, held_images])
    assert len(both.unique(dim=0)) == 60
