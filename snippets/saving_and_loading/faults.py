"""What torch.load says of a bad checkpoint, and what load_checkpoint says.

Every fault is made anew and both are asked. POSIX only: no disk is filled. Instead,
the process may not let any file grow beyond a limit (RLIMIT_FSIZE), which fails like
a full disk in the middle of a write.
"""

import contextlib
import json
import os
import random
import resource
import signal
import tempfile
import textwrap

import numpy as np
import torch

from snippets.saving_and_loading.checkpoint import (
    CheckpointError,
    Path,
    load_checkpoint,
    save_checkpoint,
)
from snippets.saving_and_loading.model import Net

QUICK = {"flips": 20}
OLD_FORMAT = {"_use_new_zipfile_serialization": False}
NOT_THE_FILE = "nothing: the file is sound"


class Payload:
    """Makes a folder when it is unpickled; it could do anything else instead."""

    def __reduce__(self):
        return os.mkdir, ("payload-ran",)


def trained():
    """A net and its Adam after one step, so that Adam has a state to save."""
    torch.manual_seed(0)
    net = Net()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)
    net(torch.randn(10, 784)).logsumexp(1).sum().backward()
    optimizer.step()
    return net, optimizer


def plain_load(path):
    """What a careful reader of the manual writes."""
    return torch.load(path, map_location="cpu", weights_only=True)


def said(function, *arguments):
    """The error of a call, in one short line, or "nothing"."""
    try:
        function(*arguments)
    except Exception as error:
        text = str(error).partition("\n")[0].rpartition("] . ")[2].partition(". ")[0]
        # PyTorch's own advice, which a reader gets; the page says not to follow it
        if "`weights_only` set to `False`" in str(error):
            text += " (and advises weights_only=False)"
        text = textwrap.shorten(text, 250, placeholder=" …")
        return f"{type(error).__name__}: {text}".rstrip(": ")
    return "nothing"


def same(left, right):
    """Whether two checkpoints are equal: types, keys in order, each tensor's bits."""
    if type(left) is not type(right):
        return False
    if isinstance(left, torch.Tensor):
        alike = left.dtype == right.dtype and left.shape == right.shape
        return alike and left.numpy().tobytes() == right.numpy().tobytes()
    if isinstance(left, dict):
        keys = list(left) == list(right)
        return keys and all(same(left[key], right[key]) for key in left)
    if isinstance(left, (list, tuple)):
        alike = len(left) == len(right)
        return alike and all(map(same, left, right))
    return left == right


# Faults of the file: each returns the bytes of a bad file, given those of a good one.


def saved(thing, **options):
    """The bytes of torch.save(thing) with these options."""
    torch.save(thing, "saved.pt", **options)
    return Path("saved.pt").read_bytes()


def without_checksums(thing):
    """The bytes of torch.save(thing) where a program has turned checksums off."""
    torch.serialization.set_crc32_options(False)
    try:
        return saved(thing)
    finally:
        torch.serialization.set_crc32_options(True)


def as_safetensors(net):
    """The bytes of a safetensors file with one of the net's tensors."""
    data = net.out.bias.detach().numpy().tobytes()
    entry = {"dtype": "F32", "shape": [10], "data_offsets": [0, len(data)]}
    header = json.dumps({"out.bias": entry}).encode()
    return len(header).to_bytes(8, "little") + header + data


def flipped(content, place, bit):
    """A copy of `content` with one bit of one byte turned over."""
    content = bytearray(content)
    content[place] ^= 1 << bit
    return bytes(content)


