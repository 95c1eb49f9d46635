"""Two nets are behind the baseline: one has a limit, and one has a bug."""

import pytest
from listing import run_listing

from snippets.fashion_mnist_project import stuck_runs


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stuck")
    with pytest.MonkeyPatch.context() as monkeypatch:
        _, text = run_listing("fashion_mnist_project.stuck", folder, monkeypatch)
    return text


def log_of(*accuracies):
    """A made-up log with these validation accuracies."""
    return [{"val": {"accuracy": accuracy}} for accuracy in accuracies]


def test_both_suspects_are_behind_and_have_learned(said):
    lines = said.split("---")[0].splitlines()
    cells = [line.split(": best validation accuracy of 20 epochs ") for line in lines]
    found = {name: float(end.removesuffix(" %")) for name, end in cells}
    assert list(found) == list(stuck_runs.suspects)
    assert found["baseline"] > found["suspect A"] > 80
    assert found["baseline"] > found["suspect B"] > 80


def test_only_suspect_b_has_a_bug(said):
    baseline, a, b = said.split("---")[1:]
    for sound in (baseline, a):
        assert "FAILED" not in sound and "no bug found" in sound
    assert "suspect B" in b and b.count("FAILED") == 1
    assert "FAILED: overfit one batch" in b and "a bug" in b


def test_the_best_epoch_so_far():
    log = log_of(80, 84, 83, 85)
    assert [stuck_runs.best_after(log, n) for n in (1, 2, 3, 4)] == [80, 84, 84, 85]


def test_the_report_pairs_the_seeds():
    logs = {
        "baseline": [log_of(80, 86, 85), log_of(82, 84, 86)],
        "suspect B": [log_of(70, 80, 86), log_of(72, 71, 73)],
    }
    result = stuck_runs.report(logs, early=1)
    metrics = result["metrics"]
    assert metrics["baseline_early"]["median"] == 81
    assert metrics["baseline_late"]["median"] == 86
    assert metrics["b_gain"]["median"] == 8.5  # of 16 and 1
    assert metrics["b_gain_lowest"]["median"] == 1
    assert metrics["b_gain_highest"]["median"] == 16
    assert result["series"]["b"] == {"x": [1, 2, 3], "y": [[70, 80, 86], [72, 72, 73]]}


def test_a_short_real_run(patch, one_thread):
    result = stuck_runs.main(**stuck_runs.QUICK)
    for name in ("baseline", "a", "b"):
        assert result["metrics"][f"{name}_late"]["n"] == 2
        assert len(result["series"][name]["x"]) == 4
        assert 30 < result["metrics"][f"{name}_early"]["median"] < 90
