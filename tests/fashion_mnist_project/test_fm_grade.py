"""The judge: every refusal with its sentence, and every number of a grade."""

import random

import pytest
from predictions_files import FILES, PREDICTIONS

from snippets.fashion_mnist_project import grade as judge


@pytest.mark.parametrize("name", FILES)
def test_each_file_is_read_or_refused_with_its_sentence(tmp_path, name):
    content, sentence = FILES[name]
    path = tmp_path / "predictions.csv"
    path.write_bytes(content)
    if sentence is None:
        assert judge.read_predictions(path) == PREDICTIONS
        return
    with pytest.raises(ValueError) as refused:
        judge.read_predictions(str(path))
    assert str(refused.value) == sentence
    assert path.read_bytes() == content


def test_there_are_files_of_both_kinds():
    taken = [name for name, (_, sentence) in FILES.items() if sentence is None]
    assert len(taken) >= 10 and len(FILES) - len(taken) >= 30
    assert max(len(sentence or "") for _, sentence in FILES.values()) < 200


def test_another_count(tmp_path):
    path = tmp_path / "few.csv"
    path.write_text("3\n1\n")
    assert judge.read_predictions(path, count=2) == [3, 1]
    with pytest.raises(ValueError, match="has 2 predictions; expected are 3 lines"):
        judge.read_predictions(path, count=3)


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
