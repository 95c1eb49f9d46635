"""A small tree for tests of the scripts, in place of the real one."""

import pytest

from scripts.common.paths import TREE, snippet_options


@pytest.fixture
def house(tmp_path, monkeypatch):
    """An empty tree that the scripts take for theirs; returns a function that writes.

    `write(name, text)` makes a file of the tree and returns its path.
    """
    options = {**snippet_options(), "base_path": [str(tmp_path)]}
    monkeypatch.setattr("scripts.page.includes.snippet_options", lambda: options)
    real = TREE.root
    monkeypatch.setattr(TREE, "root", tmp_path)

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
