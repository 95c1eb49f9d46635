"""Is a file one picture in PNG, from its first byte to its last, and nothing else?"""

import io
import zlib
from collections.abc import Iterator

LARGEST, LONGEST = 2_000_000, 5000  # bytes; pixels of a side
SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEAD, IMAGE, END = b"IHDR", b"IDAT", b"IEND"


def fault(content: bytes) -> str:
    """Why it is no PNG, or none alone; "" if it is one."""
    if not content.startswith(SIGNATURE):
        return "is no PNG"
    names = []
    for name, whole in _chunks(content):
        if not whole:
            return f"is a damaged PNG: its part {name!a} is not whole"
        names.append(name)
        if name == END:
            break
    if names[:1] != [HEAD] or names[-1] != END or IMAGE not in names:
        return "is a damaged PNG: expected IHDR first, then IDAT, and IEND last"
    more = len(content) - _length(content)
    if more:
        return f"goes on behind its end, for {more:,} bytes: save it anew"
    return _undrawable(content)


def _undrawable(content: bytes) -> str:
    """Why a browser could not draw it, or should not; "" if it can."""
    if len(content) > LARGEST:
        return f"has {len(content):,} bytes, not {LARGEST:,} at most"
    size = [int.from_bytes(content[at : at + 4]) for at in (16, 20)]
    if not all(0 < side <= LONGEST for side in size):
        return f"is {size[0]:,} × {size[1]:,} pixels, not 1 to {LONGEST:,} a side"
    try:
        from PIL import Image
    except ModuleNotFoundError:  # on a machine that records; at home it is looked at
        return ""
    try:
        Image.open(io.BytesIO(content), formats=["PNG"]).load()
    except Exception as error:  # Pillow raises one of half a dozen kinds
        return f"is a damaged PNG: {error}"
    return ""


def _chunks(content: bytes) -> Iterator[tuple[bytes, bool]]:
    """The name of each part, and whether it is all there and as its checksum says."""
    at = len(SIGNATURE)
    while at < len(content):
        size = int.from_bytes(content[at : at + 4])
        name, rest = content[at + 4 : at + 8], content[at + 8 + size : at + 12 + size]
        told = zlib.crc32(content[at + 4 : at + 8 + size])
        yield name, len(rest) == 4 and int.from_bytes(rest) == told
        at += 12 + size


def _length(content: bytes) -> int:
    """How many bytes there are up to the end of its last part."""
    at, name = len(SIGNATURE), b""
    while name != END:
        size, name = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        at += 12 + size
    return at
