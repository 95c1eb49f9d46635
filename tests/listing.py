"""Run a listing the way its reader runs it, and hand back what it made and printed."""

import contextlib
import io
import os
import runpy
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@contextlib.contextmanager
def captured(text):
    """Append all that is printed meanwhile to the list `text`, forked children's too.

    `sys.stdout` and file descriptor 1 lead into one unbuffered file, whose position
    parent and children share: lines stand in the order in which they were printed.
    """
    with tempfile.TemporaryFile(buffering=0) as file:
        sys.stdout.flush()
        old, old_fd = sys.stdout, os.dup(1)
        os.dup2(file.fileno(), 1)
        sys.stdout = io.TextIOWrapper(file, encoding="utf-8", write_through=True)
        try:
            yield
        finally:
            sys.stdout.detach()  # or it would close the file when it is collected
            sys.stdout = old
            os.dup2(old_fd, 1)
            os.close(old_fd)
            file.seek(0)
            text.append(file.read().decode())


def run_listing(name, tmp_path, monkeypatch):
    """Run `snippets.<name>` as `__main__` in `tmp_path`, beside a link to the data.

    Returns its global names and the text that it printed.
    """
    monkeypatch.chdir(tmp_path)
    if not (tmp_path / "data").exists():
        (tmp_path / "data").symlink_to(ROOT / "data", target_is_directory=True)
    module = f"snippets.{name}"
    text = []
    with monkeypatch.context() as patch, captured(text):
        patch.delitem(sys.modules, module, raising=False)  # or runpy warns
        names = runpy.run_module(module, run_name="__main__", alter_sys=True)
    return names, text[0]


def labelled(text):
    """The lines `label: value` of a printed text, as a dict from label to value."""
    return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
