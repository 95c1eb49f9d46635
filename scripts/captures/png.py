"""Is a file one picture in PNG, from its first byte to its last, and nothing else?"""

import zlib
from collections.abc import Iterator

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
    return f"goes on behind its end, for {more:,} bytes: save it anew" if more else ""


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
