"""How experiments sum up."""

import pytest

from snippets.measure import summary


def test_median_and_sample_standard_deviation():
    assert summary([1, 2, 6]) == {
        "median": 2.0,
        "spread": pytest.approx(7**0.5),
        "n": 3,
    }


def test_one_value_has_no_spread():
    assert summary([3]) == {"median": 3.0, "spread": 0.0, "n": 1}


def test_no_value_is_an_error_that_says_so():
    with pytest.raises(ValueError, match="at least one measurement"):
        summary([])
