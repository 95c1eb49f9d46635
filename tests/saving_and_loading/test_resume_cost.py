"""Losing Adam's state makes the loss jump; losing SGD's only costs some steps."""

import math

import pytest
import torch
from listing import ROOT

from snippets.saving_and_loading import resume_cost
from snippets.saving_and_loading.data import load_images


@pytest.fixture(scope="module")
def result():
    """The experiment in its quick settings, run once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        return resume_cost.main(**resume_cost.QUICK, images=500)


def median(result, name):
    return result["metrics"][name]["median"]


def test_fresh_adam_makes_the_loss_jump_and_it_comes_back(result):
    assert median(result, "adam_peak_ratio") > 5
    assert 1 < median(result, "adam_steps_back") < resume_cost.QUICK["after"]
    assert median(result, "adam_accuracy_dip") > 0


def test_with_its_state_adam_goes_on_downwards(result):
    start = median(result, "adam_loss_at_checkpoint")
    assert median(result, "adam_peak_with") == start
    assert median(result, "adam_end_with") < start


def test_fresh_adam_moves_every_weight_by_the_learning_rate(result):
    count = sum(p.numel() for p in resume_cost.plain_net().parameters())
    length = median(result, "adam_step_length_without")
    assert length == pytest.approx(1e-3 * math.sqrt(count), rel=0.05)
    assert median(result, "adam_step_length_with") < length / 5
    assert median(result, "adam_moved_percent_without") > 90
    assert median(result, "adam_moved_percent_with") < 5


def test_it_is_the_step_size_and_not_the_momentum_that_is_missed(result):
    start = median(result, "adam_loss_at_checkpoint")
    assert median(result, "adam_peak_no_mean") < 1.5 * start
    assert median(result, "adam_peak_no_squares") > 50 * start


def test_what_adam_divides_by_is_far_above_the_gradient_until_it_is_lost(result):
    assert median(result, "adam_divisor_with") > 5
    # the newest square has a weight of 0.001, of 1 - 0.999**101 after 101 steps
    lost = math.sqrt(0.001 / (1 - 0.999**101))
    assert median(result, "adam_divisor_no_squares") == pytest.approx(lost, rel=1e-3)
    kept = median(result, "adam_divisor_with")
    assert median(result, "adam_divisor_no_mean") == pytest.approx(kept)
    assert "sgd_divisor_with" not in result["metrics"]


def test_a_fresh_adam_divides_by_the_gradient_itself():
    weight = torch.ones(3, requires_grad=True)
    optimizer = resume_cost.new_adam([weight])
    (weight * torch.tensor([5.0, -0.1, 0.0])).sum().backward()
    optimizer.step()
    assert resume_cost.divisor(optimizer) == pytest.approx(1)


def test_the_lessons_net_ends_lower_because_its_steps_are_longer(result):
    kept = median(result, "adam_lesson_net_end_with")
    assert median(result, "adam_lesson_net_end_without") < kept / 2
    assert median(result, "adam_lesson_net_end_at_three_times_the_rate") < kept / 2


def test_the_second_table_says_what_was_lost(result):
    said = dict(result["tables"]["lost"]["rows"])
    assert len(said) == 4
    for what, key in resume_cost.LOST:
        assert said[what].startswith(f"{median(result, f'adam_{key}'):.3f} ")


def test_fresh_sgd_does_not_jump_and_only_falls_behind(result):
    start = median(result, "sgd_loss_at_checkpoint")
    assert start < 0.5, "SGD must have trained well, or it is no counter-example"
    assert median(result, "sgd_peak_without") == start
    assert median(result, "sgd_step_length_without") < median(
        result, "sgd_step_length_with"
    )
    assert 0 < median(result, "sgd_steps_behind") < 20


def test_the_lessons_net_jumps_far_less(result):
    lesson = median(result, "adam_lesson_net_peak_ratio")
    assert 1 < lesson < median(result, "adam_peak_ratio") / 2


def test_curves_are_the_same_until_the_checkpoint(result):
    kept, fresh = result["series"]["adam_kept"], result["series"]["adam_fresh"]
    assert kept["x"] == fresh["x"] == list(range(90, 140))
    shared = kept["x"].index(100) + 1  # the loss at the checkpoint included
    assert kept["y"][0][:shared] == fresh["y"][0][:shared]
    assert kept["y"][0][shared] != fresh["y"][0][shared]


def test_the_table_has_a_cell_for_each_case(result):
    table = result["tables"]["cost"]
    assert len(table["rows"]) == len(resume_cost.ROWS)
    assert {len(row) for row in table["rows"]} == {len(table["columns"])}
    peaks = table["rows"][2]
    assert peaks[1].startswith(f"{median(result, 'adam_peak_without'):.3f} ")


def test_a_resumed_run_equals_one_that_never_stopped(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    images, labels = load_images(train=True, count=100)
    torch.manual_seed(0)
    net = resume_cost.plain_net()
    optimizer = resume_cost.new_adam(net.parameters())
    resume_cost.full_batch_steps(net, optimizer, images, labels, 5)
    state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}
    torch.save(state, tmp_path / "pair.pt")
    unbroken = resume_cost.full_batch_steps(net, optimizer, images, labels, 5)
    for _ in range(2):  # the first resumed run must not change what the second loads
        optimizer = resume_cost.resume(
            net, tmp_path / "pair.pt", resume_cost.new_adam, keep_optimizer=True
        )
        again = resume_cost.full_batch_steps(net, optimizer, images, labels, 5)
        assert again == unbroken
    optimizer = resume_cost.resume(
        net, tmp_path / "pair.pt", resume_cost.new_adam, keep_optimizer=False
    )
    assert not optimizer.state


def test_steps_are_counted_from_the_resume():
    assert resume_cost.steps_until_back([1.0, 3.0, 2.0, 1.0, 0.5]) == 3
    assert resume_cost.steps_until_back([1.0, 0.9, 0.8]) == 0
    assert resume_cost.steps_until_back([1.0, 3.0, 2.0]) == 3  # not within the run
    assert resume_cost.steps_behind([5, 4, 3, 2], [5, 3, 2, 1]) == 1
