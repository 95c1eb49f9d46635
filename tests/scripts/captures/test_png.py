"""Pictures of a recording: whole, of a size that a page can show, and nothing else."""

import io
import zlib

import pytest
from PIL import Image

from scripts.captures import png


def drawn(side=2):
    """A picture as Pillow saves it."""
    file = io.BytesIO()
    Image.new("RGB", (side, side), "red").save(file, "PNG")
    return file.getvalue()


def part(name, content=b""):
    """One chunk, with its length and its checksum."""
    checksum = zlib.crc32(name + content).to_bytes(4)
    return len(content).to_bytes(4) + name + content + checksum


def of_size(wide, high):
    return part(png.HEAD, wide.to_bytes(4) + high.to_bytes(4) + b"\x08\x02\0\0\0")


PIXELS = part(png.IMAGE, zlib.compress(b"\0" + 3 * b"\1"))
END = part(png.END)
TEXT = part(b"tEXt", b"a\0" + bytes(png.LARGEST))


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ((of_size(1, 1), PIXELS, END), ""),
        ((of_size(1, 1), part(png.IMAGE, b"no zlib"), END), "is a damaged PNG"),
        ((of_size(9, 9), PIXELS, END), "is a damaged PNG"),
        ((of_size(0, 0), PIXELS, END), "is 0 × 0 pixels, not 1 to 5,000 a side"),
        ((of_size(2**31 - 1, 1), PIXELS, END), "is 2,147,483,647 × 1 pixels"),
        ((part(png.HEAD), PIXELS, END), "pixels, not 1 to 5,000 a side"),
        ((of_size(1, 1), TEXT, PIXELS, END), "bytes, not 2,000,000 at most"),
        ((of_size(1, 1), PIXELS, END, b"more"), "goes on behind its end, for 4 bytes"),
        ((of_size(1, 1), END), "expected IHDR first, then IDAT, and IEND last"),
    ],
)
def test_what_no_browser_could_draw_is_named(parts, says):
    fault = png.fault(png.SIGNATURE + b"".join(parts))
    assert says in fault if says else not fault


def test_what_pillow_saves_is_one():
    assert not png.fault(drawn())
