"""A small tree for tests of the scripts, in place of the real one."""

import importlib
import pkgutil
from pathlib import Path

import pytest

import scripts
from scripts.common import paths


def modules():
    """Every module of scripts/, imported."""
    found = pkgutil.walk_packages(scripts.__path__, "scripts.")
    return [importlib.import_module(module.name) for module in found]


@pytest.fixture
def house(tmp_path, monkeypatch):
    """An empty tree that the scripts take for theirs; returns a function that writes.

    `write(name, text)` makes a file of the tree and returns its path.
    """
    options = {**paths.snippet_options(), "base_path": [str(tmp_path)]}
    monkeypatch.setattr("scripts.page.program.snippet_options", lambda: options)
    real = paths.ROOT
    for module in modules():
        for name, value in list(vars(module).items()):
            if isinstance(value, Path) and value.is_relative_to(real):
                moved = tmp_path / value.relative_to(real)
                monkeypatch.setattr(module, name, moved)

    def write(name, text=""):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    for name in ("snippets/versions.py", "snippets/data_files.py"):
        write(
            name, (real / name).read_text(encoding="utf-8")
        )  # every notebook begins with them
    write("snippets/my_lesson/__init__.py")
    write("docs/my-lesson.md")
    return write
