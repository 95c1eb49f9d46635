"""Losing Adam's state makes the loss jump; losing SGD's only costs some steps."""

import math

import pytest
import torch
from listing import ROOT

from scripts.render.tables import saving_and_loading as tables
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


@pytest.fixture
def run(result):
    """A function that gives the one run of a case that has lost something."""

    def find(case, lost):
        rows = result["series"]["runs"]
        (row,) = [row for row in rows if (row["case"], row["lost"]) == (case, lost)]
        return row

    return find


def resumed(row):
    """Its losses, from the one at the checkpoint on."""
    return row["losses"][resume_cost.SHOWN :]


def test_fresh_adam_makes_the_loss_jump_and_it_comes_back(result):
    assert median(result, "adam_peak_ratio") > 5
    assert 1 < median(result, "adam_steps_back") < resume_cost.QUICK["after"]


def test_with_its_state_adam_goes_on_downwards(run):
    losses = resumed(run("adam", "nothing"))
    assert max(losses) == losses[0] > losses[-1]


def test_fresh_adam_moves_every_weight_by_the_learning_rate(result, run):
    count = sum(p.numel() for p in resume_cost.plain_net().parameters())
    kept, fresh = run("adam", "nothing"), run("adam", "all")
    assert fresh["length"] == pytest.approx(1e-3 * math.sqrt(count), rel=0.05)
    assert kept["length"] < fresh["length"] / 5
    assert fresh["moved_percent"] == median(result, "adam_moved_percent") > 90
    assert kept["moved_percent"] < 5


def test_it_is_the_step_size_and_not_the_momentum_that_is_missed(run):
    without_mean, without_squares = (
        resumed(run("adam", part)) for part in ("exp_avg", "exp_avg_sq")
    )
    start = resumed(run("adam", "nothing"))[0]
    assert max(without_mean) < 1.5 * start
    assert max(without_squares) > 50 * start


def test_what_adam_divides_by_is_far_above_the_gradient_until_it_is_lost(result, run):
    kept = run("adam", "nothing")["divisor"]
    assert kept == median(result, "adam_divisor") > 5
    # the newest square has a weight of 0.001, of 1 - 0.999**101 after 101 steps
    lost = math.sqrt(0.001 / (1 - 0.999**101))
    assert run("adam", "exp_avg_sq")["divisor"] == pytest.approx(lost, rel=1e-3)
    assert run("adam", "exp_avg")["divisor"] == pytest.approx(kept)
    assert run("adam", "all")["divisor"] == pytest.approx(1)
    assert run("sgd", "nothing")["divisor"] is None


def test_a_fresh_adam_divides_by_the_gradient_itself():
    weight = torch.ones(3, requires_grad=True)
    optimizer = resume_cost.new_adam([weight])
    (weight * torch.tensor([5.0, -0.1, 0.0])).sum().backward()
    optimizer.step()
    assert resume_cost.divisor(optimizer) == pytest.approx(1)


def test_the_lessons_net_jumps_far_less_and_ends_lower(result, run):
    lesson = median(result, "adam_lesson_net_peak_ratio")
    assert 1 < lesson < median(result, "adam_peak_ratio") / 2
    kept, fresh = (run("adam_lesson_net", lost) for lost in ("nothing", "all"))
    assert fresh["losses"][-1] < kept["losses"][-1] / 2
    assert fresh["length"] > 3 * kept["length"], "because its steps are longer"


def test_fresh_sgd_does_not_jump_and_only_falls_behind(result, run):
    kept, fresh = run("sgd", "nothing"), run("sgd", "all")
    start = resumed(kept)[0]
    assert start < 0.5, "SGD must have trained well, or it is no counter-example"
    assert max(resumed(fresh)) == start
    assert median(result, "sgd_peak_ratio") == 1
    assert fresh["length"] < kept["length"]
    assert 0 < median(result, "sgd_steps_behind") < 20


def test_curves_are_the_same_until_the_checkpoint(run):
    kept, fresh = run("adam", "nothing"), run("adam", "all")
    assert kept["first_step"] == fresh["first_step"] == 90
    assert len(kept["losses"]) == len(fresh["losses"]) == 50
    shared = resume_cost.SHOWN + 1  # the loss at the checkpoint included
    assert kept["losses"][:shared] == fresh["losses"][:shared]
    assert kept["losses"][shared] != fresh["losses"][shared]


def test_the_table_has_a_cell_for_each_case(result, run):
    columns, rows = tables.resume_cost_cost(result)
    assert {len(row) for row in rows} == {len(columns)} == {4}
    says = {row[0]: row[1:] for row in rows}
    peak = max(run("adam", "all")["losses"])
    assert says["highest loss after, optimizer lost"][0] == f"{peak:.3f}"
    back = says["steps until it is back, optimizer lost"][0]
    assert back == f"{median(result, 'adam_steps_back'):.0f}"
    assert says["norm of the first step, kept"][1] == (
        f"{run('sgd', 'nothing')['length']:.3f}"
    )


def test_the_second_table_says_what_was_lost(run, result):
    columns, rows = tables.resume_cost_lost(result)
    assert len(columns) == 2 and len(rows) == len(resume_cost.LOST)
    for (_, said), lost in zip(rows, resume_cost.LOST, strict=True):
        peak = max(resumed(run("adam", lost)))
        assert float(said) == pytest.approx(peak, rel=0.05)
        assert "±" not in said  # of one seed


@pytest.mark.parametrize(
    ("values", "digits", "says"),
    [
        ([0.0041, 0.0037, 0.0046], 3, "0.0041 ± 0.0005"),
        ([244.5, 122.4, 366.6], 3, "244 ± 122"),
        ([0.3180, 0.3181, 0.3180], 3, "0.318"),
        ([4, 5, 3], 0, "4 ± 1"),
        ([0, 0, 0], 0, "0"),
    ],
)
def test_a_cell_has_the_digits_that_it_needs(values, digits, says):
    assert tables.in_short(values, digits) == says


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
