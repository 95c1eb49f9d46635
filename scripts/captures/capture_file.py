"""A capture's file: what it has to say of itself, and the digest that seals it."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from scripts.captures.form import (
    BlockNote,
    Capture,
    LeftOut,
    Machine,
    Result,
    required,
)
from scripts.common.errors import SiteError
from scripts.common.once import once
from scripts.common.paths import TREE

GENERATED = "scripts/prebuild.py wrote this file: record again instead of editing it"
LONGEST_CELL = 200  # letters of what an experiment says of a cell
PASSPORT, MACHINE, BLOCK = map(required, (Capture, Machine, BlockNote))


def digest(capture: Capture) -> str:
    """SHA-256 over everything in a capture but the digest itself."""
    rest = {key: value for key, value in capture.items() if key != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def file_digest(content: bytes) -> str:
    """SHA-256 of a block's text or figure as it stands in its file."""
    return hashlib.sha256(content).hexdigest()


NOTHING = file_digest(b"")  # of a block that printed nothing


def files_of(block: BlockNote) -> dict[str, str]:
    """The files that hold one block's output, and their digests."""
    return {f"{block['name']}.txt": block["sha256"], **block["figures"]}


def sealed(capture: Capture) -> Capture:
    """A capture with what generated it first and its digest last."""
    made = {"generated": "", **capture} | {"generated": GENERATED}
    return {**made, "digest": digest(made)}


def seal(capture: Capture) -> str:
    """A sealed capture as the text of its file."""
    return json.dumps(sealed(capture), indent=1, ensure_ascii=False) + "\n"


def check(capture: object, shown: object) -> Capture:
    """The capture, if it is whole and agrees with its digest; else SiteError."""
    missing = list(_missing(capture, shown))
    if missing:
        raise SiteError(f"the capture {shown} lacks {', '.join(missing)}")
    if capture.get("digest") != digest(capture):
        raise SiteError(
            f"the capture {shown} contradicts its own digest: edited by hand?"
        )
    _check_keys("it", capture, Capture, shown)
    _check_keys("machine", capture["machine"], Machine, shown)
    if isinstance(capture.get("result"), dict):
        _check_keys("result", capture["result"], Result, shown)
    for number, block in enumerate(capture.get("blocks", [])):
        _check_keys(f"blocks[{number}]", block, BlockNote, shown)
    return capture


def _missing(capture: object, shown: object) -> Iterator[str]:
    """The keys that a capture lacks. SiteError for a part that has another form."""
    yield from _lacking("it", capture, PASSPORT, shown)
    yield from _lacking("machine", capture.get("machine"), MACHINE, shown)
    blocks = capture.get("blocks", [])
    if not isinstance(blocks, list):
        raise SiteError(_is_no("blocks", blocks, "a list", shown))
    for number, block in enumerate(blocks):
        yield from _lacking(f"blocks[{number}]", block, BLOCK, shown)
        texts = ("name", block.get("name", "")), ("sha256", block.get("sha256", ""))
        for key, value in texts:
            if not isinstance(value, str):
                raise SiteError(_is_no(f"{key} of a block", value, "a text", shown))
        if not isinstance(block.get("figures", {}), dict):
            raise SiteError(_is_no("figures", block["figures"], "an object", shown))
        for name, recorded in block.get("figures", {}).items():
            if not isinstance(recorded, str):
                where = f"the digest of {name:.60}"
                raise SiteError(_is_no(where, recorded, "a text", shown))
    cells = capture.get("left_out", [])
    if not isinstance(cells, list):
        raise SiteError(_is_no("left_out", cells, "a list of cells", shown))
    for part in cells:
        if not _is_cell(part):
            raise SiteError(
                f"the capture {shown} is not readable: left_out has {part!r:.120}, "
                "which is no cell and from where on"
            )


def _is_cell(part: object) -> bool:
    """Has it the form of form.LeftOut, and no more?"""
    if not isinstance(part, dict) or set(part) != set(LeftOut.__annotations__):
        return False
    said, least = part["cell"], part["least"]
    if not isinstance(said, str) or len(said) > LONGEST_CELL:
        return False
    return isinstance(least, dict) and all(type(n) is int for n in least.values())


def _lacking(where: str, part: object, keys: tuple, shown: object) -> list[str]:
    if not isinstance(part, dict):
        raise SiteError(_is_no(where, part, "an object", shown))
    return [key for key in keys if key not in part]


def _check_keys(where: str, part: dict, form: type, shown: object) -> None:
    """Raise SiteError for a key that nothing writes and nobody reads."""
    for key in sorted(set(part) - set(form.__annotations__)):
        raise SiteError(f"the capture {shown} is not readable: {where} has {key!r:.60}")


def _is_no(where: str, value: object, wanted: str, shown: object) -> str:
    said = f"{where} is {value!r:.60}, not {wanted}"
    return f"the capture {shown} is not readable: {said}"


def check_files(
    capture: Capture, shown: Path, read: Callable[[str], bytes | None]
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


DEEPEST = 50  # lists and objects inside each other; a capture has less than ten


class TwiceError(ValueError):
    """One object has two values under one key; json would take the last."""


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object of its keys and values. TwiceError names a key that is there twice."""
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            raise TwiceError(f"the key {key!r:.60} is in one object twice")
        found[key] = value
    return found


def parsed(text: str) -> object:
    """What a JSON text says.

    ValueError if it is none, has a key twice, or is nested beyond reason.
    """
    try:
        content = json.loads(text, object_pairs_hook=_once)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    level, depth = [[content]], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ValueError("it is nested too deeply")
        lists = [v.values() if isinstance(v, dict) else v for v in level]
        level = [v for part in lists for v in part if isinstance(v, dict | list)]
    return content


@once
def load(path: Path) -> Capture:
    """Read a capture; SiteError names the file if it is not whole and true."""
    shown = path.relative_to(TREE.root) if path.is_relative_to(TREE.root) else path
    if not path.exists():
        raise SiteError(f"the capture {shown} does not exist: run scripts/prebuild.py")
    try:
        capture = parsed(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SiteError(f"the capture {shown} is not readable: {error}") from error
    capture = check(capture, shown)

    def read(name: str) -> bytes | None:
        file = path.parent / name
        return file.read_bytes() if file.exists() else None

    check_files(capture, shown, read)
    return capture