def bad_files(good, net):
    """Label and content of each bad file."""
    weight = good.index(net.out.weight.detach().numpy().tobytes())
    folder = good.rindex(b"archive/data/0") - 8  # where its entry says "I am a folder"
    return [
        ("truncated", good[: len(good) // 2]),
        ("empty", b""),
        ("an HTML page", b"<!DOCTYPE html><title>404 Not Found</title>"),
        ("random bytes", random.Random(0).randbytes(10_000)),
        ("one bit flipped in a weight", flipped(good, weight + 3, 6)),
        ("one bit flipped in the table of contents", flipped(good, folder, 4)),
        ("a pickle that runs code", saved(Payload())),
        ("a whole model", saved(net)),
        ("a NumPy scalar", saved({"best": np.float64(0.5)})),
        (
            "a git-lfs pointer",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:",
        ),
        ("a safetensors file", as_safetensors(net)),
        ("the format before PyTorch 1.6", saved({"step": 1}, **OLD_FORMAT)),
        ("saved without checksums", without_checksums({"step": 1})),
    ]


def file_rows(good, net):
    """One row for each bad file: fault, what torch.load says, what load_checkpoint."""
    rows = []
    for fault, content in bad_files(good, net):
        Path("bad.pt").write_bytes(content)
        row = [fault, said(plain_load, "bad.pt"), said(load_checkpoint, "bad.pt")]
        rows.append(row)
    assert not os.path.exists("payload-ran"), "the payload ran, weights_only or not"
    return rows


# Faults of use: the file is sound, and load_checkpoint cannot help.


def use_rows(path, net):
    """One row for each way to load a sound file into the wrong thing."""
    state = load_checkpoint(path)
    smaller = Net(hidden=64)
    rows = [["the wrong architecture", said(smaller.load_state_dict, state["model"])]]

    renamed = {f"module.{key}": value for key, value in state["model"].items()}
    before = [tensor.clone() for tensor in net.state_dict().values()]
    result = net.load_state_dict(renamed, strict=False)
    unchanged = same(before, list(net.state_dict().values()))
    assert unchanged, "names that match nothing changed the net"
    heard = f"nothing ({len(result.unexpected_keys)} tensors ignored, none loaded)"
    rows.append(["strict=False, no name matches", heard])

    sgd = torch.optim.SGD(net.parameters(), lr=0.1)
    heard = said(sgd.load_state_dict, state["optimizer"])
    now = sgd.param_groups[0]["lr"]
    step = said(sgd.step)
    heard += f" (its lr 0.1 is now {now}; then step() says {step})"
    rows.append(["SGD loads Adam's state", heard])
    return [[*row, NOT_THE_FILE] for row in rows]


# No room for the new file.


@contextlib.contextmanager
def files_end_at(limit):
    """Writing beyond `limit` bytes of any file fails, as on a full disk."""
    old_limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    old_handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # fail, do not die
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, old_limit[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old_limit)
        signal.signal(signal.SIGXFSZ, old_handler)


def heard_without_room(save, path, state, limit):
    """What `save` says without room, whether the old file loads, what is left over."""
    with files_end_at(limit):
        heard = said(save, state, path).replace(f"{Path.cwd().resolve()}{os.sep}", "")
    try:
        load_checkpoint(path)
    except CheckpointError:
        kept = "old file lost"
    else:
        kept = "old file kept"
    left = len(list(Path(path).parent.glob(f"{path}.*")))
    return f"{heard} ({kept}, {left} temporary files left)"


def save_safely(state, path):
    """save_checkpoint with torch.save's order of arguments."""
    save_checkpoint(path, state)


def room_row(path, state):
    """The row of the save without room: a sound old file, and no new one fits."""
    limit = os.path.getsize(path) // 2
    good = Path(path).read_bytes()
    row = ["no room: no file may grow beyond half of this one"]
    for save in (torch.save, save_safely):
        Path("old.pt").write_bytes(good)
        row.append(heard_without_room(save, "old.pt", state, limit))
    return row


# One bit flipped anywhere in the file, many times.


def outcome(load, path, state):
    """ "refused", "unchanged" (the flip hit nothing that counts) or "silent"."""
    try:
        loaded = load(path)
    except Exception:
        return "refused"
    return "unchanged" if same(loaded, state) else "silent"


def flip_counts(good, state, flips):
    """How torch.load and load_checkpoint fare with `flips` files, one flip in each."""
    places = random.Random(0)
    counts = {}
    for _ in range(flips):
        content = flipped(good, places.randrange(len(good)), places.randrange(8))
        Path("bad.pt").write_bytes(content)
        for name, load in (("plain", plain_load), ("checked", load_checkpoint)):
            key = f"{name}_{outcome(load, 'bad.pt', state)}"
            counts[key] = counts.get(key, 0) + 1
    return counts


def main(flips: int = 300) -> dict:
    """Make every fault once, flip `flips` bits, and report what was said."""
    net, optimizer = trained()
    state = {"model": net.state_dict(), "optimizer": optimizer.state_dict(), "step": 1}
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        save_checkpoint("good.pt", state)
        good = Path("good.pt").read_bytes()
        counts = flip_counts(good, state, flips)
        rows = file_rows(good, net) + use_rows("good.pt", net)
        rows.append(room_row("good.pt", state))
    names = [
        f"{loader}_{result}"
        for loader in ("plain", "checked")
        for result in ("silent", "refused", "unchanged")
    ]
    faults = [
        dict(zip(("fault", "torch", "checked"), row, strict=True)) for row in rows
    ]
    return {
        "settings": {"flips": flips},
        "counts": {name: counts.get(name, 0) for name in names},
        "series": {"faults": faults},
    }


if __name__ == "__main__":
    print(json.dumps(main()))
