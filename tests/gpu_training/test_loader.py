"""A loader whose workers prepare batches ahead, in a notebook and in a script."""

import subprocess
import sys

import pytest
import torch
from listing import ROOT, labelled, run_listing
from torch.utils.data import TensorDataset

from snippets.gpu_training import loader

CPU = torch.device("cpu")


def numbered(count):
    return TensorDataset(torch.arange(count).float(), torch.arange(count))


@pytest.mark.parametrize("workers", [0, 1])
def test_each_image_once_in_a_new_order_and_workers_stay(workers):
    batches = loader.fast_loader(numbered(100), batch_size=32, workers=workers)
    assert batches.persistent_workers == bool(workers)
    orders = [torch.cat([y for _, y in batches]).tolist() for _ in range(2)]
    assert all(sorted(order) == list(range(100)) for order in orders)
    assert orders[0] != orders[1]
    assert len(next(iter(batches))[0]) == 32


@pytest.mark.parametrize("there", [True, False])
def test_memory_is_pinned_where_there_is_a_gpu_to_fetch_from_it(monkeypatch, there):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
    assert loader.fast_loader(numbered(4), workers=0).pin_memory == there


def test_a_pass_moves_each_batch_and_hands_it_on(monkeypatch):
    seen, real = [], torch.Tensor.to

    def to(tensor, device, non_blocking):
        assert non_blocking
        return real(tensor, device)

    monkeypatch.setattr(torch.Tensor, "to", to)
    pairs = [(torch.ones(4), torch.zeros(4)), (torch.ones(2), torch.zeros(2))]
    meta = torch.device("meta")
    taken = loader.train_pass(pairs, meta, lambda x, y: seen.append((x, y)))
    assert taken > 0
    assert [(len(x), x.device, y.device) for x, y in seen] == [
        (4, meta, meta),
        (2, meta, meta),
    ]


def test_the_page_shows_both_ways(tmp_path, monkeypatch):
    _, text = run_listing("gpu_training.loader_quick", tmp_path, monkeypatch)
    said = labelled(text)
    assert len(said) == 6
    for workers in (0, 2):
        assert said[f"{workers} workers, both over the loader alone"].endswith(" times")


# A worker that is a new Python, as on macOS and Windows.
HEAD = """
import multiprocessing
import torch
from torch.utils.data import Dataset, TensorDataset
from snippets.gpu_training.loader import fast_loader

class Ours(Dataset):
    def __len__(self):
        return 4

    def __getitem__(self, index):
        return torch.ones(1), index

def train(dataset):
    multiprocessing.set_start_method("spawn", force=True)
    print(sum(len(y) for _, y in fast_loader(dataset, 2, workers=1)))
"""
GUARDED = f"{HEAD}\nif __name__ == '__main__':\n    train(Ours())\n"
UNGUARDED = f"{HEAD}\ntrain(Ours())\n"
FROM_A_MODULE = f"{HEAD}\ntrain(TensorDataset(torch.ones(4, 1), torch.ones(4)))\n"


def spawned(tmp_path, source, name):
    """Run a source as a script, or (no name) as a notebook does, without a file."""
    told = [name] if name else ["-c", source]
    if name:
        (tmp_path / name).write_text(source, encoding="utf-8")
    return subprocess.run(
        [sys.executable, *told],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=300,
        encoding="utf-8",
    )


@pytest.mark.parametrize(
    ("source", "name"), [(GUARDED, "script.py"), (FROM_A_MODULE, None)]
)
def test_where_workers_are_spawned_it_runs(tmp_path, source, name):
    run = spawned(tmp_path, source, name)
    assert run.stdout.split() == ["4"], run.stderr


@pytest.mark.parametrize(
    ("source", "name", "message"),
    [
        (UNGUARDED, "script.py", "if __name__ == '__main__':"),
        (UNGUARDED, None, "Can't get attribute 'Ours'"),
    ],
)
def test_where_workers_are_spawned_it_needs_what_the_page_says(
    tmp_path, source, name, message
):
    run = spawned(tmp_path, source, name)
    assert run.stdout.split() == [] and message in run.stderr
