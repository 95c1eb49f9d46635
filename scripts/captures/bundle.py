"""A recording from another machine: one file that holds a lesson's captures.

`<lesson>.<device>.json`: every capture, sealed, and what the program's blocks printed
and drew. The file is written whole or not at all.
"""

import base64
import binascii
import json
import os
import re
import zipfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from scripts.captures import capture_file
from scripts.captures.capture_file import GENERATED
from scripts.captures.form import Capture
from scripts.common.errors import SiteError
from scripts.common.files import reason
from scripts.common.paths import TREE


@dataclass
class Recording:
    """What was recorded of one lesson on one device, so far."""

    slug: str
    device: str
    captures: dict[str, Capture] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


def path_of(folder: Path, slug: str, device: str) -> Path:
    """The file of one lesson's recording in a folder of recordings."""
    return folder / f"{slug}.{device}.json"


def check_place(folder: Path) -> None:
    """Raise SiteError for a folder from which prebuild.py would remove a recording."""
    try:
        place = folder.resolve()
        with suppress(FileNotFoundError, NotADirectoryError):
            place.lstat()
    except (OSError, ValueError, RuntimeError) as error:  # too long, say; a NUL; a loop
        said = reason(error) if isinstance(error, OSError) else error
        raise SiteError(f"{str(folder)!a:.80} cannot be a folder: {said}") from error
    for tidied in (TREE.captures, TREE.assets / "cards"):
        if place.is_relative_to(tidied):
            raise SiteError(
                f"{folder} lies in {TREE.name(tidied)}, where all is removed that "
                "no page calls for: choose a folder outside"
            )


def write(folder: Path, book: Recording) -> None:
    """Write a recording; whoever is killed meanwhile leaves the old one."""
    texts = {n: c.decode() for n, c in book.files.items() if n.endswith(".txt")}
    figures = {
        name: base64.b64encode(content).decode()
        for name, content in book.files.items()
        if name not in texts
    }
    content = {
        "generated": GENERATED,
        "lesson": book.slug,
        "device": book.device,
        "captures": book.captures,
        "texts": texts,
        "figures": figures,
    }
    path = path_of(folder, book.slug, book.device)
    folder.mkdir(parents=True, exist_ok=True)
    put(path, (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode())


def put(path: Path, content: bytes) -> None:
    """Write a file so that it is on the disk, whole, or the old one still is."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        with suppress(OSError):
            part.unlink()


def try_out(folder: Path) -> None:
    """Make the folder and write as much as a recording has. SiteError if that fails."""
    probe = folder / f".probe.{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        put(probe, bytes(ONE))
        probe.unlink()
    except OSError as error:
        raise SiteError(
            f"{folder} cannot be written ({reason(error)}), and nothing was recorded: "
            "choose a folder that can, with a few megabytes free"
        ) from error


def set_aside(path: Path) -> Path:
    """Copy a recording's file to the first free name, unless such a copy is there."""
    content, number = path.read_bytes(), 1
    while True:
        old = path.with_name(f"{path.name}.old" + (f"-{number}" if number > 1 else ""))
        if not os.path.lexists(old):
            put(old, content)
            return old
        if old.is_file() and old.read_bytes() == content:
            return old
        number += 1


ONE = 1_000_000  # bytes; one recording of a lesson has less
PACKED = re.compile(r"recording(-2)?/[a-z0-9-]+\.[a-z]+\.json")
LARGEST = 50 * ONE
# What an operating system, a notebook or the recorder itself leaves in a folder.
LITTER = re.compile(
    r"(.*/)?(__MACOSX|desktop\.ini|Thumbs\.db|\.[^./][^/]*)(/.*)?"
    r"|.*\.json\.(old(-\d+)?|part|\d+\.part)",
    re.IGNORECASE,
)


def unpack(path: Path, room: Path) -> tuple[Path, Path | None]:
    """Unpack what the recording notebook packed: the folders of both recordings.

    Raises SiteError, with nothing written outside `room`, for any other file.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            found = [info for info in packed.infolist() if not info.is_dir()]
            files = [info for info in found if not LITTER.fullmatch(info.filename)]
            foreign = [f.filename for f in files if not PACKED.fullmatch(f.filename)]
            if foreign or sum(info.file_size for info in files) > LARGEST:
                said = f"holds {foreign[0]!a}" if foreign else "is too large"
                raise SiteError(f"{path} {said}: it is no file of the recorder's")
            _check_packed(path, [info.filename for info in packed.infolist()])
            for info in files:
                packed.extract(info, room)
    except SiteError:
        raise
    except Exception as error:  # a damaged or encrypted file: one of a dozen kinds
        said = str(error) or type(error).__name__
        raise SiteError(f"{path} is no packed recording, or damaged: {said}") from error
    folders = room / "recording", room / "recording-2"
    return folders[0], folders[1] if folders[1].exists() else None


def _damage(error: Exception) -> str:
    """What is wrong with the text of a recording, in one line."""
    if isinstance(error, UnicodeDecodeError):
        return f"it is not UTF-8 at byte {error.start:,}: copy it again"
    if isinstance(error, json.JSONDecodeError) and error.msg == "Extra data":
        return f"it goes on behind its end, at letter {error.pos:,}: copy it again"
    said = f"{type(error).__name__}: {str(error):.200}"
    if isinstance(error, json.JSONDecodeError):
        return f"cut short perhaps: {said}"
    return f"it does not have the form that the recorder writes: {said}"


def _check_packed(path: Path, names: list[str]) -> None:
    """Raise SiteError for a zip file that holds a file twice, or no first recording."""
    for name, times in Counter(names).items():
        if times > 1:
            raise SiteError(f"{path} holds {name!a} twice: pack the recording anew")
    for folder in ("recording", "recording-2"):
        is_named = any(name.startswith(f"{folder}/") for name in names)
        is_there = any(
            PACKED.fullmatch(n) and n.startswith(f"{folder}/") for n in names
        )
        if not is_there and (is_named or folder == "recording"):
            raise SiteError(
                f"{path} holds no recording in its folder {folder}: pack what the "
                "recorder wrote, or give the folder itself"
            )


def read(path: Path) -> Recording:
    """Read a recording. SiteError names a file that is not whole, or another's."""
    try:
        if path.stat().st_size > LARGEST:
            raise SiteError(f"{path} is too large: it is no file of the recorder's")
        content = capture_file.parsed(path.read_text(encoding="utf-8-sig"))
        book = Recording(content["lesson"], content["device"], content["captures"])
        book.files = {name: text.encode() for name, text in content["texts"].items()}
        for name, image in content["figures"].items():
            book.files[name] = base64.b64decode(image, validate=True)
        list(book.captures.items())
    except OSError as error:
        raise SiteError(
            f"the recording {path} cannot be read: {reason(error)}"
        ) from error
    except capture_file.TwiceError as error:
        raise SiteError(f"the recording {path} is not readable: {error}") from error
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise SiteError(
            f"the recording {path} is not readable, {_damage(error)}"
        ) from error
    if path.name != path_of(path.parent, book.slug, book.device).name:
        raise SiteError(
            f"the recording {path} says that it is of {book.slug} on {book.device}"
        )
    return book
