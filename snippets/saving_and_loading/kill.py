"""Kill a training process in mid-epoch, resume it, and compare bit for bit."""

from snippets.saving_and_loading.checkpoint import Path, load_checkpoint, torch
from snippets.saving_and_loading.trainer import train

# isort: split
# --8<-- [start:kill]
import hashlib
import multiprocessing
import os
import signal


def child(path, kill_at=None):
    """What the new process does: train, and perhaps die after a certain step."""
    torch.set_num_threads(1)  # first of all: with more, a forked process can hang

    def on_step(step):
        if step == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)  # no program can catch this signal

    train(path, on_step=on_step)


def run(path, kill_at=None):
    """Train in a process of its own (on Linux or macOS); return its exit code."""
    fork = multiprocessing.get_context("fork")
    process = fork.Process(target=child, args=(path, kill_at))
    process.start()
    process.join()
    return process.exitcode


kill_at = 37  # in the middle of the second epoch of 20 steps
Path("killed.pt").unlink(missing_ok=True)  # a fresh start, however often this runs
print("exit code:", run("killed.pt", kill_at))
print("killed at step:", kill_at)
print("step in the checkpoint:", load_checkpoint("killed.pt")["step"])
# --8<-- [end:kill]


# --8<-- [start:compare]
def fingerprint(path):
    """The SHA-256 of all weights in a checkpoint, bit for bit; its first 16 digits."""
    digest = hashlib.sha256()
    for tensor in load_checkpoint(path)["model"].values():
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()[:16]


print("resumed, exit code:", run("killed.pt"))
print("never killed, exit code:", run("unbroken.pt"))
print("final step:", load_checkpoint("killed.pt")["step"])
resumed = fingerprint("killed.pt")
print("resumed:", resumed)
print("never killed:", fingerprint("unbroken.pt"))
print("same:", resumed == fingerprint("unbroken.pt"))

print("finished run started again, exit code:", run("killed.pt"))
print("weights unchanged:", fingerprint("killed.pt") == resumed)
# --8<-- [end:compare]
