"""The page's own pair of runs: only Adam without its state jumps."""

import pytest
import torch
from listing import run_listing


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The listing, run once: what it said, and its folder."""
    folder = tmp_path_factory.mktemp("pair")
    with pytest.MonkeyPatch.context() as patch:
        _, text = run_listing("saving_and_loading.resume_quick", folder, patch)
    return dict(line.split(": ") for line in text.splitlines()), folder


def test_only_adam_without_its_state_jumps(run):
    jumped = {
        label.removesuffix(", then over 3 times as high"): answer
        for label, answer in run[0].items()
        if label.endswith("high")
    }
    assert jumped == {
        "Adam, optimizer kept": "False",
        "Adam, optimizer lost": "True",
        "SGD, optimizer kept": "False",
        "SGD, optimizer lost": "False",
    }


@pytest.mark.parametrize("name", ["Adam", "SGD"])
def test_both_runs_of_a_pair_start_from_the_same_trained_net(run, name):
    kept = run[0][f"{name}, optimizer kept, loss at the checkpoint"]
    assert kept == run[0][f"{name}, optimizer lost, loss at the checkpoint"]
    assert float(kept) < 0.1, "trained well, or the pair shows nothing"


def test_the_checkpoint_holds_both_parts(run):
    saved = torch.load(run[1] / "pair.pt", weights_only=True, map_location="cpu")
    assert set(saved) == {"model", "optimizer"}
    assert "momentum_buffer" in saved["optimizer"]["state"][0]  # the last was SGD's
