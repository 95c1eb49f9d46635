"""Kill a training process in mid-epoch, resume it, and compare bit for bit."""

from snippets.saving_and_loading.checkpoint import (
    Path,
    advice,
    load_checkpoint,
    save_checkpoint,
)
from snippets.saving_and_loading.data import load_images
from snippets.saving_and_loading.model import Net
from snippets.saving_and_loading.new_process import die, in_new_python
from snippets.saving_and_loading.trainer import train

# isort: split
# --8<-- [start:kill]
import hashlib


def child(path, kill_at=None):
    """What the new process does: train, and perhaps die after a certain step."""

    def on_step(step):
        if step == kill_at:
            die()

    train(path, on_step=on_step)


kill_at = 37  # within the second epoch; an epoch has 20 steps
cells = [load_images, Net.forward, train, die, child]
cells += [save_checkpoint, load_checkpoint, advice]  # each with its cell
for path in ("killed.pt", "unbroken.pt"):  # a fresh start, however often this runs
    Path(path).unlink(missing_ok=True)
print("exit code:", in_new_python(f"child('killed.pt', {kill_at})", *cells))
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


def to_the_end(path):
    """Train in a new Python that nobody kills; return its exit code, which is 0."""
    code = in_new_python(f"child({path!r})", *cells)
    if code:
        raise RuntimeError(f"exit code {code}: see above why {path} is not finished")
    return code


print("resumed, exit code:", to_the_end("killed.pt"))
print("never killed, exit code:", to_the_end("unbroken.pt"))
print("final step:", load_checkpoint("killed.pt")["step"])
resumed = fingerprint("killed.pt")
print("resumed:", resumed)
print("never killed:", fingerprint("unbroken.pt"))
print("same:", resumed == fingerprint("unbroken.pt"))

print("started again, exit code:", to_the_end("killed.pt"))
print("weights unchanged:", fingerprint("killed.pt") == resumed)
# --8<-- [end:compare]
