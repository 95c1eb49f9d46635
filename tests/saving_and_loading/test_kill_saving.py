"""SIGKILL while saving: the plain way loses checkpoints, save_checkpoint loses none."""

import time

import torch

from scripts.render.tables import saving_and_loading as tables
from snippets.saving_and_loading import kill_table
from snippets.saving_and_loading.checkpoint import save_checkpoint

KILLS = 100
MEGABYTES = 4


def report(say, name, outcomes):
    """Say the counts at the end of the run."""
    inside = sum(outcome.inside for outcome in outcomes)
    broken = sum(outcome.loaded is None for outcome in outcomes)
    leftover = sum(outcome.leftover for outcome in outcomes)
    say(
        f"{name}: {len(outcomes)} kills, {inside} inside a save, "
        f"{broken} unloadable, {leftover} left a temporary file"
    )
    return inside, broken, leftover


def test_save_checkpoint_survives_every_kill(say):
    threads = torch.get_num_threads()
    outcomes = kill_table.kill_many(save_checkpoint, KILLS, MEGABYTES)
    assert torch.get_num_threads() == threads
    inside, broken, leftover = report(say, "save_checkpoint", outcomes)
    assert len(outcomes) == KILLS
    assert inside >= 60
    assert broken == 0
    assert leftover > 0  # some kills fell before os.replace
    for outcome in outcomes:
        # What was reported as saved is in the file, or what was being saved just then.
        assert outcome.finished <= outcome.loaded <= outcome.finished + 1


def test_plain_saving_breaks_under_the_same_kills(say):
    outcomes = kill_table.kill_many(kill_table.save_plainly, KILLS, MEGABYTES)
    inside, broken, leftover = report(say, "torch.save", outcomes)
    assert inside >= 60
    assert broken > 20, "these kills prove nothing about save_checkpoint"
    assert leftover == 0


def test_the_table_counts_what_happened():
    result = kill_table.main(**kill_table.QUICK)
    kills = kill_table.QUICK["kills"]
    columns, (plain, atomic) = tables.kill_table_kills(result)
    assert len(plain) == len(atomic) == len(columns)
    assert plain[0].startswith("torch.save")
    assert atomic[0].startswith("save_checkpoint")
    assert plain[1] == atomic[1] == kills
    assert plain[3] > 0 and atomic[3] == 0
    assert plain[4] == 0
    for key, row in (("plain", plain), ("atomic", atomic)):
        for name, count in zip(
            ("kills", "inside", "unloadable", "leftover"), row[1:], strict=True
        ):
            assert result["counts"][f"{key}_{name}"] == count


class Reports(list):
    """Stands for the pipe when the victim's loop runs in this process."""

    send = list.append


def test_the_victim_reports_each_start_and_end(tmp_path):
    path, reports = tmp_path / "checkpoint.pt", Reports()
    seen = []

    def save(path, state):
        seen.append(list(reports))
        kill_table.save_plainly(path, state)

    threads = torch.get_num_threads()
    try:
        kill_table.save_in_a_loop(save, path, 1, reports, saves=2)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(threads)
    assert reports == [("start", 0), ("end", 0), ("start", 1), ("end", 1)]
    assert seen == [reports[:1], reports[:3]]  # each start before its save
    assert path.stat().st_size > 1_000_000
    assert kill_table.read_step(path) == 1


def test_what_a_kill_leaves_is_noted_and_removed(tmp_path):
    """Each of these victims dies in its second save, which never ends."""
    path = tmp_path / "checkpoint.pt"

    def save(path, state):
        if state["step"]:
            path.with_name("checkpoint.pt.00000000.tmp").write_bytes(b"half")
            time.sleep(1000)
        kill_table.save_plainly(path, state)

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        outcome = kill_table.kill_once(save, path, 1, when=50)
    finally:
        torch.set_num_threads(threads)
    assert outcome == kill_table.Outcome(True, finished=0, loaded=0, leftover=True)
    assert list(tmp_path.iterdir()) == [path]


def test_a_mixture_of_two_saves_does_not_count_as_loaded(tmp_path):
    path = tmp_path / "checkpoint.pt"
    torch.save({"step": 1, "numbers": torch.tensor([1.0, 0.0])}, path)
    assert kill_table.read_step(path) is None
