"""The script that takes pictures, as README.md names it."""

import struct
import subprocess
import sys

from listing import ROOT


def take(*options):
    """Run the script; returns what it says and its exit status."""
    command = [sys.executable, "scripts/screenshot.py", *options]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )


def test_it_takes_a_picture_of_the_asked_size(tmp_path):
    picture = tmp_path / "new" / "page.png"
    done = take("--out", str(picture), "--width", "900", "--scheme", "dark")
    assert done.returncode == 0, done.stderr
    data = picture.read_bytes()
    assert data.startswith(b"\x89PNG") and len(data) < 400_000
    assert struct.unpack(">II", data[16:24]) == (900, 800)


def test_it_names_a_page_that_is_not_there(tmp_path):
    done = take("--out", str(tmp_path / "page.png"), "--page", "no-such-page")
    assert done.returncode == 1
    assert done.stderr == "error: the site has no page 'no-such-page'\n"
    assert not list(tmp_path.iterdir())
