"""A capture's file: what it has to say of itself, and the digest that seals it."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from scripts.common.errors import SiteError
from scripts.common.paths import TREE

GENERATED = "scripts/prebuild.py wrote this file: record again instead of editing it"
PASSPORT = ("command", "fingerprint", "recorded", "commit", "machine", "seconds")
PASSPORT += ("warmup", "repeats")
MACHINE = ("device", "cpu", "gpu", "threads", "python", "torch", "torchvision", "cuda")


def digest(capture: dict) -> str:
    """SHA-256 over everything in a capture but the digest itself."""
    rest = {key: value for key, value in capture.items() if key != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def file_digest(content: bytes) -> str:
    """SHA-256 of a block's text or figure as it stands in its file."""
    return hashlib.sha256(content).hexdigest()


def files_of(block: dict) -> dict[str, str]:
    """The files that hold one block's output, and their digests."""
    return {f"{block['name']}.txt": block["sha256"], **block["figures"]}


def sealed(capture: dict) -> dict:
    """A capture with what generated it first and its digest last."""
    made = {"generated": GENERATED, **capture}
    return {**made, "digest": digest(made)}


def seal(capture: dict) -> str:
    """A sealed capture as the text of its file."""
    return json.dumps(sealed(capture), indent=1, ensure_ascii=False) + "\n"


def check(capture: object, shown: object) -> dict:
    """The capture, if it is whole and agrees with its digest; else SiteError."""
    try:
        missing = [key for key in PASSPORT if key not in capture]
        missing += [key for key in MACHINE if key not in capture["machine"]]
    except (KeyError, TypeError) as error:
        raise SiteError(f"the capture {shown} is not readable: {error}") from error
    if missing:
        raise SiteError(f"the capture {shown} lacks {', '.join(missing)}")
    if capture.get("digest") != digest(capture):
        raise SiteError(
            f"the capture {shown} contradicts its own digest: edited by hand?"
        )
    return capture


def check_files(
    capture: dict, shown: Path, read: Callable[[str], bytes | None]
) -> None:
    """Raise SiteError for a captured file that is not what `capture` says it is.

    `read` gives the content of the file of that name, or None if there is none.
    """
    for block in capture.get("blocks", []):
        for name, recorded in files_of(block).items():
            content = read(name)
            if content is None or file_digest(content) != recorded:
                raise SiteError(
                    f"the captured file {shown.parent / name} is not what "
                    f"{shown.name} says was recorded: edited by hand?"
                )


def load(path: Path) -> dict:
    """Read a capture; SiteError names the file if it is not whole and true."""
    shown = path.relative_to(TREE.root) if path.is_relative_to(TREE.root) else path
    if not path.exists():
        raise SiteError(f"the capture {shown} does not exist: run scripts/prebuild.py")
    try:
        capture = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise SiteError(f"the capture {shown} is not readable: {error}") from error
    capture = check(capture, shown)

    def read(name: str) -> bytes | None:
        file = path.parent / name
        return file.read_bytes() if file.exists() else None

    check_files(capture, shown, read)
    return capture
