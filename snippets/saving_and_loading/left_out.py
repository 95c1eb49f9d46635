"""Leave one part out of a checkpoint: are the final weights still the same bits?

The run is the lesson's: trainer.train with its defaults, stopped in the middle of an
epoch, after the step in which the lesson kills it. Its checkpoint is loaded with
everything, and then once for each part with that part as it is at the start of a run
(of the position, the epoch is kept and the place in it is forgotten).
"""

import contextlib
import hashlib
import json
import tempfile
from pathlib import Path

import torch

from snippets.saving_and_loading import trainer
from snippets.saving_and_loading.checkpoint import load_checkpoint, save_checkpoint
from snippets.saving_and_loading.model import Net

PARTS = ("model", "optimizer", "scheduler", "rng", "step")
QUICK = {"epochs": 2, "count": 500, "stop_at": 8, "save_every": 3}
BATCH = 100  # of trainer.train


class Stop(Exception):
    """Ends a training run as a crash does: without a last save."""


def stop_after(last):
    """An on_step that ends the run after a certain step."""

    def on_step(step):
        if step == last:
            raise Stop

    return on_step


def fresh(epochs, count, stop_at):
    """The parts of a checkpoint as a run has them before its first step."""
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    per_epoch = count // BATCH
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(
        optimizer, T_max=epochs * per_epoch
    )
    return {
        "model": net.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "rng": torch.get_rng_state(),
        "step": stop_at // per_epoch * per_epoch,
    }


def weights_hash(path):
    """The SHA-256 of all weights in a checkpoint; its first 16 digits."""
    tensors = load_checkpoint(path)["model"].values()
    joined = b"".join(tensor.numpy().tobytes() for tensor in tensors)
    return hashlib.sha256(joined).hexdigest()[:16]


def main(
    epochs: int = 4, count: int = 2000, stop_at: int = 37, save_every: int = 10
) -> dict:
    """Resume with everything, then without each part; compare with the unbroken run."""
    settings = {"epochs": epochs, "count": count, "save_every": save_every}
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        unbroken, stopped = Path(folder) / "unbroken.pt", Path(folder) / "stopped.pt"
        trainer.train(unbroken, **settings)
        with contextlib.suppress(Stop):
            trainer.train(stopped, on_step=stop_after(stop_at), **settings)
        whole = load_checkpoint(stopped)
        for part in (None, *PARTS):
            path = Path(folder) / f"without-{part}.pt"
            checkpoint = dict(whole)
            if part:
                checkpoint[part] = fresh(epochs, count, stop_at)[part]
            save_checkpoint(path, checkpoint)
            trainer.train(path, **settings)
            found = weights_hash(path)
            same = found == weights_hash(unbroken)
            rows.append({"left_out": part, "hash": found, "same": same})
    return {
        "settings": {**settings, "stop_at": stop_at},
        "counts": {"differ": sum(not row["same"] for row in rows)},
        "series": {"runs": rows},
    }


if __name__ == "__main__":
    print(json.dumps(main()))
