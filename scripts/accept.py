"""Bring a recording home that was made on another machine."""

import shutil
from pathlib import Path

from scripts import captures
from scripts.captures import Expected
from scripts.tree import SiteError


def is_done(want: Expected, folder: Path) -> bool:
    """Is this capture in `folder` already, whole and of this tree?"""
    path = folder / f"{want.name}.json"
    if not path.exists():
        return False
    return captures.load(path)["fingerprint"] == want.fingerprint


def bring_home(folder: Path) -> None:
    """Check every capture under `folder`, then copy them all. Raises SiteError.

    Nothing is copied unless all are as they should be: of this tree, from the device
    that the folder names, and with every metric that the capture it replaces has.
    """
    if not folder.is_dir():
        raise SiteError(f"{folder} is not a folder with a recording")
    known = {
        f"{want.slug}/{want.device}/{want.name}.json": want
        for device in ("cpu", "cuda")
        for want in captures.expected(device)
    }
    found = sorted(folder.rglob("*.json"))
    if not found:
        raise SiteError(f"{folder} holds no capture: expected <lesson>/<device>/*.json")
    accepted = []
    for path in found:
        name = path.relative_to(folder).as_posix()
        if name not in known:
            raise SiteError(f"{name} is no capture that this tree calls for")
        accepted.append((path, known[name], verify(path, known[name])))
    for path, want, capture in accepted:
        _copy(path, want, capture)
        print(f"accepted {want.id} ({want.device}), recorded {capture['recorded']}")


def verify(path: Path, want: Expected) -> dict:
    """The capture, if it may stand in for `want`; else SiteError names it."""
    capture = captures.load(path)
    if capture["fingerprint"] != want.fingerprint:
        raise SiteError(
            f"{want.id}: the fingerprint of the recording is not this tree's: "
            "it was made from other code"
        )
    machine = capture["machine"]
    if machine["device"] != want.device or bool(machine["gpu"]) != (
        want.device == "cuda"
    ):
        raise SiteError(
            f"{want.id}: recorded on {machine['device']} (GPU: {machine['gpu']}), "
            f"not on {want.device}"
        )
    for name in _lost_metrics(want, capture):
        raise SiteError(f"{want.id}: the metric '{name}' is gone from the recording")
    return capture


def _lost_metrics(want: Expected, capture: dict) -> list[str]:
    """Metrics that a capture of the same experiment has and this one lacks."""
    known: set[str] = set()
    for device in ("cpu", want.device):
        other = want.path.parents[1] / device / want.path.name
        if other.exists():
            known |= set(captures.load(other).get("result", {}).get("metrics", {}))
    return sorted(known - set(capture.get("result", {}).get("metrics", {})))


def _copy(path: Path, want: Expected, capture: dict) -> None:
    want.path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, want.path)
    for block in capture.get("blocks", []):
        for name in captures.files_of(block):
            shutil.copyfile(path.parent / name, want.path.parent / name)
