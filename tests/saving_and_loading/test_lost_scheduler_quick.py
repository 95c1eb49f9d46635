"""The rate comes back with the optimizer, and goes down with the scheduler."""

from listing import labelled, run_listing

START = 0.003


def rates(text):
    """Way of resuming → its first and its last learning rate."""
    found = {}
    for way, line in labelled(text).items():
        first, last = (float(part.split()[0]) for part in line.split(", "))
        found[way] = first, last
    return found


def test_what_each_way_does_to_the_rate(tmp_path, monkeypatch):
    _, text = run_listing(
        "saving_and_loading.lost_scheduler_quick", tmp_path, monkeypatch
    )
    found = rates(text)
    assert len(found) == 4
    low = found["everything"][0]
    assert 0 < low < START / 5
    assert found["everything"][1] == 0
    assert found["without the optimizer"] == (START, 0)
    assert found["without the scheduler"][0] == low
    assert 0 < found["without the scheduler"][1] < low
    first, last = found["without both"]
    assert first == START and START / 2 < last < START
