"""Two nets are stuck at about the same accuracy: which one has a bug?"""

import pytest
from listing import run_listing


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stuck")
    with pytest.MonkeyPatch.context() as monkeypatch:
        _, text = run_listing("fashion_mnist_project.stuck", folder, monkeypatch)
    return text


def accuracies(said):
    """{name: (after 10 epochs, after 20)} of the first block."""
    found = {}
    for line in said.split("---")[0].splitlines():
        name, rest = line.split(": validation accuracy after 10 epochs ")
        half, end = rest.split(" %, 20: ")
        found[name] = float(half), float(end.removesuffix(" %"))
    return found


def test_both_suspects_look_alike_and_mediocre(said):
    found = accuracies(said)
    ends = {name: end for name, (_, end) in found.items()}
    assert abs(ends["suspect A"] - ends["suspect B"]) < 3
    assert ends["baseline"] > ends["suspect A"] > 80


def test_longer_training_does_not_help_the_limit(said):
    half, end = accuracies(said)["suspect A"]
    assert abs(end - half) < 2


def test_only_suspect_b_has_a_bug(said):
    baseline, a, b = said.split("---")[1:]
    for sound in (baseline, a):
        assert "FAILED" not in sound and "it is a limit" in sound
    assert "suspect B" in b and b.count("FAILED") == 1
    assert "FAILED: one batch by heart" in b and "a bug" in b
