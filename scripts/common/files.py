"""Write and remove files of the tree: whole or not at all, all of them or none."""

import contextlib
import errno
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from scripts.common.errors import SiteError
from scripts.common.paths import TREE

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")  # not every system has all of them


class Undo:
    """What stood where something was written or removed since, to be put back.

    Copies lie on the tree's own disk: to move them back needs no room on it.
    """

    def __init__(self) -> None:
        TREE.cache.mkdir(parents=True, exist_ok=True)
        self.room = Path(tempfile.mkdtemp(prefix="undo-", dir=TREE.cache))
        self.before: dict[Path, Path | None] = {}
        self.made: list[Path] = []  # folders, the outer ones first

    def keep(self, path: Path) -> None:
        """Keep what stands at a path that is about to be changed for the first time."""
        if path in self.before:
            return
        for folder in reversed(path.parents):
            if not folder.exists() and folder not in self.made:
                self.made.append(folder)
        copy = None
        if os.path.lexists(path):
            copy = self.room / str(len(self.before))
            shutil.copy2(path, copy, follow_symlinks=False)
        self.before[path] = copy

    def put_back(self) -> list[str]:
        """Put everything back; returns what could not be, and where it lies."""
        lost = []
        for path, copy in self.before.items():
            try:
                if copy and not _is_same(copy, path):  # it may be in a closed folder
                    _move(copy, path)
                elif not copy:
                    path.unlink(missing_ok=True)
            except OSError as error:
                lost.append(
                    f"{path} ({reason(error)}; as it was: {copy or 'not there'})"
                )
        for folder in reversed(self.made):
            with contextlib.suppress(OSError):  # somebody else's file is in it by now
                folder.rmdir()
        if not lost:
            self.forget()
        return lost

    def forget(self) -> None:
        """Remove the copies."""
        shutil.rmtree(self.room, ignore_errors=True)


def _is_same(copy: Path, path: Path) -> bool:
    """Is the file at a path what the copy was made of, unchanged?"""
    if copy.is_symlink() or path.is_symlink() or not path.is_file():
        return False
    return copy.read_bytes() == path.read_bytes()


def _move(copy: Path, path: Path) -> None:
    """Put a file into its place, from another disk too."""
    try:
        os.replace(copy, path)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        shutil.copy2(copy, path, follow_symlinks=False)


def _left() -> list[Path]:
    """The copies of runs that were killed before they could put anything back."""
    return sorted(TREE.cache.glob("undo-*"))


_undo: list[Undo] = []  # the one that is under way, if any


def write_if_changed(path: Path, content: str | bytes) -> bool:
    """Write only when the bytes differ: `mkdocs serve` rebuilds on every write.

    Whoever is interrupted meanwhile leaves the old file. SiteError names the path.
    """
    data = content.encode() if isinstance(content, str) else content
    part = path.with_name(f".{path.name}.part")
    try:
        if path.exists() and path.read_bytes() == data:
            return False
        for undo in _undo:
            undo.keep(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            part.write_bytes(data)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise SiteError(f"{path} cannot be written: {reason(error)}") from error
    return True


def remove(path: Path) -> None:
    """Remove a file of the tree. SiteError names the path."""
    try:
        for undo in _undo:
            undo.keep(path)
        path.unlink()
    except OSError as error:
        raise SiteError(f"{path} cannot be removed: {reason(error)}") from error


def reason(error: OSError) -> str:
    """Why the system refused: its words, without path and number."""
    return error.strerror or str(error)


@contextlib.contextmanager
def all_or_nothing(otherwise: str) -> Iterator[None]:
    """Put back what was written and removed if anything fails meanwhile, or stops it.

    Only that: what others have changed in the tree since stays. `otherwise` says then
    what has not happened.
    """
    for room in _left():
        print(
            f"note: a run was killed, or is under way: git status shows what it has "
            f"changed here. {room} holds the files as they were; remove it when you "
            "have looked",
            file=sys.stderr,
        )
    with _interruptible():
        try:
            undo = Undo()
        except OSError as error:
            raise SiteError(
                f"{TREE.cache} cannot be written: {reason(error)}"
            ) from error
        _undo.append(undo)
        try:
            yield
        except BaseException as error:
            _ignore_signals()
            _say(undo.put_back(), otherwise)
            if isinstance(error, OSError):
                where = error.filename or "a file"
                raise SiteError(
                    f"{where} cannot be read or written: {reason(error)}"
                ) from error
            raise
        else:
            undo.forget()
        finally:
            _undo.remove(undo)


def _say(lost: list[str], otherwise: str) -> None:
    if lost:
        print(f"error: not put back: {', '.join(lost)}", file=sys.stderr)
    else:
        print(f"{otherwise}: the tree is as it was before", file=sys.stderr)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let the first signal to end the process raise KeyboardInterrupt, and no other."""
    before = {}
    if threading.current_thread() is threading.main_thread():  # no other may ask
        handlers = {number: signal.getsignal(number) for number in _numbers()}
        before = {number: h for number, h in handlers.items() if h is not None}

    def interrupt(number: int, frame: object) -> None:
        _ignore_signals()  # a second one must not disturb what puts things back
        raise KeyboardInterrupt(signal.Signals(number).name)

    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_signals() -> None:
    if threading.current_thread() is threading.main_thread():
        for number in _numbers():
            signal.signal(number, signal.SIG_IGN)


def _numbers() -> list[int]:
    return [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
