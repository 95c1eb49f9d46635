"""The judge: every number of a grade."""

import random

import pytest

from snippets.fashion_mnist_project import grade as judge


# Newcombe 1998, Statistics in Medicine 17, table I, method 3; in percent
@pytest.mark.parametrize(
    "right, count, low, high",
    [
        (81, 263, 25.53, 36.62),
        (15, 148, 6.24, 16.05),
        (0, 20, 0.0, 16.11),
        (1, 29, 0.61, 17.18),
        (20, 20, 83.89, 100.0),
    ],
)
def test_the_interval_is_wilsons(right, count, low, high):
    assert judge.interval(right, count) == pytest.approx((low, high), abs=0.006)


def test_the_interval_at_ten_thousand_images():
    low, high = judge.interval(8950, 10000)
    assert 88.8 < low < 89.5 < high < 90.2
    assert high - low == pytest.approx(1.2, abs=0.02)


def made_up(right_of_class):
    """Labels of 1,000 images a class, and guesses of which so many are right."""
    labels = [k for k in range(10) for _ in range(1000)]
    guesses = []
    for k, right in enumerate(right_of_class):
        guesses += [k] * right + [(k + 1) % 10] * (1000 - right)
    return guesses, labels


def test_every_number_of_a_grade():
    right = [900, 1000, 0, 850, 700, 999, 1, 500, 950, 876]
    report = judge.grade(*made_up(right))
    assert report["right"] == sum(right) == 6776
    assert report["accuracy"] == pytest.approx(67.76)
    assert report["per_class"] == pytest.approx([count / 10 for count in right])
    assert (report["low"], report["high"]) == judge.interval(6776, 10000)
    assert report["bar"] == ""
    confusion = report["confusion"]
    for k, count in enumerate(right):
        assert confusion[k][k] == count
        assert confusion[k][(k + 1) % 10] == 1000 - count  # true class, then predicted
        assert sum(confusion[k]) == 1000


def test_the_order_of_the_images_does_not_matter():
    guesses, labels = made_up([900] * 10)
    pairs = list(zip(guesses, labels, strict=True))
    random.Random(0).shuffle(pairs)
    shuffled = judge.grade(*map(list, zip(*pairs, strict=True)))
    assert shuffled == judge.grade(guesses, labels)


@pytest.mark.parametrize(
    "right, bar",
    [
        (0, ""),
        (8699, ""),
        (8700, "baseline"),
        (8949, "baseline"),
        (8950, "good"),
        (8999, "good"),
        (9029, "good"),
        (9030, "distinction"),
        (10000, "distinction"),
    ],
)
def test_the_bar_is_the_highest_that_is_reached(right, bar):
    assert list(judge.BARS.values()) == [87.0, 89.5, 90.3]
    counts = [right // 10 + (k < right % 10) for k in range(10)]
    report = judge.grade(*made_up(counts))
    assert report["right"] == right
    assert report["bar"] == bar


def test_lists_of_unequal_length_are_no_grade():
    guesses, labels = made_up([900] * 10)
    with pytest.raises(ValueError, match="longer than"):
        judge.grade(guesses[1:], labels)


@pytest.mark.parametrize("right, hint", [(0, True), (1999, True), (2000, False)])
def test_where_guessing_would_do_as_well_there_is_a_hint(right, hint):
    counts = [right // 10 + (k < right % 10) for k in range(10)]
    said = judge.grade(*made_up(counts))["hint"]
    assert said == (judge.GUESSED if hint else "")


def test_the_right_classes_in_another_order_get_the_hint():
    labels = [k for k in range(10) for _ in range(1000)]
    guesses = random.Random(0).sample(labels, 10000)
    report = judge.grade(guesses, labels)
    assert report["accuracy"] == pytest.approx(10, abs=1)
    assert "was the loader shuffled" in report["hint"]


@pytest.mark.parametrize("odd", [-1, -10, 10])
def test_what_is_no_class_is_named(odd):
    with pytest.raises(ValueError, match=rf"\[{odd}\] are no classes.* 0 to 9"):
        judge.grade([odd, 1], [0, 1])
    with pytest.raises(ValueError, match=rf"\[{odd}\] are no classes"):
        judge.grade([0, 1], [odd, 1])


def test_a_few_images_and_not_all_classes_can_be_graded():
    result = judge.grade([0, 1, 1], [0, 1, 2])
    assert result["right"] == 2
    assert result["per_class"][:4] == [100, 100, 0, 0]


def test_nothing_is_no_grade():
    with pytest.raises(ValueError, match="nothing to grade"):
        judge.grade([], [])
