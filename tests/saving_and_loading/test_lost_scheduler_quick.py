"""What is lost with optimizer or scheduler depends on how the rates are computed."""

import pytest
from listing import labelled, run_listing

START = 0.003
NAMES = ("CosineAnnealingLR", "LambdaLR", "OneCycleLR")


@pytest.fixture(scope="module")
def rates(tmp_path_factory):
    """By scheduler and what was lost: the first, the second and the last rate."""
    folder = tmp_path_factory.mktemp("rates")
    with pytest.MonkeyPatch.context() as patch:
        _, text = run_listing("saving_and_loading.lost_scheduler_quick", folder, patch)
    found = {}
    for label, line in labelled(text).items():
        first, rest = line.split(", ")
        second, last = rest.split(" ... ")
        found[tuple(label.split(", "))] = tuple(map(float, (first, second, last)))
    return found


def test_each_scheduler_is_resumed_in_four_ways(rates):
    assert len(rates) == 12
    assert {name for name, _ in rates} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_with_everything_the_rate_is_low_and_goes_to_zero(rates, name):
    first, second, last = rates[name, "everything kept"]
    assert START / 5 > first > second > last == 0


def test_without_the_optimizer_only_a_rate_made_from_the_last_is_wrong_for_long(rates):
    first, second, _ = rates["CosineAnnealingLR", "optimizer lost"]
    assert first == START and second > 0.9 * START
    for name, begins in (("LambdaLR", START), ("OneCycleLR", START / 25)):
        first, second, last = rates[name, "optimizer lost"]
        assert first == pytest.approx(begins, abs=1e-5)
        assert (second, last) == rates[name, "everything kept"][1:]


def test_without_the_scheduler_only_a_rate_made_from_the_last_stays_low(rates):
    for name in NAMES:
        first, second, _ = rates[name, "scheduler lost"]
        assert first == rates[name, "everything kept"][0]
        if name == "CosineAnnealingLR":
            assert second == pytest.approx(first, rel=0.05)
        else:  # back at the start of the run after one step
            assert second == rates[name, "both lost"][1] != first


@pytest.mark.parametrize("name", NAMES)
def test_without_both_the_run_begins_again(rates, name):
    first, _, last = rates[name, "both lost"]
    assert first in (START, START / 25) and last > START / 2
