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
import zlib
from dataclasses import dataclass, field
from pathlib import Path

from scripts.captures.capture_file import GENERATED
from scripts.common.errors import SiteError
from scripts.common.paths import TREE


@dataclass
class Recording:
    """What was recorded of one lesson on one device, so far."""

    slug: str
    device: str
    captures: dict[str, dict] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)


def path_of(folder: Path, slug: str, device: str) -> Path:
    """The file of one lesson's recording in a folder of recordings."""
    return folder / f"{slug}.{device}.json"


def check_place(folder: Path) -> None:
    """Raise SiteError for a folder from which prebuild.py would remove a recording."""
    if folder.resolve().is_relative_to(TREE.captures):
        raise SiteError(
            f"{folder} lies in {TREE.name(TREE.captures)}, where all is removed that "
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
    part = path.with_name(f"{path.name}.part")
    with open(part, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, path)


PACKED = re.compile(r"recording(-2)?/[a-z0-9-]+\.[a-z]+\.json")
LARGEST = 50_000_000  # bytes; one recording of a lesson has less than one million


def unpack(path: Path, room: Path) -> tuple[Path, Path | None]:
    """Unpack what the recording notebook packed: the folders of both recordings.

    Raises SiteError, with nothing written outside `room`, for any other file.
    """
    try:
        with zipfile.ZipFile(path) as packed:
            files = [info for info in packed.infolist() if not info.is_dir()]
            foreign = [f.filename for f in files if not PACKED.fullmatch(f.filename)]
            if foreign or sum(info.file_size for info in files) > LARGEST:
                said = f"holds {foreign[0]!a}" if foreign else "is too large"
                raise SiteError(f"{path} {said}: it is no file of the recorder's")
            for info in files:
                packed.extract(info, room)
    # RuntimeError: encrypted, or packed in a way that zipfile does not know
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        raise SiteError(
            f"{path} is no packed recording, or damaged: {error}"
        ) from error
    folders = room / "recording", room / "recording-2"
    return folders[0], folders[1] if folders[1].exists() else None


def read(path: Path) -> Recording:
    """Read a recording. SiteError names a file that is not whole, or another's."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        book = Recording(content["lesson"], content["device"], content["captures"])
        book.files = {name: text.encode() for name, text in content["texts"].items()}
        for name, image in content["figures"].items():
            book.files[name] = base64.b64decode(image, validate=True)
        list(book.captures.items())
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise SiteError(
            f"the recording {path} is not readable, cut short perhaps: {error!r}"
        ) from error
    if path.name != path_of(path.parent, book.slug, book.device).name:
        raise SiteError(
            f"the recording {path} says that it is of {book.slug} on {book.device}"
        )
    return book
