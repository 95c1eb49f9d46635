"""How many checkpoints does SIGKILL break? Victims that do nothing but save.

Every victim saves over the same file again and again, and is killed at a random
moment. POSIX only: to begin quickly, it is forked from this one warm process. That is
safe in here alone, where nothing has used a second thread or a GPU before; a program
of yours starts a new interpreter instead.
"""

import itertools
import json
import multiprocessing
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import torch

from snippets.saving_and_loading.checkpoint import (
    CheckpointError,
    load_checkpoint,
    save_checkpoint,
)

QUICK = {"kills": 8, "megabytes": 8}


class Outcome(NamedTuple):
    """What one kill left behind. Steps count the saves of one victim from 0."""

    inside: bool  # the kill fell inside a save
    finished: int  # the last save that the victim reported as finished
    loaded: int | None  # the step in the file; None: it cannot be loaded
    leftover: bool  # a temporary file lies beside it


def save_plainly(path, state):
    """Save over the old file, as everybody does at first."""
    torch.save(state, path)


def save_in_a_loop(save, path, megabytes, connection, saves=None):
    """The victim: save step 0, 1, 2, … and report when each save starts and ends."""
    torch.set_num_threads(1)  # where whoever forked it has used more
    numbers = torch.empty(megabytes * 250_000)  # of 4 bytes each
    for step in itertools.count() if saves is None else range(saves):
        numbers.fill_(step)
        connection.send(("start", step))
        save(path, {"step": step, "numbers": numbers})
        connection.send(("end", step))


def read_step(path):
    """The step in a checkpoint, or None if it cannot be loaded or holds a mixture."""
    try:
        state = load_checkpoint(path)
    except CheckpointError:
        return None
    return state["step"] if bool((state["numbers"] == state["step"]).all()) else None


def kill_once(save, path, megabytes, when):
    """Kill one victim `when` (a fraction of a save's duration) after its first save.

    A temporary file that it leaves is noted and removed.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    arguments = (save, path, megabytes, sender)
    victim = context.Process(target=save_in_a_loop, args=arguments)
    victim.start()
    sender.close()  # the victim's end stays open: its death ends the pipe
    receiver.recv()  # the first save starts,
    started = time.perf_counter()
    reports = [receiver.recv()]  # and ends: there is something to lose
    time.sleep((time.perf_counter() - started) * when)
    victim.kill()
    victim.join()
    with receiver:
        while True:
            try:
                reports.append(receiver.recv())
            except EOFError:
                break
    leftover = list(path.parent.glob(f"{path.name}.*.tmp"))
    for file in leftover:
        file.unlink()
    return Outcome(
        inside=reports[-1][0] == "start",
        finished=max(step for what, step in reports if what == "end"),
        loaded=read_step(path),
        leftover=bool(leftover),
    )


def kill_many(save, kills, megabytes, seed=0):
    """`kills` victims, one after another, over one file; returns their Outcomes.

    What a kill has left in the file is there when the next victim starts.
    """
    moments = random.Random(seed)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # before the first fork
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "checkpoint.pt"
            return [
                kill_once(save, path, megabytes, when=moments.uniform(0, 3))
                for _ in range(kills)
            ]
    finally:
        torch.set_num_threads(threads)


def main(kills: int = 100, megabytes: int = 32, seed: int = 0) -> dict:
    """Kill both ways of saving `kills` times each; count what is broken afterwards."""
    counts = {}
    for way, save in (("plain", save_plainly), ("atomic", save_checkpoint)):
        outcomes = kill_many(save, kills, megabytes, seed)
        found = {
            "kills": len(outcomes),
            "inside": sum(outcome.inside for outcome in outcomes),
            "unloadable": sum(outcome.loaded is None for outcome in outcomes),
            "leftover": sum(outcome.leftover for outcome in outcomes),
        }
        print(way, found, file=sys.stderr)
        counts |= {f"{way}_{name}": count for name, count in found.items()}
    settings = {"kills": kills, "megabytes": megabytes, "seed": seed}
    return {"settings": settings, "counts": counts}


if __name__ == "__main__":
    print(json.dumps(main()))
