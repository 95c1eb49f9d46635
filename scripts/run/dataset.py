"""Make `data/FashionMNIST/raw` right: what is there, else Debian, else torchvision.

Run it alone (`python scripts/run/dataset.py data`) or call `ensure`.
"""

import gzip
import hashlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

# SHA-256 of the unpacked files: the gzipped ones differ from source to source.
FILES = {
    "train-images-idx3-ubyte": (
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
    ),
    "train-labels-idx1-ubyte": (
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
    ),
    "t10k-images-idx3-ubyte": (
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
    ),
    "t10k-labels-idx1-ubyte": (
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
    ),
}
DOWNLOAD = "download"  # the folder of torchvision's
DEBIAN = Path("/usr/share/datasets/fashion-mnist")


class DataError(Exception):
    """No source has the data; the message lists what was tried and what to do."""


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_right(path: Path) -> bool:
    """Is this one of the four files, whole and undamaged?"""
    return path.is_file() and sha256(path) == FILES[path.name]


def from_debian(name: str, target: Path) -> None:
    """Unpack one file of Debian's package dataset-fashion-mnist."""
    with gzip.open(DEBIAN / f"{name}.gz") as packed, open(target, "wb") as file:
        shutil.copyfileobj(packed, file)


def from_torchvision(name: str, target: Path) -> None:
    """Let torchvision download all four files elsewhere, and take one."""
    from torchvision.datasets import FashionMNIST

    here = {"prefix": f"{DOWNLOAD}.", "suffix": ".part", "dir": target.parent}
    with tempfile.TemporaryDirectory(**here) as folder:
        FashionMNIST(folder, download=True)
        shutil.copyfile(Path(folder) / "FashionMNIST" / "raw" / name, target)


SOURCES: dict[str, Callable[[str, Path], None]] = {
    "Debian's package dataset-fashion-mnist": from_debian,
    "torchvision's download": from_torchvision,
}


@contextmanager
def only_one(raw: Path) -> Iterator[None]:
    """Wait for whoever else makes the data in `raw`; clear away what a killed one left.

    The lock is the open folder's: it ends with its owner, killed or not. Where there
    are no locks, nothing is cleared away.
    """
    raw.mkdir(parents=True, exist_ok=True)
    if fcntl is None:
        yield
        return
    folder = os.open(raw, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems; a folder of somebody else
            fcntl.flock(folder, fcntl.LOCK_EX)
            for part in filter(_is_ours, list(raw.iterdir())):
                shutil.rmtree(part) if part.is_dir() else part.unlink()
        yield
    finally:
        os.close(folder)


def _is_ours(path: Path) -> bool:
    """Is it a part that this module makes? A browser's download may lie there too."""
    name, _, rest = path.name.partition(".")
    if name == DOWNLOAD:
        return path.is_dir() and path.suffix == ".part"
    return name in FILES and re.fullmatch(r"\d+\.part", rest) is not None


def ensure(folder: Path) -> list[str]:
    """Put the four files under `folder`; returns the names that had to be made.

    A file is used only if its SHA-256 is right; it appears under its name only when it
    is whole. Raises DataError if no source is left.
    """
    raw = folder / "FashionMNIST" / "raw"
    with only_one(raw):
        wrong = [name for name in FILES if not is_right(raw / name)]
        for name in wrong:
            _make(raw / name)
        return wrong


def _make(path: Path) -> None:
    tried = []
    for source, get in SOURCES.items():
        temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            get(path.name, temporary)
            if sha256(temporary) != FILES[path.name]:
                raise ValueError("its SHA-256 is not the right one")
            os.replace(temporary, path)
            return
        except Exception as error:
            tried.append(f"  {source}: {type(error).__name__}: {error}")
        finally:
            temporary.unlink(missing_ok=True)
    state = "damaged" if path.exists() else "not there"
    raise DataError(
        f"{path} is {state}, and no source has it. Tried:\n" + "\n".join(tried) + "\n"
        "What to do: install the Debian package dataset-fashion-mnist, or connect to "
        f"the internet, or put the unpacked {path.name} there by hand."
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python scripts/run/dataset.py FOLDER")
    try:
        made = ensure(Path(sys.argv[1]))
    except DataError as error:
        sys.exit(f"error: {error}")
    print(f"data: {len(made)} files made, {len(FILES) - len(made)} were right already")
