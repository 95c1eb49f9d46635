"""A small tree for tests of the scripts, in place of the real one."""

import importlib
from pathlib import Path

import pytest

from scripts import tree

MODULES = (
    "accept agreement captures cards conditions cuda elsewhere evidence "
    "figures fill front generated judge keys lint markdown_cells memory "
    "module notebooks pages pairs passports practice question_checks questions "
    "recording rendered sealed site_captures sprites tree "
)


@pytest.fixture
def house(tmp_path, monkeypatch):
    """An empty tree that the scripts take for theirs; returns a function that writes.

    `write(name, text)` makes a file of the tree and returns its path.
    """
    modules = [importlib.import_module(f"scripts.{name}") for name in MODULES.split()]
    options = {**tree.snippet_options(), "base_path": [str(tmp_path)]}
    monkeypatch.setattr("scripts.pages.snippet_options", lambda: options)
    real = tree.ROOT
    for module in modules:
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
