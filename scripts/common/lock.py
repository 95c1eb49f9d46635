"""A lock between processes that would spoil what the other one writes."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.common.errors import SiteError
from scripts.common.files import reason

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


@contextmanager
def held(file: Path, busy: str) -> Iterator[None]:
    """Hold the lock of a file, or raise SiteError, saying `busy`, if another has it.

    The system opens it when the process ends, however it ends. Where a disk has no
    locks, as some network drives on Linux and macOS, nobody is kept out.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    except OSError as error:
        raise SiteError(f"{file.parent} cannot be written: {reason(error)}") from error
    with open(file, "wb") as opened:
        try:
            _lock(opened.fileno())
        except BlockingIOError as error:
            raise SiteError(busy) from error
        except OSError:
            pass  # no locks on that disk
        yield


def _lock(number: int) -> None:
    """Lock an open file, or raise BlockingIOError at once."""
    if sys.platform != "win32":
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    try:
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
    except OSError as error:
        raise BlockingIOError from error
